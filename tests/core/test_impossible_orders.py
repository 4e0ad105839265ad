"""Comparisons between columns that their bounds rule out are refused before anything is drawn."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

import obverse

RNG = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {"low": RNG.integers(0, 20, 400), "mid": RNG.integers(5, 60, 400), "high": RNG.integers(30, 99, 400)}
)


@pytest.mark.parametrize(
    "given",
    [
        "low > high",
        "low > mid and mid > high",
        "mid < low and mid > 30",
        "low >= mid and mid >= high",
    ],
)
def test_refused_at_once(given: str) -> None:
    model = obverse.fit("marginals", TABLE, seed=0)
    start = time.perf_counter()
    with pytest.raises(obverse.ImpossibleCondition, match="samples keep within the observed values"):
        model.sample(10_000, given=given, seed=0)
    assert time.perf_counter() - start < 1.0


@pytest.mark.parametrize("given", ["low > mid", "low <= mid and mid <= high", "not low < high or mid > high"])
def test_what_bounds_allow_is_drawn(given: str) -> None:
    drawn = obverse.fit("marginals", TABLE, seed=0).sample(50, given=given, seed=0)
    assert len(drawn) == 50
