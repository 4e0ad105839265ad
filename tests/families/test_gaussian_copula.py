"""The trimmed Gaussian copula: odd rows of a real table, heaps beside decimals, holes and text."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_wine
from sklearn.metrics import roc_auc_score

import obverse
from obverse.core.errors import BadInput, CannotAnswer
from obverse.families.gaussian_copula import GaussianCopula


@pytest.fixture(scope="module")
def wines() -> tuple[pd.DataFrame, np.ndarray]:
    """Two cultivars and, one row in twelve, a third: the odd ones."""
    table = load_wine(as_frame=True)
    odd = np.asarray(table.target == 2)
    kept = np.sort(np.r_[np.flatnonzero(~odd), np.flatnonzero(odd)[:12]])
    return table.data.iloc[kept].reset_index(drop=True), odd[kept]


def test_odd_wines_are_found_though_they_were_learned_from(wines: tuple[pd.DataFrame, np.ndarray]) -> None:
    table, odd = wines
    found = roc_auc_score(odd, -obverse.fit("gaussian_copula", table).log_prob(table))
    untrimmed = roc_auc_score(odd, -obverse.fit("gaussian_copula", table, keep=1.0).log_prob(table))
    assert found > 0.93 and found > untrimmed + 0.1


def test_holes_and_text_are_taken(wines: tuple[pd.DataFrame, np.ndarray]) -> None:
    table, odd = wines
    holes = table.mask(np.random.default_rng(0).random(table.shape) < 0.1)
    holes["hue"] = np.where(table["hue"] > 0.9, "red", "brown")
    oddity = -obverse.fit("gaussian_copula", holes).log_prob(holes)
    assert np.isfinite(oddity).all() and roc_auc_score(odd, oddity) > 0.9


def test_the_unit_of_a_column_with_a_heap_does_not_matter() -> None:
    """Half of a column is exactly 0, a mass; the rest has a density, which is higher the larger the unit is."""
    rng = np.random.default_rng(0)
    amount = np.where(rng.random(400) < 0.5, 0.0, rng.exponential(size=400))
    grams = pd.DataFrame({"amount": amount, "other": rng.normal(size=400)})
    tonnes = grams.assign(amount=amount / 1e6)
    heap = amount == 0

    def gap(family: str, table: pd.DataFrame) -> float:
        log_p = obverse.fit(family, table).log_prob(table)
        return float(np.median(log_p[heap]) - np.median(log_p[~heap]))

    assert np.isclose(gap("gaussian_copula", grams), gap("gaussian_copula", tonnes))
    assert gap("marginals", grams) > gap("marginals", tonnes) + 10


def test_a_row_is_odd_for_a_combination_and_not_without_it() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    model = obverse.fit("gaussian_copula", pd.DataFrame({"x": x, "y": x + rng.normal(0, 0.1, 500)}))
    rows = pd.DataFrame({"x": [1.0, 1.0, 1.0], "y": [1.0, -1.0, np.nan]})
    together, against, unknown = model.log_prob(rows)
    assert against < together - 20 and unknown > together - 3
    assert np.isclose(unknown, model.log_prob(rows[["x"]].head(1))[0])


def test_a_rare_category_is_odd_and_one_never_met_is_impossible() -> None:
    table = pd.DataFrame(
        {"kind": ["a"] * 60 + ["b"] * 36 + ["c"] * 4, "size": np.random.default_rng(0).normal(size=100)}
    )
    model = obverse.fit("gaussian_copula", table)
    a, b, c, d = model.log_prob(pd.DataFrame({"kind": ["a", "b", "c", "d"], "size": [0.0] * 4}))
    assert a > c and b > c and d == -np.inf


def test_numbers_of_any_magnitude() -> None:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"huge": rng.normal(size=100) * 1e300, "tiny": rng.normal(size=100) * 1e-300, "same": 1.5})
    assert np.isfinite(obverse.fit("gaussian_copula", table).log_prob(table)).all()


def test_what_it_cannot_do_is_said() -> None:
    table = pd.DataFrame({"x": np.arange(50.0), "y": np.arange(50) % 3})
    with pytest.raises(BadInput, match="keep"):
        GaussianCopula(keep=0.0).fit(table)
    with pytest.raises(BadInput, match="target"):
        GaussianCopula().fit(table, "y")
    with pytest.raises(CannotAnswer):
        GaussianCopula().fit(table).probability("x > 3")


def test_anomaly_by_row_is_its_surprise(wines: tuple[pd.DataFrame, np.ndarray]) -> None:
    table, odd = wines
    model = obverse.fit("gaussian_copula", table)
    oddity = model.anomaly(table, by="row")
    assert np.array_equal(oddity, -model.log_prob(table)) and roc_auc_score(odd, oddity) > 0.93
    with pytest.raises(CannotAnswer, match="row"):
        model.anomaly(table, by="cell")
