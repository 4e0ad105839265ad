"""Tables that once broke a verb, each as small as it can be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones.scale import centre_and_spread

EXACT = ("marginals", "naive_bayes", "gaussian_mixture", "joint_forest")


def fitted(family, frame, target=None):
    return obverse.fit(family, frame, target, seed=0)


def test_a_forest_of_one_column():
    frame = pd.DataFrame({"c": pd.Categorical(["a", "a"], ordered=True)})
    assert fitted("joint_forest", frame).sample(3, seed=0)["c"].tolist() == ["a"] * 3


def test_labels_beyond_what_a_double_holds_keep_their_digits():
    labels = [95332280324205249, 95332280324205251] * 10
    model = fitted("naive_bayes", pd.DataFrame({"x": np.tile([0.0, 1.0], 10), "y": labels}), "y")
    assert model.classes_.tolist() == labels[:2]
    assert model.predict(pd.DataFrame({"x": [0.1, 0.9]})).tolist() == labels[:2]


@pytest.mark.parametrize("family", ["marginals", "gaussian_mixture"])
def test_huge_whole_numbers_with_holes(family):
    cells = [None if i % 3 else 2**62 + i * 10**12 for i in range(40)]
    rows = fitted(family, pd.DataFrame({"x": pd.Series(cells, dtype="int64[pyarrow]")})).sample(50, seed=0)
    assert rows["x"].dtype == "int64[pyarrow]" and rows["x"].isna().any()
    assert (rows["x"].dropna() >= 2**62).all()


@pytest.mark.parametrize("family", ["marginals", "gaussian_mixture"])
def test_a_range_of_a_few_last_digits_keeps_its_share_of_holes(family):
    x = 1.1474504411707735e160 + np.arange(40) * np.spacing(1.1474504411707735e160)
    model = fitted(family, pd.DataFrame({"x": np.where(np.arange(40) % 4, x, np.nan)}))
    assert model.sample(2000, seed=0)["x"].isna().mean() == pytest.approx(0.25, abs=0.06)


def test_one_number_far_from_all_others_does_not_move_the_share_of_holes():
    x = np.where(np.arange(80) % 4, np.nan, 3e16 + np.arange(80) * 1e14)
    x[0] = -4.9e26
    rows = fitted("marginals", pd.DataFrame({"x": x})).sample(2000, seed=0)
    assert rows["x"].isna().mean() == pytest.approx(0.75, abs=0.05)


@pytest.mark.parametrize("family", EXACT)
@pytest.mark.parametrize("number", [6.7e-301, -3e36, 0.1, 1e-320])
def test_one_number_of_any_size_has_a_finite_density(family, number):
    frame = pd.DataFrame({"x": [number] * 3, "y": [0, 1, 0]})
    assert np.isfinite(fitted(family, frame, "y").log_prob(frame)).all()


@pytest.mark.parametrize("family", ["dummy", "marginals", "naive_bayes", "gaussian_mixture"])
def test_numbers_of_every_size_in_one_column(family):
    x = np.tile([1.1e240, 3.6e16, 2.5e-59, -4e-300], 5) * np.linspace(1, 2, 20)
    frame = pd.DataFrame({"x": x, "z": x[::-1]})
    model = fitted(family, frame, "z")
    assert np.isfinite(model.predict(frame)).all()
    assert not np.isnan(model.log_prob(frame)).any()


def test_a_whole_number_of_fifteen_digits_is_its_own_grid_point():
    frame = pd.DataFrame({"x": [-389357616425269] * 2, "y": [0, 1]})
    assert (fitted("marginals", frame, "y").sample(3, given={"x": -389357616425269}, seed=0)["x"] < 0).all()


def test_the_spread_of_equal_numbers_is_zero_and_their_mean_exact():
    for number in (-1e300, 0.1, 1e-310):
        assert centre_and_spread(np.full(7, number)) == (number, 0.0)


@pytest.mark.parametrize("tick", [3341, -1, 1_700_000_000_000_000_123])
def test_a_time_finer_than_microseconds_is_a_condition(tick):
    when = pd.Timestamp(tick, tz="America/New_York")
    model = fitted("marginals", pd.DataFrame({"t": [when] * 3 + [when + pd.Timedelta("1s")] * 3, "x": range(6)}))
    assert (model.sample(3, given={"t": when}, seed=0)["t"] - when).abs().max() < pd.Timedelta("1us")


def test_half_a_surrogate_pair_is_saved(tmp_path):
    frame = pd.DataFrame({"c": pd.Series(["\ud800", "b"] * 10, dtype=object), "y": [0, 1] * 10})
    again = obverse.load(fitted("naive_bayes", frame, "y").save(tmp_path / "m"))
    assert set(again.sample(50, seed=0)["c"]) == {"\ud800", "b"}


@pytest.mark.parametrize("family", ["logistic", "joint_forest", "knn"])
def test_as_many_classes_as_rows_are_no_slip(family, tmp_path):
    frame = pd.DataFrame({"x": np.arange(30.0), "name": [f"id {i}" for i in range(30)]})
    model = obverse.load(fitted(family, frame, "name").save(tmp_path / "m"))
    assert model.predict_proba(frame).shape == (30, 30)
