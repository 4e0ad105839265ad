"""What the leaves of trees hold of one column, read as distributions on the line of its ranks (`rank_space`).

In a tied column the rows of a leaf are equally likely, each standing for its value. In an interpolated one a leaf is
cut into bins, equally likely and even inside, of more rows the more it has: the density of single gaps between rows
would be noise (k-nearest-neighbour density, Loftsgaarden and Quesenberry 1965). Leaves of all trees lie one after the
other in one array; nothing here loops over leaves or rows.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

BINS_A_ROOT = 2.5
POINTS = 4  # of a bin, at which its mean is taken


class Leaves(ABC):
    """L distributions over the line of ranks."""

    rows: Array
    kinds: Array
    length: int

    def share(self, leaf: Array, shrinkage: float) -> FloatArray:
        """What a leaf is trusted beside its surroundings; a leaf all of whose rows are empty says nothing."""
        rows, around = self.rows[leaf], shrinkage * self.kinds[leaf]
        return np.where(rows > 0, rows / np.maximum(rows + around, 1e-300), 0.0)

    @abstractmethod
    def cumulative(self, leaf: Array, place: FloatArray) -> FloatArray:
        """Probability below a place of the line, in each leaf; 0 in a leaf without rows."""

    @abstractmethod
    def swept(self, leaf: Array, place: FloatArray) -> FloatArray:
        """`cumulative` to about a millionth, in a fraction of the time where leaves come in their order."""

    @abstractmethod
    def density(self, leaf: Array, place: FloatArray) -> FloatArray:
        """Probability per unit of the line at a place (interpolated columns)."""

    @abstractmethod
    def place(self, leaf: Array, share: FloatArray) -> FloatArray:
        """Inverse of `cumulative`: the place below which each leaf holds a share; leaves must have rows."""

    @abstractmethod
    def averages(self, number_at: Any) -> FloatArray:
        """Mean of each leaf of what `number_at` gives for places, (L,); NaN in leaves without rows."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""


def leaves_of(leaf: Array, rank: Array, leaves: int, length: int, first: FloatArray | None) -> Leaves:
    """From matching arrays of leaf and rank; rows with rank -1 (missing) are left out.

    `first` (values,) is where each value starts on the line of a tied column, None where it is interpolated.
    """
    known = rank >= 0
    leaf, rank = leaf[known], rank[known]
    key = np.sort(leaf.astype(np.int64) * length + rank)
    rows = np.bincount(leaf, minlength=leaves)
    at, own = (key % length).astype(np.int32), key // length
    value = np.zeros(len(at), int) if first is None else np.searchsorted(first, at, side="right")
    if first is not None:  # rows of a value are alike
        at = first[value - 1].astype(np.int32)
    new = np.append(True, (np.diff(own) != 0) | (np.diff(value) != 0))[: len(at)]
    exact = LeafRanks(at, rows, np.bincount(own[new], minlength=leaves), length)
    return LeafBins.of(exact) if first is None else exact


def from_state(state: Mapping[str, Any]) -> Leaves:
    """Inverse of `Leaves.state`; ValueError when an index would lead outside."""
    return LeafRanks.from_state(state) if "rank" in state else LeafBins.from_state(state)


def _starts(count: Array) -> Array:
    return np.concatenate([[0], np.cumsum(count)])


