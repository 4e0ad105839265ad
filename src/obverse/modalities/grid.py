"""The grid and the atoms of a column of numbers.

A number that was rounded before it was written down has a probability mass on a grid, not a density; a value that many
rows share (a capital gain of 0, a default date) is an atom. Both are read from the data, and only where chance is an
unlikely explanation.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.schema import Array, Column, FloatArray

MOST_DECIMALS = 6
LOG_CHANCE = np.log(1e4)  # odds against a grid by accident that make us believe in it
LARGEST_WHOLE = 2.0**52  # from here on half a step of 1 is lost in a double, and with it the mass of a grid point
MOST_POINTS = 1e13  # grid points up to here keep two spare digits in a double
LARGEST_MULTIPLE = 1_000  # of a decimal step; `Column.on_grid` keeps two digits after the leading one
LEAST_SHARE, LEAST_ROWS, MOST_ATOMS = 0.01, 5, 64
NEIGHBOURS = 4  # distinct values on either side: fewer than five, so that heaps at multiples of five stay apart
STANDS_OUT = 3.0


def find_step(numbers: FloatArray, stored: np.dtype[Any]) -> float | None:
    """Grid spacing of a rounded column, None for a continuous one. Grid points are whole multiples of it.

    Args:
        numbers: float64 (m,), the distinct finite values.
        stored: the numpy type they came in, which says how precise they can be.
    """
    size = np.abs(numbers[numbers != 0])
    whole = stored.kind in "iu"
    if not size.size:
        return 1.0
    for decimals in range(1 if whole else MOST_DECIMALS + 1):
        if size.max() * 10**decimals >= MOST_POINTS:
            break
        if whole or (_is_rounded(size[:50], stored, decimals) and _is_rounded(size, stored, decimals, sure=True)):
            return _common_multiple(np.rint(size * 10**decimals).astype(np.int64), decimals)
    return 1.0 if whole and size.max() < LARGEST_WHOLE else None


def _is_rounded(size: FloatArray, stored: np.dtype[Any], decimals: int, *, sure: bool = False) -> bool:
    """Whether all numbers have that few decimals, within rounding error (and, if `sure`, not by chance)."""
    if not _same(np.round(size, decimals), size, stored).all():
        return False
    precision = np.finfo(stored).eps * size
    surprise = np.log(np.maximum(10.0**-decimals / (4 * precision), 1.0)).sum()
    return not sure or bool(surprise > LOG_CHANCE)


def _same(near: FloatArray, numbers: FloatArray, stored: np.dtype[Any]) -> Array:
    """Where two numbers are one as stored: equal in a shorter type, in float64 equal but for its last digits."""
    return np.abs(near.astype(stored) - numbers) <= 2 * np.finfo(np.float64).eps * np.abs(numbers)


def _common_multiple(points: Array, decimals: int) -> float:
    """The largest step the grid points share, or the plain decimal one when sharing it may be chance."""
    shared = int(np.gcd.reduce(points))
    by_chance = len(points) < 2 or len(points) * np.log(shared) <= LOG_CHANCE
    too_long = decimals > 0 and shared >= LARGEST_MULTIPLE
    return (1 if by_chance or too_long else shared) / 10**decimals


def settle(numbers: FloatArray, column: Column, stored: np.dtype[Any]) -> FloatArray:
    """Numbers within rounding error of a grid point put onto it (0.1 + 0.2, the float32 nearest 0.3); others kept."""
    if column.step is None or stored.kind in "iu":
        return numbers
    near = column.on_grid(numbers)
    return np.where(_same(near, numbers, stored), near, numbers)


def find_atoms(numbers: FloatArray, counts: Array, step: float | None) -> tuple[float, ...]:
    """Values that hold a visible share of the rows, at most 64, sorted.

    A share is visible from 1 % and 5 rows. On a continuous column that is enough, since exact repeats are improbable;
    on a grid the value must also hold three times what its neighbours, spread evenly over the grid points around it,
    would put there.

    Args:
        numbers: float64 (m,), distinct and sorted.
        counts: int (m,), rows that hold each.
        step: the grid, None when continuous.
    """
    rows = counts.sum()
    common = np.flatnonzero(counts >= max(LEAST_SHARE * rows, LEAST_ROWS))
    if step is not None:
        first = np.maximum(common - NEIGHBOURS, 0)
        last = np.minimum(common + NEIGHBOURS, len(numbers) - 1)
        below = np.concatenate([[0], np.cumsum(counts)])
        others = below[last + 1] - below[first] - counts[common]
        points = np.maximum((numbers[last] - numbers[first]) / step, 1.0)
        common = common[counts[common] > STANDS_OUT * others / points]
    largest = common[np.argsort(-counts[common], kind="stable")[:MOST_ATOMS]]
    return tuple(float(v) for v in numbers[np.sort(largest)])
