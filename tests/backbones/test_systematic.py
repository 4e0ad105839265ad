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
    every = np.arange(len(before))
    return systematic.cells(order, chance.shape[1], lambda row, cut: before[every[row], cut], rng)


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


def test_rows_of_a_box_share_cells_out_when_the_order_puts_them_side_by_side() -> None:
    rng = np.random.default_rng(3)
    n = 4_096
    place = rng.random((n, 3))
    box = (place[:, :2] * 4).astype(int) @ np.array([4, 1])  # 16 boxes of about 256 rows
    chance = np.stack([place[:, 2], 1 - place[:, 2]], axis=1)
    order = systematic.alike([systematic.ranks(column) for column in place.T], n)
    assert np.sort(order).tolist() == list(range(n))
    off = [_off(drawn(chance, rng, order), chance, box) for _ in range(20)]
    by_chance = [_off(drawn(chance, rng, rng.permutation(n)), chance, box) for _ in range(20)]
    assert np.mean(off) < 0.5 * np.mean(by_chance)


def _off(cell: Array, chance: FloatArray, box: Array) -> float:
    """Mean square of the difference between counts of the first cell and what is expected, over boxes."""
    return float(np.mean(np.bincount(box, (cell == 0) - chance[:, 0]) ** 2))


def test_ranks_keep_ties_and_empty_cells_together() -> None:
    assert systematic.ranks(np.array([5.0, np.nan, -1.0, 5.0, np.nan])).tolist() == [0.5, 1.0, 0.0, 0.5, 1.0]
    assert systematic.ranks(np.full(3, 2.0)).tolist() == [0.0, 0.0, 0.0]


def test_rows_without_a_column_and_no_rows_have_an_order() -> None:
    assert systematic.alike([], 3).tolist() == [0, 1, 2]
    assert systematic.alike([systematic.ranks(np.empty(0))], 0).tolist() == []
