"""The distribution that a leaf stands for: its own rows, a little of the larger group around it, less of the column.

How much of each follows from what they hold (Witten and Bell 1991, The zero-frequency problem): a leaf of many rows
and few values is trusted most.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..core.schema import Array, FloatArray
from .leaf_ranks import Leaves

Shares = tuple[FloatArray, FloatArray, FloatArray]
Ends = tuple[FloatArray, FloatArray]
Source = tuple[Leaves | None, Array, FloatArray, FloatArray, FloatArray]


@dataclass(frozen=True)
class LeafMixture:
    """Distributions over the line of ranks (`rank_space`), one a leaf; together they are a column's.

    Attributes:
        leaves, groups: ranks of the rows of each leaf and of each larger group.
        group: of each leaf.
        shrinkage: imaginary rows of the group in each leaf, and of the whole column in each group.
    """

    leaves: Leaves
    groups: Leaves
    group: Array
    shrinkage: float

    @property
    def length(self) -> int:
        """Of the line."""
        return self.leaves.length

    def shares(self, leaf: Array) -> Shares:
        """Weights of the leaf's own rows, of its group and of the whole column; they sum to 1."""
        of_leaf = self.leaves.share(leaf, self.shrinkage)
        of_group = (1 - of_leaf) * self.groups.share(self.group[leaf], self.shrinkage)
        return of_leaf, of_group, 1 - of_leaf - of_group

    def below(self, leaf: Array, place: FloatArray, shares: Shares) -> FloatArray:
        """Probability before a place of the line, to about a millionth; quickest where leaves come in their order."""
        own, around, whole = shares
        near, wide = self.leaves.swept(leaf, place), self.groups.swept(self.group[leaf], place)
        return own * near + around * wide + whole * (place / self.length)

    def between(self, leaf: Array, low: FloatArray, high: FloatArray, shares: Shares) -> FloatArray:
        """Probability of low..high."""
        return sum((mass for *_, mass in self._sources(leaf, (low, high), shares)), np.zeros(len(leaf)))

    def density(self, leaf: Array, place: FloatArray, shares: Shares) -> FloatArray:
        """Probability per unit of the line (interpolated columns)."""
        own, around, whole = shares
        near = own * self.leaves.density(leaf, place)
        return near + around * self.groups.density(self.group[leaf], place) + whole / self.length

    def draw(self, leaf: Array, noise: FloatArray, within: Ends | None = None) -> FloatArray:
        """A place for each leaf, (n,), between the ends of `within`, where it must have mass.

        Two numbers of `noise` (n, 2) decide.
        """
        sources = list(self._sources(leaf, within, self.shares(leaf)))
        ladder = np.cumsum(np.stack([mass for *_, mass in sources], axis=1), axis=1)
        which = (noise[:, :1] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, len(sources) - 1)
        place = np.empty(len(leaf))
        for source, (ranks, at, first, last, _) in enumerate(sources):
            mine = np.flatnonzero(which == source)
            share = first[mine] + noise[mine, 1] * (last[mine] - first[mine])
            place[mine] = share * self.length if ranks is None else ranks.place(at[mine], share)
        return place if within is None else np.clip(place, within[0], np.nextafter(within[1], 0))

    def _sources(self, leaf: Array, within: Ends | None, shares: Shares) -> Iterator[Source]:
        """The leaf's rows, its group's and the column: what share of each is before either end, and the mass between.

        A source without ranks is even on the line.
        """
        nothing, everything = np.zeros(len(leaf)), np.ones(len(leaf))
        for ranks, at, share in zip(
            (self.leaves, self.groups, None), (leaf, self.group[leaf], leaf), shares, strict=True
        ):
            if within is None:
                yield ranks, at, nothing, everything, share
                continue
            first, last = (e / self.length if ranks is None else ranks.cumulative(at, e) for e in within)
            yield ranks, at, first, last, share * np.maximum(last - first, 0.0)
