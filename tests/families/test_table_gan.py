"""The generator: columns alone come out right, a category that is told is made, and only draws are promised."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.core.errors import CannotAnswer

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    """A heap of noughts beside a normal, a number with holes, and a rare category that shifts both."""
    rng = np.random.default_rng(0)
    kind = rng.choice(["common", "often", "rare"], p=[0.6, 0.35, 0.05], size=1_000)
    shift = pd.Series(kind).map({"common": 0.0, "often": 3.0, "rare": 6.0}).to_numpy()
    heap = np.where(rng.random(1_000) < 0.4, 0.0, 10 + shift + rng.normal(size=1_000))
    holed = np.where(rng.random(1_000) < 0.3, np.nan, shift + rng.normal(size=1_000))
    return pd.DataFrame({"heap": heap, "holed": holed, "kind": kind})


@pytest.fixture(scope="module")
def model(frame):
    return obverse.fit("table_gan", frame, "kind", seed=0, width=64, steps=150, batch=200, rate=0.004)


def test_columns_alone_come_out_right(frame, model):
    drawn = model.sample(4_000, seed=1)
    assert abs((drawn["heap"] == 0).mean() - (frame["heap"] == 0).mean()) < 0.03
    assert abs(drawn["heap"].mean() - frame["heap"].mean()) < 0.5
    assert 0.15 < drawn["holed"].isna().mean() < 0.45


def test_a_rare_category_is_told_to_the_generator(model):
    drawn, how = model.sample(300, given="kind == 'rare'", seed=1, details=True)
    assert (drawn["kind"] == "rare").all() and how.acceptance is None
    assert drawn["holed"].mean() > model.sample(300, given="kind == 'common'", seed=1)["holed"].mean() + 1


def test_other_conditions_are_rejected_and_say_so(model):
    drawn, how = model.sample(100, given="heap == 0 and kind in ['common', 'often']", seed=1, details=True)
    assert (drawn["heap"] == 0).all() and 0 < (how.acceptance or 0) < 1


def test_it_has_neither_probability_nor_prediction(frame, model):
    for ask in (model.log_prob, model.predict, model.impute):
        with pytest.raises(CannotAnswer):
            ask(frame)
