"""The flow: straight paths lead where they should, and columns move together."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.objectives import flow_matching

pytest.importorskip("torch")


def test_a_known_velocity_carries_noise_to_the_data():
    """From N(0, 1) to N(3, 0.25) the mean velocity of straight paths is linear in x."""
    start = np.random.default_rng(0).standard_normal((20_000, 1))

    def velocity(x, time):
        t = time[0, 0]
        variance = (1 - t) ** 2 + (0.5 * t) ** 2
        return 3 + (0.25 * t - (1 - t)) / variance * (x - 3 * t)

    end = flow_matching.carried(velocity, start, 16)
    assert abs(end.mean() - 3) < 0.02 and abs(end.std() - 0.5) < 0.02


def test_columns_move_together():
    rng = np.random.default_rng(0)
    x = rng.normal(size=600)
    frame = pd.DataFrame({"x": x, "y": 2 * x + 0.3 * rng.normal(size=600), "sign": np.where(x > 0, "plus", "minus")})
    model = obverse.fit("table_diffusion", frame, "sign", seed=0, width=64, epochs=100, batch=100, rate=0.005, steps=8)
    drawn = model.sample(2_000, seed=1)
    assert np.corrcoef(drawn["x"], drawn["y"])[0, 1] > 0.95
    assert ((drawn["x"] > 0) == (drawn["sign"] == "plus")).mean() > 0.9
    assert drawn["x"].between(frame["x"].min(), frame["x"].max()).all()
