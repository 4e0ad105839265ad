"""Sampling and events under conditions: every row satisfies them, parts get their shares, comparisons are coherent."""

from __future__ import annotations

import runpy
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.core import conditions
from obverse.core.errors import BadCondition, ImpossibleCondition
from obverse.core.given import parse
from obverse.core.schema import Column, Schema
from obverse.modalities.table import TABLE

Blurs: Any = runpy.run_path(str(Path(__file__).with_name("test_other_modalities.py")))["Blurs"]


@pytest.fixture(scope="module")
def model() -> Any:
    rng = np.random.default_rng(0)
    return obverse.fit("gaussian_mixture", pd.DataFrame({"a": rng.exponential(size=500), "b": rng.normal(size=500)}))


# --- what a condition says holds in every row ---


@pytest.mark.parametrize("given", ["b > 8", "a < -0.3", "a == -0.3", "b > 8 and a < b", "a is missing"])
def test_what_lies_outside_the_observed_values_is_refused(model: Any, given: str) -> None:
    with pytest.raises(ImpossibleCondition, match="samples keep within the observed values"):
        model.sample(3, given=given, seed=0)


def test_no_rows_can_be_asked_for(model: Any) -> None:
    for given in ("b > 0", "a > b", "a < 0.5 or b > 1"):
        assert model.sample(0, given=given, seed=0).shape == (0, 2)


def test_an_alternative_outside_the_observed_values_is_left_out(model: Any) -> None:
    rows, how = model.sample(200, given="b > 8 or b < 0", seed=0, details=True)
    assert (rows["b"] < 0).all()
    assert str(how) == "exact"


@pytest.mark.parametrize("dtype", ["float16", "float32", "Float32"])
def test_an_open_bound_holds_at_the_precision_of_the_column(dtype: str) -> None:
    x = np.random.default_rng(0).normal(size=300).astype("float16" if dtype == "float16" else "float32")
    fitted = obverse.fit("marginals", pd.DataFrame({"x": pd.Series(x).astype(dtype)}))
    given = "0.5 < x < 0.502" if dtype == "float16" else "0.5 < x < 0.500001"  # a few representable numbers
    rows, how = fitted.sample(500, given=given, seed=0, details=True)
    assert len(rows) == 500
    assert (rows["x"] > 0.5).all()
    assert str(rows["x"].dtype) == dtype
    assert str(how) == "exact"


def test_tidied_numbers_have_the_precision_of_their_dtype() -> None:
    columns = (
        Column("x", "number", "float32", low=0.0, high=1.0),
        Column("grid", "number", "float32", step=0.1, low=0.0, high=1.0),
        Column("date", "number", "datetime64[us]", low=0.0, high=2e9),
    )
    row = np.array([[0.1, 0.3, 1700000000.123456]])
    assert TABLE.tidy(row, Schema(columns)).tolist() == [[float(np.float32(0.1)), 0.3, 1700000000.123456]]


def test_one_known_number_of_a_density_is_drawn_and_filled() -> None:
    x = pd.DataFrame({"x": [1.23456789012] + [np.nan] * 60, "g": np.random.default_rng(0).normal(size=61)})
    fitted = obverse.fit("gaussian_mixture", x)
    assert fitted.schema_["x"].measure == "density"
    assert fitted.sample(3, given="x is not missing", seed=0)["x"].tolist() == [1.23456789012] * 3
    for copy in fitted.impute(x, draws=2, seed=0):
        assert (copy["x"] == 1.23456789012).all()


# --- the shares of the parts ---


def test_parts_of_an_or_have_the_shares_they_have_among_unconditional_draws() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"x": rng.exponential(size=300), "y": rng.normal(size=300)})
    fitted = obverse.fit("gaussian_mixture", frame, n_components=1)  # its x reaches far below zero
    free = fitted.sample(100_000, seed=1)
    kept = free[(free["x"] < 0.3) | (free["y"] > 1)]
    given = fitted.sample(20_000, given="x < 0.3 or y > 1", seed=0)
    assert (given["x"] < 0.3).mean() == pytest.approx((kept["x"] < 0.3).mean(), abs=0.02)


