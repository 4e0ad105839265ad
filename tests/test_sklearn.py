"""Every family inside scikit-learn: its own estimator checks, its model selection, and data as people have them."""

import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_iris
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from obverse import BadInput
from obverse.core.queries import Impossible
from obverse.families.dummy import Dummy
from obverse.families.logistic import Logistic
from obverse.families.naive_bayes import NaiveBayes
from obverse.registry import families
from obverse.sklearn import Classifier, Regressor, wrap

TABLES = {key: family for key, family in families().items() if family.card.modality.name == "table"}
CLASSES, NUMBERS = (
    [k for k, f in TABLES.items() if t in f.card.tasks and not isinstance(f.can("predict", target=t), Impossible)]
    for t in ("class", "number")
)
SMALL = {
    "gaussian_mixture": {"n_components": 2, "max_iter": 5},
    "grafted": {"base_params": {"n_estimators": 3}, "predictor_params": {"n_estimators": 10}},
    "joint_forest": {"n_estimators": 3},
    "table_autoregressive": {"width": 32, "embed": 4, "bins": 8, "epochs": 40, "batch": 32, "rate": 0.005},
    "table_vae": {"beta": None, "n_components": 100, "epochs": 30, "batch": 32, "rate": 0.01},
    "refined": {"base_params": {"n_estimators": 3}},
    "xgboost": {"n_estimators": 10},
}

# (family, name of a scikit-learn check) -> why this family is right to fail it. Strict: a pass is an error.
EXCEPTIONS: dict[tuple[str, str], str] = {
    ("table_vae", "check_regressors_train"): "one dependence among ten numbers of 200 rows is worth less than a latent",
}


def small(key):
    family = TABLES[key]
    return family(random_state=0, **{**family.card.tiny, **SMALL.get(key, {})})


def excused(estimator):
    key = estimator.model.card.key
    return {check: why for (family, check), why in EXCEPTIONS.items() if family == key}


# --------------------------------------------------------------- scikit-learn's own checks


@parametrize_with_checks(
    [Classifier(small(key)) for key in CLASSES] + [Regressor(small(key)) for key in NUMBERS],
    expected_failed_checks=excused,
    xfail_strict=True,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# ------------------------------------------------------------------------- model selection


@pytest.mark.parametrize("key", CLASSES)
def test_classifiers_in_cross_validation(key):
    X, y = load_iris(return_X_y=True, as_frame=True)
    scores = cross_val_score(Classifier(small(key)), X, y, cv=3, error_score="raise")
    floor = 0.2 if TABLES[key].card.weak else 0.9
    assert scores.mean() > floor


@pytest.mark.parametrize("key", NUMBERS)
def test_regressors_in_cross_validation(key):
    X, y = load_diabetes(return_X_y=True, as_frame=True)
    scores = cross_val_score(Regressor(small(key)), X[:200], y[:200], cv=3, scoring="r2", error_score="raise")
    floor = -0.2 if TABLES[key].card.weak else 0.1
    assert scores.mean() > floor


@pytest.mark.parametrize("key", CLASSES)
def test_pipelines_and_grids(key):
    X, y = load_iris(return_X_y=True)
    pipeline = make_pipeline(StandardScaler(), Classifier(small(key)))
    search = GridSearchCV(pipeline, {"classifier__model__random_state": [1, 2]}, cv=2, error_score="raise").fit(X, y)
    proba = search.predict_proba(X)
    assert proba.shape == (150, 3)
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert search.best_estimator_[-1].model_.random_state == search.best_params_["classifier__model__random_state"]


def test_a_grid_finds_the_better_parameter():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(Classifier(Logistic()), {"model__C": [1e-6, 1.0]}, cv=3).fit(X, y)
    truth = GridSearchCV(make_pipeline(StandardScaler(), LogisticRegression()), {}, cv=3).fit(X, y)
    assert search.best_params_ == {"model__C": 1.0}
    assert search.best_score_ == pytest.approx(truth.best_score_, abs=0.03)


def test_a_grid_over_families():
    X, y = load_iris(return_X_y=True)
    search = GridSearchCV(Classifier(), {"model": [Dummy(), NaiveBayes()]}, cv=3).fit(X, y)
    assert isinstance(search.best_estimator_.model_, NaiveBayes)


@pytest.mark.parametrize("key", TABLES)
def test_a_model_itself_is_cloned(key):
    model = small(key)
    copy = clone(model)
    assert copy is not model
    assert copy.get_params() == model.get_params()


def test_the_nested_model_stays_unfitted():
    X, y = load_iris(return_X_y=True)
    model = Logistic()
    Classifier(model).fit(X, y)
    assert not hasattr(model, "schema_")


# --------------------------------------------------------------------------- kinds of data


@pytest.fixture
def people():
    """Forty rows with text, categories, a date, nullable types and holes, and a label that follows the text."""
    rng = np.random.default_rng(0)
    city = rng.choice(["Oslo", "Rome", "Lima"], 40)
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, 40),
            "city": pd.Series(np.where(rng.random(40) < 0.1, None, city), dtype="str"),
            "size": pd.Categorical(rng.choice(["S", "L"], 40), categories=["S", "M", "L"], ordered=True),
            "since": pd.date_range("2020-01-01", periods=40),
            "kids": pd.array([None, 1, 2, 3] * 10, dtype="Int64"),
        }
    )
    return frame, pd.Series(np.where(city == "Rome", "yes", "no"), name="member")


