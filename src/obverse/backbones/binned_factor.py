"""One column of a mixture whose components are frequencies of bins: exact for values, sets, ranges and boxes.

A component knows how often each bin of the column's line (`binned`) occurs; inside a bin all components are alike.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.evidence import Region
from ..core.schema import Array, Column, FloatArray
from .binned import Line
from .factors import Factor

ROWS = 200_000  # numbers drawn at once


@dataclass(frozen=True)
class Restricted:
    """What is left of K distributions inside a region: nothing is renormalised.

    Attributes:
        line: the region's part of the line.
        ladder: (K, bins + 1) probability of the region's part of the bins before each.
        table: (K, bins) probabilities of the whole bins.
    """

    line: Line
    ladder: FloatArray
    table: FloatArray

    def below(self, x: FloatArray, k: Array) -> FloatArray:
        """Probability of the region at or below x, for matching arrays of positions and components."""
        which, share = self.line.below(x)
        return self.ladder[k, which] + self.table[k, which] * share

    def below_all(self, x: FloatArray) -> FloatArray:
        """The same for every component, (len(x), K)."""
        which, share = self.line.below(x)
        return self.ladder.T[which] + self.table.T[which] * share[:, None]

    @property
    def total(self) -> FloatArray:
        """Probability of the region, (K,)."""
        return self.ladder[:, -1]

    def draw(self, k: Array, low: FloatArray, high: FloatArray, rng: np.random.Generator) -> FloatArray:
        """One position a component inside the region and the box (low, high]."""
        a, b = self.below(low, k), self.below(high, k)
        return np.clip(self.at(k, a + rng.random(len(k)) * (b - a)), np.nextafter(low, np.inf), high)

    def at(self, k: Array, goal: FloatArray) -> FloatArray:
        """The position below which component k holds so much probability of the region: the inverse of `below`."""
        which = _last_at_most(self.ladder, k, goal, self.line.overlap)
        mass = self.table[k, which]
        share = (goal - self.ladder[k, which]) / np.where(mass > 0, mass, 1.0)
        return self.line.at(which, np.clip(share, 0.0, self.line.overlap[which]))


@dataclass(frozen=True)
class BinnedFactor(Factor):
    """Frequencies of bins.

    Attributes:
        column: its facts.
        rank: (C,) place of each category on the line; empty for numbers.
        part: the column's line.
        table: (K, bins) probabilities; rows sum to one.
    """

    column: Column
    rank: Array
    part: Line
    table: FloatArray

    @cached_property
    def _whole(self) -> Restricted:
        return self._made(self.part)

    @cached_property
    def log_table(self) -> FloatArray:
        """log P(bin), (bins, K)."""
        with np.errstate(divide="ignore"):
            return np.ascontiguousarray(np.log(self.table).T)

    def restricted(self, region: Region | None) -> Restricted:
        """The distributions inside a region."""
        if region is None or (region.codes is not None and all(region.codes)):
            return self._whole
        return self._made(self.part.within(region, self.column, self.rank))

    def _made(self, line: Line) -> Restricted:
        steps = np.cumsum(self.table * line.overlap, axis=1)
        return Restricted(line, np.hstack([np.zeros((len(steps), 1)), steps]), self.table)

    def positions(self, values: FloatArray) -> FloatArray:
        """Places of values on the line; NaN for an empty cell and a category never met."""
        if self.column.kind != "category":
            return values
        known = values >= 0
        return np.where(known, self.rank[np.where(known, values, 0).astype(int)].astype(float), np.nan)

    def cells(self, values: FloatArray) -> Array:
        """Cell of the line that holds each value, -1 for none."""
        x = self.positions(values)
        return np.where(np.isnan(x), -1, self.part.cell_of(np.where(np.isnan(x), 0.0, x)))

    def log_value(self, values: FloatArray, k: Array) -> FloatArray:
        """See `Factor`."""
        cell = self.cells(values)
        return self.part.log_measure(cell, self.column.step) + self.log_table[self.part.bin[cell], k]

    def log_values(self, values: FloatArray) -> FloatArray:
        """Log-measure of each value in every component, (len(values), K)."""
        cell = self.cells(values)
        return self.log_table[self.part.bin[cell]] + self.part.log_measure(cell, self.column.step)[:, None]

    def log_region(self, region: Region) -> FloatArray:
        """See `Factor`."""
        with np.errstate(divide="ignore"):
            return np.log(np.minimum(self.restricted(region).total, 1.0))

    def draw(self, k: Array, region: Region | None, rng: np.random.Generator) -> FloatArray:
        """See `Factor`."""
        return self.draw_in(k, np.full(len(k), -np.inf), np.full(len(k), np.inf), self.restricted(region), rng)

    def draw_in(self, k: Array, low: FloatArray, high: FloatArray, inside: Restricted, rng: np.random.Generator,
                ) -> FloatArray:  # fmt: skip
        """One value a component inside a box (low, high] of places on the line and a region."""
        starts = range(0, len(k), ROWS)
        x = [inside.draw(k[s : s + ROWS], low[s : s + ROWS], high[s : s + ROWS], rng) for s in starts]
        return self.values(np.concatenate([np.zeros(0), *x]))

    def values(self, x: FloatArray) -> FloatArray:
        """Values at places on the line."""
        if self.column.kind != "category":
            return x
        return np.argsort(self.rank)[np.rint(x).astype(int)].astype(float)

    def centre(self, weights: sparse.csr_matrix | FloatArray) -> FloatArray:
        """See `Factor`."""
        return self.centre_of(np.asarray(weights @ self.table))

    def centre_of(self, share: FloatArray) -> FloatArray:
        """Mode of categories or mean of numbers, from shares of whole bins (n, bins)."""
        if self.column.kind != "category":
            return share @ self.part.middles
        best = share * self._highest
        return np.argsort(self.rank)[self._mode[best.argmax(axis=1)]].astype(float)

    @cached_property
    def _mode(self) -> Array:
        """The most frequent cell of every bin, (bins,)."""
        order = np.lexsort((-self.part.share, self.part.bin))
        return order[np.searchsorted(self.part.bin, np.arange(self.part.bins))]

    @cached_property
    def _highest(self) -> FloatArray:
        return self.part.share[self._mode]

    def state(self) -> dict[str, Any]:
        """See `Factor`."""
        return {"rank": self.rank, "part": self.part.state(), "table": self.table}

    @classmethod
    def from_state(cls, column: Column, state: dict[str, Any]) -> BinnedFactor:
        """Inverse of `state`; ValueError unless every index leads to something."""
        made = cls(column, state["rank"], Line(**state["part"]), state["table"])
        part, cells, rank = made.part, len(made.part.low), made.rank
        whole = all(a.shape == (cells,) for a in (part.low, part.high, part.bin, part.share)) and cells
        if not whole or (np.diff(part.bin, prepend=0, append=part.bins - 1) < 0).any():
            raise ValueError(f"the cells of column {column.name!r} are not in bins")
        if made.table.shape != (len(made.table), part.bins) or (column.kind == "category" and not (
            np.array_equal(np.sort(rank), np.arange(len(column.values))) and cells == len(rank)
        )):  # fmt: skip
            raise ValueError(f"the bins of column {column.name!r} have no probabilities")
        return made


def _last_at_most(ladder: FloatArray, k: Array, goal: FloatArray, overlap: FloatArray) -> Array:
    """The step of row k of a rising ladder that each goal falls on: bisection, all rows at once."""
    lower, upper = np.zeros(len(k), int), np.full(len(k), ladder.shape[1] - 1)
    for _ in range(int(np.ceil(np.log2(ladder.shape[1]))) + 1):
        middle = (lower + upper) // 2
        right = (ladder[k, middle] <= goal) & (middle > lower)
        lower, upper = np.where(right, middle, lower), np.where(right | (middle == lower), upper, middle)
    held = np.flatnonzero(overlap > 0)  # rounding may stop beside a bin of which the region holds nothing
    return held[np.clip(np.searchsorted(held, lower), 0, len(held) - 1)]
