"""Column names as a file has them to names every table can have: stripped, never empty, never twice."""

from __future__ import annotations

import re
from collections.abc import Sequence

from obverse.core.errors import BadInput

from .table import did_you_mean

MOST = 10_000  # columns; wider files are no tables of measurements, and each column costs time and memory
SHOWN = 5  # names in a note
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")


def tidy(header: Sequence[str], where: str) -> list[str]:
    """The names of the columns, in order.

    Spaces around a name go. A nameless second column is called `column_2`; a second `a` is called `a_2`, or the next
    number that no column has.

    Raises:
        BadInput: there are more columns than `MOST`.
    """
    check_width(len(header), where)
    wanted = [name.strip() or f"column_{i}" for i, name in enumerate(header, start=1)]
    taken, used = set(wanted), set[str]()
    numbers = dict.fromkeys(taken, 2)  # where to go on counting: thousands of columns may share a name
    for i, name in enumerate(wanted):
        while wanted[i] in used or (wanted[i] != name and wanted[i] in taken):
            wanted[i] = f"{name}_{numbers[name]}"
            numbers[name] += 1
        used.add(wanted[i])
    return wanted


def check_width(columns: int, where: str) -> None:
    """BadInput when there are more columns than `MOST`."""
    if columns > MOST:
        raise BadInput(
            f"{where} has {columns:,} columns, more than the {MOST:,} that are read; "
            "make a file of the columns that matter"
        )


def remarks(header: Sequence[str], names: Sequence[str]) -> list[str]:
    """What to say about names that `tidy` changed, beyond spaces, and about those that look like a row."""
    stripped = [name.strip() for name in header]
    pairs = list(zip(stripped, names, strict=True))
    nameless = [new for old, new in pairs if not old]
    again = [f"{old!r} as {new!r}" for old, new in pairs if old and old != new]
    notes = [f"columns without a name are called by their place: {listed(nameless)}"] if nameless else []
    notes += [f"names that stand twice are read with a number: {listed(again, quote=False)}"] if again else []
    if len(names) > 1 and all(NUMBER.fullmatch(name) for name in stripped) and not _counts(stripped):
        notes.append("all column names are numbers: if the first line is a row, put a line of names above it")
    return notes


def listed(names: Sequence[str], *, quote: bool = True) -> str:
    """`'a', 'b' and 3 more`."""
    shown = ", ".join(repr(name) if quote else name for name in names[:SHOWN])
    return shown + (f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else "")


def check_drop(drop: Sequence[str], names: Sequence[str], where: str, target: str | None = None) -> None:
    """BadInput that lists names to leave out that no column has, the target among them, and nothing left to read."""
    if not drop:
        return
    held = set(names)
    problems = [
        f"{where} has no column {name!r} to leave out; "
        + (did_you_mean(name, names) or f"its columns are {listed(names, quote=False)}")
        for name in drop
        if name not in held
    ]
    if target is not None and target in drop:
        problems.append(f"{target!r} is the target, which cannot be left out")
    if not problems and held <= set(drop):
        problems.append(f"{where} has no column left when all are left out")
    if problems:
        raise BadInput(problems)


def _counts(names: Sequence[str]) -> bool:
    """Whether the names only count the columns, as those of an array do."""
    return names in ([str(i) for i in range(len(names))], [str(i) for i in range(1, len(names) + 1)])
