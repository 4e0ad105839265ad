"""Figures of made pictures against cases whose answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.study.metrics.pictures import frechet, nearer_to_train, precision_recall, spread


def test_frechet_of_normal_distributions_is_that_of_their_formula():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, (200_000, 3)), rng.normal(0.5, 2, (200_000, 3))
    assert frechet(a, b) == pytest.approx(3 * (0.25 + 1), rel=0.02)  # |m|^2 + sum of (1 - 2)^2
    assert frechet(a, a) == pytest.approx(0, abs=1e-9)


def test_precision_falls_with_strangers_and_recall_with_what_is_missing():
    rng = np.random.default_rng(0)
    real = np.concatenate([rng.normal(0, 1, (300, 2)), rng.normal(20, 1, (300, 2))])
    half, strange = rng.normal(0, 1, (600, 2)), rng.normal(0, 1, (600, 2))
    strange[:300] += 100
    assert precision_recall(real, half) == (pytest.approx(1, abs=0.05), pytest.approx(0.5, abs=0.05))
    precision, recall = precision_recall(real, strange)
    assert precision == pytest.approx(0.5, abs=0.05)
    assert recall == pytest.approx(0.5, abs=0.05)


def test_spread_is_the_ratio_of_standard_deviations_within_classes():
    rng = np.random.default_rng(0)
    labels = np.repeat(["a", "b"], 5_000)
    real = rng.normal(0, 10, (10_000, 4, 4, 1)) + 100 * (labels == "b")[:, None, None, None]
    made = rng.normal(0, 5, (10_000, 4, 4, 1))  # what lies between the classes does not count
    assert spread(made, labels, real, labels) == pytest.approx(0.5, rel=0.02)
    assert spread(real[labels == "a"], labels[labels == "a"], real, labels) == 1.0


def test_copies_are_nearer_to_train_and_fresh_pictures_are_not():
    rng = np.random.default_rng(0)
    train, held, fresh = (rng.integers(0, 256, (n, 3, 3, 1)) for n in (3_000, 1_000, 1_000))
    assert nearer_to_train(fresh, train, held, rng) == pytest.approx(0.5, abs=0.03)
    share = nearer_to_train(train, train, held, rng)
    assert share == pytest.approx(1 / 3 + 2 / 3 / 2, abs=0.03)  # a third of them is among those looked at
