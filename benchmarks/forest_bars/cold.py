"""One command in a process of its own: its seconds, interpreter start and imports included, and what it printed.

Where it says when it was ready (the clock, in seconds), its seconds end there; `process_seconds` last until it is gone,
which after large imports is half a second later. Seconds by the clock are an upper bound when the machine has other
work: `load` is how many processes wanted a core when it began, and `processor_seconds` what the process and those it
waited for used of the cores, which other work lengthens less (but on a crowded machine still two or three times).
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from bars import DATA, PYTHON

from .session import Session

ONCE = Path(__file__).with_name("once.py")
LONGEST = 1_800.0  # seconds; what takes longer is ended and said to have
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "LOKY_MAX_CPU_COUNT")
EACH = 0.5  # seconds between two looks at a process whose processor seconds are limited


@dataclass(frozen=True)
class Run:
    """What became of one process: `answer` is its last line of output, read as JSON."""

    seconds: float
    process_seconds: float
    answer: dict[str, Any]
    error: str = ""
    processor_seconds: float = 0.0
    load: float = 0.0

    def figures(self) -> dict[str, Any]:
        """The process's own part of a cell."""
        used = {"processor_seconds": round(self.processor_seconds, 1), "load": round(self.load, 1)}
        if self.error:
            return {"error": self.error, "ended_after": round(self.process_seconds, 1), **used}
        more = {"process_seconds": round(self.process_seconds, 3)} | used | self.answer
        return {"seconds": round(self.seconds, 3), **more}


def cold(
    command: list[str], longest: float = LONGEST, *, processor: float | None = None, threads: int | None = None
) -> Run:
    """Run a command that prints one JSON object last; its failure is an answer, not an end.

    Args:
        command: what to run.
        longest: seconds by the clock after which it is ended.
        processor: processor seconds, of all that it starts together, after which it is ended: a limit that other work
            on the machine tightens less. Its memory is then that of all together, too.
        threads: how many threads its numerical libraries may use; None leaves that to them.
    """
    environment = {k: v for k, v in os.environ.items() if k not in THREADS}
    environment |= {"OMP_WAIT_POLICY": "PASSIVE", "OBVERSE_DATA": str(DATA)}
    if threads is not None:
        environment |= dict.fromkeys(THREADS, str(threads))
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        load, used = os.getloadavg()[0], _used()
        began, start = time.time(), time.perf_counter()
        process = subprocess.Popen(command, stdout=out, stderr=err, env=environment, start_new_session=True)
        session, late = Session(process.pid), ""
        try:
            late = _waited(process, longest, processor, session)
        finally:  # too long, or nobody wants it any more
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        seconds = time.perf_counter() - start
        used = max(_used() - used, session.processor_seconds)
        out.seek(0), err.seek(0)
        printed, said = out.read().strip(), err.read().strip()
    if process.returncode:
        last = (said or printed).splitlines()[-1] if said or printed else "silent"
        return Run(seconds, seconds, {}, late or f"exit code {process.returncode}: {last}", used, load)
    answer = json.loads(printed.splitlines()[-1])
    if session.mib:
        answer["mib"] = round(max(session.mib, answer.get("mib", 0.0)), 1)
    return Run(answer.pop("ready", began + seconds) - began, seconds, answer, "", used, load)


def _waited(process: subprocess.Popen[str], longest: float, processor: float | None, session: Session) -> str:
    """Wait until the process ends or must be ended; say which limit it reached, if it did."""
    end = time.monotonic() + longest
    while True:
        try:
            process.wait(longest if processor is None else EACH)
            return ""
        except subprocess.TimeoutExpired:
            if time.monotonic() >= end:
                return f"ended after {longest:.0f} s"
        if processor is not None:
            session.look()
            if session.processor_seconds > processor:
                return f"ended after {processor:.0f} processor seconds"


def _used() -> float:
    """Processor seconds of all processes that this one has waited for."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def once(
    family: str,
    train: Path,
    target: str | None,
    *,
    seed: int,
    rows: int,
    out: Path | None,
    longest: float = LONGEST,
    threads: int | None = None,
) -> Run:
    """Fit a family to a parquet file and draw `rows` rows, in a cold process (see `once.py`)."""
    name, params = spec(family)
    asked = {"family": name, "params": params, "train": str(train), "target": target, "seed": seed, "rows": rows,
             "out": None if out is None else str(out)}  # fmt: skip
    return cold([PYTHON, str(ONCE), json.dumps(asked)], longest, threads=threads)


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
