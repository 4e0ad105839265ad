"""From scikit-learn's forests to a `Partition`: ranks for categories, trees as arrays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.schema import Array, Dataset, FloatArray
from .partition import LEAF, Partition
from .scale import centre_and_spread


def category_ranks(data: Dataset) -> tuple[Array, ...]:
    """For each column the rank of every category code, so that a threshold on ranks separates unlike categories.

    Categories are put in the order of the average first principal coordinate of the numbers and of the target in
    their rows (Fisher's ordering, one score for all); ties and lone categories keep code order. Empty for numbers.
    """
    score = _row_score(data)
    ranks: list[Array] = []
    for j, column in enumerate(data.schema.columns):
        if column.kind == "number" or column.ordered:
            ranks.append(np.arange(len(column.values)))
            continue
        known = ~np.isnan(data.values[:, j])
        codes = data.values[known, j].astype(int)
        count = np.bincount(codes, minlength=len(column.values))
        mean = np.bincount(codes, score[known], len(column.values)) / np.maximum(count, 1)
        rank = np.empty(len(column.values), dtype=int)
        rank[np.argsort(mean, kind="stable")] = np.arange(len(column.values))
        ranks.append(rank)
    return tuple(ranks)


def _row_score(data: Dataset) -> FloatArray:
    """One number a row: the target when there is one, else the first principal coordinate of the number columns."""
    t = data.schema.target_index
    if t is not None:
        y = data.values[:, t]
        return np.where(np.isnan(y), np.nanmean(y), y)
    numbers = [j for j, c in enumerate(data.schema.columns) if c.kind == "number" and c.missing < 1]
    if not numbers:
        return np.zeros(len(data))
    x = data.values[:, numbers]
    x = np.where(np.isnan(x), np.nanmean(x, axis=0), x)
    centre, spread = np.array([centre_and_spread(column) for column in x.T]).T
    x = (x - centre) / np.where(spread > 0, spread, 1.0)
    _, vectors = np.linalg.eigh(x.T @ x)
    return x @ vectors[:, -1]


def partition_of(trees: list[Any], rank: tuple[Array, ...], offset: FloatArray) -> Partition:
    """Fitted scikit-learn decision trees as one `Partition`; leaves are numbered tree after tree.

    `offset` (d,) is what was subtracted from the columns before the trees saw them; thresholds get it back.
    """
    sizes = np.array([tree.tree_.node_count for tree in trees])
    roots = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(int)

    def joined(name: str, shift: bool) -> Array:
        arrays = [
            np.asarray(getattr(t.tree_, name)) + (root if shift else 0) for t, root in zip(trees, roots, strict=True)
        ]
        return np.concatenate(arrays)

    is_leaf = joined("children_left", False) == -1
    leaf = np.where(is_leaf, np.cumsum(is_leaf) - 1, -1)
    feature = joined("feature", False)
    return Partition(
        roots=roots,
        feature=np.where(is_leaf, LEAF, feature),
        threshold=joined("threshold", False) + np.where(is_leaf, 0.0, offset[np.maximum(feature, 0)]),
        left=np.where(is_leaf, 0, joined("children_left", True)),
        right=np.where(is_leaf, 0, joined("children_right", True)),
        leaf=leaf,
        rank=tuple(r if len(r) else np.zeros(0, int) for r in rank),
    )
