"""Where figures come from: versions, machine and commit, so that a number can be traced and repeated."""

from __future__ import annotations

import json
import os
import platform
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from .. import __version__
from ..data.files import write_bytes

FILE = "environment.json"
SOURCE = Path(__file__).resolve().parents[1]


def describe() -> dict[str, Any]:
    """Versions, platform, processor, cores, commit of the source (None outside its repository), and the time now."""
    return {
        "obverse": __version__,
        "python": platform.python_version(),
        "numpy": _version("numpy"),
        "pandas": _version("pandas"),
        "scikit-learn": _version("scikit-learn"),
        "xgboost": _version("xgboost-cpu") or _version("xgboost"),
        "platform": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "commit": _commit(),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "seconds": 0.0,
    }


def resumed(folder: Path) -> dict[str, Any]:
    """The environment of a study that starts, or goes on: then with its first start and the seconds it has taken."""
    now = describe()
    path = folder / FILE
    if path.is_file():
        earlier = json.loads(path.read_text(encoding="utf-8"))
        now |= {key: earlier[key] for key in ("started", "seconds")}
    return now


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Write a JSON file whole: a kill leaves the old one or the new one."""
    write_bytes(path, (json.dumps(content, indent=1, allow_nan=False, ensure_ascii=False) + "\n").encode())


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.machine())


def _commit() -> str | None:
    """The commit the package's files belong to, marked `-dirty` when they were changed since."""
    if _git("ls-files", "--error-unmatch", "__init__.py") is None:  # perhaps inside a repository that is not ours
        return None
    return _git("describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")


def _git(*command: str) -> str | None:
    try:
        done = subprocess.run(["git", *command], cwd=SOURCE, capture_output=True, text=True, timeout=10, check=True)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip()
