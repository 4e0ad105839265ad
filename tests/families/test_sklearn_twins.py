"""Families that stand on scikit-learn give its own answers, on tables of numbers and under the same encoding."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import (
    HistGradientBoostingClassifier,
    HistGradientBoostingRegressor,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.kernel_approximation import Nystroem
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

import obverse
from obverse.core.rng import generators

DATA = {"breast_cancer": load_breast_cancer, "wine": load_wine, "diabetes": load_diabetes}
CLOSE = {"rtol": 1e-12, "atol": 1e-12}


def seed_of(random_state):
    """The integer seed that scikit-learn gets from a family: the first draw of the generator of fitting."""
    return int(generators(random_state)[0].integers(2**31))


def standard(estimator):
    return make_pipeline(StandardScaler(), estimator)


def standard_target(estimator):
    return TransformedTargetRegressor(standard(estimator), transformer=StandardScaler())


CLASSIFIERS = {
    "random_forest": lambda seed: RandomForestClassifier(random_state=seed),
    "hist_gradient_boosting": lambda seed: HistGradientBoostingClassifier(early_stopping=False, random_state=seed),
    "svm": lambda seed: standard(CalibratedClassifierCV(SVC(random_state=seed), ensemble=False)),
    "knn": lambda seed: standard(KNeighborsClassifier()),
}
REGRESSORS = {
    "random_forest": lambda seed: RandomForestRegressor(random_state=seed),
    "hist_gradient_boosting": lambda seed: HistGradientBoostingRegressor(early_stopping=False, random_state=seed),
    "svm": lambda seed: standard_target(SVR()),
    "knn": lambda seed: standard(KNeighborsRegressor()),
}


def halves(name):
    """Two thirds to fit and a third to ask, as arrays."""
    X, y = DATA[name](return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    cut = 2 * len(X) // 3
    return X[order[:cut]], y[order[:cut]], X[order[cut:]]


@pytest.mark.parametrize("name", ["breast_cancer", "wine"])
@pytest.mark.parametrize("family", CLASSIFIERS)
def test_classes_are_those_of_scikit_learn(family, name):
    X, y, fresh = halves(name)
    direct = CLASSIFIERS[family](seed_of(7)).fit(X, y)
    model = obverse.fit(family, X, y, seed=7)
    np.testing.assert_allclose(model.predict_proba(fresh), direct.predict_proba(fresh), **CLOSE)
    np.testing.assert_array_equal(model.predict(fresh), direct.predict(fresh))


@pytest.mark.parametrize("family", REGRESSORS)
def test_numbers_are_those_of_scikit_learn(family):
    X, y, fresh = halves("diabetes")
    direct = REGRESSORS[family](seed_of(7)).fit(X, y)
    model = obverse.fit(family, X, y, seed=7, task="number")
    np.testing.assert_allclose(model.predict(fresh), direct.predict(fresh), **CLOSE)


@pytest.mark.parametrize("family", ["random_forest", "hist_gradient_boosting"])
def test_the_seed_that_scikit_learn_got_is_known(family):
    X, y, fresh = halves("wine")
    model = obverse.fit(family, X, y, seed=3)
    assert model.estimator_.random_state == seed_of(3)
    if family == "random_forest":  # another seed is another forest, so the equality above says something
        other = RandomForestClassifier(random_state=seed_of(4)).fit(X, y)
        assert np.abs(model.predict_proba(fresh) - other.predict_proba(fresh)).max() > 0


def test_many_rows_get_the_nystroem_map_with_a_linear_machine():
    X, y, fresh = halves("breast_cancer")
    gamma = 1 / X.shape[1]  # of z-scores, whose variance is one
    parts = [Nystroem(gamma=gamma, n_components=50, random_state=seed_of(0)), LinearSVC(dual=False)]
    direct = standard(CalibratedClassifierCV(make_pipeline(*parts), ensemble=False)).fit(X, y)
    model = obverse.fit("svm", X, y, seed=0, exact_rows=len(X) - 1, components=50)
    np.testing.assert_allclose(model.predict_proba(fresh), direct.predict_proba(fresh), atol=1e-9)
    exact = obverse.fit("svm", X, y, seed=0, exact_rows=len(X), components=50)
    assert np.abs(exact.predict_proba(fresh) - model.predict_proba(fresh)).max() > 1e-4


def test_many_rows_with_a_number_get_the_nystroem_map_too():
    X, y, fresh = halves("diabetes")
    linear = LinearSVR(dual=False, loss="squared_epsilon_insensitive")
    direct = standard_target(make_pipeline(Nystroem(gamma=0.1, n_components=50, random_state=seed_of(0)), linear))
    model = obverse.fit("svm", X, y, seed=0, exact_rows=0, components=50, task="number")
    np.testing.assert_allclose(model.predict(fresh), direct.fit(X, y).predict(fresh), rtol=1e-9)


# ------------------------------------------------------------- the same encoding


def clinic(n=600, seed=0):
    """Text, true/false and numbers with holes; the label follows all of them."""
    rng = np.random.default_rng(seed)
    city, age, member = rng.choice(["Oslo", "Rome", "Lima", "Bonn"], n), rng.normal(40, 10, n), rng.random(n) < 0.5
    y = np.where((city == "Rome") * 20 + age + 10 * member + rng.normal(0, 8, n) > 50, "yes", "no")
    frame = pd.DataFrame({"age": age, "city": city, "z": rng.normal(size=n), "member": member})
    frame["z"] = frame["z"].mask(rng.random(n) < 0.2)
    frame["city"] = frame["city"].mask(rng.random(n) < 0.1)
    return frame, pd.Series(y, name="y")


CATEGORIES = ["city", "member"]


def test_the_forest_reads_categories_as_an_ordinal_encoder_does():
    X, y = clinic()
    encoder = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=np.nan)
    encoding = ColumnTransformer([("c", encoder, CATEGORIES)], remainder="passthrough")
    direct = make_pipeline(encoding, RandomForestClassifier(random_state=seed_of(7)))
    same_order = X[[*CATEGORIES, "age", "z"]]
    model = obverse.fit("random_forest", same_order, y, seed=7)
    fresh = clinic(seed=1)[0][same_order.columns]
    strange = fresh.assign(city=fresh["city"].where(fresh["age"] > 40, "Pisa"))
    np.testing.assert_allclose(model.predict_proba(strange), direct.fit(X, y).predict_proba(strange), **CLOSE)


def test_boosting_reads_categories_as_scikit_learn_does():
    X, y = clinic()
    fresh = clinic(seed=1)[0]
    as_categories = {name: pd.CategoricalDtype(sorted(X[name].dropna().unique())) for name in CATEGORIES}
    direct = HistGradientBoostingClassifier(early_stopping=False, categorical_features="from_dtype")
    direct.fit(X.astype(as_categories), y)
    model = obverse.fit("hist_gradient_boosting", X, y, seed=7)
    np.testing.assert_allclose(model.predict_proba(fresh), direct.predict_proba(fresh.astype(as_categories)), **CLOSE)
    strange = fresh.assign(city="Pisa")
    np.testing.assert_array_equal(model.predict_proba(strange), model.predict_proba(fresh.assign(city=None)))


@pytest.mark.parametrize("family", ["svm", "knn"])
def test_distances_are_those_of_z_scores_and_one_hot_columns(family):
    X, y = clinic()
    X, fresh = X.dropna(), clinic(seed=1)[0].dropna()
    y = y[X.index]
    encoding = ColumnTransformer(
        [("z", StandardScaler(), ["age", "z"]), ("c", OneHotEncoder(sparse_output=False), CATEGORIES)]
    )
    direct = make_pipeline(encoding, CLASSIFIERS[family](0)[-1]).fit(X, y)
    model = obverse.fit(family, X, y, seed=0)
    np.testing.assert_allclose(model.predict_proba(fresh), direct.predict_proba(fresh), atol=1e-9)
