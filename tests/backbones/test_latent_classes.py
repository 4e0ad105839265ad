"""Latent classes: whole rows of components agree with pairs, holes are filled, structure is found on a part."""

import numpy as np
import pandas as pd
import pytest

from obverse.backbones import latent_classes as module
from obverse.backbones.forest import category_ranks
from obverse.backbones.latent_classes import drawn, latent_classes
from obverse.core.evidence import Evidence, interval
from obverse.modalities.table import TABLE


def table(n=600, seed=0):
    rng = np.random.default_rng(seed)
    kind = rng.choice(["p", "q", "r"], n)
    x = rng.normal(np.where(kind == "p", 0.0, 3.0))
    count = rng.poisson(np.where(kind == "q", 9, 3))
    hole = rng.random(n) < np.where(kind == "p", 0.5, 0.1)
    return pd.DataFrame({"kind": kind, "x": np.where(hole, np.nan, x), "count": count})


def fitted(frame, classes=8, steps=6):
    data = TABLE.learn(frame)
    return latent_classes(data, category_ranks(data), classes, steps, np.random.default_rng(0)), data


def test_rows_of_components_agree_with_pairs_of_row_and_component():
    model, data = fitted(table())
    rows = data.values[:50].copy()
    rows[::3, 0] = np.nan
    share, total = model.posterior(Evidence(rows))
    pairs, measure = model.mixture.expectation(Evidence(rows))
    np.testing.assert_allclose(share, pairs.toarray(), atol=1e-9)
    np.testing.assert_allclose(total, measure, atol=1e-9)
    np.testing.assert_allclose(total, model.mixture.log_prob(Evidence(rows)), atol=1e-9)
    np.testing.assert_allclose(total, model.log_prob(Evidence(rows)), atol=1e-12)


def test_a_region_beside_known_cells_says_that_they_are_not_missing():
    model, data = fitted(table())
    row = data.values[~np.isnan(data.values[:, 1])][:1]
    j, free = 1, model.log_prob(Evidence(row))
    there = model.mixture.log_prob(Evidence(row, {j: interval()}))
    np.testing.assert_allclose(there, model.posterior(Evidence(row, {j: interval()}))[1], atol=1e-9)
    assert there < free


def test_emptiness_is_learned_with_the_rest():
    model, _ = fitted(table(3000), classes=12, steps=10)
    share, _ = model.posterior(Evidence(np.array([[k, np.nan, np.nan] for k in range(3)], dtype=float)))
    empty = share @ model.missing[:, 1]
    np.testing.assert_allclose(empty, [0.5, 0.1, 0.1], atol=0.06)
    assert model.missing[:, 0].max() == 0


def test_completed_rows_keep_their_cells_and_follow_the_others():
    model, data = fitted(table(3000), classes=12, steps=10)
    full = model.completed(data.values, np.random.default_rng(0))
    known = ~np.isnan(data.values)
    np.testing.assert_array_equal(full[known], data.values[known])
    assert not np.isnan(full).any()
    filled = ~known[:, 1]
    assert full[filled & (data.values[:, 0] == 0), 1].mean() == pytest.approx(0.0, abs=0.3)
    assert full[filled & (data.values[:, 0] > 0), 1].mean() == pytest.approx(3.0, abs=0.5)


def test_components_are_grown_on_a_part_of_many_rows(monkeypatch):
    monkeypatch.setattr(module, "STRUCTURE_ROWS", 500)
    model, data = fitted(table(2000))
    shares = np.exp([model.log_prob(Evidence(np.array([[k, np.nan, np.nan]], float)))[0] for k in range(3)])
    np.testing.assert_allclose(shares, np.bincount(data.values[:, 0].astype(int)) / 2000, atol=0.02)


def test_drawn_columns_follow_their_probabilities():
    share = np.tile([0.0, 0.25, 0.0, 0.75], (20_000, 1))
    k = drawn(share, np.random.default_rng(0))
    np.testing.assert_allclose(np.bincount(k, minlength=4) / 20_000, share[0], atol=0.02)
