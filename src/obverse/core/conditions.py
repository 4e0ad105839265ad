"""Sampling under a condition and the probability of an event, for any family.

A condition is a union of disjoint boxes. Where the family honours a box by itself, boxes are chosen by their
probability and drawn by the family, exactly or by weighted proposals; comparisons between columns, and kinds of
condition the family does not honour, are met by bounded rejection. What either costs, acceptance and effective sample
size, is reported. An impossible condition is an error, never a hang.
"""

# pyright: reportPrivateUsage=false
# (the contract calls the families' hooks)

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter
from typing import TYPE_CHECKING

import numpy as np

from .boxes import Box, check, compile, holds, relations_hold
from .errors import CannotAnswer, ImpossibleCondition
from .evidence import Evidence, Region
from .given import And, Columns, Expression, kinds, leaves, to_text
from .queries import Details, Drawn, Honoured, Samples, Scores
from .resolve import position
from .schema import Array, FloatArray, Schema

if TYPE_CHECKING:
    from .model import Model

PROPOSALS_PER_ROW = 400
FIRST_BATCH = 1_000
HOPELESS = 50_000  # proposals without a single hit after which a condition counts as impossible
LARGEST_BATCH, GROWTH = 100_000, 9
RARE, SECONDS = 0.01, 20.0  # a share of hits below which rejection may not take longer
MONTE_CARLO = 20_000
LEAST_LOG_PROB = -69.0  # a column: a condition rarer than 1e-30 for each is an error of the asker, not a question


def sample(
    model: Model, n: int, given: Expression | Evidence | None, rng: np.random.Generator
) -> tuple[Array, Details]:
    """n encoded examples of the family under a condition on cells, or completing a prompt or source (evidence)."""
    assert isinstance(model, Samples)
    schema, modality, cost = model.schema_, model.card.modality, Cost()
    if given is None or isinstance(given, Evidence):
        rows = cost.of(model._draw(n, given or modality.blank(schema), rng))
        return modality.tidy(rows, schema), cost.added_to(Details(), n)
    boxes = _possible_boxes(model, given)
    met = honoured(model, given) if modality.cells else "exact"
    if met == "no" or (met == "weighted" and len(boxes) > 1 and not isinstance(model, Scores)):
        _refuse_points(model, boxes)
        blank = modality.blank(schema)
        rows, how = _reject(schema, n, given, lambda m: modality.tidy(cost.of(model._draw(m, blank, rng)), schema))
        return rows, cost.added_to(how, n)
    evidence = [modality.blank(schema, box) for box in boxes]
    log_weights = _log_weights(model, evidence)
    drawable = np.zeros(1)
    if modality.cells and isinstance(model, Scores):  # to keep within the bounds of many columns is rare by itself
        drawable = model._log_prob(modality.blank(schema))
    _check_possible(log_weights - drawable, boxes, given)
    propose = _union(model, boxes, evidence, log_weights, lambda rows: modality.tidy(rows, schema), cost, rng)
    if any(box.relations for box in boxes):
        rows, how = _reject(schema, n, given, propose)
        return rows, cost.added_to(how, n)
    rows = propose(n)
    if modality.cells:  # rounding may carry a number over an open bound
        broken = ~holds(given, schema, rows)
        rows[broken] = _reject(schema, int(broken.sum()), given, propose)[0]
    return rows, cost.added_to(Details(), n)


def probability(
    model: Model, event: Expression, given: Expression | None, rng: np.random.Generator
) -> tuple[float, Details]:
    """P(event | given): a ratio of sums over boxes where the family has a probability of regions and no columns are
    compared, else a share of draws."""
    schema = model.schema_
    whole: Expression = event if given is None else And((event, given))
    check(whole, schema)
    if not isinstance(model, Scores) or honoured(model, whole) != "exact":
        rows, how = sample(_sampler(model), MONTE_CARLO, given, rng)
        return _share(event, schema, rows, how)
    boxes = compile(whole, schema)
    condition = [Box()] if given is None else compile(given, schema)
    log_weights = _log_weights(model, [box.evidence(schema, support=False) for box in condition])
    if given is not None:
        _check_possible(log_weights, condition, given)
    points = {frozenset(b.points) for b in boxes} - {frozenset(b.points) for b in condition}
    if boxes and points and not any(p == frozenset() for p in points):
        note = "a single value of a continuous column has probability 0; ask for a range"
        return 0.0, Details("exact").noting(note)
    if any(box.relations for box in (*boxes, *condition)):
        free = [_free(box, schema) for box in condition]
        cost, draws = Cost(), MONTE_CARLO
        propose = _union(_sampler(model), condition, free, log_weights, lambda rows: _on_grid(schema, rows), cost, rng)
        rows, how = (propose(draws), Details()) if given is None else _reject(schema, draws, given, propose)
        return _share(event, schema, rows, cost.added_to(how, len(rows)))
    inside = _log_weights(model, [box.evidence(schema, support=False) for box in boxes])
    log_share = np.logaddexp.reduce(inside, initial=-np.inf) - np.logaddexp.reduce(log_weights)
    return float(np.clip(np.exp(log_share), 0.0, 1.0)), Details("exact")