@pytest.mark.parametrize("key", CLASSES)
def test_a_data_frame_reaches_the_family_untouched(key, people):
    X, y = people
    adapter = Classifier(small(key)).fit(X, y)
    alone = small(key).fit(X, y)
    assert adapter.model_.schema_ == alone.schema_
    assert adapter.feature_names_in_.tolist() == X.columns.tolist()
    np.testing.assert_array_equal(adapter.predict_proba(X), alone.predict_proba(X))
    np.testing.assert_array_equal(adapter.predict(X), alone.predict(X))


def test_the_other_queries_are_one_step_away(people):
    X, y = people
    rows = Classifier(NaiveBayes()).fit(X, y).model_.sample(5, given="member == 'yes'", seed=0)
    assert rows.columns.tolist() == [*X.columns, "member"]
    assert rows["kids"].dtype == "Int64"
    assert set(rows["member"]) == {"yes"}


def test_lists_keep_the_kind_of_each_column():
    X = [[1, "a"], [2.5, "b"], [3, "a"], [4, "b"]] * 5
    fitted = Classifier().fit(X, ["u", "v"] * 10)
    assert [c.kind for c in fitted.model_.schema_.columns[:2]] == ["number", "category"]
    assert fitted.predict([[1, "a"], [1, "b"]]).tolist() == ["u", "v"]


def test_missing_cells_are_welcome_and_infinite_ones_are_not():
    X, y = load_iris(return_X_y=True)
    X[::7, 0] = np.nan
    assert Classifier(NaiveBayes()).fit(X, y).score(X, y) > 0.9
    X[3, 1] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        Classifier().fit(X, y)


def test_columns_are_those_of_training(people):
    X, y = people
    fitted = Classifier().fit(X, y)
    with pytest.raises(ValueError, match="feature names should match"):
        fitted.predict(X[X.columns[::-1]])


# ------------------------------------------------------------------------ kinds of target


@pytest.mark.parametrize("labels", [["b", "a"], [True, False], [7, 3], [2.0, 1.0]])
def test_classes_are_sorted_and_keep_their_dtype(labels):
    X = np.arange(20.0)[:, None]
    y = np.repeat(labels, 10)
    fitted = Classifier().fit(X, y)
    assert fitted.classes_.tolist() == sorted(labels)
    assert fitted.predict(X).dtype == y.dtype
    assert fitted.score(X, y) == 1.0
    assert fitted.predict_proba(X)[0].argmax() == 1


def test_ranks_do_not_turn_round_when_categories_are_declared_out_of_order():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 1))
    y = pd.Series(pd.Categorical(np.where(X[:, 0] > 0, "yes", "no"), categories=["yes", "no", "never"]))
    assert cross_val_score(Classifier(), X, y, cv=3, scoring="roc_auc", error_score="raise").min() > 0.95
    assert cross_val_predict(Classifier(), X, y, cv=3, method="predict_proba").shape == (60, 2)


@pytest.mark.parametrize("key", NUMBERS)
def test_a_regressor_reads_few_whole_numbers_as_numbers(key):
    X = np.linspace(0, 1, 40)[:, None]
    y = np.repeat([0, 10], 20)
    fitted = Regressor(small(key)).fit(X, y)
    assert fitted.model_.schema_.task == "number"
    assert fitted.predict(X).mean() == pytest.approx(5, abs=1.5)


def test_a_classifier_reads_many_whole_numbers_as_classes():
    y = np.repeat(np.arange(30), 3)
    X = np.random.default_rng(0).normal(size=(90, 2))
    assert Classifier(Dummy()).fit(X, y).predict_proba(X).shape == (90, 30)


@pytest.mark.parametrize("y", [np.full(10, "a"), np.full(10, True)])
def test_one_class_is_refused(y):
    with pytest.raises(BadInput, match="one class"):
        Classifier(Dummy()).fit(np.random.default_rng(0).normal(size=(10, 2)), y)


# ------------------------------------------------------------------------------------ wrap


def test_wrap_knows_the_kind_from_the_fit_or_from_the_caller():
    X, y = load_iris(return_X_y=True)
    assert isinstance(wrap(Logistic(), "class"), Classifier)
    assert isinstance(wrap(Logistic(), "number"), Regressor)
    assert isinstance(wrap(Logistic().fit(X, y)), Classifier)
    assert isinstance(wrap(Logistic().fit(X, X[:, 0])), Regressor)


def test_a_wrapped_model_keeps_its_parameters_and_has_to_be_fitted():
    X, y = load_iris(return_X_y=True)
    estimator = wrap(Logistic(C=0.5).fit(X, y))
    assert estimator.get_params()["model__C"] == 0.5
    with pytest.raises(NotFittedError):
        estimator.predict(X)


@pytest.mark.parametrize(("task", "words"), [(None, "needs to know"), ("rank", "does not take a 'rank'")])
def test_wrap_says_what_it_needs(task, words):
    with pytest.raises(BadInput, match=words):
        wrap(Logistic(), task)
