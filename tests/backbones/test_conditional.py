"""Noise shared out among like rows: each row's own stays uniform, and shares come out more evenly than by chance."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones.conditional import spread


def test_each_row_has_uniform_noise_whatever_its_key() -> None:
    key = np.array([0, 0, 1, 2, 2, 2])
    rng = np.random.default_rng(0)
    drawn = np.array([spread(rng.random(6), rng.random(), key) for _ in range(20_000)])
    assert ((drawn >= 0) & (drawn < 1)).all()
    assert drawn.mean(axis=0) == pytest.approx(np.full(6, 0.5), abs=0.01)
    assert drawn.var(axis=0) == pytest.approx(np.full(6, 1 / 12), abs=0.004)


def test_any_few_like_rows_fill_the_interval() -> None:
    rng = np.random.default_rng(1)
    key = rng.integers(50, size=1_000)
    drawn = spread(rng.random(1_000), rng.random(), key)
    off = [abs((drawn[key == k] < 0.3).mean() - 0.3) for k in range(50)]
    assert np.mean(off) < 0.035, "twenty independent numbers are off by .08"
    assert max(off) < 0.1
