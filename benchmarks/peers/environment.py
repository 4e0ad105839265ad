"""A peer's environment: benchmarks/peers/NAME.txt, installed into a folder of its own when it is asked for.

    python benchmarks/peers/environment.py [NAME ...]      make the named ones, or all; say what became of each

The folder is `$OBVERSE_BENCH` or ~/.cache/obverse-bench, outside the checkout, so that every checkout shares it. The
file is pip's, and its comments may hold two orders of ours: `# remove: a b` uninstalls what was pulled in and does
harm, and `# import: a.b` is imported at the end, which shows that the peer works at all and compiles it once. The other
remarks, `# licence:` among them, are for readers. An environment is made again when pins or orders change. A peer that
cannot be installed is a result: `NotInstalled` says why.
"""

from __future__ import annotations

import fcntl
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

FOLDER = Path(__file__).parent
HOME = Path(os.environ.get("OBVERSE_BENCH", "~/.cache/obverse-bench")).expanduser()
LONGEST = 900.0  # seconds of one step of an installation
LAST = 300  # characters of what a failed step said


class NotInstalled(RuntimeError):
    """The environment could not be made, in one line."""


def names() -> list[str]:
    """The peers there are requirements for."""
    return sorted(path.stem for path in FOLDER.glob("*.txt"))


def interpreter(name: str, *, folder: Path = FOLDER, home: Path = HOME) -> Path:
    """The Python that has the peer; made when it is not there, which takes minutes.

    Raises:
        NotInstalled: a step failed; what was made is taken away again.
    """
    file = folder / f"{name}.txt"
    if not file.is_file():
        raise NotInstalled(f"{name}: no requirements at {file.name}; there are {', '.join(names())}")
    text, there = file.read_text(), home / name
    stamp, python = there / ".requirements", there / "bin" / "python"
    home.mkdir(parents=True, exist_ok=True)
    with (home / f".{name}.lock").open("w") as lock:  # two benchmarks may want it at once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (stamp.is_file() and _orders(stamp.read_text()) == _orders(text) and python.exists()):
            print(f"making an environment for {name} (minutes)", file=sys.stderr, flush=True)
            shutil.rmtree(there, ignore_errors=True)
            try:
                _make(there, file, text)
            except NotInstalled:
                shutil.rmtree(there, ignore_errors=True)
                raise
            stamp.write_text(text)
    return python


def _make(there: Path, file: Path, text: str) -> None:
    python = str(there / "bin" / "python")
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    _step([sys.executable, "-m", "venv", str(there)])
    _step([*pip, "install", "--no-compile", "-r", str(file)])
    removed, imported = order(text, "remove"), order(text, "import")
    if removed:
        _step([*pip, "uninstall", "--yes", *removed])
    if imported:
        _step([python, "-c", f"import {', '.join(imported)}"])


def order(text: str, word: str) -> list[str]:
    """The words of the comments `# word: ...` of a file of requirements."""
    return [part for line in re.findall(rf"^# {word}:(.*)$", text, re.MULTILINE) for part in line.split()]


def _orders(text: str) -> list[str]:
    """What decides how an environment turns out: all lines but remarks."""
    lines = (line.strip() for line in text.splitlines())
    return [
        line for line in lines if line and (not line.startswith("#") or line.startswith(("# remove:", "# import:")))
    ]


def _step(command: list[str]) -> None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=LONGEST)
    except subprocess.TimeoutExpired as error:
        raise NotInstalled(f"not done after {LONGEST:.0f} s: {' '.join(command[1:5])}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines() or ["silent"]
        errors = [line for line in said if "error" in line.lower()]
        raise NotInstalled((errors or said)[-1].strip()[:LAST])


def main() -> int:
    """Make the named environments, or all; 1 when one could not be made."""
    failed = 0
    for name in sys.argv[1:] or names():
        start = time.perf_counter()
        try:
            python = interpreter(name)
        except NotInstalled as error:
            failed = 1
            print(f"{name}: failed: {error}", flush=True)
        else:
            print(f"{name}: {python} ({time.perf_counter() - start:.0f} s)", flush=True)
    return failed


if __name__ == "__main__":
    sys.exit(main())
