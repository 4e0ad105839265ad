"""A table as a matrix without holes, and back."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones.filled import MOST_VALUES, Filled
from obverse.core.schema import Column, Schema

SCHEMA = Schema((Column("x", "number", "float64"), Column("c", "category", "str", values=("a", "b", "z"))))
ROWS = np.array([[1.0, 0.0], [3.0, 1.0], [np.nan, 0.0], [5.0, np.nan]])


def test_cells_come_back_from_their_part_of_the_matrix() -> None:
    filled = Filled.of(SCHEMA, ROWS)
    x = filled.matrix(ROWS[:2])
    assert x.shape == (2, 3), "a value never met has no column"
    assert filled.cells(0, x[:, filled.part(0)]) == pytest.approx([1.0, 3.0])
    assert filled.cells(1, x[:, filled.part(1)]).tolist() == [0.0, 1.0]
    assert filled.others(0).tolist() == [1, 2]


def test_the_most_probable_value_is_written() -> None:
    filled = Filled.of(SCHEMA, ROWS)
    chances = np.array([[0.4, 0.6]])
    assert filled.cells(1, chances).tolist() == [1.0]
    assert filled.likeliest(1, chances).tolist() == [[0.0, 1.0]]
    assert filled.likeliest(0, np.array([[0.3]])).tolist() == [[0.3]]


def test_only_the_commonest_values_have_a_column() -> None:
    many = Schema((Column("c", "category", "str", values=tuple(f"v{i}" for i in range(200))),))
    codes = np.repeat(np.arange(200.0), np.arange(200, 0, -1))[:, None]
    filled = Filled.of(many, codes)
    assert filled.values[0].tolist() == list(range(MOST_VALUES))
    assert not filled.matrix(np.array([[150.0]])).any(), "a rare value is none of them"


def test_a_saved_layout_that_does_not_fit_its_columns_is_refused() -> None:
    state = Filled.of(SCHEMA, ROWS).state()
    again = Filled.from_state(SCHEMA, state)
    assert again.matrix(ROWS[:2]).tolist() == Filled.of(SCHEMA, ROWS).matrix(ROWS[:2]).tolist()
    with pytest.raises(ValueError, match="'c' is not there"):
        Filled.from_state(SCHEMA, state | {"values": [np.empty(0, int), np.array([0, 7])]})
    with pytest.raises(ValueError, match="do not fit the columns"):
        Filled.from_state(SCHEMA, state | {"mean": np.zeros(3)})


@pytest.mark.parametrize("size", [1e-300, 1e191, 1e308])
def test_numbers_of_any_magnitude_come_back(size: float) -> None:
    schema = Schema((Column("x", "number", "float64"), Column("same", "number", "float64")))
    rows = np.column_stack([np.array([-1.0, 0.25, 1.0]) * size, np.full(3, size)])
    filled = Filled.of(schema, rows)
    x = filled.matrix(rows)
    assert np.isfinite(x).all()
    assert filled.cells(0, x[:, filled.part(0)].astype(float)) == pytest.approx(rows[:, 0], rel=1e-6)
    assert np.isfinite(filled.matrix(-rows)).all()
