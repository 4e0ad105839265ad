"""What is known when a question is asked: cells with values, cells restricted to a region, everything else unknown.

A `Region` is a set of values of one column (plus, perhaps, "missing"); an `Evidence` holds n rows of known values and
regions common to all of them. Every query reduces to evidence: the log-probability of an event given a condition is
`log P(event and condition) - log P(condition)`, two calls of one hook.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from .schema import Array, Column, FloatArray

Interval = tuple[float, float, bool, bool]  # low, high, low included, high included
INF = float("inf")


@dataclass(frozen=True)
class Region:
    """A set of cells of one column: some of its values, and whether a missing cell belongs.

    `codes` is a boolean mask over the categories of a category column; `intervals` are disjoint and sorted pieces of
    the real line for a number column. Exactly one of the two is set.
    """

    missing: bool
    codes: tuple[bool, ...] | None = None
    intervals: tuple[Interval, ...] | None = None

    @classmethod
    def everything(cls, column: Column, *, missing: bool = True) -> Region:
        """All values of the column, and the missing cell unless told otherwise."""
        if column.kind == "category":
            return cls(missing, codes=(True,) * len(column.values))
        return cls(missing, intervals=((-INF, INF, False, False),))

    @classmethod
    def nothing(cls, column: Column, *, missing: bool = False) -> Region:
        """No value at all (with `missing=True`: only the missing cell)."""
        if column.kind == "category":
            return cls(missing, codes=(False,) * len(column.values))
        return cls(missing, intervals=())

    @classmethod
    def support(cls, column: Column, *, missing: bool) -> Region:
        """The values samples may take: every category, or the observed bounds of a number.

        Bounds that hold no mass (one number of a density was seen, or none) bound nothing.
        """
        bounds = cls(missing, intervals=((column.low, column.high, True, True),))
        if column.kind == "category" or not column.low <= column.high or not bounds.has_mass(column):
            return cls.everything(column, missing=missing)
        return bounds

    @property
    def is_empty(self) -> bool:
        """Holds neither a value nor the missing cell."""
        return not self.missing and not self.holds_values

    @property
    def holds_values(self) -> bool:
        """Holds at least one value."""
        return any(self.codes) if self.codes is not None else bool(self.intervals)

    def has_mass(self, column: Column) -> bool:
        """Some value of it can have probability: a category, a grid point, an atom or an interval of a density."""
        if self.codes is not None:
            return any(self.codes)
        return bool(self.edges(column)) or any(a == b and a in column.atoms for a, b, _, _ in self.intervals or ())

    @property
    def points(self) -> tuple[float, ...] | None:
        """The numbers, when the region is a finite set of numbers; else None."""
        if self.intervals is None or not self.intervals or any(a != b for a, b, _, _ in self.intervals):
            return None
        return tuple(a for a, _, _, _ in self.intervals)

    def contains(self, cells: FloatArray) -> Array:
        """Boolean (n,): which encoded cells (NaN = missing) lie in the region."""
        gone = np.isnan(cells)
        if self.codes is not None:
            code = np.where(gone, -1, cells).astype(int)
            mask = np.asarray([*self.codes, False])
            inside = mask[np.where((code >= 0) & (code < len(self.codes)), code, len(self.codes))]
        else:
            inside = np.zeros(len(cells), bool)
            for low, high, with_low, with_high in self.intervals or ():
                above = cells >= low if with_low else cells > low
                below = cells <= high if with_high else cells < high
                inside |= above & below
        return np.where(gone, self.missing, inside)

    def both(self, other: Region) -> Region:
        """Intersection."""
        missing = self.missing and other.missing
        if self.codes is not None:
            return Region(missing, codes=tuple(a and b for a, b in zip(self.codes, other.codes or (), strict=True)))
        pieces: list[Interval] = []
        for a in self.intervals or ():
            for b in other.intervals or ():
                low, with_low = max((a[0], not a[2]), (b[0], not b[2]))
                high, with_high = min((a[1], a[3]), (b[1], b[3]))
                piece = (low, high, not with_low, with_high)
                if low < high or (low == high and piece[2] and piece[3]):
                    pieces.append(piece)
        return Region(missing, intervals=tuple(sorted(pieces)))

    def complement(self) -> Region:
        """Everything the region does not hold, the missing cell included."""
        if self.codes is not None:
            return Region(not self.missing, codes=tuple(not c for c in self.codes))
        pieces: list[Interval] = []
        edge, edge_in = -INF, False
        for low, high, with_low, with_high in self.intervals or ():
            if edge < low or (edge == low and edge_in and not with_low):
                pieces.append((edge, low, edge_in, not with_low))
            edge, edge_in = high, not with_high
        if edge < INF:
            pieces.append((edge, INF, edge_in, False))
        return Region(not self.missing, intervals=tuple(pieces))

    def edges(self, column: Column) -> tuple[tuple[float, float], ...]:
        """The intervals as limits of integration of a density.

        On a grid column a grid point stands for the cell of half a step on either side, so `x > 60` with step 1 is
        integrated from 60.5; on a continuous column the limits are the interval's own.
        """
        if column.step is None:
            return tuple((a, b) for a, b, _, _ in self.intervals or () if a < b)
        step, out = column.step, list[tuple[float, float]]()
        for low, high, with_low, with_high in self.intervals or ():
            first = _first_point(low, with_low, step)
            last = -_first_point(-high, with_high, step)
            if first <= last:
                out.append(((first - 0.5) * step, (last + 0.5) * step))
        return tuple(out)


def _first_point(low: float, included: bool, step: float) -> float:
    """Index of the first grid point at or after `low` (after it when not included)."""
    if np.isinf(low):
        return low
    place = low / step
    near = np.rint(place)
    if abs(place - near) <= max(1e-9, 4 * np.spacing(abs(place))):  # the rounding error of the division
        return float(near if included else near + 1)
    return float(np.ceil(place))


def interval(low: float = -INF, high: float = INF, with_low: bool = True, with_high: bool = True) -> Region:
    """The numbers from `low` to `high`; missing cells do not belong."""
    return Region(False, intervals=((low, high, with_low and low > -INF, with_high and high < INF),))


@dataclass(frozen=True)
class Evidence:
    """n rows of what is known.

    Attributes:
        values: for tables float64 (n, d) in schema order, NaN = unknown; other modalities: their array with holes.
        regions: column position -> region that holds in every row. On a column with known values a region only says
            that the cell is not missing.
        label: what is known of y in modalities whose x is not a table; None = unknown.
    """

    values: Array
    regions: Mapping[int, Region] = field(default_factory=dict[int, Region])
    label: Any = None

    def __len__(self) -> int:
        return len(self.values)

    def only(self, columns: Sequence[int]) -> Evidence:
        """Table rows with all cells but those of `columns` made unknown."""
        values = np.full_like(self.values, np.nan)
        values[:, list(columns)] = self.values[:, list(columns)]
        return replace(self, values=values, regions={j: r for j, r in self.regions.items() if j in columns})

    def without(self, columns: Sequence[int]) -> Evidence:
        """Table rows with the cells of `columns` made unknown."""
        values = self.values.copy()
        values[:, list(columns)] = np.nan
        return replace(self, values=values, regions={j: r for j, r in self.regions.items() if j not in columns})

    def with_value(self, column: int, value: float | FloatArray) -> Evidence:
        """Table rows with one column set."""
        values = self.values.copy()
        values[:, column] = value
        return replace(self, values=values)

    @classmethod
    def nothing(cls, columns: int, regions: Mapping[int, Region] | None = None) -> Evidence:
        """One table row of which nothing is known, but the regions."""
        return cls(np.full((1, columns), np.nan), dict(regions or {}))
