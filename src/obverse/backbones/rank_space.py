"""A column on the line of its own ranks: 0 is below every known cell, N above, and each row owns one unit between.

Trees that describe a column only need to say where on this line a row may lie; heaped numbers, atoms, grids and
categories all become intervals of it. A value that many rows share owns as many units as rows hold it; between values
that hardly repeat the line is interpolated, so that a draw is a new number and not a training cell (the smoothed
empirical quantile function, Parzen 1979).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Column, FloatArray

# rows a value, and values, with which a column on a grid is described value by value
REPEATS, MOST_VALUES = 10, 128
HEAP = 5  # rows from which a value on a grid keeps units of its own
TINY = 1e-12


@dataclass(frozen=True)
class RankSpace:
    """See the module docstring.

    Attributes:
        column: its facts.
        value: (M,) known values, rising; codes of a category column.
        low, high: (M,) the stretch of the line that each value owns; a point where the line is interpolated.
        rows: N, the length of the line.
        tied: described value by value; otherwise interpolated between values.
    """

    column: Column
    value: FloatArray
    low: FloatArray
    high: FloatArray
    rows: int
    tied: bool

    @classmethod
    def of(cls, column: Column, cells: FloatArray, *, histogram: bool = False) -> tuple[RankSpace, Array]:
        """The space of a column and the rank of every cell, (n,), -1 where it is missing.

        Where it is interpolated, only about twice the square root of N values are kept as knots, since the density of
        single gaps would be noise, and those that many rows share. With `histogram` heaps below the schema's atoms
        are not kept either.
        """
        known = np.flatnonzero(~np.isnan(cells))
        order = known[np.argsort(cells[known], kind="stable")]
        rank = np.full(len(cells), -1)
        rank[order] = np.arange(len(order))
        value, count = np.unique(cells[known], return_counts=True)
        if not len(value):
            value, count = np.zeros(1), np.ones(1, int)
        after = np.cumsum(count)
        low, high, rows = (after - count).astype(float), after.astype(float), int(after[-1])
        tied = cls.is_tied(column, value, rows)
        if not tied:
            heap = np.isin(value, column.atoms)
            if column.step is not None and not histogram:
                heap |= count >= max(HEAP, 10 * rows / max((value[-1] - value[0]) / column.step, 1.0))
            free = np.flatnonzero(~heap)
            knots = (
                free[np.unique(np.linspace(0, len(free) - 1, int(2 * np.sqrt(rows)) + 1).astype(int))]
                if len(free)
                else free
            )
            kept = np.sort(np.concatenate([np.flatnonzero(heap), knots]))
            middle = (low + high) / 2
            low, high = np.where(heap, low, middle)[kept], np.where(heap, high, middle)[kept]
            value = value[kept]
        return cls(column, value, low, high, rows, tied), rank

    @staticmethod
    def is_tied(column: Column, value: FloatArray, rows: int) -> bool:
        """Whether a column of so many known rows and these values is described value by value."""
        few = len(value) <= min(rows / REPEATS, MOST_VALUES)
        return column.kind == "category" or (column.step is not None and few)

    # ------------------------------------------------------- interpolated columns

    @cached_property
    def _knots(self) -> tuple[FloatArray, FloatArray]:
        """Numbers and ranks between which the line is interpolated."""
        half = 0.0 if self.column.step is None else self.column.step / 2
        wide = np.where(self.high > self.low, half, 0.0)
        number = np.stack([self.value - wide, self.value + wide], axis=1)
        rank = np.stack([self.low, self.high], axis=1)
        if self.column.step is None and self.value[0] < self.value[-1]:
            # the line ends at the observed bounds: what lay beyond would be moved to them, and be copies of two rows
            for end, place in ((0, 0.0), (-1, float(self.rows))):
                if self.high[end] == self.low[end]:
                    rank[end] = place
            return number.ravel(), rank.ravel()
        margin = half or max(4 * np.spacing(np.abs(self.value).max()), TINY)
        ends = min(number[0, 0], self.value[0] - margin), max(number[-1, 1], self.value[-1] + margin)
        return np.concatenate([ends[:1], number.ravel(), ends[1:]]), np.concatenate([[0.0], rank.ravel(), [self.rows]])

    def ranks_at(self, numbers: FloatArray, *, after: bool = False) -> FloatArray:
        """Place of numbers on the line; at an atom its lower end, or with `after` its upper one."""
        number, rank = self._knots
        place = np.interp(numbers, number, rank)
        if self.column.step is None and len(self.column.atoms):
            at = np.clip(np.searchsorted(self.value, numbers), 0, len(self.value) - 1)
            here = (self.high[at] > self.low[at]) & (self.value[at] == numbers)
            place = np.where(here, (self.high if after else self.low)[at], place)
        return place

    def is_atom(self, numbers: FloatArray) -> Array:
        """Which numbers are atoms."""
        return np.isin(numbers, self.column.atoms)

    def log_slope(self, numbers: FloatArray) -> FloatArray:
        """Log of ranks per unit of the number (a density); minus infinity outside the line."""
        number, rank = self._knots
        at = np.clip(np.searchsorted(number, numbers, side="left") - 1, 0, len(number) - 2)
        width = number[at + 1] - number[at]
        rise = rank[at + 1] - rank[at]
        inside = (numbers >= number[0]) & (numbers <= number[-1]) & (width > 0)
        with np.errstate(divide="ignore"):
            return np.where(inside, np.log(rise) - np.log(np.where(width > 0, width, 1.0)), -np.inf)

    # ------------------------------------------------------------------ both kinds

    def numbers_at(self, place: FloatArray) -> FloatArray:
        """What lies at places of the line: a known value (tied) or an interpolated number."""
        if self.tied:
            return self.value[np.clip(np.searchsorted(self.low, place, side="right") - 1, 0, len(self.value) - 1)]
        number, rank = self._knots
        return np.interp(place, rank, number)

    def cells(self, most: int) -> FloatArray:
        """Ends of cells of the line, rising from 0 to N: of equal length, at least `most` of them.

        In a tied column a cell for each value, or at most `most` for as many rows each as values allow.
        """
        even = np.linspace(0.0, self.rows, 2 ** (most - 1).bit_length() + 1)
        if not self.tied:
            return even
        ends = np.append(self.low, float(self.rows))
        return ends if len(ends) <= len(even) else np.unique(ends[np.searchsorted(ends, even)])

    def index_of(self, values: FloatArray) -> Array:
        """Which known value of a tied column each value is, -1 where it was never met."""
        at = np.clip(np.searchsorted(self.value, values), 0, len(self.value) - 1)
        near = np.maximum(at - 1, 0)
        at = np.where(np.abs(self.value[near] - values) < np.abs(self.value[at] - values), near, at)
        slack = 0.0 if self.column.step is None else 1e-6 * self.column.step
        return np.where(np.abs(self.value[at] - values) <= slack, at, -1)

    def interval_of(self, values: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The interval [a, b] of the line that each value owns; empty for a value never met in a tied column.

        In an interpolated column on a grid it is the cell of half a step on either side, in one that is not it is
        empty but for atoms, where the density is wanted instead.
        """
        if self.tied:
            at = self.index_of(values)
            return np.where(at < 0, 0.0, self.low[at]), np.where(at < 0, 0.0, self.high[at])
        if self.column.step is not None:
            half = self.column.step / 2
            return self.ranks_at(values - half), self.ranks_at(values + half)
        return self.ranks_at(values), self.ranks_at(values, after=True)

    def pieces(self, region: Region) -> FloatArray:
        """The region as disjoint intervals of the line, (p, 2)."""
        if self.tied:
            inside = np.concatenate([[False], region.contains(self.value), [False]]).astype(int)
            first, last = np.flatnonzero(np.diff(inside) > 0), np.flatnonzero(np.diff(inside) < 0)
            return np.stack([self.low[first], self.high[last - 1]], axis=1)
        if self.column.step is not None:
            edges = np.array(region.edges(self.column)).reshape(-1, 2)
            return np.stack([self.ranks_at(edges[:, 0]), self.ranks_at(edges[:, 1])], axis=1)
        spans = [
            (self.ranks_at(np.array([a]), after=not with_a)[0], self.ranks_at(np.array([b]), after=with_b)[0])
            for a, b, with_a, with_b in region.intervals or ()
        ]
        return np.array([s for s in spans if s[1] > s[0]], dtype=float).reshape(-1, 2)

    # ------------------------------------------------------------ what was never met

    @cached_property
    def unmet(self) -> float:
        """Probability kept for what no row showed: the share of values met once (Good 1953), at least half a row."""
        once = int((self.high - self.low == 1).sum()) if self.tied else 0
        return (once / 2 + 0.5) / (self.rows + 1) if self.column.kind == "number" else 1e-3 / (self.rows + 1)

    @cached_property
    def _reach(self) -> tuple[float, float]:
        """Numbers up to which something never met may lie: as far again on either side as the known ones reach."""
        number = self._knots[0] if not self.tied else self.value
        width = max(float(number[-1] - number[0]), self.column.step or 0.0, TINY)
        low, high = float(number[0]) - width, float(number[-1]) + width
        step = self.column.step
        return (low, high) if step is None else (np.floor(low / step) * step, np.ceil(high / step) * step)

    def log_unmet(self, values: FloatArray) -> FloatArray:
        """Log-measure of each value under the even distribution over all that may be met."""
        if self.column.kind == "category":
            known = (values >= 0) & (values < len(self.column.values))
            return np.where(known, -np.log(max(len(self.column.values), 1)), -np.inf)
        low, high = self._reach
        step = self.column.step
        size = high - low if step is None else round((high - low) / step) + 1
        slack = 0.0 if step is None else step / 2
        return np.where((values >= low - slack) & (values <= high + slack), -np.log(size), -np.inf)

    def unmet_mass(self, region: Region) -> float:
        """Share of that even distribution inside a region."""
        if region.codes is not None:
            return float(np.mean(region.codes)) if len(region.codes) else 0.0
        low, high = self._reach
        half = 0.0 if self.column.step is None else self.column.step / 2
        spans = [(max(a, low - half), min(b, high + half)) for a, b in region.edges(self.column)]
        return sum(max(b - a, 0.0) for a, b in spans) / (high - low + 2 * half)

    def draw_unmet(self, region: Region, noise: FloatArray) -> FloatArray:
        """Draws of that even distribution inside a region, one for each number of noise in [0, 1)."""
        if region.codes is not None:
            allowed = np.flatnonzero(region.codes)
            return allowed[(noise * len(allowed)).astype(int)].astype(float)
        low, high = self._reach
        half = 0.0 if self.column.step is None else self.column.step / 2
        spans = np.array([(max(a, low - half), min(b, high + half)) for a, b in region.edges(self.column)])
        ladder = np.concatenate([[0.0], np.cumsum(np.maximum(spans[:, 1] - spans[:, 0], 0.0))])
        at = noise * ladder[-1]
        which = np.clip(np.searchsorted(ladder, at, side="right") - 1, 0, len(spans) - 1)
        return self.column.on_grid(spans[which, 0] + at - ladder[which])

    # ---------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        names = ("value", "low", "high", "rows", "tied")
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_state(cls, column: Column, state: Mapping[str, Any]) -> RankSpace:
        """Inverse of `state`; ValueError when its arrays do not fit together."""
        value, low, high, rows = state["value"], state["low"], state["high"], int(state["rows"])
        if not len(value) or value.shape != low.shape or value.shape != high.shape or rows < 1:
            raise ValueError("the ranks of a column do not fit its values")
        if (high < low).any() or (low[1:] < high[:-1]).any() or low[0] < 0 or high[-1] > rows:
            raise ValueError("the values of a column overlap on the line of its ranks")
        return cls(column, value, low, high, rows, bool(state["tied"]))
