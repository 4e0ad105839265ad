"""Which columns follow from another one: the number of an education from its name, a state from a city."""

from __future__ import annotations

import numpy as np

from ..core.schema import Array, FloatArray

FIRST_LOOK = 1_000  # rows that mostly tell that one column does not follow from another
OFTEN = 0.5  # share of the rows whose cell stands in another row too, without which it would be chance


def follows(values: FloatArray, j: int, before: Array) -> bool:
    """Whether rows with the same cell in some one column before have the same cell j, all of them.

    Args:
        values: encoded rows (n, d), NaN = empty, which counts as a cell of its own.
        j: position of the column; before: of those it may follow from.
    """
    return any(_says(values[:FIRST_LOOK, c], values[:FIRST_LOOK, j]) and _says(values[:, c], values[:, j])
               for c in before)  # fmt: skip


def _says(one: FloatArray, other: FloatArray) -> bool:
    order = np.argsort(one, kind="stable")
    alike, same = (_repeats(cells[order]) for cells in (one, other))
    return bool((same | ~alike).all() and alike.mean() >= OFTEN)


def _repeats(cells: FloatArray) -> Array:
    """Which cells are the same as the one above."""
    return (cells[1:] == cells[:-1]) | (np.isnan(cells[1:]) & np.isnan(cells[:-1]))
