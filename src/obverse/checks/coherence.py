"""Coherence: the answers of one model belong to one distribution, and that distribution approaches the truth."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .frames import as_table
from .needs import (
    BOUNDED,
    CLASSES,
    DENSITY,
    EXACT,
    FILLS,
    LOG_PROB,
    NUMBERS,
    PREDICTS_CLASS,
    PREDICTS_NUMBER,
    SAMPLES,
    SCORES,
    STRONG,
    learns,
    needs,
)
from .subject import WORLDS, Subject

CLOSE = 1e-9
MANY = 3000
FIVE_SIGMA = 5.0
FEW_ROWS, MORE_ROWS = 150, 1200
EVENTS: tuple[tuple[str, str | None, Callable[[Any], Any]], ...] = (
    ("smoker == true", None, lambda r: r["smoker"]),
    ("weight > 75", "smoker == true", lambda r: r["weight"] > 75),
    ("visits <= 3", None, lambda r: r["visits"].le(3).fillna(False)),
    ("gain is missing", "weight > 75", lambda r: r["gain"].isna()),
    ("systolic > diastolic", "dose > 6", lambda r: r["systolic"] > r["diastolic"]),
)


@needs(SCORES, EXACT, PREDICTS_CLASS)
def check_predict_is_bayes_of_log_prob(subject: Subject) -> None:
    """predict_proba is log p(x, y) over the classes, exponentiated and normalised."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 60)
    columns = list(X.columns)
    logits = np.stack([model.log_prob(X.assign(outcome=label), of=columns) for label in model.classes_], axis=1)
    bayes = np.exp(logits - np.logaddexp.reduce(logits, axis=1)[:, None])
    off = np.abs(model.predict_proba(X) - bayes).max()
    assert off < CLOSE, f"predict_proba is {off:.2g} off Bayes' rule applied to log_prob"


@needs(LOG_PROB, BOUNDED, PREDICTS_CLASS)
def check_log_prob_of_the_label_is_log_of_predict(subject: Subject) -> None:
    """log p(y | x) by log_prob is the logarithm of predict_proba at y."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 60)
    features = [c for c in X.columns if c != "outcome"]
    code = (X["outcome"] == "well").to_numpy(int)
    said = model.log_prob(X, of=["outcome"], given=features)
    with np.errstate(divide="ignore"):
        off = np.abs(np.exp(said) - model.predict_proba(X)[np.arange(len(X)), code]).max()
    assert off < CLOSE, f"exp(log_prob(of=y, given=x)) is {off:.2g} off predict_proba"


@needs(SCORES, EXACT, CLASSES)
def check_chain_rule_of_log_prob(subject: Subject) -> None:
    """log p(x, y) = log p(y | x) + log p(x) = log p(x | y) + log p(y)."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 60)
    features, target = [c for c in X.columns if c != "outcome"], ["outcome"]
    joint = model.log_prob(X, of=features + target)
    for one, other in ((target, features), (features, target)):
        chained = model.log_prob(X, of=one, given=other) + model.log_prob(X[other], of=other)
        off = np.abs(joint - chained).max()
        assert off < CLOSE, f"log p({one[0]}... | rest) + log p(rest) is {off:.2g} nats off log p of the row"


@needs(SCORES, EXACT, PREDICTS_NUMBER, DENSITY)
def check_predicted_number_is_the_mean_of_log_prob(subject: Subject) -> None:
    """The prediction of a number is the integral of y p(y | x) dy."""
    model, X, spread = subject.model("line"), subject.fresh("line", 3), subject.train("line")["y"].std()
    predicted = model.predict(X)
    y = float(X["y"].mean()) + float(spread) * np.linspace(-10.0, 10.0, 1501)
    for i in range(len(X)):
        line = as_table({"a": X["a"].iloc[i], "b": X["b"].iloc[i], "y": y})
        weight: Any = np.exp(model.log_prob(line, of=["y"], given=["a", "b"]))
        off = abs((weight * y).sum() / weight.sum() - predicted[i]) / spread
        assert off < 0.02, f"predict is {off:.3f} standard deviations of the target off the mean of p(y|x) by log_prob"


@needs(SAMPLES, PREDICTS_CLASS)
def check_classes_of_samples_are_as_frequent_as_predicted(subject: Subject) -> None:
    """Among samples that predict calls ill, and among the others, the ill are as many as predict_proba says."""
    model = subject.model("mixed")
    for given in (None, "weight > 75"):
        drawn = model.sample(MANY, given=given, seed=0)
        p = model.predict_proba(drawn.drop(columns="outcome"))[:, 0]
        for rows in (p > 0.5, p <= 0.5):
            gap = ((drawn["outcome"] == "ill") - p)[rows].sum()
            surplus = gap / np.sqrt(max((p * (1 - p))[rows].sum(), 1.0))
            assert abs(surplus) < FIVE_SIGMA, (
                f"of {rows.sum()} samples given {given}, {p[rows].sum():.0f} should be ill by predict_proba, "
                f"and {gap:+.0f} more are: {surplus:+.0f} standard errors"
            )


@needs(SAMPLES, PREDICTS_NUMBER)
def check_numbers_of_samples_are_as_predicted(subject: Subject) -> None:
    """Among samples with a high prediction, and among the others, y is on average what predict says."""
    model = subject.model("line")
    for given in (None, "a > 0.5"):
        drawn = model.sample(MANY, given=given, seed=0)
        mean = model.predict(drawn.drop(columns="y"))
        gap = drawn["y"].to_numpy(float) - mean
        for rows in (mean > mean.mean(), mean <= mean.mean()):
            surplus = gap[rows].sum() / (gap.std() * np.sqrt(max(rows.sum(), 1)))
            assert abs(surplus) < FIVE_SIGMA, (
                f"in {rows.sum()} samples given {given}, y is {surplus:+.0f} standard errors off its prediction"
            )