def test_a_whole_row_of_rare_categories_can_be_given() -> None:
    rng = np.random.default_rng(0)
    letters = pd.DataFrame({f"c{i}": rng.choice(list("abcdefghijklmnopqrstuvwxyz"), 300) for i in range(29)})
    fitted = obverse.fit("marginals", letters)
    row = letters.iloc[0].to_dict()
    assert fitted.log_prob(letters.iloc[[0]])[0] < conditions.LEAST_LOG_PROB
    assert fitted.sample(2, given=row, seed=0).to_dict("records") == [row, row]


def test_a_density_is_not_a_rarity() -> None:
    wide = pd.DataFrame({"x": np.random.default_rng(0).normal(scale=1e40, size=200)})
    fitted = obverse.fit("gaussian_mixture", wide)
    value = float(wide["x"].iloc[0])
    assert fitted.log_prob(wide.iloc[[0]])[0] < conditions.LEAST_LOG_PROB
    assert fitted.sample(1, given={"x": value}, seed=0)["x"].tolist() == [value]


def test_a_condition_of_no_probability_is_refused(model: Any) -> None:
    with pytest.raises(ImpossibleCondition, match="probability"):
        model.probability("a > 1", given="b > 1e6")


# --- comparisons between columns ---


@pytest.mark.parametrize(
    ("event", "given"), [("a > b", "a > b"), ("a >= b", "a > b"), ("a > 0 or a > b", "a > b"), ("a > b", "a > 1 > b")]
)
def test_an_event_that_the_condition_implies_is_certain(model: Any, event: str, given: str) -> None:
    for seed in range(5):
        assert model.probability(event, given=given, seed=seed) == 1.0
    assert model.probability(f"not ({event})", given=given, seed=0) == 0.0


@pytest.mark.parametrize("given", [None, "a > b", "a > 1", "a == 0.7", "a < 0.3 or b > 1"])
@pytest.mark.parametrize("event", ["a > b", "a < 2"])
def test_an_event_and_its_complement_sum_to_one(model: Any, event: str, given: str | None) -> None:
    parts = [model.probability(e, given=given, seed=3) for e in (event, f"not ({event})")]
    assert sum(parts) == pytest.approx(1.0, abs=1e-12)


def test_the_probability_of_a_comparison_says_how_it_was_estimated() -> None:
    rng = np.random.default_rng(0)
    fitted = obverse.fit("gaussian_mixture", pd.DataFrame({"u": rng.random(4000), "v": rng.random(4000)}))
    p, how = fitted.probability("u > v", given="u > v", seed=0, details=True)
    assert p == 1.0
    assert 0.4 < how.acceptance < 0.6
    p, how = fitted.probability("u > v", given="u > 0.5", seed=0, details=True)
    assert how.how.startswith("share of 20,000 draws, standard error 0.00")
    assert p == pytest.approx(0.75, abs=0.03)  # two independent uniform numbers


def test_draws_for_a_comparison_keep_missing_cells_and_the_boxes_own_weights() -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"u": rng.random(1000), "v": rng.random(1000), "k": rng.choice(["x", "y"], 1000, p=[0.9, 0.1])}
    )
    frame.loc[:299, "u"] = np.nan
    fitted = obverse.fit("marginals", frame)
    missing = fitted.probability("u is missing", seed=0)
    assert fitted.probability("u > v or u <= v", seed=0) == pytest.approx(1 - missing, abs=0.02)
    both = fitted.probability("k == 'y'", given="u > v or k == 'y'", seed=0)
    assert both == pytest.approx(0.1 / (1 - 0.9 * (1 - 0.35)), abs=0.03)
    rows = fitted.sample(20_000, given="u > v or k == 'y'", seed=0)  # a row lies in one box, whichever proposes it
    assert (rows["k"] == "y").mean() == pytest.approx(both, abs=0.02)


