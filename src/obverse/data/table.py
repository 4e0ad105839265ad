"""A table with a name and a hash: what `read` and the catalogue hand on."""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from obverse.core.errors import BadInput


@dataclass(frozen=True)
class Table:
    """A data frame and where it came from.

    Attributes:
        frame: the rows, never empty.
        name: file name without its endings, catalogue name, or `table` for a DataFrame.
        target: the column to predict, None when there is none.
        sha256: of the file's content after decompression (so that the same table, gzipped twice, is the same table;
            several files: one after the other), or of a DataFrame's names, dtypes and values.
        source: the path, catalogue name or `DataFrame` it was read from.
        notes: what a person should know about the data, or about how they were read.
        total: rows of what was read; more than the frame has when the frame is a sample of it.

    Raises:
        BadInput: there are no rows, no columns, or no column called `target`.
    """

    frame: pd.DataFrame
    name: str
    target: str | None
    sha256: str
    source: str
    notes: tuple[str, ...] = ()
    total: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "total", max(self.total, len(self.frame)))
        problems: list[str] = []
        if self.frame.shape[1] == 0:
            problems.append(f"{self.source} has no columns")
        elif len(self.frame) == 0:
            problems.append(f"{self.source} has column names but no rows")
        if self.target is not None and self.target not in self.frame.columns:
            hint = did_you_mean(self.target, self.frame.columns) or f"its columns are {', '.join(self._names())}"
            problems.append(f"{self.source} has no column {self.target!r}; {hint}")
        if problems:
            raise BadInput(problems)

    def _names(self, limit: int = 12) -> list[str]:
        names = [str(c) for c in self.frame.columns]
        return names if len(names) <= limit else [*names[:limit], "..."]


def did_you_mean(word: str, words: Iterable[object]) -> str:
    """`did you mean a, b?` with the nearest of `words`, empty when none is near."""
    known = {str(w).lower(): str(w) for w in words}
    near = difflib.get_close_matches(word.lower(), list(known), n=3, cutoff=0.6)
    return f"did you mean {', '.join(known[n] for n in near)}?" if near else ""


def fingerprint(frame: pd.DataFrame) -> str:
    """sha256 of column names, dtypes and values, in hexadecimal; BadInput when cells hold lists or the like."""
    header = json.dumps([[str(name), str(dtype)] for name, dtype in zip(frame.columns, frame.dtypes, strict=True)])
    try:
        rows = pd.util.hash_pandas_object(frame, index=False)  # pyright: ignore[reportAttributeAccessIssue]
    except TypeError as error:
        raise BadInput(f"cells must be numbers, text, dates or booleans ({error})") from error
    return hashlib.sha256(header.encode() + rows.to_numpy().tobytes()).hexdigest()
