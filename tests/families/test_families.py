"""Families on awkward tables: few labels, unseen categories, huge and tiny numbers, large offsets, wrong arguments."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones import factors, product_mixture

EXACT = ("naive_bayes", "gaussian_mixture", "joint_forest", "marginals")


def two_classes(n=400, scale=1.0, offset=0.0, seed=0):
    """Classes p and q that differ by two spreads in `x`; `z` is noise."""
    rng = np.random.default_rng(seed)
    first = rng.random(n) < 0.7
    x = rng.normal(size=n) + 2 * first
    return pd.DataFrame({"x": x * scale + offset, "z": rng.normal(size=n) * scale, "y": np.where(first, "p", "q")})


def accuracy(model, frame):
    return (model.predict(frame.drop(columns="y")) == frame["y"]).mean()


@pytest.mark.parametrize("family", EXACT)
def test_a_row_without_a_label_still_has_a_class(family):
    frame = two_classes(800)
    frame["y"] = frame["y"].astype(object).mask(np.random.default_rng(1).random(800) < 0.5)
    model = obverse.fit(family, frame, "y", seed=0)
    p, q = model.probability("y == 'p'"), model.probability("y == 'q'")
    assert p + q == pytest.approx(1.0, abs=1e-9)
    assert p == pytest.approx(0.7, abs=0.04)
    assert set(model.sample(200, seed=0)["y"]) == {"p", "q"}


@pytest.mark.parametrize("family", EXACT)
def test_a_number_between_grid_points_has_no_mass_and_still_informs_a_prediction(family):
    frame = two_classes()
    frame["x"] = (frame["x"] * 5).round() * 100
    model = obverse.fit(family, frame, "y", seed=0)
    scores = model.log_prob(pd.DataFrame({"x": [300.0, 350.0]}))
    assert np.isfinite(scores[0]) and scores[1] == -np.inf
    proba = model.predict_proba(pd.DataFrame({"x": [300.0, 350.0, 400.0]}))[:, 0]
    if family in ("naive_bayes", "gaussian_mixture"):
        assert proba.min() == proba[[0, 2]].min() and proba.max() == proba[[0, 2]].max()


@pytest.mark.parametrize("family", EXACT)
def test_a_category_that_was_only_declared_is_not_sampled(family):
    frame = two_classes(100)
    frame["c"] = pd.Categorical(np.where(frame["z"] > 0, "a", "b"), categories=list("abcdefghij"))
    rows = obverse.fit(family, frame, "y", seed=0).sample(3000, seed=0)
    assert set(rows["c"]) == {"a", "b"}


@pytest.mark.parametrize("family", [*EXACT, "logistic"])
@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_units_do_not_matter(family, scale):
    plain, scaled = two_classes(), two_classes(scale=scale)
    if family == "joint_forest" and scale > 1:
        return  # its limit is tested below
    model, same = obverse.fit(family, scaled, "y", seed=0), obverse.fit(family, plain, "y", seed=0)
    assert accuracy(model, scaled) == pytest.approx(accuracy(same, plain), abs=0.04)
    if family in EXACT:
        spread = (model.sample(500, seed=0)["x"] / scale).std()
        assert spread == pytest.approx((plain["x"]).std(), rel=0.2)


@pytest.mark.parametrize("family", ["xgboost", "joint_forest"])
def test_numbers_beyond_single_precision_are_refused_by_name(family):
    with pytest.raises(obverse.BadInput, match=r"'x' .*1e37.*'z' .*1e37"):
        obverse.fit(family, two_classes(scale=1e200), "y")


@pytest.mark.parametrize("family", ["xgboost", "joint_forest", "gaussian_mixture"])
def test_a_large_offset_costs_nothing(family):
    rng = np.random.default_rng(0)
    x = rng.uniform(-1, 1, (1200, 2))
    plain = pd.DataFrame({"x": x[:, 0], "z": x[:, 1], "y": np.where(x[:, 0] * x[:, 1] > 0, "p", "q")})
    shifted = plain.assign(x=plain["x"] + 1e9)
    reached = [accuracy(obverse.fit(family, f[:600], "y", seed=0), f[600:]) for f in (plain, shifted)]
    assert reached[1] == pytest.approx(reached[0], abs=0.03)
    assert reached[0] > 0.8


@pytest.mark.parametrize("family", ["xgboost", "joint_forest"])
def test_a_large_offset_of_a_numeric_target_costs_nothing(family, tmp_path):
    frame = two_classes()[["x", "z"]]
    frame["y"] = 1e9 + frame["x"]
    model = obverse.fit(family, frame, "y", seed=0)
    model.save(tmp_path / "model")
    for one in (model, obverse.load(tmp_path / "model")):
        assert np.corrcoef(one.predict(frame) - 1e9, frame["x"])[0, 1] > 0.98


def test_ordinary_data_get_the_answers_of_xgboost_itself():
    import xgboost

    frame = two_classes(offset=50.0)
    x, y = frame[["x", "z"]].to_numpy(), (frame["y"] == "q").to_numpy()
    settings = {"objective": "binary:logistic", "tree_method": "hist"}
    direct = xgboost.train(settings, xgboost.DMatrix(x, y), num_boost_round=20).predict(xgboost.DMatrix(x))
    model = obverse.fit("xgboost", frame, "y", n_estimators=20)
    np.testing.assert_array_equal(model.predict_proba(frame[["x", "z"]])[:, 1], direct.astype(float))


@pytest.mark.parametrize(
    ("family", "wrong"),
    [
        ("logistic", {"C": 0, "max_iter": 1.5, "max_levels": -1}),
        ("xgboost", {"max_depth": "x", "learning_rate": -5, "subsample": 2.0}),
        ("joint_forest", {"n_estimators": 2.5, "strength": 0, "max_iter": True}),
        ("naive_bayes", {"strength": -1, "bins": 0}),
        ("gaussian_mixture", {"n_components": 2.5, "max_iter": -1, "tol": float("nan")}),
    ],
)
def test_wrong_arguments_are_all_named(family, wrong):
    with pytest.raises(obverse.BadInput) as error:
        obverse.fit(family, two_classes(50), "y", **wrong)
    assert len(error.value.problems) == len(wrong)
    assert all(any(f"{name} must be" in problem for name in wrong) for problem in error.value.problems)


def test_logistic_without_levels_does_not_read_codes_as_numbers():
    frame = two_classes()
    frame["c"] = np.where(frame["y"] == "p", "a", "b")
    model = obverse.fit("logistic", frame, "y", max_levels=0)
    proba = model.predict_proba(frame.assign(c="a"))
    np.testing.assert_array_equal(proba, model.predict_proba(frame.assign(c="b")))
    alone = obverse.fit("logistic", frame[["c", "y"]], "y", max_levels=0)
    np.testing.assert_allclose(alone.predict_proba(frame[["c"]])[:, 0], (frame["y"] == "p").mean(), atol=1e-4)


def test_restoring_leaves_the_state_as_it_was():
    model = obverse.fit("logistic", two_classes(), "y")
    state = model._state()
    names = set(state)
    model._restore(state)
    assert set(state) == names


def test_repeated_rows_are_worked_out_once(monkeypatch):
    frame = two_classes(600)
    frame["d"] = np.where(frame["z"] > 0, "k", "l")
    frame.loc[::5, "d"] = np.nan
    model = obverse.fit("gaussian_mixture", frame, "y", seed=0)
    one_by_one = np.vstack([model.predict_proba(frame[["d"]].iloc[[i]]) for i in range(20)])
    asked = []
    original = product_mixture.ProductMixture._joint
    monkeypatch.setattr(
        product_mixture.ProductMixture, "_joint", lambda self, event: asked.append(len(event)) or original(self, event)
    )
    together = model.predict_proba(frame[["d"]])
    assert asked == [3]  # k, l and unknown
    np.testing.assert_allclose(together[:20], one_by_one, atol=1e-12)


def test_starting_assignments_are_sparse():
    frame = pd.DataFrame({"x": np.arange(3000) % 7, "y": np.arange(3000) % 1500}).astype({"y": str})
    tracemalloc.start()
    obverse.fit("naive_bayes", frame, "y")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 3000 * 1500 * 8  # one dense table of rows by classes


def test_the_mode_of_a_wide_category_is_found_in_blocks(monkeypatch):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"c": rng.integers(0, 40, 500).astype(str), "x": rng.normal(size=500)})
    model = obverse.fit("naive_bayes", frame.assign(y=np.where(frame["c"] < "2", "p", "q")), "y")
    holes = frame.assign(c=pd.Series([None] * 500, dtype=object), y=None)
    whole = model.impute(holes)
    sizes = []
    original = factors.Frequencies.averaged
    monkeypatch.setattr(factors, "DENSE_CELLS", 400)
    monkeypatch.setattr(factors.Frequencies, "averaged", lambda self, w: sizes.append(w.shape[0]) or original(self, w))
    pd.testing.assert_frame_equal(model.impute(holes), whole)
    assert max(sizes) <= 200 and 10 in sizes  # 400 cells: ten rows of 40 categories, 200 of two classes
