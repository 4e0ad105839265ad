"""Chained equations: holes filled column after column."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from obverse.families.chained_equations import ChainedEquations


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """Two numbers that say nothing of a third each alone, and a category that follows from one of them."""
    rng = np.random.default_rng(seed)
    x, y = rng.normal(size=(2, rows))
    z = np.sign(x) * y + rng.normal(0, 0.1, rows)
    return pd.DataFrame({"x": x, "y": y, "z": z, "side": np.where(x > 0, "right", "left")})


@pytest.fixture(scope="module")
def model() -> ChainedEquations:
    full = table(1_200)
    return ChainedEquations(random_state=0).fit(full.mask(np.random.default_rng(1).random(full.shape) < 0.2))


def test_holes_are_filled_with_what_the_other_cells_say(model: ChainedEquations) -> None:
    truth = table(400, seed=2)
    holes = truth.copy()
    holes["z"] = np.nan
    filled = model.impute(holes)
    assert np.corrcoef(filled["z"], truth["z"])[0, 1] > 0.95
    holes = truth.assign(side=pd.Series([None] * 400, dtype=object))
    assert (model.impute(holes)["side"] == truth["side"]).mean() > 0.97


def test_draws_of_an_unknown_sign_fall_on_both_sides(model: ChainedEquations) -> None:
    """z is y or minus y, and so is neither near 0."""
    row = pd.DataFrame({"x": [np.nan], "y": [2.0], "z": [np.nan], "side": [None]})
    copies = model.impute(row, draws=60, seed=0)
    drawn = np.array([copy["z"].iloc[0] for copy in copies])
    assert 0.2 < (drawn > 1).mean() < 0.8 and 0.2 < (drawn < -1).mean() < 0.8
    assert {copy["side"].iloc[0] for copy in copies} == {"left", "right"}


def test_drawn_cells_of_a_row_belong_together(model: ChainedEquations) -> None:
    row = pd.DataFrame({"x": [np.nan] * 50, "y": [2.0] * 50, "z": [np.nan] * 50, "side": [None] * 50})
    drawn = model.impute(row, draws=1, seed=0)[0]
    assert ((drawn["x"] > 0) == (drawn["side"] == "right")).mean() > 0.9


def test_a_row_is_filled_the_same_whatever_stands_beside_it(model: ChainedEquations) -> None:
    holes = table(60, seed=3)
    holes = holes.mask(np.random.default_rng(0).random(holes.shape) < 0.5)
    together, alone = model.impute(holes), model.impute(holes.iloc[17:18])
    pd.testing.assert_frame_equal(together.iloc[17:18], alone)


def test_columns_with_nothing_to_learn_are_filled_all_the_same() -> None:
    full = table(200).assign(one=1.0, same="a")
    model = ChainedEquations(random_state=0).fit(full)
    holes = full.assign(one=np.nan, same=pd.Series([None] * 200, dtype=object))
    filled = model.impute(holes)
    assert (filled["one"] == 1.0).all() and (filled["same"] == "a").all()


def test_a_single_column_is_filled_with_its_mean() -> None:
    column = pd.DataFrame({"x": [1.0, 2.0, np.nan, 6.0] * 30})
    filled = ChainedEquations(random_state=0).fit(column).impute(column)
    assert filled["x"].iloc[2] == pytest.approx(3.0, abs=0.5)
