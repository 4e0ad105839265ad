"""Classes as a link of a chain: empty cells are one more class, few rows get a blend, and both survive a save."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

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
    drawn, weight = shade.draw(rows, None, np.random.default_rng(0).random((4_000, NOISE)), even=True)
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
