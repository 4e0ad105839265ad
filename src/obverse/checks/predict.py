"""Predict: probabilities that are probabilities, and answers that depend on the row alone."""

from __future__ import annotations

from typing import Any

import numpy as np

from .answers import rowwise
from .needs import CLASSES, HOLES, PREDICTS, PREDICTS_CLASS, PREDICTS_NUMBER, needs
from .subject import Subject

CLOSE = 1e-9


@needs(PREDICTS_CLASS)
def check_class_probabilities_are_probabilities(subject: Subject) -> None:
    """`predict_proba` is (rows, classes), not negative, sums to one; `predict` is its largest column."""
    model, X = subject.model("clinic"), subject.fresh("clinic")
    proba, labels = model.predict_proba(X), model.predict(X)
    assert proba.shape == (len(X), 2), (
        f"predict_proba has shape {proba.shape}; it must be (rows, classes) = {(len(X), 2)}"
    )
    assert proba.dtype == np.float64 and (proba >= 0).all(), "probabilities must be float64 and not negative"
    off = np.abs(proba.sum(axis=1) - 1).max()
    assert off < CLOSE, f"rows of predict_proba must sum to 1; one is off by {off:.2g}"
    assert list(model.classes_) == ["ill", "well"], f"classes_ is {list(model.classes_)}; it must be sorted: ill, well"
    assert (labels == model.classes_[proba.argmax(axis=1)]).all(), (
        "predict must be the class of the largest probability"
    )


@needs(PREDICTS_CLASS)
def check_labels_come_back_as_they_were(subject: Subject) -> None:
    """Classes that are whole numbers, truth values or text are predicted as such, in sorted order."""
    cases: tuple[list[Any], ...] = ([3, 7], [False, True], ["no", "yes"])
    for values in cases:
        train = subject.train("blobs", 80)
        y = np.array(values)[(train["blob"] == "b").to_numpy(int)]
        model = subject.make().fit(train[["u", "v"]], y)
        assert list(model.classes_) == values, f"classes_ of labels {values} is {list(model.classes_)}"
        label = model.predict(train[["u", "v"]]).tolist()[0]
        assert type(label) is type(values[0]), f"labels {values} are predicted as {label!r}"


@needs(PREDICTS_NUMBER)
def check_numbers_are_predicted_as_finite_numbers(subject: Subject) -> None:
    """A numeric target is predicted by one finite float64 a row."""
    X = subject.fresh("line")
    mean = subject.model("line").predict(X)
    assert mean.shape == (len(X),) and mean.dtype == np.float64, f"predict gave {mean.dtype} {mean.shape}"
    assert np.isfinite(mean).all(), "predict gave NaN or infinite numbers"


@needs()
def check_a_row_is_answered_alone_as_in_a_batch(subject: Subject) -> None:
    """The answer for a row does not depend on the rows around it, nor on their order."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 60)
    order = np.random.default_rng(0).permutation(len(X))
    for name, ask in rowwise(model).items():
        batch = ask(X)
        single = np.concatenate([ask(X.iloc[[i]]) for i in range(6)])
        assert _alike(single, batch[:6]), f"{name} of one row differs from {name} of the same row in a batch"
        assert _alike(ask(X.iloc[order]), batch[order]), f"{name} of shuffled rows is not {name} shuffled"


@needs()
def check_columns_go_by_name(subject: Subject) -> None:
    """Columns in another order, and columns never seen, change nothing."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 40)
    for name, ask in rowwise(model).items():
        assert _alike(ask(X[list(X.columns[::-1])]), ask(X)), f"{name} depends on the order of the columns"
        assert _alike(ask(X.assign(stranger=1.0)), ask(X)), f"{name} depends on a column that was not in training"


@needs(PREDICTS)
def check_the_target_is_not_read(subject: Subject) -> None:
    """The prediction is the same with and without the target's column, whatever it holds."""
    model, X, target = subject.model("clinic"), subject.fresh("clinic", 40), subject.target("clinic")
    without = model.predict(X.drop(columns=target))
    assert _alike(model.predict(X), without), "predict reads the target it is asked for"
    turned = X.assign(**{str(target): X[target].to_numpy()[::-1]})
    assert _alike(model.predict(turned), without), "predict depends on the target's column"


@needs(HOLES, PREDICTS)
def check_an_absent_column_is_a_missing_one(subject: Subject) -> None:
    """A column that is not there, one without a value and one with unseen categories are all unknown."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 40)
    absent = model.predict(X.drop(columns=["region", "gain"]))
    empty = model.predict(X.assign(region=None, gain=float("nan")))
    assert _alike(empty, absent), "predict of empty cells differs from predict without their columns"
    strange = model.predict(X.assign(region="atlantis").drop(columns="gain"))
    assert _alike(strange, absent), "predict of a category never met differs from predict of an unknown cell"


@needs(HOLES, CLASSES, PREDICTS_CLASS)
def check_missing_inputs_are_answered(subject: Subject) -> None:
    """A row with any cells missing, even all, gets probabilities."""
    model, X = subject.model("clinic"), subject.fresh("clinic", 40).drop(columns="outcome")
    rng = np.random.default_rng(0)
    for share in (0.5, 1.0):
        proba = model.predict_proba(X.astype({"smoker": object}).mask(rng.random(X.shape) < share))
        fine = np.isfinite(proba).all() and np.abs(proba.sum(axis=1) - 1).max() < CLOSE
        assert fine, f"with {share:.0%} of the cells missing, predict_proba gives no probabilities"


def _alike(one: Any, other: Any) -> bool:
    one, other = np.asarray(one), np.asarray(other)
    if one.dtype.kind == "f":
        return bool(np.allclose(one, other, rtol=CLOSE, atol=CLOSE))
    return bool((one == other).all())
