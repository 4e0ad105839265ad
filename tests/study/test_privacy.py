"""Privacy figures: copies, near copies and memorised rows are found; fresh real rows and marginals are at chance."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.data.split import splits
from obverse.study.metrics.distances import nearest
from obverse.study.metrics.privacy import (
    LEVEL,
    exact_copies,
    membership_auc,
    membership_auc_model,
    near_copies,
    privacy,
)


@pytest.fixture(scope="module")
def parts() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Training and unseen rows of breast_cancer."""
    frame = obverse.read("breast_cancer").frame
    split = splits(len(frame), 1, seed=0, test_share=0.3)[0]
    return frame.iloc[split.train], frame.iloc[split.test]


@pytest.fixture(scope="module")
def memorised(parts) -> obverse.Model:
    """A forest with one row in a leaf."""
    return obverse.fit(
        "chain_forest", parts[0], "diagnosis", min_samples_leaf=1, shrinkage=0.0, boosting_rounds=0, seed=0
    )


def blobs(n: int, seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(rng.normal(size=(n, 5)), columns=list("abcde"))
    return frame.assign(town=rng.choice(["n", "s", "w"], n))


def test_distances_both_ways_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(50, 4)), rng.normal(size=(30, 4))
    every = np.linalg.norm(a[:, None] - b, axis=2)
    there, back = nearest(a, b)
    assert there == pytest.approx(every.min(axis=1)) and back == pytest.approx(every.min(axis=0))


def test_fresh_rows_are_at_chance():
    train, test, fresh = blobs(1000, 1), blobs(1000, 2), blobs(1000, 3)
    found = privacy(train, test, fresh)
    assert found["membership_auc"] == pytest.approx(0.5, abs=0.04)
    assert found["dcr_share"] == pytest.approx(0.5, abs=0.05)
    assert found["near_copies"] == pytest.approx(LEVEL, abs=0.012)
    assert found["exact_copies"] == 0


def test_resampled_training_rows_are_caught_by_every_figure():
    train, test = blobs(600, 1), blobs(600, 2)
    found = privacy(train, test, train.sample(600, replace=True, random_state=9))
    assert found["near_copies"] == 1 and found["exact_copies"] == 1
    assert found["membership_auc"] > 0.75 and found["dcr_share"] > 0.95


def test_copies_changed_a_little_are_near_copies_and_no_exact_ones():
    train, test = blobs(600, 1), blobs(600, 2)
    noise = 0.02 * np.random.default_rng(0).normal(size=(600, 5))
    changed = train.assign(**{c: train[c] + noise[:, i] for i, c in enumerate("abcde")})
    assert exact_copies(train, changed) == 0
    assert near_copies(train, test, changed) > 0.9
    half = pd.concat([changed[:300], blobs(300, 4)])
    assert near_copies(train, test, half) == pytest.approx(0.5, abs=0.05)


def test_unseen_rows_themselves_have_one_in_a_hundred_near_copies_also_where_rows_repeat():
    train, test = blobs(500, 1), blobs(500, 2)
    assert near_copies(train, test, test) == pytest.approx(LEVEL, abs=0.002)
    coarse = [f.assign(**{c: (f[c] > 0).astype(int) for c in "abcde"}) for f in (train, test)]
    assert exact_copies(*coarse) > 0.9  # so a bound of 0 would call nearly all real rows copies, or none
    assert near_copies(*coarse, coarse[1]) == pytest.approx(LEVEL, abs=1e-9)


def test_marginals_are_at_chance_and_a_leaf_of_one_row_is_caught(parts, memorised):
    train, test = parts
    floor = obverse.fit("marginals", train, "diagnosis", seed=0)
    rows = {"floor": floor.sample(len(train), seed=0), "memorised": memorised.sample(len(train), seed=0)}
    auc = {name: membership_auc(train, test, made) for name, made in rows.items()}
    near = {name: near_copies(train, test, made) for name, made in rows.items()}
    assert auc["floor"] == pytest.approx(0.5, abs=0.06)  # two standard errors
    assert auc["memorised"] > auc["floor"] + 0.02
    assert near["floor"] <= LEVEL and near["memorised"] > 2 * LEVEL


def test_the_model_that_memorised_tells_who_was_in_training(parts, memorised):
    floor = obverse.fit("marginals", parts[0], "diagnosis", seed=0)
    assert membership_auc_model(*map(memorised.log_prob, parts)) > 0.95
    assert membership_auc_model(*map(floor.log_prob, parts)) == pytest.approx(0.5, abs=0.08)


def test_scores_of_the_model_may_be_minus_infinity():
    assert membership_auc_model([0.0, -1.0], [-np.inf, -np.inf]) == 1
    assert membership_auc_model([-np.inf], [-np.inf]) == 0.5
