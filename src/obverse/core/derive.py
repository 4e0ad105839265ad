"""Queries a family has no hook for, answered from the hooks it has by an exact rule of probability.

Bayes' rule gives P(y|x) from P(x,y); the chain rule gives log P(y|x) from a prediction; conditioning gives completed
rows from a sampler that honours partial rows. Whatever needs an assumption is not derived: it is refused.
"""

# pyright: reportPrivateUsage=false, reportMissingTypeStubs=false
# (the contract calls the families' hooks)

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .card import Card, Given, Task
from .errors import CannotAnswer
from .evidence import Evidence, Region
from .queries import (
    Ability,
    Derived,
    Details,
    Impossible,
    Imputes,
    Native,
    Prediction,
    Predicts,
    Query,
    Samples,
    Scores,
)
from .schema import Array, Column, FloatArray, Schema

if TYPE_CHECKING:
    from .model import Model

QUADRATURE_POINTS = 1024
CONDITIONAL_DRAWS = 64
MEANS = {"exact": "exact", "lower_bound": "lower bound", "unnormalised": "unnormalised", "none": "none"}


def ability(cls: type[Model], query: Query, target: Task | None, given: Given) -> Ability:
    """What a family can do, from its class alone: the cell of the table family x query."""
    card = cls.card
    if target is not None and target not in card.tasks:
        if not card.tasks:
            return Impossible(f"{card.key} takes no target", "fit it without one")
        kinds = " or ".join(sorted(card.tasks))
        return Impossible(f"{card.key} takes a {kinds} target", f"give it a {kinds} target")
    return {"predict": _can_predict, "sample": _can_sample, "log_prob": _can_log_prob, "impute": _can_impute}[query](
        cls, card, target, given
    )


def _can_predict(cls: type[Model], card: Card, target: Task | None, given: Given) -> Ability:
    if given == "partial_input" and card.missing == "refused":
        return Impossible(f"{card.key} refuses missing inputs", "fill them first with impute of another family")
    if issubclass(cls, Predicts):
        return Derived("holes filled first") if given == "partial_input" and card.missing == "imputed" else Native()
    if issubclass(cls, Scores) and target != "structure" and card.learns & {"P(x,y)", "P(x|y)"}:
        return Derived("quadrature over the target") if target == "number" else Derived("Bayes over the classes")
    if not issubclass(cls, Scores) and card.tasks and "P(x,y)" in card.learns:
        return Impossible(f"{card.key} draws but has neither a probability nor a prediction", "ask sample")
    able = "sample, log_prob or impute" if issubclass(cls, Samples) else "log_prob"
    return Impossible(f"{card.key} learns {_learned(card)}: it has no target", f"ask {able}")


def _can_sample(cls: type[Model], card: Card, target: Task | None, given: Given) -> Ability:
    if not issubclass(cls, Samples):
        return Impossible(
            f"{card.key} learns {_learned(card)}: it has no distribution of x to draw from",
            "ask log_prob" if issubclass(cls, Scores) else "ask predict",
        )
    if given == "none":
        if card.condition == "source":
            return Impossible(f"{card.key} answers a source", 'ask sample(n, given={"source": ...})')
        return Native()
    if card.condition == "none":
        return Impossible(f"{card.key} draws under no condition", "ask sample without given")
    literal = given == "partial_input" and card.condition in ("prompt", "source", "caption")
    if given in card.exact_given or literal:
        return Native()
    if given == "partial_input" or not card.modality.cells:
        return Impossible(f"{card.key} honours no such condition", "ask sample without given")
    return Derived("bounded rejection")


def _can_log_prob(cls: type[Model], card: Card, target: Task | None, given: Given) -> Ability:
    if given == "partial_input" and card.missing == "refused":
        return Impossible(f"{card.key} refuses missing inputs", "fill them first with impute of another family")
    if issubclass(cls, Scores):
        return Native()
    if not issubclass(cls, Predicts):
        return Impossible(f"{card.key} draws but has no density", "ask sample")
    if card.log_prob == "none" or (target is not None and target not in card.density_tasks):
        return Impossible(f"{card.key} predicts a point of a {target or 'given'} target, not a density", "ask predict")
    return Derived("log of P(y|x)")