@dataclass(frozen=True)
class LeafRanks(Leaves):
    """Leaves of a tied column: queries end at the ends of values.

    Attributes:
        rank: where the values of the rows of each leaf start, rising within a leaf, leaves one after the other.
        rows, kinds: (L,) rows of each leaf, and how many values they have.
        length: N, the length of the line.
    """

    rank: Array
    rows: Array
    kinds: Array
    length: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _starts(self.rows))

    start: Any = None

    def cumulative(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`."""
        if not len(self.rank):
            return np.zeros(len(leaf))
        key, begin = self._runs
        below = begin[np.searchsorted(key, leaf * self.length + np.ceil(place).astype(np.int64))] - self.start[leaf]
        return below / np.maximum(self.rows[leaf], 1)

    def swept(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`."""
        return self.cumulative(leaf, place)

    @cached_property
    def _runs(self) -> tuple[Array, Array]:
        """Runs of equal ranks on the lines of all leaves laid end to end, rising, for one search in all of them.

        Where each begins in `rank` has one entry more, the end.
        """
        key = np.repeat(np.arange(len(self.rows), dtype=np.int64) * self.length, self.rows) + self.rank
        begin = np.flatnonzero(np.append(True, np.diff(key) > 0))
        return key[begin], np.append(begin, len(key))

    def density(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`; a tied column has no density."""
        return np.zeros(len(leaf))

    def place(self, leaf: Array, share: FloatArray) -> FloatArray:
        """See `Leaves`."""
        size = self.rows[leaf]
        k = np.clip((share * size).astype(int), 0, np.maximum(size - 1, 0))
        return self.rank[self.start[leaf] + k] + 0.5

    def averages(self, number_at: Any) -> FloatArray:
        """See `Leaves`."""
        leaf = np.repeat(np.arange(len(self.rows)), self.rows)
        total = np.bincount(leaf, number_at(self.rank + 0.5), len(self.rows))
        return np.where(self.rows > 0, total / np.maximum(self.rows, 1), np.nan)

    def stretch(self, leaf: Array, k: Array) -> tuple[FloatArray, FloatArray]:
        """Ends of the stretch of the k-th row of each leaf: halfway to its neighbours, as far on the open side."""
        first, last = self.start[leaf], self.start[leaf + 1] - 1
        at = np.clip(first + k, 0, max(len(self.rank) - 1, 0))
        own = self.rank[at] + 0.5
        down = (own - self.rank[np.maximum(at - 1, 0)] - 0.5) / 2
        up = (self.rank[np.minimum(at + 1, len(self.rank) - 1)] + 0.5 - own) / 2
        lowest, highest = at <= first, at >= last
        down = np.where(lowest, np.where(highest, 0.5, up), down)
        up = np.where(highest, np.where(lowest, 0.5, down), up)
        return np.maximum(own - down, 0.0), np.minimum(own + up, float(self.length))

    def state(self) -> dict[str, Any]:
        """See `Leaves`."""
        return {"rank": self.rank, "rows": self.rows, "kinds": self.kinds, "length": self.length}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> LeafRanks:
        """Inverse of `state`."""
        rank, rows, kinds, length = state["rank"], state["rows"], state["kinds"], int(state["length"])
        if (rows < 0).any() or rows.sum() != len(rank) or rows.shape != kinds.shape or (kinds > rows).any():
            raise ValueError("leaves do not fit the rows they hold")
        if len(rank) and (rank.min() < 0 or rank.max() >= length):
            raise ValueError("a leaf holds a rank that is not there")
        return cls(rank, rows, kinds, length)


@dataclass(frozen=True)
class LeafBins(Leaves):
    """Leaves of an interpolated column: bins equally likely in a leaf, even inside.

    Attributes:
        edge: the edges of the bins of each leaf, rising; a leaf of b bins has b + 1 of them.
        bins: (L,) bins of each leaf, 0 where it has no rows.
        rows, kinds: (L,) rows of each leaf, and 1 where there are some.
        length: N, the length of the line.
    """

    edge: FloatArray
    bins: Array
    rows: Array
    kinds: Array
    length: int

    def __post_init__(self) -> None:
        object.__setattr__(self, "start", _starts(self.bins + 1))

    start: Any = None

    @classmethod
    def of(cls, exact: LeafRanks) -> LeafBins:
        """About twice as many bins as the root of the rows, at most one for each row, their edges between rows."""
        bins = np.minimum(np.ceil(BINS_A_ROOT * np.sqrt(exact.rows)).astype(int), exact.rows)
        leaf = np.repeat(np.arange(len(bins)), bins + 1)
        share = (np.arange(len(leaf)) - _starts(bins + 1)[leaf]) / np.maximum(bins, 1)[leaf]
        edge = np.zeros(len(leaf))
        filled = exact.rows[leaf] > 0
        at, t = leaf[filled], share[filled] * exact.rows[leaf[filled]]
        k = np.clip(t.astype(int), 0, exact.rows[at] - 1)
        low, high = exact.stretch(at, k)
        edge[filled] = low + np.clip(t - k, 0.0, 1.0) * (high - low)
        return cls(edge, bins, exact.rows, exact.kinds, exact.length)

    def _bin(self, leaf: Array, place: FloatArray) -> tuple[Array, FloatArray, FloatArray]:
        """The bin of each place (clipped into the leaf) and its ends."""
        first = self.start[leaf]
        at = np.searchsorted(self._laid_out, place + leaf * self._apart) - 1
        at = np.minimum(np.maximum(at, first), self._last[leaf])
        return at - first, self.edge[at], self.edge[at + 1]

    @cached_property
    def _last(self) -> Array:
        """Where the last bin of each leaf begins in `edge`, and never at the very end, where an empty leaf may lie."""
        return np.minimum(self.start[:-1] + np.maximum(self.bins - 1, 0), len(self.edge) - 2)

    @property
    def _apart(self) -> float:
        return self.length + 1.0

    @cached_property
    def _laid_out(self) -> FloatArray:
        """The edges of all leaves on lines laid end to end, rising, for one search in all of them.

        Places that rounding there puts into the bin beside lie at an edge, where bins agree.
        """
        return self.edge + np.repeat(np.arange(len(self.bins)), self.bins + 1) * self._apart

    def cumulative(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`."""
        k, low, high = self._bin(leaf, place)
        part = np.minimum(np.maximum((place - low) / np.maximum(high - low, 1e-300), 0.0), 1.0)
        bins = self.bins[leaf]
        return np.where(bins > 0, (k + part) / np.maximum(bins, 1), 0.0)

    def swept(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`."""
        share = np.interp(place + leaf * self._apart, self._laid_out, self._before) - leaf
        return share if self._filled else np.where(self.bins[leaf] > 0, share, 0.0)

    @cached_property
    def _before(self) -> FloatArray:
        """Leaf and share before each edge, as one number: it rises with `_laid_out` and is flat between leaves."""
        leaf = np.repeat(np.arange(len(self.bins)), self.bins + 1)
        return leaf + (np.arange(len(leaf)) - self.start[leaf]) / np.maximum(self.bins, 1)[leaf]

    @cached_property
    def _filled(self) -> bool:
        return bool((self.bins > 0).all())

    def density(self, leaf: Array, place: FloatArray) -> FloatArray:
        """See `Leaves`."""
        _, low, high = self._bin(leaf, place)
        inside = (place >= low) & (place <= high) & (self.bins[leaf] > 0)
        return np.where(inside, 1.0 / (np.maximum(self.bins[leaf], 1) * np.maximum(high - low, 1e-300)), 0.0)

    def place(self, leaf: Array, share: FloatArray) -> FloatArray:
        """See `Leaves`."""
        t = share * self.bins[leaf]
        k = np.clip(t.astype(int), 0, np.maximum(self.bins[leaf] - 1, 0))
        at = self.start[leaf] + k
        return self.edge[at] + np.clip(t - k, 0.0, 1.0) * (self.edge[at + 1] - self.edge[at])

    def averages(self, number_at: Any) -> FloatArray:
        """See `Leaves`."""
        leaf = np.repeat(np.arange(len(self.bins)), self.bins)
        at = self.start[leaf] + np.arange(len(leaf)) - _starts(self.bins)[leaf]
        low, high = self.edge[at], self.edge[at + 1]
        mean = np.mean([number_at(low + (i + 0.5) / POINTS * (high - low)) for i in range(POINTS)], axis=0)
        total = np.bincount(leaf, mean, len(self.bins))
        return np.where(self.bins > 0, total / np.maximum(self.bins, 1), np.nan)

    def state(self) -> dict[str, Any]:
        """See `Leaves`."""
        return {"edge": self.edge, "bins": self.bins, "rows": self.rows, "kinds": self.kinds,
                "length": self.length}  # fmt: skip

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> LeafBins:
        """Inverse of `state`."""
        edge, bins, rows, kinds = state["edge"], state["bins"], state["rows"], state["kinds"]
        if (bins < 0).any() or bins.shape != rows.shape or rows.shape != kinds.shape or (bins + 1).sum() != len(edge):
            raise ValueError("leaves do not fit the bins they hold")
        return cls(edge, bins, rows, kinds, int(state["length"]))
