"""Boxes against boxes, (k, 4) left, top, right, bottom: how much they overlap, and which repeat a surer one."""

from __future__ import annotations

import numpy as np

from ..core.schema import Array, FloatArray


def intersection_over_union(one: Array, other: Array) -> FloatArray:
    """float64 (k, m): area that each box shares with each other box, of the area that either covers (Jaccard 1901)."""
    one, other = np.asarray(one, dtype=float).reshape(-1, 4), np.asarray(other, dtype=float).reshape(-1, 4)
    low, high = np.maximum(one[:, None, :2], other[:, :2]), np.minimum(one[:, None, 2:], other[:, 2:])
    both = np.clip(high - low, 0, None).prod(axis=2)
    areas = [np.clip(b[:, 2:] - b[:, :2], 0, None).prod(axis=1) for b in (one, other)]
    either = areas[0][:, None] + areas[1] - both
    return np.divide(both, either, out=np.zeros_like(both), where=either > 0)


def without_repeats(boxes: Array, codes: Array, scores: Array, most: float) -> Array:
    """Positions, surest first, of boxes that overlap no surer kept box of their class by more than `most`
    (non-maximum suppression)."""
    order = np.argsort(-scores, kind="stable")
    share = intersection_over_union(boxes, boxes) * (codes[:, None] == codes)
    kept: list[int] = []
    for i in order:
        if not (share[i, kept] > most).any():
            kept.append(int(i))
    return np.array(kept, dtype=int)
