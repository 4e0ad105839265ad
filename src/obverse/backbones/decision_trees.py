"""Fitted decision trees as plain arrays: which leaf a row falls into, and which larger group that leaf belongs to.

scikit-learn grows them; afterwards only arrays are kept, so that a saved model is data and not code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray
from .threads import side_by_side

LEAF = -1


@dataclass(frozen=True)
class DecisionTrees:
    """T trees in one set of arrays; nodes are numbered tree after tree, children after their parent.

    Attributes:
        root: (T,) node of each tree's root.
        feature: (N,) column tested, `LEAF` at a leaf.
        threshold: (N,) float32 goes left when the cell is at most this.
        left, right: (N,) children.
        empty_left: (N,) whether an empty cell goes left.
        leaf: (N,) index of the leaf over all trees, -1 inside.
        group: (leaves,) index of the larger group of rows around each leaf.
        grown: scikit-learn's own trees while they are at hand, which find leaves three times as fast; never saved.
    """

    root: Array
    feature: Array
    threshold: FloatArray
    left: Array
    right: Array
    empty_left: Array
    leaf: Array
    group: Array
    grown: tuple[Any, ...] = field(default=(), compare=False, repr=False)

    @classmethod
    def of(cls, estimators: Sequence[Any], group_rows: int, *, keep: bool = False) -> DecisionTrees:
        """From scikit-learn's trees; a group is the smallest subtree around a leaf with at least so many rows. With
        `keep` they stay at hand, which takes as much memory again and is of use to `apply_all` alone."""
        trees = [e.tree_ for e in estimators]
        root = np.concatenate([[0], np.cumsum([t.node_count for t in trees])[:-1]]).astype(np.int32)

        def joined(name: str, dtype: Any) -> Array:
            return np.concatenate([np.asarray(getattr(t, name)) for t in trees]).astype(dtype)

        shift = np.repeat(root, [t.node_count for t in trees])
        left, right = joined("children_left", np.int32), joined("children_right", np.int32)
        inner = left != -1
        left, right = np.where(inner, left + shift, 0), np.where(inner, right + shift, 0)
        leaf = np.where(inner, -1, np.cumsum(~inner) - 1).astype(np.int32)
        owner = _owners(root, left, right, inner, joined("weighted_n_node_samples", float), group_rows)
        group = np.unique(owner[~inner], return_inverse=True)[1].astype(np.int32)
        return cls(
            root=root,
            feature=np.where(inner, joined("feature", np.int32), LEAF).astype(np.int32),
            threshold=joined("threshold", np.float64),
            left=left.astype(np.int32),
            right=right.astype(np.int32),
            empty_left=joined("missing_go_to_left", bool),
            leaf=leaf,
            group=group,
            grown=tuple(trees) if keep else (),
        )

    @property
    def leaves(self) -> int:
        """Leaves of all trees."""
        return len(self.group)

    def apply(self, x: Array, tree: Array) -> Array:
        """The leaf of each row of x, float32 (n, features), in the tree named for it, (n,)."""
        return self._leaf(x, np.arange(len(x)), tree)

    def apply_all(self, x: Array) -> Array:
        """The leaf of each row of x in every tree, (n, T)."""
        n, count = len(x), len(self.root)
        if self.grown and n:
            found = side_by_side(lambda tree: tree.apply(x), self.grown, n)
            return self.leaf[np.stack(found, axis=1) + self.root]
        return self._leaf(x, np.repeat(np.arange(n), count), np.tile(np.arange(count), n)).reshape(n, count)

    def _leaf(self, x: Array, of: Array, tree: Array) -> Array:
        """The leaf of rows `of` x in the trees named, both (m,): all walk down side by side."""
        node = self.root.take(tree)
        walking = np.flatnonzero(self.feature.take(node) != LEAF)
        cells, width, holed = np.ravel(x), x.shape[1], bool(np.isnan(x).any())
        at, start = node.take(walking), of.take(walking) * width
        while len(walking):
            cell = cells.take(start + self.feature.take(at))
            goes_left = cell <= self.threshold.take(at)
            if holed:
                goes_left |= np.isnan(cell) & self.empty_left.take(at)
            at = np.where(goes_left, self.left.take(at), self.right.take(at))
            inner = self.feature.take(at) != LEAF
            if not inner.all():
                node[walking] = at
                walking, at, start = walking.compress(inner), at.compress(inner), start.compress(inner)
        return self.leaf.take(node)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "grown"}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], width: int) -> DecisionTrees:
        """Inverse of `state`; ValueError unless every way down ends at a leaf and reads a column that is there."""
        made = cls(**state)
        nodes, inner = len(made.feature), np.flatnonzero(made.feature != LEAF)
        whole = all(len(a) == nodes for a in (made.threshold, made.left, made.right, made.empty_left, made.leaf))
        if not whole or not len(made.root) or made.root.min() < 0 or made.root.max() >= nodes:
            raise ValueError("the arrays of its trees do not fit together")
        for child in (made.left[inner], made.right[inner]):
            if ((child <= inner) | (child >= nodes)).any():
                raise ValueError("the branches of its trees do not lead to leaves")
        leaf = made.leaf[made.feature == LEAF]
        if (made.feature[inner] >= width).any() or (leaf < 0).any() or (leaf >= made.leaves).any():
            raise ValueError("its trees read a column or reach a leaf that is not there")
        return made


def _owners(root: Array, left: Array, right: Array, inner: Array, rows: FloatArray, least: int) -> Array:
    """For each node the smallest subtree around it, itself included, that holds at least so many rows (or the root)."""
    owner = np.arange(len(left))
    nodes = root[inner[root]]
    while len(nodes):
        for child in (left[nodes], right[nodes]):
            owner[child] = np.where(rows[child] >= least, child, owner[nodes])
        nodes = np.concatenate([left[nodes], right[nodes]])
        nodes = nodes[inner[nodes]]
    return owner