def _can_impute(cls: type[Model], card: Card, target: Task | None, given: Given) -> Ability:
    if issubclass(cls, Imputes):
        return Native()
    if issubclass(cls, Samples) and card.modality.cells and "equal" in card.exact_given:
        return Derived(f"{CONDITIONAL_DRAWS} conditional draws")
    if not card.modality.cells:
        return Impossible(f"{card.key} fills no holes of {card.modality.name}", "ask predict, sample or log_prob")
    if _can_predict(cls, card, target, "none").__class__ is not Impossible:
        return Derived("the target only, by predict")
    able = "sample" if issubclass(cls, Samples) else "log_prob"
    return Impossible(f"{card.key} cannot condition on the rest of a row", f"ask {able}")


def _learned(card: Card) -> str:
    return " or ".join(sorted(card.learns))


# ------------------------------------------------------------------ predict


def predict(model: Model, given: Evidence) -> tuple[Prediction, Details]:
    """P(y|x) for every row: the family's own, else Bayes over the classes, else quadrature over a numeric target."""
    if isinstance(model, Predicts):
        how = model._reached(given) if isinstance(model, Scores) else None
        return model._predict(given), how or Details()
    column, modality = model.schema_.target_column, model.card.modality
    assert column is not None and isinstance(model, Scores)
    support = np.arange(len(column.values), dtype=float) if column.kind == "category" else _grid(column)
    logits = np.stack([model._log_prob(modality.with_target(given, model.schema_, v)) for v in support], axis=1)
    weights = normalised(logits)
    if column.kind == "category":
        bounds = " of lower bounds" if model.card.log_prob == "lower_bound" else ""
        return Prediction(proba=weights), Details(f"derived: Bayes over {len(support)} classes{bounds}")
    return Prediction(mean=weights @ support), Details(f"derived: quadrature over {len(support)} points")


def normalised(logits: FloatArray) -> FloatArray:
    """Rows of exp(logits) scaled to sum to one; a row of only -inf becomes uniform."""
    top = logits.max(axis=1, keepdims=True)
    weights = np.exp(logits - np.where(np.isfinite(top), top, 0.0))
    total = weights.sum(axis=1, keepdims=True)
    return np.where(total > 0, weights / np.where(total > 0, total, 1.0), 1.0 / logits.shape[1])


def _grid(column: Column) -> FloatArray:
    """Points of a numeric target to sum over: its own grid when that is short, else evenly spaced ones."""
    if column.step is not None:
        count = round((column.high - column.low) / column.step) + 1
        if count <= QUADRATURE_POINTS:
            return column.low + column.step * np.arange(count, dtype=np.float64)
    return column.low + (column.high - column.low) * np.linspace(0.0, 1.0, QUADRATURE_POINTS).astype(np.float64)


# ----------------------------------------------------------------- log_prob


def log_conditional(schema: Schema, prediction: Prediction, y: FloatArray) -> FloatArray:
    """log P(y|x) in nats of each row from a prediction; unknown y (NaN) scores log 1 = 0.

    Raises:
        CannotAnswer: the target has a density with atoms; a normal distribution gives those no probability.
    """
    column = schema.target_column
    assert column is not None
    known = ~np.isnan(y)
    out = np.zeros(len(y))
    if prediction.proba is not None:
        code = np.where(known, y, 0).astype(int)
        with np.errstate(divide="ignore"):
            chosen = np.log(prediction.proba[np.arange(len(y)), np.maximum(code, 0)])
        out[known] = np.where(code < 0, -np.inf, chosen)[known]
        return out
    assert prediction.mean is not None and prediction.scale is not None
    if column.measure == "density" and column.atoms:
        raise CannotAnswer(
            f"many rows share one value of the target {column.name!r} ({column.atoms[0]:g}), which has a probability "
            "where a normal distribution has only a density",
            instead="ask a joint family, or predict for the mean",
        )
    out[known] = gaussian_log_measure(column, y, prediction.mean, prediction.scale)[known]
    return out


def gaussian_log_measure(column: Column, y: FloatArray, mean: FloatArray, scale: FloatArray) -> FloatArray:
    """Log-density of a normal at y, or the log-mass of y's grid cell when the column is on a grid."""
    with np.errstate(over="ignore"):  # so far out that the density is zero
        z = (y - mean) / scale
        if column.step is None:
            return -0.5 * z**2 - np.log(scale) - 0.5 * np.log(2 * np.pi)
    half = 0.5 * column.step / scale
    return log_normal_interval(z - half, z + half)