@needs(SAMPLES, PREDICTS_CLASS, STRONG)
def check_predict_recovers_the_class_sampled(subject: Subject) -> None:
    """Samples given a class are of that class, and are recognised as such above chance."""
    model, recall = subject.model("mixed"), list[float]()
    for label in model.classes_:
        drawn = model.sample(500, given={"outcome": label}, seed=0)
        assert (drawn["outcome"] == label).all(), f"samples given outcome == {label!r} have other outcomes"
        recall.append(float((model.predict(drawn.drop(columns="outcome")) == label).mean()))
    assert np.mean(recall) > 0.6, f"of samples given a class, predict recovers {np.mean(recall):.0%}; chance is 50%"


@needs(SAMPLES)
def check_probability_is_the_frequency_in_samples(subject: Subject) -> None:
    """probability(event, given) is how often the event happens in samples under the same condition."""
    model = subject.model("clinic")
    for event, given, happens in EVENTS:
        p = model.probability(event, given=given, seed=0)
        share = happens(model.sample(MANY, given=given, seed=1)).astype(float).mean()
        limit = FIVE_SIGMA * np.sqrt(p * (1 - p) / MANY) + 0.01  # samples keep to the observed bounds, events need not
        condition = f" given {given}" if given else ""
        assert abs(p - share) < limit, f"P({event}{condition}) is {p:.3f}, but holds in {share:.3f} of samples"


@needs(PREDICTS_CLASS)
def check_imputed_class_is_the_predicted_one(subject: Subject) -> None:
    """Imputing nothing but the class gives the class that predict gives, where predict is sure."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 60)
    sure = model.predict_proba(X).max(axis=1) > 0.8
    filled = model.impute(X.assign(outcome=None), seed=0)["outcome"]
    differ = int((filled.to_numpy() != model.predict(X))[sure].sum())
    assert not differ, f"impute and predict name different classes in {differ} of {int(sure.sum())} clear cases"


@needs(PREDICTS_NUMBER)
def check_imputed_number_is_the_predicted_one(subject: Subject) -> None:
    """Imputing nothing but a numeric target gives what predict gives, within the observed bounds."""
    model, X, y = subject.model("line"), subject.fresh("line", 60), subject.train("line")["y"]
    filled = model.impute(X.assign(y=float("nan")), seed=0)["y"].to_numpy(float)
    off = np.abs(filled - np.clip(model.predict(X), y.min(), y.max())).mean() / y.std()
    assert off < 0.1, f"impute of the target is {off:.2f} standard deviations off predict"


@needs(SCORES, EXACT, SAMPLES, FILLS, CLASSES)
def check_imputed_draws_follow_the_prediction(subject: Subject) -> None:
    """Drawn classes are as frequent as predict_proba says."""
    model, X = subject.model("mixed"), subject.fresh("mixed", 60)
    draws = model.impute(X.assign(outcome=None), draws=30, seed=0)
    p = model.predict_proba(X)[:, 0]
    found = sum(int((d["outcome"] == "ill").sum()) for d in draws)
    surplus = (found - 30 * p.sum()) / np.sqrt(max(30 * (p * (1 - p)).sum(), 1.0))
    assert abs(surplus) < FIVE_SIGMA, f"'ill' is drawn {surplus:+.1f} standard errors more often than predicted"


@needs(PREDICTS_CLASS, STRONG)
def check_more_rows_bring_probabilities_nearer_the_truth(subject: Subject) -> None:
    """Class probabilities approach those of a known world as rows are added."""
    X = subject.fresh("mixed", 600)
    truth = WORLDS["mixed"].proba(X)
    few, more = (np.abs(subject.model("mixed", n).predict_proba(X) - truth).mean() for n in (FEW_ROWS, MORE_ROWS))
    _falls("the mean error of class probabilities", few, more, small=0.05)


@needs(NUMBERS, PREDICTS_NUMBER, STRONG)
def check_more_rows_keep_numbers_near_the_truth(subject: Subject) -> None:
    """Predicted numbers come no further from the true mean of a known world as rows are added."""
    X = subject.fresh("line", 600)
    truth = WORLDS["line"].mean(X)
    few, more = (np.sqrt(((subject.model("line", n).predict(X) - truth) ** 2).mean()) for n in (FEW_ROWS, MORE_ROWS))
    fine = more < 0.1 or more < 1.15 * few  # the wrong model may keep its bias
    assert fine, f"the error of predicted numbers is {few:.3f} with {FEW_ROWS} rows and {more:.3f} with {MORE_ROWS}"


@needs(SCORES, BOUNDED, STRONG, learns("mixed"))
def check_more_rows_bring_log_prob_nearer_the_truth(subject: Subject) -> None:
    """The mean log_prob of fresh rows approaches that of the known world as rows are added."""
    X = subject.fresh("mixed", 600)
    truth, columns = WORLDS["mixed"].log_prob(X), list(X.columns)
    own = (np.maximum(subject.model("mixed", n).log_prob(X, of=columns), -1e3) for n in (FEW_ROWS, MORE_ROWS))
    few, more = ((truth - log_p).mean() for log_p in own)
    _falls("the divergence from the true density (nats)", few, more, small=0.05)


def _falls(what: str, few: float, more: float, *, small: float) -> None:
    fine = more < small or more < few
    assert fine, f"{what} is {few:.3f} with {FEW_ROWS} rows and {more:.3f} with {MORE_ROWS}; more data must help"
