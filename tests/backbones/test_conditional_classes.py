"""Classes as a link of a chain: empty cells are one more class, few rows get a blend, numbers may be classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones.class_learners import BlendedClasses, BoostedClasses
from obverse.backbones.conditional import NOISE
from obverse.backbones.conditional_classes import ConditionalClasses
from obverse.families.chain_forest import ChainForest


def _table(rows: int) -> pd.DataFrame:
    rng = np.random.default_rng(3)
    x = rng.normal(size=rows)
    kind = np.array(["a", "b", "c"])[np.clip(np.round(x + 1), 0, 2).astype(int)]
    shade = np.where(x > 0.5, None, np.where(rng.random(rows) < 0.5, "dark", "light")).astype(object)
    return pd.DataFrame({"x": x, "shade": shade, "kind": kind})


@pytest.fixture(scope="module")
def many() -> ChainForest:
    return ChainForest(random_state=0).fit(_table(2_500), "kind")


def test_learners_are_chosen_by_rows_and_empty_cells_follow_what_is_known(many: ChainForest) -> None:
    shade, kind = many.chain_.links[1:]
    assert isinstance(shade, ConditionalClasses) and isinstance(kind, ConditionalClasses)
    assert isinstance(shade.learner, BoostedClasses)
    few = ChainForest(random_state=0).fit(_table(300), "kind").chain_.links[-1]
    assert isinstance(few, ConditionalClasses) and isinstance(few.learner, BlendedClasses)
    rows = np.full((4_000, 3), np.nan)
    rows[:, 0] = np.repeat([-1.0, 1.5], 2_000)
    drawn, weight = shade.draw(rows, None, np.random.default_rng(0).random((4_000, NOISE)), alike=np.arange(4_000))
    assert np.isnan(drawn[:2_000]).mean() < 0.03 and np.isnan(drawn[2_000:]).mean() > 0.97
    assert (weight == 0).all()


@pytest.mark.parametrize("rows", [300, 2_500])
def test_chances_sum_to_one_and_a_blend_is_sure_of_the_obvious(rows: int) -> None:
    model = ChainForest(random_state=0).fit(_table(rows), "kind")
    asked = pd.DataFrame({"x": [-1.5, 0.0, 1.5], "shade": ["dark", "light", None]})
    chance = model.predict_proba(asked)
    assert chance.sum(axis=1) == pytest.approx(np.ones(3), abs=1e-12)
    assert model.predict(asked).tolist() == ["a", "b", "c"]
    assert chance.max(axis=1).min() > 0.8


def test_a_value_out_of_reach_leaves_a_prediction(many: ChainForest) -> None:
    asked = pd.DataFrame({"x": [1e9], "shade": [None], "kind": ["a"]}).drop(columns="kind")
    assert many.predict_proba(asked).sum() == pytest.approx(1.0)
    unknown = many.predict_proba(pd.DataFrame({"x": [np.nan, 1e9], "shade": ["dark", "dark"]}))
    assert np.isfinite(unknown).all()


# ------------------------------------------------------------------ numbers with few values


@pytest.fixture(scope="module")
def counted() -> ChainForest:
    rng = np.random.default_rng(5)
    x = np.round(rng.normal(size=4_000), 3)
    rooms = rng.poisson(np.exp(1 + 0.5 * x)).astype(float)
    rooms[rng.random(4_000) < 0.1] = np.nan
    kind = np.where(x + rng.normal(size=4_000) > 0, "flat", "house")
    return ChainForest(random_state=0).fit(pd.DataFrame({"x": x, "rooms": rooms, "kind": kind}), "kind")


def test_a_number_with_few_values_is_a_class_and_keeps_its_spacing(counted: ChainForest) -> None:
    link = counted.chain_.links[1]
    assert isinstance(link, ConditionalClasses)
    rooms = np.arange(-60.0, 120.0)
    asked = pd.DataFrame({"x": 0.5, "rooms": rooms})
    chance = np.exp(counted.log_prob(asked, of=["rooms"], given={"x": 0.5}))
    assert chance.sum() == pytest.approx(1.0, abs=1e-6)  # values never met have their share
    assert chance[(rooms > -8) & (rooms < 24)].min() > 0
    true = np.exp(1.25)
    assert (rooms * chance).sum() == pytest.approx(true, abs=0.4)


def test_draws_of_such_numbers_follow_what_is_known_and_stay_in_a_region(counted: ChainForest) -> None:
    low, high = (counted.sample(4_000, given=g, seed=1)["rooms"] for g in ("x <= -0.8", "x >= 0.8"))
    assert low.isna().mean() == pytest.approx(0.1, abs=0.03)
    assert low.mean() < 2 < 4.4 < high.mean()  # in truth 1.5 and 5.2
    inside = counted.sample(500, given="rooms >= 3 and rooms < 6", seed=2)["rooms"]
    assert set(inside.unique()) == {3, 4, 5}


def test_such_numbers_survive_a_save(counted: ChainForest, tmp_path: Path) -> None:
    counted.save(tmp_path / "model")
    again = obverse.load(tmp_path / "model")
    pd.testing.assert_frame_equal(again.sample(200, seed=4), counted.sample(200, seed=4))
