"""`results.jsonl`: one line a family, split and question, appended as units finish and never changed.

A unit is everything asked of one family on one split. Its lines are written together and forced to disk before the
next unit counts, so a kill loses at most the units that were running; a line cut short by the kill is dropped.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from ..core.errors import BadInput

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


def append(folder: Path, results: Sequence[Result]) -> None:
    """Add the results of one unit; they are on disk when this returns."""
    lines = "".join(json.dumps(plain(asdict(r)), allow_nan=False, ensure_ascii=False) + "\n" for r in results)
    with (folder / FILE).open("a", encoding="utf-8") as file:
        file.write(lines)
        file.flush()
        os.fsync(file.fileno())


def read(folder: Path) -> list[Result]:
    """All results, the last one where a unit was repeated. BadInput when a line cannot be read."""
    found: dict[tuple[str, int, str], Result] = {}
    path = folder / FILE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    for number, line in enumerate(text.split("\n")[:-1], 1):
        try:
            result = Result(**json.loads(line))
        except (ValueError, TypeError) as error:
            raise BadInput(f"{path}, line {number} cannot be read; remove that line and run again") from error
        found[result.family, result.split, result.question] = result
    return list(found.values())


def mend(folder: Path) -> None:
    """Drop a last line that was cut short."""
    path = folder / FILE
    if not path.is_file():
        return
    with path.open("rb+") as file:
        content = file.read()
        whole = content.rfind(b"\n") + 1
        if whole < len(content):
            file.truncate(whole)


def plain(value: Any) -> Any:
    """The value in JSON's own types; figures that are not finite become null."""
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [plain(v) for v in value]
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not math.isfinite(value) else value
