"""TabularARGN's environment, made when it is not there, and its runs as cold processes."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from bars import PYTHON, ROOT

from .cold import Run, cold

PEERS = ROOT / "benchmarks" / "peers"
ARGN = "TabularARGN"


def environment() -> Path:
    """The interpreter that has TabularARGN, without torchvision and torchaudio, which do not fit the pinned torch."""
    home = Path(os.environ.get("OBVERSE_BENCH", "~/.cache/obverse-bench")).expanduser() / "argn"
    python, whole = home / "bin" / "python", home / ".whole"
    if not whole.exists():
        print(f"making an environment for {ARGN} (minutes)", flush=True)
        home.parent.mkdir(parents=True, exist_ok=True)
        pip = [str(python), "-m", "pip", "--quiet", "--disable-pip-version-check"]
        for command in (
            [PYTHON, "-m", "venv", str(home)],
            [*pip, "install", "-r", str(PEERS / "argn.txt")],
            [*pip, "uninstall", "--yes", "torchvision", "torchaudio"],
        ):
            subprocess.run(command, check=True)
        whole.touch()
    return python


def warm() -> None:
    """Import the peer once, so that its first timed run does not pay for compiling it to byte code."""
    subprocess.run([str(environment()), "-c", "import mostlyai.engine"], check=True)


def argn(longest: float, **asked: Any) -> Run:
    """One run of peers/argn.py."""
    asked = {k: str(v) if isinstance(v, Path) else v for k, v in asked.items()}
    return cold([str(environment()), str(PEERS / "argn.py"), json.dumps(asked)], longest)
