"""`results.jsonl`: one line a cell (a family, a split and a question), appended as cells finish and never changed.

Several processes append to it, one at a time. Each line begins on a line of its own whatever a killed neighbour left
behind, and is forced to disk before the next cell starts: a kill loses at most the cells that were being worked on. A
full disk leaves no part of a line. A line cut short is no result; its cell is run again.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from .lock import lock

FILE = "results.jsonl"
Status = Literal["ok", "cannot", "failed"]


@dataclass(frozen=True)
class Result:
    """The answer to one question.

    Attributes:
        family: key, or `reference`.
        split: number of the split, from 0.
        question: key.
        status: `ok`, `cannot` (the family has no answer to it) or `failed` (it should have had one).
        why: reason, one line, when not ok.
        metrics: figure by metric name, None where undefined.
        extra: what else the report shows.
        seed: `random_state` of the family and of everything drawn.
        at: when it was finished, ISO 8601 in UTC.
    """

    family: str
    split: int
    question: str
    status: Status
    why: str | None
    metrics: dict[str, float | None]
    extra: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    at: str = ""


def append(folder: Path, result: Result) -> None:
    """Add one result; it is on disk when this returns.

    Raises:
        OSError: there is no room for it, or the folder cannot be written; the file is as it was.
    """
    line = json.dumps(plain(asdict(result)), allow_nan=False, ensure_ascii=False).encode() + b"\n"
    file = os.open(folder / FILE, os.O_RDWR | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666)
    try:
        lock(file, wait=True)  # or a neighbour may write between the look at the last byte and the line
        size = os.fstat(file).st_size
        if size and _byte(file, size - 1) != b"\n":  # a line that a kill cut short
            line = b"\n" + line
        try:
            while line:
                line = line[os.write(file, line) :]
        except OSError:
            os.ftruncate(file, size)
            raise
        os.fsync(file)
    finally:
        os.close(file)


def _byte(file: int, at: int) -> bytes:
    os.lseek(file, at, os.SEEK_SET)
    return os.read(file, 1)


def read(folder: Path) -> list[Result]:
    """All results, the first one should a cell be there twice; lines that are not whole are none."""
    found: dict[tuple[str, int, str], Result] = {}
    path = folder / FILE
    content = path.read_bytes() if path.is_file() else b""
    for line in content.split(b"\n"):
        try:
            result = Result(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found.setdefault((result.family, result.split, result.question), result)
    return list(found.values())


def plain(value: Any) -> Any:
    """The value in JSON's own types; figures that are not finite become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
