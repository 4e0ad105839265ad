"""A column laid out on a line of small cells, and cells gathered in bins.

Bins are what a mixture tells apart: inside a bin every component has the same distribution, that of all rows, held as
cells (piecewise uniform; a point for a category or for a number that many rows share). So marginals are fine-grained
though components hold few numbers, and the probability of any interval or set is whole bins plus a part of a bin.

Numbers lie where they are; categories at their rank in an order that puts like ones side by side. A grid column's
cells end half a step beside its grid points.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Column, FloatArray

MOST_BINS = 64
SINGLE_VALUES, CELL_ROWS, MOST_CELLS = 4, 20, 256  # rows that give a value its own cell; rows and number of the others
ENDS = (1, 3, 7)  # rows in the first cells, first two, first three
EMPTY, TAIL = 0.02, 0.5  # imaginary rows of a cell, and of the stretch beyond the observed bounds on either side
UNMET = 1e-9  # imaginary rows of a category that was declared and never met


@dataclass(frozen=True)
class Line:
    """Cells in rising order.

    Attributes:
        low, high: (c,) edges of the cells (low, high]; equal for a point.
        bin: (c,) bin of each cell, never falling.
        share: (c,) probability of the cell given its bin; in a restricted line what is left of it.
        bins: number of bins.
    """

    low: FloatArray
    high: FloatArray
    bin: Array
    share: FloatArray
    bins: int

    @cached_property
    def overlap(self) -> FloatArray:
        """Share of each bin that the line holds, (bins,): ones unless it is restricted."""
        return np.bincount(self.bin, self.share, self.bins).astype(float)

    @cached_property
    def _start(self) -> FloatArray:
        """Share summed over the cells before each, (c + 1,)."""
        return np.concatenate([[0.0], np.cumsum(self.share)])

    @cached_property
    def _first(self) -> Array:
        """First cell of each bin, and the number of cells, (bins + 1,)."""
        return np.searchsorted(self.bin, np.arange(self.bins + 1))

    @cached_property
    def middles(self) -> FloatArray:
        """Mean of each bin, (bins,); 0 for a bin without share."""
        unit = np.abs([*self.low, *self.high, 1e-300]).max()  # a sum of large edges could overflow
        middle = (self.low / unit + self.high / unit) / 2
        with np.errstate(invalid="ignore"):
            mean = np.bincount(self.bin, self.share * middle, self.bins) / self.overlap * unit
        return np.where(self.overlap > 0, mean, 0.0)

    def cell_of(self, x: FloatArray) -> Array:
        """Cell that holds each position, -1 where none does."""
        if not len(self.low):
            return np.full(len(x), -1)
        cell = np.minimum(np.searchsorted(self.high, x, side="left"), len(self.high) - 1)
        after = np.minimum(cell + 1, len(self.high) - 1)
        cell = np.where((self.low[after] == x) & (self.high[after] == x), after, cell)  # a point beside a stretch
        inside = ((self.low[cell] < x) & (x <= self.high[cell])) | ((self.low[cell] == x) & (self.high[cell] == x))
        return np.where(inside, cell, -1)

    def below(self, x: FloatArray) -> tuple[Array, FloatArray]:
        """The bin that each position falls in, and the share of it at or below the position."""
        count = len(self.low)
        if not count:
            return np.zeros(len(x), int), np.zeros(len(x))
        cell = np.searchsorted(self.high, x, side="right")
        at = np.minimum(cell, count - 1)
        width = self.high[at] - self.low[at]
        with np.errstate(over="ignore"):
            part = np.where(width > 0, (x - self.low[at]) / np.where(width > 0, width, 1.0), 0.0)
        part = np.where(cell < count, self.share[at] * np.clip(part, 0.0, 1.0), 0.0)
        which = self.bin[at]
        return which, np.maximum(self._start[cell] + part - self._start[self._first[which]], 0.0)

    def at(self, which: Array, share: FloatArray) -> FloatArray:
        """The position below which a bin holds so much share: the inverse of `below`."""
        goal = self._start[self._first[which]] + share
        cell = np.searchsorted(self._start[1:], goal, side="right")
        cell = np.clip(cell, self._first[which], self._first[which + 1] - 1)
        part = np.clip((goal - self._start[cell]) / self.share[cell], 0.0, 1.0)
        return self.low[cell] + part * (self.high[cell] - self.low[cell])

    def log_measure(self, cell: Array, step: float | None) -> FloatArray:
        """Log-density inside its bin of a value in each cell, or log-mass of a grid cell or a point."""
        width = self.high[cell] - self.low[cell]
        with np.errstate(divide="ignore"):
            spread = np.where(width > 0, np.log(width) - (0.0 if step is None else np.log(step)), 0.0)
            return np.where(cell < 0, -np.inf, np.log(self.share[cell]) - spread)

    def within(self, region: Region, column: Column, rank: Array) -> Line:
        """The line with only what the region holds."""
        if region.codes is not None:
            keep = np.zeros(len(self.low), bool)
            keep[rank[np.flatnonzero(region.codes)]] = True
            return Line(self.low[keep], self.high[keep], self.bin[keep], self.share[keep], self.bins)
        point = self.low == self.high
        pieces = [self._take(np.flatnonzero(point & region.contains(self.low)), -np.inf, np.inf)]
        for low, high in region.edges(column):
            pieces.append(self._take(np.flatnonzero(~point & (self.low < high) & (self.high > low)), low, high))
        left, right, which, share = (np.concatenate(parts) for parts in zip(*pieces, strict=True))
        order = np.lexsort((right, left))
        return Line(left[order], right[order], which[order], share[order], self.bins)

    def _take(self, cells: Array, low: float, high: float) -> tuple[FloatArray, FloatArray, Array, FloatArray]:
        """Edges, bins and shares of some cells, cut at low and high."""
        left, right = np.maximum(self.low[cells], low), np.minimum(self.high[cells], high)
        width = self.high[cells] - self.low[cells]
        part = np.where(width > 0, (right - left) / np.where(width > 0, width, 1.0), 1.0)
        return left, right, self.bin[cells], self.share[cells] * part

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it with `Line(**state)`."""
        return {"low": self.low, "high": self.high, "bin": self.bin, "share": self.share, "bins": self.bins}