@dataclass
class Cost:
    """What a family's own draws cost, over all batches of one question."""

    rows: int = 0
    proposals: float = 0.0
    worth: float = 0.0
    said: dict[str, Details] = field(default_factory=dict[str, Details])  # the distinct ways of drawing

    def of(self, drawn: Drawn) -> Array:
        """The rows, their cost noted."""
        how, n = drawn.how, len(drawn.rows)
        self.rows += n
        self.proposals += n if not how.acceptance else n / how.acceptance
        self.worth += n if how.ess is None else how.ess
        if n and how != Details():
            self.said.setdefault(how.how, how)
        return drawn.rows

    def added_to(self, how: Details, n: int) -> Details:
        """Details of n rows chosen, in the way `how` says, among those drawn."""
        if not self.said:
            return how
        acceptance, ess, own = how.acceptance, how.ess, self.said.values()
        if any(one.acceptance is not None for one in own):
            acceptance = (1.0 if acceptance is None else acceptance) * self.rows / self.proposals
        if any(one.ess is not None for one in own):
            ess = n * self.worth / self.rows
        words = ([] if how.how == "exact" else [how.how]) + [name for name in self.said if name != how.how]
        notes = dict[str, None].fromkeys([*how.notes, *(note for one in own for note in one.notes)])
        return Details(", ".join(words) or how.how, acceptance, ess, tuple(notes))


def honoured(model: Model, given: Expression) -> Honoured:
    """How the family itself meets the condition; comparisons between columns are the contract's own business."""
    schema = model.schema_
    asked = kinds(given, schema) - {"compare", "none"}
    named = {position(schema, leaf.column) for leaf in leaves(given) if not isinstance(leaf, Columns)}
    if not isinstance(model, Samples):
        return "exact" if asked <= model.card.exact_given else "no"
    return model._honours(asked, named)


def _possible_boxes(model: Model, given: Expression) -> list[Box]:
    """The boxes of the condition that samples can lie in; of labels outside tables one for each class."""
    schema = model.schema_
    boxes = compile(given, schema)
    if not boxes:
        raise ImpossibleCondition(f"no row can satisfy {to_text(given)!r}: the parts contradict each other")
    if not model.card.modality.cells:
        boxes = [one for box in boxes for one in _one_per_class(model, box)]
    boxes = [box for box in boxes if box.within_support(schema)]
    if not boxes:
        raise ImpossibleCondition(
            f"no sample can satisfy {to_text(given)!r}: samples keep within the observed values; widen it"
        )
    return boxes


def _one_per_class(model: Model, box: Box) -> list[Box]:
    """The box cut into single labels, which is what a family without cells can be given."""
    t = model.schema_.target_index
    codes = box.regions[t].codes if t is not None and set(box.regions) == {t} else None
    if t is None or codes is None or box.points or box.relations or "equal" not in model.card.exact_given:
        raise CannotAnswer(
            f"{model.card.key} takes conditions on the class alone",
            instead="leave given out, or give values of the class where it has some",
        )
    single = np.eye(len(codes), dtype=bool)
    return [Box({t: Region(False, codes=tuple(single[code].tolist()))}) for code in np.flatnonzero(codes)]


def _union(
    model: Model,
    boxes: Sequence[Box],
    evidence: Sequence[Evidence],
    log_weights: FloatArray,
    finish: Callable[[Array], Array],
    cost: Cost,
    rng: np.random.Generator,
) -> Callable[[int], Array]:
    """Proposals from a union of disjoint boxes: a box by its weight, then an example that satisfies its evidence.

    Of m proposals those whose finished rows break a relation of their own box are left out, also where another box
    holds them: that one proposes them itself.
    """
    assert isinstance(model, Samples)
    weights = np.exp(log_weights - log_weights.max())
    weights /= weights.sum()

    def propose(m: int) -> Array:
        parts: list[Array] = []
        for box, known, k in zip(boxes, evidence, rng.multinomial(m, weights), strict=True):
            if k:
                rows = finish(cost.of(model._draw(int(k), known, rng)))
                parts.append(rows[relations_hold(box, model.schema_, rows)] if box.relations else rows)
        rows = np.concatenate(parts or [finish(model._sample(0, evidence[int(weights.argmax())], rng))])
        return rows[rng.permutation(len(rows))] if len(parts) > 1 else rows

    return propose


