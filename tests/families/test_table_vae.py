"""The autoencoder as a mixture: what it draws is what it scores, and latents carry the dependence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.data import worlds

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def ring() -> pd.DataFrame:
    """Two numbers on a circle and the half they lie in."""
    rng = np.random.default_rng(0)
    angle = rng.uniform(0, 2 * np.pi, 800)
    x, y = (f(angle) + 0.05 * rng.normal(size=800) for f in (np.cos, np.sin))
    return pd.DataFrame({"x": x, "y": y, "half": np.where(y > 0, "upper", "lower")})


@pytest.fixture(scope="module")
def model(ring):
    return obverse.fit("table_vae", ring, "half", seed=0, latent=4, width=64, beta=0.3, epochs=40, rate=0.005)


def test_samples_lie_where_the_data_do(model):
    drawn = model.sample(2_000, seed=1)
    radius = np.hypot(drawn["x"], drawn["y"])
    assert abs(radius.mean() - 1) < 0.1 and radius.std() < 0.2
    assert ((drawn["y"] > 0) == (drawn["half"] == "upper")).mean() > 0.95


def test_a_condition_is_met_exactly_without_rejection(model):
    drawn, how = model.sample(500, given="x > 0.8 and half == 'upper'", seed=1, details=True)
    assert (drawn["x"] > 0.8).all() and how.acceptance is None
    assert drawn["y"].mean() < 0.7


def test_its_probability_is_a_distribution_over_what_it_draws(model):
    p = model.probability("x > 0", given="half == 'upper'")
    assert abs(p - (model.sample(4_000, given="half == 'upper'", seed=2)["x"] > 0).mean()) < 0.05


def test_components_are_no_more_than_rows():
    frame = worlds.ALL[0].sample(60, 0)
    model = obverse.fit("table_vae", frame, seed=0, epochs=2, n_components=1_000)
    assert len(model.components_.weight) == 60
    assert model.history_["best"] >= 0 and len(model.history_["train"]) == 2


@pytest.mark.parametrize("seed", [0, 1])
def test_few_rows_do_not_leave_it_at_its_start(seed):
    """By the whole bound the start, which knows only each column's shares, was the best of all epochs."""
    few = obverse.read("diabetes").frame.sample(210, random_state=seed)
    model = obverse.fit("table_vae", few, seed=seed)
    assert model.history_["best"] > 10
    assert model.sample(2_000, seed=1).corr(method="spearman").loc["s1", "s2"] > 0.15  # 0 if nothing was learned
