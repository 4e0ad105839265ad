"""Sampling under a condition and the probability of an event, for any family.

A condition is a union of disjoint boxes. Where the family honours a box by itself, boxes are chosen by their
probability and drawn exactly; comparisons between columns, and kinds of condition the family does not honour, are met
by bounded rejection whose acceptance is reported. An impossible condition is an error, never a hang.
"""

# pyright: reportPrivateUsage=false
# (the contract calls the families' hooks)

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .boxes import Box, check, compile, holds, relations_hold
from .errors import CannotAnswer, ImpossibleCondition
from .evidence import Evidence, Region
from .given import And, Expression, kinds, to_text
from .queries import Details, Samples, Scores
from .schema import Array, FloatArray, Schema

if TYPE_CHECKING:
    from .model import Model

PROPOSALS_PER_ROW = 400
FIRST_BATCH = 1_000
HOPELESS = 50_000  # proposals without a single hit after which a condition counts as impossible
LARGEST_BATCH = 100_000
MONTE_CARLO = 20_000
LEAST_LOG_PROB = -69.0  # a condition rarer than 1e-30 is an error of the asker, not a question


def sample(
    model: Model, n: int, given: Expression | Evidence | None, rng: np.random.Generator
) -> tuple[Array, Details]:
    """n encoded examples of the family under a condition on cells, or completing a prompt or source (evidence)."""
    assert isinstance(model, Samples)
    schema, modality = model.schema_, model.card.modality
    if given is None or isinstance(given, Evidence):
        return modality.tidy(model._sample(n, given or modality.blank(schema), rng), schema), Details()
    asked = kinds(given, schema) - {"compare", "none"}
    boxes = compile(given, schema)
    if not boxes:
        raise ImpossibleCondition(f"no row can satisfy {to_text(given)!r}: the parts contradict each other")
    if not asked <= model.card.exact_given:
        _refuse_points(model, boxes)
        return _reject(model, n, given, lambda m: model._sample(m, modality.blank(schema), rng))
    log_weights = _log_weights(model, boxes)
    _check_possible(log_weights, given)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()
    evidence = [modality.blank(schema, box) for box in boxes]

    def draw(m: int) -> Array:
        counts = rng.multinomial(m, weights)
        parts = [model._sample(int(k), e, rng) for k, e in zip(counts, evidence, strict=True) if k]
        rows = np.concatenate(parts) if parts else np.empty((0, len(schema.columns)))
        return rows[rng.permutation(len(rows))] if len(parts) > 1 else rows

    if not any(box.relations for box in boxes):
        return modality.tidy(draw(n), schema), Details("exact")
    return _reject(model, n, given, draw)


def probability(
    model: Model, event: Expression, given: Expression | None, rng: np.random.Generator
) -> tuple[float, Details]:
    """P(event | given), by summing boxes where the family has a probability of regions, else by counting draws."""
    schema = model.schema_
    whole: Expression = event if given is None else And((event, given))
    check(whole, schema)
    asked = kinds(whole, schema) - {"compare", "none"}
    exact = isinstance(model, Scores) and asked <= model.card.exact_given
    if not exact:
        return _counted(model, event, given, rng)
    boxes, how = compile(whole, schema), Details("exact")
    condition = [Box({}, {}, ())] if given is None else compile(given, schema)
    denominator, above = _log_total(model, condition, rng)
    if given is not None:
        _check_possible(np.asarray([denominator]), given)
    numerator, below = _log_total(model, boxes, rng)
    if above or below:
        how = Details(f"boxes exact, comparisons by {MONTE_CARLO:,} draws a box")
    points = {frozenset(b.points) for b in boxes} - {frozenset(b.points) for b in condition}
    if boxes and points and not any(p == frozenset() for p in points):
        note = "a single value of a continuous column has probability 0; ask for a range"
        return 0.0, how.noting(note)
    return float(np.clip(np.exp(numerator - denominator), 0.0, 1.0)), how


