"""Binary trees that cut the table's space into leaves, as plain arrays.

Trees work on ranks (category columns, in an order the forest chose) and on numbers. How a partly known row walks down
all the branches it may take is in `marginal_trees`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

LEAF = -1


@dataclass(frozen=True)
class Partition:
    """Several trees in one set of arrays.

    Attributes:
        roots: (T,) node index of each tree's root.
        feature: (N,) column tested, LEAF (-1) at a leaf.
        threshold: (N,) goes left when rank or number <= threshold.
        left, right: (N,) children.
        leaf: (N,) number of the leaf, -1 inside.
        rank: for each column the rank of every category code, empty for numbers.
    """

    roots: Array
    feature: Array
    threshold: FloatArray
    left: Array
    right: Array
    leaf: Array
    rank: tuple[Array, ...]

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
