"""Columns of text to columns of what *all* their cells say: whole numbers, numbers, booleans, ISO dates, else text.

A type never depends on the first rows alone, and decimal numbers keep every bit. Near misses are looked at twice and
said aloud: a few words such as `n/a` among numbers are missing cells, and what only looks like numbers or dates to
people stays text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from obverse.core.errors import BadInput

from .names import SHOWN, listed

MISSING = ("", "?", "NA", "NaN", "nan", "null")  # a cell `None` or `none` is a value
ISO_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?"
OFFSET = r"(?:Z|[+-][0-9]{2}:?[0-9]{2})"

NUMBER = r"(?:[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
INFINITE = r"(?i:[+-]?inf(?:inity)?)"
PLACEHOLDERS = frozenset(
    [
        *("-", "--", "---", ".", "..", "...", "*", "#", "/", "\\n", "nil", "nan", "none", "null", "(null)", "<null>"),
        *("na", "n/a", "n.a.", "n.a", "<na>", "#na", "#n/a", "#n/d", "#value!", "#ref!", "#name?", "#div/0!", "#null!"),
        *("#num!", "unknown", "unkn", "unk", "missing", "undefined", "unspecified", "empty", "blank", "void"),
        *("not available", "not applicable", "not known", "no data", "no answer"),
    ]
)  # in small letters
MOST_PLACEHOLDERS = 5  # distinct words of a column that can all be placeholders
FEWEST_NUMBERS = 0.95  # of the cells that are not missing, from which placeholders among them are missing cells
MOSTLY = 0.5  # of them, beyond which text among numbers is worth a remark
COMMA = r"[+-]?(?:[0-9]+|[0-9]{1,3}(?:\.[0-9]{3})+)(?:,[0-9]+)?"  # 3,5 or 1.234,5
COMMA_OR_THOUSANDS = r"[+-]?[1-9][0-9]{0,2},[0-9]{3}"  # 1,234
THOUSANDS = "[+-]?[0-9]{1,3}(?:[, '\N{NO-BREAK SPACE}\N{NARROW NO-BREAK SPACE}][0-9]{3})+(?:[.][0-9]+)?"
WITH_UNIT = rf"(?:[$€£¥] ?{NUMBER}|{NUMBER} ?[%€$£¥])"
LOCAL_DATE = (
    r"(?:[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2})|[0-9]{4}[./][0-9]{1,2}[./][0-9]{1,2})"
    r"(?:[T ,]+[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?)?"
)
REMARKS = {
    "missing": "counted as missing, because the rest of the column is numbers:",
    "comma": "read with a decimal comma:",
    "mostly": "read as text, although most cells are numbers:",
    "number": "read as text; for numbers write 1234.5, without thousands separators, decimal commas and units:",
    "date": "read as text; for dates write 2024-12-31:",
}

LineOf = Callable[[Sequence[int]], Sequence[str]]


class Typed(NamedTuple):
    """A column and, where there is something to say, a kind of `REMARKS` and what it says of this column."""

    cells: pd.Series
    kind: str | None = None
    remark: str = ""


def as_frame(columns: Mapping[str, Typed], where: str, line_of: LineOf) -> tuple[pd.DataFrame, list[str]]:
    """The columns as a frame, and notes on how they were read, one a kind of remark.

    Args:
        columns: by name.
        where: names the file in errors.
        line_of: turns row numbers, from 0, into words for where they stand, such as `line 17`.

    Raises:
        BadInput: columns hold infinite numbers.
    """
    cells = {name: column.cells for name, column in columns.items()}
    _check_finite(cells, where, line_of)
    remarks: dict[str, list[str]] = {}
    for column in columns.values():
        if column.kind is not None:
            remarks.setdefault(column.kind, []).append(column.remark)
    notes = [f"{words} {listed(remarks[kind], quote=False)}" for kind, words in REMARKS.items() if kind in remarks]
    return pd.DataFrame(cells), notes


def typed(name: str, text: pd.Series, *, comma: bool = False, number: bool = False) -> Typed:
    """A column of text as whole numbers, numbers, booleans, dates or text, whichever all its cells are.

    With `comma`, 3,5 is a number in a column whose every cell can be read so. With `number` the column is known to
    hold numbers, so that placeholders are missing cells however many there are.
    """
    cells = text.mask(text.isin(MISSING))
    numbers = _numbers(cells)
    if numbers is None:  # only now strip: most columns of numbers need none
        cells = text.str.strip()
        cells = cells.mask(cells.isin(MISSING))
        numbers = _numbers(cells)
    if numbers is not None:
        return Typed(numbers)
    known = cells.dropna()
    if comma and (numbers := _with_comma(cells, known)) is not None:
        return Typed(numbers, "comma", repr(name))
    lower = cells.str.lower()
    if lower.dropna().isin(["true", "false"]).all():
        return Typed(lower.map({"true": True, "false": False}).astype("boolean" if lower.hasnans else "bool"))
    found = dates(cells)
    return _near_miss(name, cells, known, 0.0 if number else FEWEST_NUMBERS) if found is cells else Typed(found)


def dates(text: pd.Series) -> pd.Series:
    """Text as dates when every cell that is not missing is an ISO 8601 date (offsets turned to UTC), else as it is."""
    known = text.dropna()
    with_offset = _all(known, ISO_DATE + OFFSET)
    if not with_offset and not _all(known, ISO_DATE):
        return text
    found = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=with_offset)
    return text if found.isna().sum() > text.isna().sum() else found  # 2025-13-01 looks like a date and is none


def _check_finite(columns: Mapping[str, pd.Series], where: str, line_of: LineOf) -> None:
    """BadInput that lists columns with infinite numbers, how many, and where the first of each is."""
    holding = {name: np.flatnonzero(np.isinf(cells)) for name, cells in columns.items() if cells.dtype == np.float64}
    holding = {name: rows for name, rows in holding.items() if len(rows)}
    if not holding:
        return
    shown = list(holding)[:SHOWN]
    lines = line_of([int(holding[name][0]) for name in shown])
    problems = [
        f"column {name!r} of {where} holds {_infinite(len(holding[name]))} (the first in {line}); "
        f"make it a finite number or an empty cell, or leave the column out: --drop {name}"
        for name, line in zip(shown, lines, strict=True)
    ]
    more = len(holding) - len(shown)
    raise BadInput([*problems, f"and so do {more:,} more columns"] if more else problems)


def _infinite(count: int) -> str:
    return "an infinite number" if count == 1 else f"{count:,} infinite numbers"


def _near_miss(name: str, cells: pd.Series, known: pd.Series, least: float) -> Typed:
    """Text that is nearly something else: numbers beside placeholders, or what looks like numbers or dates to people.

    From a share of `least` numbers on, placeholders are missing cells.
    """
    example = f"{name!r} ({known.iloc[0][:20]!r})"
    if _all(known, f"{COMMA}|{THOUSANDS}|{WITH_UNIT}"):
        return Typed(cells, "number", example)
    if _all(known, LOCAL_DATE):
        return Typed(cells, "date", example)
    words_only = known.loc[~known.str.fullmatch(f"(?:{NUMBER}|{INFINITE})").astype(bool)]
    count, share = len(words_only), 1 - len(words_only) / len(known)
    if share <= MOSTLY and share < least:
        return Typed(cells)
    words: list[str] = words_only.value_counts().index.tolist()  # the most frequent first
    shown = ", ".join(repr(w[:20]) for w in words[:3]) + (", ..." if len(words) > 3 else "")
    if share >= least and len(words) <= MOST_PLACEHOLDERS and {w.lower() for w in words} <= PLACEHOLDERS:
        numbers = _numbers(cells.mask(cells.isin(words)))
        if numbers is not None:
            return Typed(numbers, "missing", f"{count:,} cell{'s' * (count != 1)} of {name!r} ({shown})")
    if share <= MOSTLY:
        return Typed(cells)
    return Typed(cells, "mostly", f"{name!r} ({share:.1%}, beside {shown})")


def _with_comma(cells: pd.Series, known: pd.Series) -> pd.Series | None:
    """Numbers with a decimal comma, None when not all are, or when each comma may as well part thousands."""
    if not _all(known, COMMA) or _all(known.loc[known.str.contains(",").astype(bool)], COMMA_OR_THOUSANDS):
        return None
    return _numbers(cells.str.replace(".", "", regex=False).str.replace(",", ".", regex=False))


def _numbers(text: pd.Series) -> pd.Series | None:
    """Whole numbers as int64 (Int64 beside missing cells: 39 is written back as 39), else float64, else None."""
    import pyarrow as pa

    cells = pa.Array.from_pandas(text)
    try:
        numbers = cells.cast(pa.float64())  # first, because it alone refuses hexadecimal
    except pa.ArrowInvalid:
        return None
    try:
        whole = cells.cast(pa.int64())
    except pa.ArrowInvalid:
        return numbers.to_pandas()
    return whole.to_pandas(types_mapper=(lambda _: pd.Int64Dtype()) if whole.null_count else None)


def _all(known: pd.Series, pattern: str) -> bool:
    """Whether every cell is of the pattern; the first few are asked first, because most columns fail there."""
    whole = f"(?:{pattern})"
    return all(bool(part.str.fullmatch(whole).all()) for part in (known.head(20), known.tail(-20)))
