"""Holes, few labels, another region and odd rows: figures against scikit-learn called directly, and known answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.metrics import log_loss, r2_score, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from obverse.data.split import splits as draw_splits
from obverse.study.compare import Study, compare
from obverse.study.plan import read as read_plan
from obverse.study.questions.flag import mixed, swapped
from obverse.study.questions.labels import order
from obverse.study.questions.missing import filled, holed
from obverse.study.region import from_plan
from obverse.study.unit import seed_of

QUESTIONS = ["predict", "probabilities", "missing", "labels", "shift"]
OPTIONS = {"families": ["logistic"], "questions": QUESTIONS, "splits": 2, "n_jobs": 1, "progress": False}


def tumours() -> pd.DataFrame:
    data = load_breast_cancer(as_frame=True)
    frame = data.data.iloc[:, :12].astype("float64")
    return frame.assign(kind=np.where(data.target == 1, "benign", "malignant"))


def diabetes() -> pd.DataFrame:
    return load_diabetes(as_frame=True).frame


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> Study:
    return compare(tumours(), "kind", out=tmp_path_factory.mktemp("classes") / "study", **OPTIONS)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory) -> Study:
    return compare(diabetes(), "target", out=tmp_path_factory.mktemp("numbers") / "study", **OPTIONS)


def figures(study: Study, split: int) -> dict[str, float]:
    frame = study.frame()
    return frame[frame["split"] == split].set_index("metric")["value"].to_dict()


def test_class_figures_are_those_of_scikit_learn_called_directly(classes):
    """The four first questions and the shift, to 1e-12, with nothing of Obverse in the models."""
    frame, plan = tumours(), read_plan(classes.folder)
    y = frame["kind"].to_numpy()
    region = from_plan(plan.region)
    assert region is not None
    for split, (train, test) in enumerate(draw_splits(len(frame), 2, seed=0, test_share=0.3, stratify=y)):
        got, seed = figures(classes, split), seed_of(plan, split)

        x = frame.drop(columns="kind")

        def model(rows, x=x, y=y):
            return make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000)).fit(x.iloc[rows], y[rows])

        def auc(fitted, x, y=y):
            return roc_auc_score(y[x.index] == "malignant", fitted.predict_proba(x)[:, 1])

        whole = model(train)
        assert got["roc_auc"] == pytest.approx(auc(whole, x.iloc[test]), abs=1e-12)
        assert got["auc_all"] == got["roc_auc"] and got["auc_full"] == pytest.approx(got["roc_auc"], abs=1e-12)
        assert got["log_loss"] == pytest.approx(log_loss(y[test], whole.predict_proba(x.iloc[test])), abs=1e-12)

        holes = holed(frame.iloc[test], "kind", seed)[1].drop(columns="kind")
        assert holes.isna().to_numpy().mean() == pytest.approx(0.3, abs=0.05)
        means = SimpleImputer().set_output(transform="pandas").fit(x.iloc[train])
        simply = means.transform(holes)
        assert got["auc_filled"] == pytest.approx(auc(whole, simply), abs=1e-12)
        assert got["auc_holes"] == pytest.approx(auc(whole, simply), abs=1e-12)  # a linear model has no other way

        known = order(frame.iloc[train], "kind", "class", seed)
        for n in (20, 50, 100):
            assert got[f"auc_{n}"] == pytest.approx(auc(model(train[known[:n]]), x.iloc[test]), abs=1e-12)

        inside, outside = region.sides(frame)
        home = model(train[inside[train]])
        for name, side in (("auc_inside", inside), ("auc_outside", outside)):
            assert got[name] == pytest.approx(auc(home, x.iloc[test[side[test]]]), abs=1e-12)


def test_number_figures_are_those_of_scikit_learn_called_directly(numbers):
    frame, plan = diabetes(), read_plan(numbers.folder)
    x, y = frame.drop(columns="target"), frame["target"].to_numpy()
    for split, (train, test) in enumerate(draw_splits(len(frame), 2, seed=0, test_share=0.3)):
        got, seed = figures(numbers, split), seed_of(plan, split)

        def model(rows):
            return make_pipeline(StandardScaler(), Ridge()).fit(x.iloc[rows], y[rows])

        whole = model(train)
        assert got["r2"] == pytest.approx(r2_score(y[test], whole.predict(x.iloc[test])), abs=1e-12)
        holes = holed(frame.iloc[test], "target", seed)[1].drop(columns="target")
        simply = SimpleImputer().set_output(transform="pandas").fit(x.iloc[train]).transform(holes)
        assert got["r2_filled"] == pytest.approx(r2_score(y[simply.index], whole.predict(simply)), abs=1e-12)
        known = order(frame.iloc[train], "target", "number", seed)
        few = model(train[known[:50]])
        assert got["r2_50"] == pytest.approx(r2_score(y[test], few.predict(x.iloc[test])), abs=1e-12)


def test_few_labels_are_nested_and_hold_every_class():
    frame = tumours()
    rare = frame.assign(kind=np.where(np.arange(len(frame)) == 7, "odd", frame["kind"]))
    rare.loc[3, "kind"] = None
    first = order(rare, "kind", "class", 5)
    assert set(rare["kind"].iloc[first[:3]]) == {"benign", "malignant", "odd"}
    assert len(first) == len(set(first)) == len(rare) - 1 and 3 not in first
    assert (first == order(rare, "kind", "class", 5)).all()
    assert (first != order(rare, "kind", "class", 6)).any()


def test_filling_keeps_what_is_known_and_uses_training_rows_only():
    train = pd.DataFrame(
        {"n": [1, 2, 6], "t": ["a", "b", "b"], "d": pd.to_datetime(["2020-01-01", "2020-01-03", None])}
    )
    rows = pd.DataFrame(
        {"n": pd.array([None, 9], "Int64"), "t": [None, "a"], "d": pd.to_datetime([None, "2021-05-05"])}
    )
    done = filled(rows, train)
    assert done["n"].tolist() == [3.0, 9.0] and done["t"].tolist() == ["b", "a"]
    assert done["d"].tolist() == [pd.Timestamp("2020-01-02"), pd.Timestamp("2021-05-05")]


def test_mixed_rows_keep_every_column_and_lose_what_ties_them():
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    frame = pd.DataFrame({"a": x, "b": x + 0.01 * rng.normal(size=500), "c": np.where(x > 0, "up", None)})
    odd = mixed(frame, rng)
    for name in frame:
        assert sorted(odd[name].fillna("")) == sorted(frame[name].fillna(""))
    assert abs(odd["a"].corr(odd["b"])) < 0.15 < frame["a"].corr(frame["b"])


def test_a_swapped_cell_differs_and_nothing_else_does():
    frame = pd.DataFrame({"a": [1.0, 2.0, 3.0, None] * 20, "b": list("xyxz") * 20, "same": 1})
    odd, changed = swapped(frame, ["a", "b", "same"], np.random.default_rng(0))
    different = ~((odd == frame) | (odd.isna() & frame.isna())).to_numpy()
    assert (different == changed).all() and (changed.sum(axis=1) <= 1).all()
    assert changed[:, 0].any() and changed[:, 1].any() and not changed[:, 2].any()
    assert not changed[frame["a"].isna().to_numpy(), 0].any()


def test_a_model_that_knows_the_tie_flags_what_the_floor_cannot(tmp_path):
    rng = np.random.default_rng(0)
    a = rng.integers(0, 6, size=400)
    frame = pd.DataFrame({"a": a, "b": (a + 1) % 6, "c": (2 * a + rng.integers(0, 2, size=400)) % 6}).astype(str)
    options = {"questions": ["flag"], "splits": 1, "n_jobs": 1, "progress": False}
    study = compare(frame, "a", families=["joint_forest", "marginals", "logistic"], out=tmp_path / "s", **options)
    value = study.frame().set_index(["family", "metric"])["value"]
    assert value["joint_forest", "flag_rows"] > 0.85 and value["joint_forest", "flag_cells"] > 0.9
    assert value["joint_forest", "flag_labels"] > 0.95 and value["logistic", "flag_labels"] > 0.95
    assert abs(value["marginals", "flag_cells"] - 0.5) < 0.1  # three standard errors of a hundred wrong cells
    assert np.isnan(value["logistic", "flag_rows"])
    verdict = study.summary["questions"][0]["verdict"]
    assert verdict["sentence"].startswith("joint_forest has the best mean")
    assert verdict["remark"].startswith("Single wrong cells are found only by joint_forest")


def test_families_that_can_are_also_given_the_unlabelled_rows(tmp_path):
    options = {"questions": ["labels"], "splits": 1, "n_jobs": 1, "progress": False}
    part = compare(tumours(), "kind", families=["naive_bayes", "logistic"], out=tmp_path / "s", **options).summary
    extra = part["questions"][0]["extra"]
    assert extra["names"] == ["20", "50", "100", "all"] and extra["sizes"][:3] == [20, 50, 100]
    assert set(extra["unlabelled"]) == {"naive_bayes"}
    with_rows, without = extra["unlabelled"]["naive_bayes"], part["questions"][0]["rows"]
    alone = next(row for row in without if row["family"] == "naive_bayes")["mean"]
    assert with_rows[-1] is None and with_rows[0] != alone["auc_20"] and 0.8 < with_rows[0] <= 1