def _log_weights(model: Model, evidence: Sequence[Evidence]) -> FloatArray:
    """Log-probability of each part of a condition; a single part needs none to be drawn from."""
    if isinstance(model, Scores):
        return np.concatenate([np.empty(0), *(model._log_prob(e) for e in evidence)])
    if len(evidence) == 1:
        return np.zeros(1)
    raise CannotAnswer(
        f"{model.card.key} cannot weigh the {len(evidence)} parts of this condition",
        instead="ask for one part at a time",
    )


def _check_possible(log_weights: FloatArray, boxes: Sequence[Box], given: Expression) -> None:
    best = log_weights.max(initial=-np.inf)
    columns = max((len(box.regions) for box in boxes), default=1)
    limit = -np.inf if any(box.points for box in boxes) else LEAST_LOG_PROB * max(1, columns)
    if not best > limit:
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


def _reject(schema: Schema, n: int, given: Expression, propose: Callable[[int], Array]) -> tuple[Array, Details]:
    """n rows that satisfy the condition, out of a bounded number of proposals."""
    asked = f"the condition {to_text(given)!r}"
    return reject(len(schema.columns), n, asked, lambda rows: holds(given, schema, rows), propose)


def reject(
    width: int, n: int, asked: str, satisfied: Callable[[Array], Array], propose: Callable[[int], Array]
) -> tuple[Array, Details]:
    """n rows of `width` cells that pass a test, out of a bounded number of proposals.

    `propose(m)` gives at most m rows, `satisfied(rows)` says which of them pass, `asked` names the test in an error.
    Where fewer than `RARE` of them do the time is bounded too. The clock only ever ends the search: batches do
    not depend on it, so that a seed keeps its answer.
    """
    kept: list[Array] = []
    have = tried = 0
    limit, start = max(HOPELESS, PROPOSALS_PER_ROW * n), perf_counter()
    while have < n:
        rate = have / tried if have else 1.0
        largest = min(max(FIRST_BATCH, GROWTH * tried), LARGEST_BATCH)  # the speed is not known before the first
        batch = int(np.clip((n - have) / rate * 1.2, FIRST_BATCH, largest))
        batch = min(batch, max(limit - tried, 1))
        seconds = perf_counter() - start
        late = have < RARE * tried and seconds * (tried + batch) > SECONDS * tried  # would be, after this batch
        if late or tried >= (limit if have else min(limit, HOPELESS)):
            share = f"{have:,} of {tried:,} proposals satisfied it" if have else f"none of {tried:,} proposals did"
            spent = f" in {seconds:.0f} s" if late else ""
            raise ImpossibleCondition(
                f"{asked} is too rare for rejection: {share}{spent}; widen it or ask for fewer rows"
            )
        rows = propose(batch)
        tried += batch
        rows = rows[satisfied(rows)]
        have += len(rows)
        kept.append(rows)
    if n == 0:
        return np.empty((0, width)), Details("rejection")
    return np.concatenate(kept)[:n], Details("rejection", acceptance=have / tried)


def _free(box: Box, schema: Schema) -> Evidence:
    """The box without the observed bounds; columns it does not name may also be missing."""
    evidence = box.evidence(schema, support=False)
    anything = {j: Region.everything(column) for j, column in enumerate(schema.columns)}
    return Evidence(evidence.values, anything | dict(evidence.regions))


def _on_grid(schema: Schema, rows: Array) -> Array:
    """Numbers rounded to their grid, bounds not applied."""
    return np.column_stack([column.on_grid(rows[:, j]) for j, column in enumerate(schema.columns)])


def _sampler(model: Model) -> Model:
    """The model, CannotAnswer when it draws nothing."""
    if not isinstance(model, Samples):
        raise CannotAnswer(
            f"{model.card.key} has no distribution of x", instead="predict_proba gives P(y|x) for rows you have"
        )
    return model


def _share(event: Expression, schema: Schema, rows: Array, how: Details) -> tuple[float, Details]:
    """Share of drawn rows in which the event holds, with its standard error."""
    share, worth = float(holds(event, schema, rows).mean()), max(1.0, len(rows) if how.ess is None else how.ess)
    error = np.sqrt(max(share * (1 - share), 1 / worth) / worth)
    return share, Details(f"share of {len(rows):,} draws, standard error {error:.2g}", how.acceptance, how.ess)