def _log_weights(model: Model, boxes: Sequence[Box]) -> FloatArray:
    """Log-probability of each box; a single box needs none."""
    if len(boxes) == 1 and not isinstance(model, Scores):
        return np.zeros(1)
    if not isinstance(model, Scores):
        raise CannotAnswer(
            f"{model.card.key} cannot weigh the {len(boxes)} parts of this condition",
            instead="ask for one part at a time",
        )
    modality, schema = model.card.modality, model.schema_
    evidence = [box.evidence(schema, support=False) if modality.cells else modality.blank(schema, box) for box in boxes]
    return np.concatenate([model._log_prob(e) for e in evidence])


def _check_possible(log_weights: FloatArray, given: Expression) -> None:
    best = log_weights.max(initial=-np.inf)
    if not best > LEAST_LOG_PROB:
        chance = "no probability" if best == -np.inf else f"probability about 1e{best / np.log(10):.0f}"
        raise ImpossibleCondition(
            f"the condition {to_text(given)!r} has {chance} under the model; widen it or check the values"
        )


def _refuse_points(model: Model, boxes: Sequence[Box]) -> None:
    for box in boxes:
        if box.points:
            name = model.schema_.columns[next(iter(box.points))].name
            raise CannotAnswer(
                f"{model.card.key} can only reject, and one value of the continuous column {name!r} is never drawn",
                instead=f"ask for a range of {name!r}",
            )


def _reject(model: Model, n: int, given: Expression, draw: Callable[[int], Array]) -> tuple[Array, Details]:
    """Keep the proposals that satisfy the condition after formatting, within a bounded number of proposals."""
    schema, modality = model.schema_, model.card.modality
    kept: list[Array] = []
    have = tried = 0
    limit = max(HOPELESS, PROPOSALS_PER_ROW * n)
    while have < n:
        rate = have / tried if have else 1.0
        batch = int(np.clip((n - have) / rate * 1.2, FIRST_BATCH, LARGEST_BATCH))
        rows = modality.tidy(draw(min(batch, max(limit - tried, 1))), schema)
        tried += len(rows)
        rows = rows[holds(given, schema, rows)]
        have += len(rows)
        kept.append(rows)
        if have < n and tried >= (limit if have else HOPELESS):
            share = f"{have:,} of {tried:,} proposals" if have else f"none of {tried:,} proposals"
            raise ImpossibleCondition(
                f"the condition {to_text(given)!r} is too rare for rejection ({share} satisfied it); widen it"
            )
    if n == 0:
        return np.empty((0, len(schema.columns))), Details("rejection")
    return np.concatenate(kept)[:n], Details("rejection", acceptance=have / tried)


def _log_total(model: Model, boxes: Sequence[Box], rng: np.random.Generator) -> tuple[float, bool]:
    """Log-probability of a union of disjoint boxes, and whether comparisons between columns were estimated."""
    if not boxes:
        return -np.inf, False
    logs = _log_weights(model, boxes)
    estimated = False
    for i, box in enumerate(boxes):
        if box.relations and logs[i] > -np.inf:
            assert isinstance(model, Samples)
            evidence = box.evidence(model.schema_, support=False)
            regions = {j: Region.everything(c) for j, c in enumerate(model.schema_.columns)} | dict(evidence.regions)
            rows = model._sample(MONTE_CARLO, Evidence(evidence.values, regions), rng)
            share = relations_hold(box, model.schema_, _on_grid(model.schema_, rows)).mean()
            logs[i] += np.log(share) if share else -np.inf
            estimated = True
    return float(np.logaddexp.reduce(logs)), estimated


def _on_grid(schema: Schema, rows: Array) -> Array:
    """Numbers rounded to their grid, bounds not applied."""
    for j, column in enumerate(schema.columns):
        rows[:, j] = column.on_grid(rows[:, j])
    return rows


def _counted(
    model: Model, event: Expression, given: Expression | None, rng: np.random.Generator
) -> tuple[float, Details]:
    """Share of draws in which the event holds, with its standard error."""
    if not isinstance(model, Samples):
        raise CannotAnswer(
            f"{model.card.key} has no distribution of x", instead="predict_proba gives P(y|x) for rows you have"
        )
    rows, how = sample(model, MONTE_CARLO, given, rng)
    share = float(holds(event, model.schema_, rows).mean())
    error = np.sqrt(max(share * (1 - share), 1 / MONTE_CARLO) / MONTE_CARLO)
    return share, Details(f"share of {MONTE_CARLO:,} draws, standard error {error:.2g}", acceptance=how.acceptance)
