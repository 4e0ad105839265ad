"""Forest, boosting, support vectors, neighbours on awkward tables: few rows, lone classes, wide categories, units."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones.stored import dumped

FAMILIES = ("random_forest", "hist_gradient_boosting", "svm", "knn")


def few(counts, seed=0):
    """Rows with a number and a category that follow the class, so many of each class."""
    rng = np.random.default_rng(seed)
    y = np.repeat(list("abcdef")[: len(counts)], counts)
    place = np.repeat(np.arange(len(counts)), counts)
    frame = pd.DataFrame({"x": place + rng.normal(0, 0.1, len(y)), "z": rng.normal(size=len(y)), "c": y})
    frame["c"] = frame["c"].where(rng.random(len(y)) < 0.8, "?")
    return frame.mask(rng.random(frame.shape) < 0.05), pd.Series(y, name="y")


@pytest.mark.parametrize("counts", [(10, 10), (19, 1), (18, 2), (1, 1), (10, 9, 1), (12, 6, 2), (8, 7, 5), (1, 1, 1)])
@pytest.mark.parametrize("family", FAMILIES)
def test_twenty_rows_and_lone_classes_are_answered(family, counts, tmp_path):
    X, y = few(counts)
    model = obverse.fit(family, X, y, seed=0)
    proba = model.predict_proba(X)
    assert proba.shape == (len(X), len(counts)) and np.isfinite(proba).all()
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    model.save(tmp_path / "model")
    np.testing.assert_array_equal(obverse.load(tmp_path / "model").predict_proba(X), proba)


@pytest.mark.parametrize("family", ["random_forest", "svm", "knn"])
def test_twenty_rows_are_enough_to_learn_from(family):
    X, y = few((9, 9, 2))
    fresh, truth = few((30, 30, 30), seed=1)
    right = obverse.fit(family, X, y, seed=0).predict(fresh) == truth
    assert right.mean() > 0.6  # two rows are no majority among five neighbours


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("rows", [2, 3, 20])
def test_a_few_rows_with_a_number_are_answered(family, rows):
    X, _ = few((rows - 1, 1))
    y = pd.Series(np.linspace(0.5, 3.25, rows), name="y")
    mean = obverse.fit(family, X, y, seed=0).predict(X)
    assert np.isfinite(mean).all() and mean.min() >= -1 and mean.max() <= 5


@pytest.mark.parametrize("family", FAMILIES)
def test_a_class_that_was_only_declared_has_probability_zero(family, tmp_path):
    X, y = few((15, 15))
    y = y.astype(pd.CategoricalDtype(list("_abz")))
    model = obverse.fit(family, X, y, seed=0)
    model.save(tmp_path / "model")
    for one in (model, obverse.load(tmp_path / "model")):
        proba = one.predict_proba(X)
        assert list(one.classes_) == list("_abz") and (proba[:, [0, 3]] == 0).all()
        np.testing.assert_allclose(proba.sum(axis=1), 1)
        assert proba[:15, 1].min() >= proba[15:, 1].max() - 1e-12


@pytest.mark.parametrize("counts", [(10, 10), (19, 1), (3, 2)])
def test_the_map_of_an_svm_shrinks_with_the_rows(counts):
    X, y = few(counts)
    proba = obverse.fit("svm", X, y, seed=0, exact_rows=0).predict_proba(X)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert np.isfinite(obverse.fit("svm", X.assign(x=X["x"].fillna(0)), "x", seed=0, exact_rows=0).predict(X)).all()


def test_the_sigmoid_of_a_lone_class_is_fitted_to_training_decisions():
    X, y = few((10, 10))
    held_out = obverse.fit("svm", X, y, seed=0).estimator_
    assert held_out.cv == 5
    assert obverse.fit("svm", *few((17, 3)), seed=0).estimator_.cv == 3
    ((train, test),) = obverse.fit("svm", *few((19, 1)), seed=0).estimator_.cv
    np.testing.assert_array_equal(train, np.arange(20))
    np.testing.assert_array_equal(test, np.arange(20))


@pytest.mark.parametrize("family", FAMILIES)
def test_a_value_never_met_is_an_unknown_one_to_every_query(family):
    X, y = few((30, 30))
    X["c"] = X["c"].mask(y == "b")  # an empty cell tells the class, the first code the other one
    model = obverse.fit(family, X, y, seed=0)
    strange, unknown = X.assign(c="never", y=y), X.assign(c=None, y=y)
    np.testing.assert_array_equal(model.predict_proba(strange), model.predict_proba(unknown))
    np.testing.assert_array_equal(model.log_prob(strange), model.log_prob(unknown))


@pytest.mark.parametrize("family", FAMILIES)
def test_columns_without_a_value_say_nothing(family, tmp_path):
    X, y = few((30, 30))
    X = X.assign(e=np.nan, k=pd.Categorical([None] * 60, categories=["u", "v"]))
    model = obverse.fit(family, X, y, seed=0)
    model.save(tmp_path / "model")
    proba = model.predict_proba(X)
    np.testing.assert_array_equal(obverse.load(tmp_path / "model").predict_proba(X.assign(k="u", e=3.0)), proba)
    empty = obverse.fit(family, X[["e", "k"]], y, seed=0).predict_proba(X)
    np.testing.assert_allclose(empty, empty[:1].repeat(60, axis=0))


# ------------------------------------------------------------- wide categories


def wide(n, values, seed=0):
    """One category column with many values, whose last digit tells the class, and a number that says nothing."""
    rng = np.random.default_rng(seed)
    code = np.minimum(rng.geometric(20 / values, n), values)
    return pd.DataFrame({"c": [f"v{k:05d}" for k in code], "z": rng.normal(size=n)}), np.where(code % 2, "odd", "even")


def test_boosting_takes_up_to_255_categories_as_they_are_and_the_rare_ones_beyond_as_one():
    X = pd.DataFrame({"c": [f"v{k:03d}" for k in np.arange(255).repeat(20)]})
    y = np.where(np.arange(255).repeat(20) % 2, "odd", "even")
    model = obverse.fit("hist_gradient_boosting", X, y, seed=0)
    assert (model.predict(X) == y).all()
    X, y = wide(4000, 3000)
    count = X["c"].value_counts()
    model = obverse.fit("hist_gradient_boosting", X, y, seed=0)
    codes = model.levels_[0]
    assert len(codes) == len(count) > 255 and np.nanmax(codes) == 254
    alone = list(np.asarray(model.schema_["c"].values)[codes < 254])
    assert len(alone) == 254 and count[alone].min() >= count.drop(alone).max()
    rare = X.head(2).assign(c=count.index[-2:], z=0.0)
    assert np.ptp(model.predict_proba(rare), axis=0).max() == 0
    common = X["c"].isin(alone).to_numpy()
    assert (model.predict(X) == y)[common].mean() > 0.8


@pytest.mark.parametrize("family", FAMILIES)
def test_thousands_of_categories_take_bounded_memory(family):
    X, y = wide(4000, 100_000)
    assert X["c"].nunique() > 3000
    tracemalloc.start()
    small = {"random_forest": {"n_estimators": 5}, "hist_gradient_boosting": {"max_iter": 5}, "svm": {"exact_rows": 9}}
    obverse.fit(family, X, y, seed=0, **small.get(family, {})).predict_proba(X)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4000 * 3000 * 8 / 2  # a one-hot table of the categories met takes 96 MB


# ------------------------------------------------------------------------ units


@pytest.mark.parametrize("family", ["hist_gradient_boosting", "svm", "knn"])
@pytest.mark.parametrize("scale", [1e200, 1e-200])
def test_units_do_not_matter(family, scale):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": rng.normal(size=300), "z": rng.normal(size=300)})
    y = X["x"].abs() + rng.normal(0, 0.01, 300)
    plain = obverse.fit(family, X, y.rename("y"), seed=0).predict(X)
    scaled = obverse.fit(family, X * scale, (y * scale).rename("y"), seed=0).predict(X * scale) / scale
    assert np.corrcoef(scaled, y)[0, 1] > 0.95
    np.testing.assert_allclose(scaled, plain, atol=0.1)


def test_the_forest_refuses_numbers_beyond_single_precision_by_name():
    X = pd.DataFrame({"x": np.linspace(0, 1e200, 50), "z": np.arange(50.0)})
    with pytest.raises(obverse.BadInput, match=r"'x' .*1e37"):
        obverse.fit("random_forest", X, X["z"].rename("y") % 2)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_large_offset_costs_nothing(family, tmp_path):
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"x": 1e9 + rng.uniform(-1, 1, 400), "z": rng.normal(size=400)})
    y = (1e9 + 3 * (X["x"] - 1e9)).rename("y")
    model = obverse.fit(family, X, y, seed=0)
    model.save(tmp_path / "model")
    for one in (model, obverse.load(tmp_path / "model")):
        assert np.corrcoef(one.predict(X) - 1e9, y - 1e9)[0, 1] > 0.97


@pytest.mark.parametrize(
    ("family", "wrong"),
    [
        ("random_forest", {"n_estimators": 0, "max_depth": 1.5, "min_samples_leaf": True, "max_features": 2}),
        ("hist_gradient_boosting", {"learning_rate": 0, "max_leaf_nodes": 1, "l2_regularization": -1, "max_depth": 0}),
        ("svm", {"C": 0, "exact_rows": -1, "components": 0, "max_levels": 1.5}),
        ("knn", {"n_neighbors": 0, "max_levels": -1}),
    ],
)
def test_wrong_arguments_are_all_named(family, wrong):
    with pytest.raises(obverse.BadInput) as error:
        obverse.fit(family, *few((10, 10)), **wrong)
    assert len(error.value.problems) == len(wrong)
    assert all(any(f"{name} must be" in problem for name in wrong) for problem in error.value.problems)


def test_nothing_but_the_listed_types_is_in_a_saved_boosting_with_categories():
    """scikit-learn's own recoding of categories holds functions, which no safe file can."""
    from skops.io import get_untrusted_types

    from obverse.backbones.stored import TRUSTED

    model = obverse.fit("hist_gradient_boosting", *few((30, 30)), seed=0)
    assert set(get_untrusted_types(data=dumped(model.estimator_).data)) <= set(TRUSTED)