def bins_for(rows: int) -> int:
    """About how many bins so many rows can tell apart."""
    return int(np.clip(round(2 * rows ** (1 / 3)), 8, MOST_BINS))


def number_line(column: Column, values: FloatArray, bins: int) -> tuple[Line, FloatArray]:
    """The line of a number column, and the mass of every bin.

    Values that many rows share have cells of their own; the others share cells of equal counts, whose edges lie
    between two order statistics. A stretch as long as all of them on either side holds the mass of half a row.
    """
    values = np.sort(values[~np.isnan(values)])
    seen = values if len(values) else np.zeros(1)
    atoms = np.asarray(column.atoms if column.step is None else (), dtype=float)
    pool, inner = seen[~np.isin(seen, atoms)], np.zeros(0)
    if column.step is not None:
        distinct, count = np.unique(seen, return_counts=True)
        alone = distinct[count >= max(SINGLE_VALUES, len(seen) / (4 * MOST_CELLS))]
        pool = seen[~np.isin(seen, alone)]
        index = np.rint(alone / column.step)
        inner = np.concatenate([index - 0.5, index + 0.5]) * column.step
    low, high = _core(column, seen)
    edges = np.unique(np.concatenate([[low], inner, _between(column, pool), [high]]))
    reach = edges[-1] - edges[0]
    edges = np.unique(np.concatenate([[edges[0] - reach], edges, atoms, [edges[-1] + reach]]))
    left, right = np.concatenate([edges[:-1], atoms]), np.concatenate([edges[1:], atoms])
    order = np.lexsort((right, left))
    line = Line(left[order], right[order], np.zeros(len(left), int), np.ones(len(left)), 1)
    held = line.cell_of(values)
    mass = np.bincount(held[held >= 0], minlength=len(left)).astype(float) + EMPTY
    mass[[0, -1]] = TAIL
    return _gathered(line, mass, bins, ends=True)


def category_line(count: Array, rank: Array, bins: int) -> tuple[Line, FloatArray]:
    """The line of a category column with so many rows of every code, and the mass of every bin."""
    mass = np.zeros(len(count))
    mass[rank] = np.where(count > 0, count + 0.5, UNMET)
    place = np.arange(len(count), dtype=float)
    line = Line(place, place, np.zeros(len(count), int), np.ones(len(count)), 1)
    return _gathered(line, mass, bins, ends=False)


def _core(column: Column, values: FloatArray) -> tuple[float, float]:
    """A little beyond the smallest and the largest number."""
    low, high = float(values[0]), float(values[-1])
    if column.step is not None:
        return (np.rint(low / column.step) - 0.5) * column.step, (np.rint(high / column.step) + 0.5) * column.step
    outer = max(abs(low), abs(high))
    margin = max(1e-9 * (high - low), 4 * float(np.spacing(outer))) if high > low else 0.5 * (outer or 1.0)
    return low - margin, high + margin


def _between(column: Column, pool: FloatArray) -> FloatArray:
    """Edges of cells with equally many of the sorted values, but with few where they are sparse, at the two ends."""
    cells = int(np.clip(len(pool) // CELL_ROWS, 1, MOST_CELLS))
    if len(pool) < 2 * ENDS[-1]:
        return np.zeros(0)
    at = np.concatenate([np.arange(1, cells) * len(pool) // cells, ENDS, len(pool) - np.array(ENDS)])
    edges = pool[at - 1] / 2 + pool[at] / 2
    return edges if column.step is None else (np.floor(edges / column.step + 1e-9) + 0.5) * column.step


def _gathered(line: Line, mass: FloatArray, bins: int, ends: bool) -> tuple[Line, FloatArray]:
    """The line with its cells in bins: heavy cells (and the two ends) alone, runs of others of about equal mass."""
    share = mass / mass.sum()
    alone = share >= 0.5 / bins if len(share) > bins else np.ones(len(share), bool)
    if ends:
        alone[[0, -1]] = True
    rest = np.where(alone, 0.0, share)
    run = np.floor((np.cumsum(rest) - rest / 2) * bins)
    starts = np.ones(len(share), bool)
    starts[1:] = alone[1:] | alone[:-1] | (run[1:] != run[:-1])
    which = np.cumsum(starts) - 1
    total = np.bincount(which, share).astype(float)
    return Line(line.low, line.high, which, share / total[which], len(total)), total
