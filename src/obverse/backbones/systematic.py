"""Systematic draws: every row draws from a distribution of its own, and together they come out nearly as expected.

A line of cells is halved again and again. At each halving every row goes to the left with its own probability, and of
any stretch of rows, in an order that puts like ones side by side, as many go as these probabilities add up to
(systematic sampling, Madow and Madow 1944). So the rows in every half, quarter, eighth, ... of the line, all of them
and those of a kind, are off their expected number by a few and not by its square root, as rows that draw by themselves
are. Each row's own distribution stays what it is; the rows are no independent draws.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ..core.schema import Array, FloatArray

MOST_COLUMNS = 16  # in which rows are alike: bounds time
LEAST_ALIKE = 2  # rows that are halved no further
Below = Callable[[Array | slice, Array], FloatArray]


def cells(order: Array, count: int, below: Below, rng: np.random.Generator) -> Array:
    """A cell in 0..count-1 for each row, (n,).

    Args:
        order: (n,) the rows' positions, like ones side by side.
        count: of cells on the line, at least 1.
        below: for rising positions of rows (m,), or a slice of all, and as many cuts in 1..count-1 the probability of
            the cells before the cut.
        rng: gives one number for each halving.
    """
    n = len(order)
    first, after = np.zeros(n, int), np.full(n, count)  # the cells that each row is in
    low, high, share = np.zeros(n), np.ones(n), np.empty(n)  # the probability before and up to them, and of their half
    left, small = np.empty(n, bool), np.min_scalar_type(count)  # numbers of few bits sort faster
    while (wide := after - first > 1).any():
        whole = bool(wide.all())
        at = slice(None) if whole else np.flatnonzero(wide)  # a slice is looked at and changed in place
        start, end, least, most = first[at], after[at], low[at], high[at]
        cut = (start + end) // 2
        mass = np.minimum(np.maximum(below(at, cut), least), most)
        width = most - least
        share[at] = np.divide(mass - least, width, out=np.full(len(cut), 0.5), where=width > 0)
        line = order if whole else order[wide[order]]
        line = line[np.argsort(first[line].astype(small), kind="stable")]
        left[line] = np.diff(np.floor(np.cumsum(np.append(rng.random(), share[line])))) > 0
        own = left[at]
        np.copyto(end, cut, where=own)
        np.copyto(most, mass, where=own)
        np.copyto(start, cut, where=~own)
        np.copyto(least, mass, where=~own)
        if not whole:
            first[at], after[at], low[at], high[at] = start, end, least, most
    return first


def ranks(cells: FloatArray) -> FloatArray:
    """Where each cell (n,) lies among the values of its column, in 0..1; empty cells share the last place."""
    _, place = np.unique(cells, return_inverse=True)
    return place / max(int(place.max(initial=0)), 1)


def alike(columns: Sequence[FloatArray], n: int) -> Array:
    """An order of n rows, (n,), that puts like ones side by side, from the `ranks` of some columns.

    It is that of a k-d tree: boxes are halved again and again along their longest side (Bentley 1975; in the middle and
    not at the median, which is as good for ranks and quicker). Every stretch of its halves, and so of most small boxes
    in these columns, is a stretch of the order.
    """
    if not columns:
        return np.arange(n)
    from scipy.spatial import KDTree

    points = np.column_stack(columns[-MOST_COLUMNS:])
    return np.asarray(KDTree(points, LEAST_ALIKE, compact_nodes=False, balanced_tree=False).indices, int)


def generator(noise: FloatArray) -> np.random.Generator:
    """The generator of what rows share, from one of their numbers in [0, 1)."""
    return np.random.default_rng(int(noise[0] * 2**53))
