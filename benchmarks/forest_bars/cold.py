"""One command in a process of its own: its seconds, interpreter start and imports included, and what it printed.

Where it says when it was ready (the clock, in seconds), its seconds end there; `process_seconds` last until it is gone,
which after large imports is half a second later.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from bars import DATA, PYTHON

ONCE = Path(__file__).with_name("once.py")
LONGEST = 1_800.0  # seconds; what takes longer is ended and said to have
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True)
class Run:
    """What became of one process: `answer` is its last line of output, read as JSON."""

    seconds: float
    process_seconds: float
    answer: dict[str, Any]
    error: str = ""

    def figures(self) -> dict[str, Any]:
        """The process's own part of a cell."""
        if self.error:
            return {"error": self.error}
        more = {"process_seconds": round(self.process_seconds, 3)} | self.answer
        return {"seconds": round(self.seconds, 3), **more}


def cold(command: list[str], longest: float = LONGEST) -> Run:
    """Run a command that prints one JSON object last; its failure is an answer, not an end."""
    environment = {k: v for k, v in os.environ.items() if k not in THREADS}
    environment |= {"OMP_WAIT_POLICY": "PASSIVE", "OBVERSE_DATA": str(DATA)}
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        began, start = time.time(), time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, start_new_session=True)
        try:
            process.wait(longest)
        except BaseException as error:  # too long, or nobody wants it any more
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
        seconds = time.perf_counter() - start
        out.seek(0), err.seek(0)
        printed, said = out.read().strip(), err.read().strip()
    if process.returncode:
        late = f"ended after {longest:.0f} s" if seconds >= longest else f"exit code {process.returncode}"
        last = (said or printed).splitlines()[-1] if said or printed else "silent"
        return Run(seconds, seconds, {}, f"{late}: {last}")
    answer = json.loads(printed.splitlines()[-1])
    return Run(answer.pop("ready", began + seconds) - began, seconds, answer)


def once(
    family: str,
    train: Path,
    target: str | None,
    *,
    seed: int,
    rows: int,
    out: Path | None,
    longest: float = LONGEST,
) -> Run:
    """Fit a family to a parquet file and draw `rows` rows, in a cold process (see `once.py`)."""
    name, params = spec(family)
    asked = {"family": name, "params": params, "train": str(train), "target": target, "seed": seed, "rows": rows,
             "out": None if out is None else str(out)}  # fmt: skip
    return cold([PYTHON, str(ONCE), json.dumps(asked)], longest)


def spec(text: str) -> tuple[str, dict[str, Any]]:
    """A family and its arguments from `refined:base=chain_forest,rounds=2`; values are JSON, else text."""
    name, _, rest = text.partition(":")
    pairs = (part.partition("=") for part in rest.split(",") if part)
    return name, {key: _value(value) for key, _, value in pairs}


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def parquet(frame: pd.DataFrame, path: Path) -> Path:
    """The table with its dtypes, for `once`."""
    frame.to_parquet(path, index=False)
    return path