def log_normal_interval(low: FloatArray, high: FloatArray) -> FloatArray:
    """log(Phi(high) - Phi(low)), stable in both tails."""
    from scipy.special import log_ndtr

    flip = low > 0  # work in the left tail, where log_ndtr keeps its precision
    a, b = np.where(flip, -high, low), np.where(flip, -low, high)
    upper = log_ndtr(b)
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = np.where(a == -np.inf, -np.inf, log_ndtr(a) - upper)
        return np.where(a >= b, -np.inf, upper + np.log1p(-np.exp(np.minimum(gap, 0.0))))


# ------------------------------------------------------------------- impute


def impute(model: Model, given: Evidence, draws: int | None, rng: np.random.Generator) -> tuple[list[Array], Details]:
    """Completed encoded copies of the rows: native, else by conditional draws, else the target by prediction."""
    if isinstance(model, Imputes):
        return model._impute(given, draws, rng), model._completed(given)
    if isinstance(model, Samples) and model.card.modality.cells and "equal" in model.card.exact_given:
        copies = _conditional_draws(model, given, draws or CONDITIONAL_DRAWS, rng)
        if draws is not None:
            return copies, Details(f"derived: {draws} conditional draws")
        return [_centre(model.schema_, given.values, copies)], Details(f"derived: {len(copies)} conditional draws")
    prediction, how = predict(model, given)
    if draws is not None and prediction.proba is None and prediction.scale is None:
        raise CannotAnswer(
            f"{model.card.key} predicts a point, so its draws would all be equal", instead="leave draws out"
        )
    if model.card.modality.cells and np.isnan(given.values[:, list(model.schema_.features)]).any():
        how = how.noting("only the target is filled")
    return [_fill_target(model.schema_, given, prediction, draws, rng) for _ in range(draws or 1)], how


def _conditional_draws(model: Any, given: Evidence, count: int, rng: np.random.Generator) -> list[Array]:
    schema: Schema = model.schema_
    out = [given.values.copy() for _ in range(count)]
    for i in np.flatnonzero(np.isnan(given.values).any(axis=1)):
        row = given.values[i]
        holes = np.isnan(row)
        regions = {int(j): Region.support(schema.columns[j], missing=False) for j in np.flatnonzero(holes)}
        drawn = model._sample(count, Evidence(row[None, :], regions), rng)
        for copy, values in zip(out, drawn, strict=True):
            copy[i, holes] = values[holes]
    return out


def _centre(schema: Schema, values: FloatArray, copies: list[Array]) -> FloatArray:
    """Mean of the draws for numbers, most frequent draw for categories."""
    out = values.copy()
    stack = np.stack(copies)
    for j, column in enumerate(schema.columns):
        holes = np.isnan(values[:, j])
        if column.kind == "number":
            out[holes, j] = stack[:, holes, j].mean(axis=0)
        else:
            counts = np.stack([(stack[:, holes, j] == c).sum(axis=0) for c in range(len(column.values))])
            out[holes, j] = counts.argmax(axis=0)
    return out


def _fill_target(
    schema: Schema, given: Evidence, prediction: Prediction, draws: int | None, rng: np.random.Generator
) -> FloatArray:
    t = schema.target_index
    assert t is not None
    out = given.values.copy()
    holes = np.isnan(out[:, t])
    if prediction.proba is not None:
        proba = prediction.proba[holes]
        if draws is None:
            out[holes, t] = proba.argmax(axis=1)
        else:
            out[holes, t] = choose(proba, rng)
    else:
        assert prediction.mean is not None
        noise = 0.0
        if draws is not None and prediction.scale is not None:
            noise = rng.normal(size=int(holes.sum())) * prediction.scale[holes]
        out[holes, t] = prediction.mean[holes] + noise
    return out


def choose(proba: FloatArray, rng: np.random.Generator) -> FloatArray:
    """One category code a row, drawn with the row's probabilities."""
    ladder = np.cumsum(proba, axis=1)
    return (rng.random(len(proba))[:, None] * ladder[:, -1:] > ladder).sum(axis=1).astype(float)
