"""Keys: which rows repeat one, and free values for those that do.

A repeated key moves along the grid of one of its columns to a free point near the one that was drawn, so that an
identifier that grows with a date goes on doing so. Where the observed range cannot hold as many, whole numbers go on
above it: an identifier names a row and measures nothing. Dates, decimal numbers and texts do not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .errors import ImpossibleCondition
from .schema import Array, Column, FloatArray, Schema

MOST_PLACES = 2**62  # of all groups of rows together, held as whole numbers
_EXACT = {"float16": 2**11, "float32": 2**24, "halffloat[pyarrow]": 2**11, "float[pyarrow]": 2**24}


def identities(cells: FloatArray) -> Array:
    """Whole numbers (n,), equal where rows of cells (n, k) are; missing cells equal each other."""
    codes = np.zeros(len(cells), np.int64)
    for column in cells.T:
        own = np.unique(column, return_inverse=True)[1]
        codes = np.unique(codes * (own.max(initial=0) + 1) + own, return_inverse=True)[1]
    return codes


def repeated(cells: FloatArray) -> Array:
    """Boolean (n,): which complete rows of cells (n, k) equal an earlier one."""
    again = np.ones(len(cells), bool)
    again[np.unique(identities(cells), return_index=True)[1]] = False
    return again & ~np.isnan(cells).any(axis=1)


def spread(rows: FloatArray, schema: Schema, key: Sequence[int], again: Array, loose: Array) -> tuple[Array, Schema]:
    """The rows with every repeated key moved to a free one, and the schema, its bounds widened where numbers went on.

    Args:
        rows: float64 (n, d).
        schema: their columns.
        key: positions of the key's columns.
        again: boolean (n,), the rows whose key must change; the keys of the others differ from each other.
        loose: boolean (n, d), the cells that may change.

    Raises:
        ImpossibleCondition: the columns have too few different values.
    """
    j = _moved(schema, key)
    column = schema.columns[j]
    step = 1.0 if column.kind == "category" else column.step
    again = again & loose[:, j]
    if step is None or not again.any():
        return rows, schema
    group = identities(rows[:, [k for k in key if k != j]])
    used = np.unique(group[again])
    among = np.isin(group, used) & ~np.isnan(rows[:, list(key)]).any(axis=1)
    group = np.searchsorted(used, group)
    low, high = _ends(column, step)
    most = int(np.bincount(group[among]).max())
    if most > high - low + 1:
        if not _counts(column) or low + most - 1 > _largest(column, step):
            raise ImpossibleCondition(
                f"{column.name!r} can hold {high - low + 1:,} different values, and {most:,} rows need one each; ask "
                "for fewer rows"
            )
        again = among & loose[:, j]  # rows keep their order only when all of them make room
        high = low + most - 1
    places = high - low + 1
    if len(used) * places >= MOST_PLACES:
        raise ImpossibleCondition(f"the key with {column.name!r} spans too many values to be searched; ask for fewer")
    place = np.rint(np.where(among, rows[:, j], 0.0) / step).astype(np.int64) - low
    settled = among & ~again & (place >= 0) & (place < places)
    taken = np.unique(group[settled] * places + place[settled])
    mine, wanted = group[again], np.clip(place[again], 0, places - 1)
    order = np.lexsort((wanted, mine))
    found = np.empty(len(order), np.int64)
    found[order] = _free(mine[order], wanted[order], taken, places) - mine[order] * places + low
    out = rows.copy()
    out[again, j] = column.on_grid(np.asarray(found * step, np.float64)) if column.kind == "number" else found
    if column.kind == "number":
        grown = replace(column, high=max(column.high, float(column.on_grid(np.asarray(high * step)))))
        schema = replace(schema, columns=(*schema.columns[:j], grown, *schema.columns[j + 1 :]))
    return out, schema


def _free(group: Array, wanted: Array, taken: Array, places: int) -> Array:
    """For each row, sorted by group and wanted place, a place of its own near it that is not taken.

    Places of group g are `g * places` and on. Free ones are counted from below, wanted numbers are pushed up until no
    two are equal, and held down so that those behind still fit: two running extrema in place of a search.
    """
    place = group * places + wanted
    first, past = group * places, (group + 1) * places
    lowest = first - np.searchsorted(taken, first)
    highest = past - np.searchsorted(taken, past) - 1
    rank = np.minimum(place - np.searchsorted(taken, place), highest)
    row = np.arange(len(rank))
    ceiling = np.minimum.accumulate((highest - row)[::-1])[::-1] + row
    free = np.minimum(row + np.maximum.accumulate(rank - row), ceiling)
    if (free < lowest).any():
        raise ImpossibleCondition("a key has fewer free values than rows that need one; ask for fewer rows")
    return free + np.searchsorted(taken - np.arange(len(taken)), free, side="right")


def _moved(schema: Schema, key: Sequence[int]) -> int:
    """The column of a key whose values move: the grid with most points, else the category with most values."""

    def room(j: int) -> tuple[bool, float]:
        column = schema.columns[j]
        if column.kind == "category":
            return False, len(column.values)
        return column.step is not None, 0.0 if column.step is None else (column.high - column.low) / column.step

    return max(key, key=room)


def _ends(column: Column, step: float) -> tuple[int, int]:
    """First and last place of the column on its grid."""
    if column.kind == "category":
        return 0, len(column.values) - 1
    return int(np.rint(column.low / step)), int(np.rint(column.high / step))


def _counts(column: Column) -> bool:
    """Whether the column holds whole numbers, which may go on."""
    whole = column.step is not None and float(column.step).is_integer()
    return whole and not column.is_date and not column.dtype.startswith(("timedelta", "duration"))


def _largest(column: Column, step: float) -> int:
    """The last place whose number the column's dtype holds exactly."""
    return int(np.floor(limits(column)[1] / step))


def limits(column: Column) -> tuple[float, float]:
    """The smallest and the largest number that the column's dtype holds, of floats those of exact whole numbers."""
    name = column.dtype.lower()
    whole = re.fullmatch(r"(u?)int(\d+)(\[pyarrow\])?", name)
    if whole:
        bits = int(whole[2])
        return (0.0, 2.0**bits - 1) if whole[1] else (-(2.0 ** (bits - 1)), 2.0 ** (bits - 1) - 1)
    if "[ns" in name:  # nanoseconds since 1970, held as 64-bit whole numbers
        return -9.2e9, 9.2e9
    exact = float(_EXACT.get(name, 2**53)) * (column.step or 1.0 if name in _EXACT else 1.0)
    return -exact, exact
