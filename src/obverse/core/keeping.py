"""Drawing and completing rows that keep the constraints a model was fitted with.

Conditions are joined to what was asked for where the family meets the whole exactly; sums are taken anew from the drawn
parts; what then breaks a constraint is drawn again, a bounded number of times. Repeated identifiers move to free
values, rows that repeat a key of several columns are drawn again first. All is tested on cells as they will be written.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from . import conditions, derive
from .boxes import Box, compile, holds
from .constraints import (
    Constraint,
    Rule,
    Together,
    Total,
    Unique,
    broken,
    declared,
    never_missing,
    not_false,
    positions,
    with_totals,  # fmt: skip
)
from .errors import BadCondition, CannotAnswer, ImpossibleCondition
from .evidence import Evidence, Region
from .given import And, Expression, to_text
from .keys import limits, repeated, spread
from .queries import Details, Drawn
from .schema import Array, FloatArray, Schema

if TYPE_CHECKING:
    from .model import Model

MOST_BOXES = 32  # of conditions met by construction; more cost more than drawing again
KEY_ROUNDS = 5  # of drawing rows with repeated keys again
REPAIR_ROUNDS = 10  # for completed rows that break a constraint
REPAIR_DRAWS = (16, 200)  # of each such row a round: the more, the fewer rows are left
REPAIR_ROWS = 2_000  # drawn a round where that allows it


def sample(
    model: Model, n: int, given: Expression | Evidence | None, rng: np.random.Generator
) -> tuple[Array, Details, Schema]:
    """n encoded rows under a condition that keep the model's constraints, and the schema to write them with, whose
    bounds are wider where keys went on above those observed.

    Raises:
        ImpossibleCondition: no such rows were found within bounds, or a key has fewer values than n.
    """
    schema = model.schema_
    if not schema.constraints or isinstance(given, Evidence):
        return *conditions.sample(model, n, given, rng), schema
    each, tidy = declared(schema), model.card.modality.tidy
    whole = _whole(schema, given, each)
    asked, cost, tally = _asked(model, given, whole), conditions.Cost(), _Tally()

    def propose(m: int) -> Array:
        rows, how = conditions.sample(model, m, asked, rng)
        cost.of(Drawn(rows, replace(how, how=_COUNTED.sub("", how.how))))
        return tidy(with_totals(each, schema, rows), schema) if any(isinstance(c, Total) for c in each) else rows

    def satisfied(rows: Array) -> Array:
        kept = _kept(each, model, rows)
        return kept if given is None else kept & holds(given, schema, rows)

    def draw(m: int) -> Array:
        rows, how = conditions.reject(len(schema.columns), m, _said(given, each), satisfied, propose)
        tally.note(m, how)
        return rows

    rows, written = draw(n), schema
    keys = [positions(schema, one.columns) for one in each if isinstance(one, Unique)]
    if keys:
        rows = _redrawn(rows, [key for key in keys if not _orderly(schema, key)], draw)
        rows, written, moved = _moved(rows, schema, keys, whole)
        if not satisfied(rows).all() or _repeats(rows, keys).any():
            raise ImpossibleCondition(
                f"no {n:,} rows with different keys satisfy {_said(given, each)}; ask for fewer rows or widen it"
            )
        tally.notes += [f"{moved:,} repeated keys moved to free values"] if moved else []
        for before, after in zip(schema.columns, written.columns, strict=True):
            if after.high > before.high:
                tally.notes.append(f"{before.name!r} goes on from {before.high:,.0f} to {after.high:,.0f}")
    return rows, cost.added_to(tally.details(), n), written


def impute(
    model: Model, given: Evidence, draws: int | None, rng: np.random.Generator
) -> tuple[list[Array], Details, Schema]:
    """Completed copies of the rows that keep the model's constraints where the observed cells allow it, and the schema
    to write them with, whose bounds hold what a sum leaves for a missing term.

    A sum with one missing term is solved for it. What breaks a constraint is completed again by draws, a bounded number
    of times; rows for which that fails are counted in the details.
    """
    schema = model.schema_
    copies, how = derive.impute(model, given, draws, rng)
    if not schema.constraints:  # only tables have them
        return copies, how, schema
    holes = np.isnan(given.values)
    if not holes.any():
        return copies, how, schema
    each = declared(schema)
    hopeless = ~_kept(each, model, given.values, unknown=True) & holes.any(axis=1)  # by what was observed
    done: list[Array] = []
    failed, written = 0, schema
    for copy in copies:
        rows, good = _completed(each, model, copy, holes)
        _repair(each, model, given.values, rows, np.flatnonzero(~good & holes.any(axis=1) & ~hopeless), rng)
        rows, written, doubles = _separated(each, schema, written, rows, holes)
        failed += int(((~_kept(each, model, rows, unknown=True) | doubles) & holes.any(axis=1) & ~hopeless).sum())
        written = _widened(written, rows, holes)
        done.append(rows)
    said = [
        f"completed rows that break a constraint {why}: {count:,}"
        for count, why in ((int(hopeless.sum()), "by their observed cells"), (failed, "and that no draw mended"))
        if count
    ]
    return done, how.noting(*said), written


_COUNTED = re.compile(r", [\d,]+ proposals?$")  # differs from one batch of draws to the next


@dataclass
class _Tally:
    """Rows kept and proposals tested over all draws of one sample, and what else there is to say."""

    kept: float = 0.0
    tried: float = 0.0
    notes: list[str] = field(default_factory=list[str])

    def note(self, n: int, how: Details) -> None:
        self.kept += n
        self.tried += n if how.acceptance is None else n / how.acceptance

    def details(self) -> Details:
        rejected = self.tried > self.kept
        how = Details("rejection", acceptance=self.kept / self.tried) if rejected else Details()
        return how.noting(*self.notes)


# --- for sample ---


def _whole(schema: Schema, given: Expression | None, each: Sequence[Constraint]) -> Expression | None:
    """The condition and every rule at once."""
    known = never_missing(schema)
    rules = [not_false(one.expression, known) for one in each if isinstance(one, Rule)]
    parts = rules if given is None else [given, *rules]
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _asked(model: Model, given: Expression | None, whole: Expression | None) -> Expression | None:
    """What is asked of the family's own draws: the whole where it meets it exactly, else the condition alone.

    Weighted draws would cost more than drawing again the few rows that break a rule most of the data keep.
    """
    schema, boxes = model.schema_, _boxes(model.schema_, whole)
    if whole is None or boxes is None:
        return given
    if not any(box.within_support(schema) for box in boxes):
        return whole  # which is an error that says why
    return whole if len(boxes) <= MOST_BOXES and conditions.honoured(model, whole) == "exact" else given


def _boxes(schema: Schema, whole: Expression | None) -> list[Box] | None:
    """Of the whole; None where there is none, or more boxes than can be looked through."""
    try:
        return None if whole is None else compile(whole, schema)
    except BadCondition:  # of the rules: one of the condition will be raised again
        return None


def _said(given: Expression | None, each: Sequence[Constraint]) -> str:
    constraints = f"the constraints {', '.join(repr(str(one)) for one in each)}"
    return constraints if given is None else f"the condition {to_text(given)!r} beside {constraints}"


def _orderly(schema: Schema, key: Sequence[int]) -> bool:
    """A key of one column with a grid or categories, which is an identifier: its values move at no loss."""
    return len(key) == 1 and schema.columns[key[0]].measure == "mass"


def _redrawn(rows: Array, keys: Sequence[Sequence[int]], draw: Callable[[int], Array]) -> Array:
    """The rows with those that repeat a key drawn again, as long as most do not."""
    for _ in range(KEY_ROUNDS):
        again = _repeats(rows, keys)
        count = int(again.sum())
        if not 0 < count <= len(rows) / 2:
            break
        rows[again] = draw(count)
    return rows


def _repeats(rows: Array, keys: Sequence[Sequence[int]]) -> Array:
    again = np.zeros(len(rows), bool)
    for key in keys:
        again |= repeated(rows[:, list(key)])
    return again


def _moved(
    rows: Array, schema: Schema, keys: Sequence[Sequence[int]], whole: Expression | None
) -> tuple[Array, Schema, int]:
    """The rows with repeated keys moved to free values, the schema that holds them, and how many were moved."""
    moved, loose, inside = 0, np.ones(rows.shape, bool), schema
    boxes = _boxes(schema, whole) or []
    for key in keys:
        for j in key:
            inside = _narrowed(inside, j, [box.regions[j] for box in boxes if j in box.regions], len(boxes))
        again = repeated(rows[:, list(key)])
        moved += int(again.sum())
        rows, inside = spread(rows, inside, key, again, loose)
    return rows, _widened(schema, rows, loose), moved


def _narrowed(schema: Schema, j: int, regions: Sequence[Region], boxes: int) -> Schema:
    """The schema with the bounds of a grid column narrowed to those of a condition that all of its boxes give."""
    column = schema.columns[j]
    edges = [edge for region in regions for edge in region.edges(column)]
    if column.step is None or not edges or len(regions) < boxes:
        return schema
    half = column.step / 2
    low, high = max(column.low, min(edges)[0] + half), min(column.high, max(b for _, b in edges) - half)
    narrow = replace(column, low=low, high=high)
    return replace(schema, columns=(*schema.columns[:j], narrow, *schema.columns[j + 1 :]))


def _kept(each: Sequence[Constraint], model: Model, rows: Array, *, unknown: bool = False) -> Array:
    """Boolean (n,): which rows keep every constraint that speaks of single rows.

    A missing cell is one more value of a combination, unless what is missing is merely `unknown`.
    """
    schema, met = model.schema_, iter(model.combinations_)
    kept = np.ones(len(rows), bool)
    for one in each:
        if isinstance(one, Together):
            wrong = broken(one, schema, rows, next(met))
            kept &= ~(wrong & ~np.isnan(rows[:, positions(schema, one.columns)]).any(axis=1) if unknown else wrong)
        elif not isinstance(one, Unique):
            kept &= ~broken(one, schema, rows)
    return kept


# --- for impute ---


def _completed(each: Sequence[Constraint], model: Model, copy: Array, holes: Array) -> tuple[Array, Array]:
    """The completed rows as they will be written, sums solved for a term that was missing; and which rows keep all.

    A term that the observed cells fix may leave the observed bounds, but not its dtype. Of several missing terms the
    last one, the sum itself before any part, makes up for the others.
    """
    schema = model.schema_
    rows = np.where(holes, model.card.modality.tidy(copy, schema), copy)
    sums = [positions(schema, one.columns) for one in each if isinstance(one, Total)]
    still = holes.copy()
    for several in (False, True):
        for terms in sums * len(sums):
            count = still[:, terms].sum(axis=1)
            last = len(terms) - 1 - np.argmax(still[:, terms][:, ::-1], axis=1)
            solvable = count > 0 if several else count == 1
            for k, j in enumerate(terms):
                those = np.flatnonzero(solvable & (last == k))
                column, others = schema.columns[j], [i for i in terms[:-1] if i != j]
                rest = rows[those][:, others].sum(axis=1)
                value = column.on_grid(rest if j == terms[-1] else rows[those, terms[-1]] - rest)
                low, high = (column.low, column.high) if several else limits(column)
                known = ~np.isnan(value)
                rows[those[known], j] = np.clip(value[known], low, high)
            still[:, terms] &= ~solvable[:, None]
    return rows, _kept(each, model, rows, unknown=True)


def _repair(
    each: Sequence[Constraint], model: Model, values: FloatArray, rows: Array, again: Array, rng: np.random.Generator
) -> None:
    """Put draws that keep the constraints in the place of the rows at the positions `again`, where they are found."""
    for _ in range(REPAIR_ROUNDS):
        if not len(again):
            return
        draws = int(np.clip(REPAIR_ROWS // len(again), *REPAIR_DRAWS))
        try:
            tries, _ = derive.impute(model, Evidence(values[again]), draws, rng)
        except CannotAnswer:  # the family predicts a point, and has no draws to choose from
            return
        fresh, good = _completed(each, model, np.concatenate(tries), np.tile(np.isnan(values[again]), (draws, 1)))
        good = good.reshape(draws, len(again))
        found = good.any(axis=0)
        rows[again[found]] = fresh.reshape(draws, len(again), -1)[good.argmax(axis=0), np.arange(len(again))][found]
        again = again[~found]


def _separated(
    each: Sequence[Constraint], schema: Schema, written: Schema, rows: Array, holes: Array
) -> tuple[Array, Schema, Array]:
    """The rows with filled keys that repeat another one moved to free values, the schema that holds them, and which
    rows repeat a key all the same."""
    doubles = np.zeros(len(rows), bool)
    for one in each:
        if not isinstance(one, Unique):
            continue
        key = positions(schema, one.columns)
        filled = holes[:, key].any(axis=1)
        order = np.argsort(filled, kind="stable")  # an observed key comes first, and stays
        again = np.zeros(len(rows), bool)
        again[order] = repeated(rows[order][:, key])
        with suppress(ImpossibleCondition):  # observed cells are never changed, so there may be no room
            rows, written = spread(rows, written, key, again & filled, holes)
        again[order] = repeated(rows[order][:, key])
        doubles |= again & filled
    return rows, written, doubles


def _widened(schema: Schema, rows: Array, holes: Array) -> Schema:
    """The schema with bounds that hold the filled cells."""
    columns = list(schema.columns)
    for j, column in enumerate(columns):
        cells = rows[holes[:, j] & ~np.isnan(rows[:, j]), j]
        if column.kind == "number" and len(cells):
            low, high = min(column.low, float(cells.min())), max(column.high, float(cells.max()))
            columns[j] = replace(column, low=low, high=high)
    return replace(schema, columns=tuple(columns))