def test_single_values_of_two_densities_are_not_alternatives(model: Any) -> None:
    with pytest.raises(BadCondition, match="different continuous columns"):
        model.sample(1, given="a == 1 or b == 1")


def test_rounding_to_the_grid_leaves_its_argument_alone() -> None:
    rows = np.array([[1.4], [2.6]])
    schema = Schema((Column("n", "number", "int64", step=1.0, low=0, high=9),))
    assert conditions._on_grid(schema, rows).tolist() == [[1.0], [3.0]]
    assert rows.tolist() == [[1.4], [2.6]]


def test_large_amounts_have_the_probability_of_their_cell() -> None:
    amounts = np.round(np.random.default_rng(0).lognormal(13, 1, 500), 2)
    fitted = obverse.fit("marginals", pd.DataFrame({"amount": amounts}))
    assert fitted.schema_["amount"].step == 0.01
    large = amounts[amounts > 1e5][:50]
    mass = np.exp(fitted.log_prob(pd.DataFrame({"amount": large})))
    asked = [fitted.probability({"amount": float(x)}) for x in large]
    np.testing.assert_allclose(asked, mass, rtol=1e-3)
    assert fitted.sample(2, given={"amount": float(large[0])}, seed=0)["amount"].tolist() == [large[0]] * 2


# --- labels of examples that are no rows of cells ---


@pytest.fixture(scope="module")
def blurs() -> Any:
    y = np.repeat([1, 2, 3], [60, 20, 20])
    x = np.random.default_rng(0).normal(size=(100, 2, 2)) + 8.0 * y[:, None, None]
    return Blurs(random_state=0).fit(x, y)


@pytest.mark.parametrize("given", ["label in [1, 2]", "label < 3", "not (label == 3)", "label == 1 or label == 2"])
def test_several_classes_of_pictures_are_drawn_by_their_weights(blurs: Any, given: str) -> None:
    drawn = blurs.predict(blurs.sample(2000, given=given, seed=0))
    assert set(drawn) == {1, 2}
    assert (drawn == 1).mean() == pytest.approx(0.75, abs=0.04)


@pytest.mark.parametrize("given", ["x == 3", "x is missing", "label == 1 and x > 2", "label == 1 or x > 2"])
def test_pictures_take_conditions_on_the_class_alone(blurs: Any, given: str) -> None:
    with pytest.raises(BadCondition, match="x has no values to compare"):
        blurs.sample(3, given=given, seed=0)


# --- rejection ends ---


@pytest.mark.parametrize("rare", ["x > 2", "x > 0.999"])  # never, and one in a thousand
def test_rejection_from_a_slow_family_is_bounded_in_time_and_says_what_it_found(rare: str, monkeypatch: Any) -> None:
    rng, calls = np.random.default_rng(0), list[int]()

    def slow(m: int) -> Any:
        calls.append(m)
        monkeypatch.setattr(conditions, "perf_counter", lambda: sum(calls) / 1000)  # a thousand rows a second
        return rng.random((m, 1))

    monkeypatch.setattr(conditions, "perf_counter", lambda: 0.0)
    schema = Schema((Column("x", "number", "float64", low=0.0, high=1.0),))
    with pytest.raises(ImpossibleCondition, match=r"(none|\d+) of [\d,]+ proposals .* in \d+ s; widen it"):
        conditions._reject(schema, 500, parse(rare), slow)
    assert 1 < sum(calls) / 1000 <= conditions.SECONDS


def test_a_slow_family_that_meets_the_condition_often_is_not_hurried(monkeypatch: Any) -> None:
    rng, clock = np.random.default_rng(0), iter(range(0, 10**6, 3600))
    monkeypatch.setattr(conditions, "perf_counter", lambda: float(next(clock)))
    schema = Schema((Column("x", "number", "float64", low=0.0, high=1.0),))
    rows, how = conditions._reject(schema, 20_000, parse("x > 0.9"), lambda m: rng.random((m, 1)))
    assert len(rows) == 20_000 and how.acceptance == pytest.approx(0.1, rel=0.1)
