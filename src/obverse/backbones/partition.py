"""Binary trees that cut the table's space into leaves, and which leaves a partly known row can lie in.

Trees work on ranks (category columns, in an order the forest chose) and on numbers. Unknown cells follow both
branches, so a row of evidence meets every leaf compatible with it and no other: this is what makes exact marginals
over missing inputs cheap.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Evidence, Region
from ..core.schema import Array, Column, FloatArray

LEAF = -1


@dataclass(frozen=True)
class Partition:
    """Several trees in one set of arrays.

    Attributes:
        roots: (T,) node index of each tree's root.
        feature: (N,) column tested, LEAF (-1) at a leaf.
        threshold: (N,) goes left when rank or number <= threshold.
        left, right: (N,) children.
        leaf: (N,) component index at a leaf, -1 inside.
        rank: for each column the rank of every category code, empty for numbers.
    """

    roots: Array
    feature: Array
    threshold: FloatArray
    left: Array
    right: Array
    leaf: Array
    rank: tuple[Array, ...]

    def leaves(self, evidence: Evidence, columns: Sequence[Column]) -> tuple[Array, Array]:
        """Matching arrays (row, component) of every leaf each row can lie in, sorted by row."""
        low, high = self._limits(evidence, columns)
        n = len(evidence)
        rows = np.repeat(np.arange(n), len(self.roots))
        nodes = np.tile(self.roots, n)
        found_rows: list[Array] = []
        found_leaves: list[Array] = []
        while len(rows):
            at_leaf = self.feature[nodes] == LEAF
            found_rows.append(rows[at_leaf])
            found_leaves.append(self.leaf[nodes[at_leaf]])
            rows, nodes = rows[~at_leaf], nodes[~at_leaf]
            column, cut = self.feature[nodes], self.threshold[nodes]
            a, b = low[rows, column], high[rows, column]
            # a split at infinity only parted missing cells from the rest: it says nothing about the value
            anywhere = np.isinf(cut)
            goes_left = anywhere | np.where(a == b, a <= cut, a < cut)
            goes_right = anywhere | (b > cut)
            rows = np.concatenate([rows[goes_left], rows[goes_right]])
            nodes = np.concatenate([self.left[nodes[goes_left]], self.right[nodes[goes_right]]])
        row, component = np.concatenate(found_rows), np.concatenate(found_leaves)
        order = np.argsort(row, kind="stable")
        return row[order], component[order]

    def bounds(self, columns: int) -> tuple[FloatArray, FloatArray]:
        """Limits (low, high] of every leaf on every column, two arrays (K, d); infinite where no split closes them."""
        low = np.full((len(self.feature), columns), -np.inf)
        high = np.full((len(self.feature), columns), np.inf)
        nodes = self.roots
        while len(nodes):
            nodes = nodes[self.feature[nodes] != LEAF]
            column, cut = self.feature[nodes], self.threshold[nodes]
            for child, edge, limit in ((self.left, high, np.minimum), (self.right, low, np.maximum)):
                low[child[nodes]], high[child[nodes]] = low[nodes], high[nodes]
                inner = np.isfinite(cut)
                at = child[nodes[inner]], column[inner]
                edge[at] = limit(edge[at], cut[inner])
            nodes = np.concatenate([self.left[nodes], self.right[nodes]])
        at = np.flatnonzero(self.feature == LEAF)
        at = at[np.argsort(self.leaf[at])]
        return low[at], high[at]

    def _limits(self, evidence: Evidence, columns: Sequence[Column]) -> tuple[FloatArray, FloatArray]:
        """The box of every row in tree coordinates: a point, a grid cell, a region's hull, or everything."""
        values = ranked(evidence.values, self.rank)
        known = ~np.isnan(values)
        half = np.array([0.0 if c.step is None else c.step / 2 for c in columns])
        low = np.where(known, values - half, -np.inf)
        high = np.where(known, values + half, np.inf)
        for j, region in evidence.regions.items():
            a, b = self._hull(j, region, columns[j])
            low[~known[:, j], j], high[~known[:, j], j] = a, b
        return low, high

    def _hull(self, j: int, region: Region, column: Column) -> tuple[float, float]:
        """Smallest interval around a region; everything when a missing cell belongs to it too."""
        if region.missing or not region.holds_values:
            return -np.inf, np.inf
        if region.codes is not None:
            ranks = self.rank[j][np.flatnonzero(region.codes)]
            return float(ranks.min()), float(ranks.max())
        ends = [(a, b) for a, b, _, _ in region.intervals or ()] + list(region.edges(column))
        return min(a for a, _ in ends), max(b for _, b in ends)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        names = ("roots", "feature", "threshold", "left", "right", "leaf")
        return {name: getattr(self, name) for name in names} | {"rank": list(self.rank)}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Partition:
        """Inverse of `state`; ValueError unless every way down ends: children come after their parents."""
        made = cls(**{**state, "rank": tuple(state["rank"])})
        nodes, inner = len(made.feature), np.flatnonzero(made.feature != LEAF)
        arrays = (made.feature, made.threshold, made.left, made.right, made.leaf)
        whole = all(a.shape == (nodes,) for a in arrays) and (made.roots < nodes).all()
        if not whole or any(((c[inner] <= inner) | (c[inner] >= nodes)).any() for c in (made.left, made.right)):
            raise ValueError("the branches of its trees do not lead to leaves")
        return made


def ranked(values: FloatArray, rank: Sequence[Array]) -> FloatArray:
    """Encoded rows with category codes replaced by their ranks; NaN stays, a category never met becomes NaN."""
    out = values.copy()
    for j, order in enumerate(rank):
        if len(order):
            known = ~np.isnan(values[:, j]) & (values[:, j] >= 0)
            out[:, j] = np.nan
            out[known, j] = order[values[known, j].astype(int)]
    return out
