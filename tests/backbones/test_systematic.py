"""Systematic draws: each row's own distribution is exact, and counts of rows come out more evenly than by chance."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones import systematic
from obverse.core.schema import Array, FloatArray


def drawn(chance: FloatArray, rng: np.random.Generator, order: Array | None = None) -> Array:
    """A cell for each row of chances, (n,)."""
    before = np.column_stack([np.zeros(len(chance)), np.cumsum(chance, axis=1)])
    order = np.arange(len(chance)) if order is None else order
    return systematic.cells(order, chance.shape[1], lambda row, cut: before[row, cut], rng)


@pytest.mark.parametrize(("rows", "cells"), [(1, 7), (2, 2), (5, 3), (6, 16)])
def test_each_row_keeps_its_own_distribution(rows: int, cells: int) -> None:
    rng = np.random.default_rng(0)
    chance = rng.dirichlet(np.full(cells, 0.5), size=rows)
    turns = 20_000
    many = np.array([drawn(chance, rng, rng.permutation(rows)) for _ in range(turns)])
    share = np.stack([(many == c).mean(axis=0) for c in range(cells)], axis=1)
    assert share == pytest.approx(chance, abs=5 * 0.5 / np.sqrt(turns))


def test_counts_of_all_rows_and_of_like_rows_are_off_by_a_few() -> None:
    rng = np.random.default_rng(1)
    n, cells = 2_000, 64
    kind = np.sort(rng.integers(10, size=n))
    chance = rng.dirichlet(np.ones(cells), size=10)[kind] + rng.dirichlet(np.ones(cells), size=n)
    chance /= chance.sum(axis=1, keepdims=True)
    cell = drawn(chance, rng)
    for rows in (np.arange(n), *(np.flatnonzero(kind == k) for k in range(10))):
        for half in (16, 32, 48):
            off = abs((cell[rows] < half).sum() - chance[rows, :half].sum())
            assert off < 5, f"rows that draw by themselves are off by {np.sqrt(len(rows)) / 2:.0f}"


def test_impossible_cells_stay_empty_and_certain_ones_are_taken() -> None:
    chance = np.array([[0.0, 1.0, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]] * 50)
    cell = drawn(chance, np.random.default_rng(2))
    assert (cell[::2] == 1).all()
    assert set(cell[1::2]) == {2, 3}
    assert (cell == 2).sum() == 25


def test_one_cell_needs_no_number() -> None:
    assert not systematic.cells(np.arange(3), 1, lambda row, cut: 1 / 0, np.random.default_rng(0)).any()
