"""Constraints: what every created or completed row keeps. They are declared at `fit` and saved with the schema.

    age >= 17          not (kids > 0 and age < 14)      a condition, in the language of `core.given`
    start <= end                                        an order between columns, dates too
    total = net + tax                                   a sum
    unique id          unique store, invoice            a key: no two rows share it
    together city, country                              only combinations met in training

Names that are not plain words stand in backticks. Unlike in `given`, a comparison with a missing cell breaks no
constraint: cells may be missing as they were in the data. A sum is taken on the grid of its own column; it is missing
where a part is, if the data ever had it missing. Of keys only complete ones are compared. In a combination a missing
cell counts as one more value.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from .boxes import check, compile, holds
from .errors import BadCondition
from .given import (  # fmt: skip
    NAME,
    WORDS,
    And,
    Expression,
    Member,
    Missing,
    Not,
    Op,
    Or,
    columns,
    name_text,
    parse,
    to_text,
)
from .keys import identities, repeated
from .resolve import SHORT_FLOATS, position
from .schema import Array, Column, Dataset, FloatArray, Schema

LARGEST_SHARE = 0.5  # of training rows that may break a constraint before it is taken for a mistake
EXAMPLES = '"age >= 17", "total = net + tax", "unique id" or "together city, country"'

_NAME = rf"(?:`(?:[^`]|``)+`|{NAME})"
_NAMES = re.compile(_NAME)
_LIST = re.compile(rf"\s*(unique|together)\s+({_NAME}(?:(?:\s*,\s*|\s+){_NAME})*)\s*", re.IGNORECASE)
_SUM = re.compile(rf"\s*({_NAME})\s*=\s*({_NAME}(?:\s*\+\s*{_NAME})+)\s*")
_ASSIGNED = re.compile(rf"\s*{_NAME}\s*=(?!=)")
_OPPOSITE: dict[Op, Op] = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}


@dataclass(frozen=True)
class Rule:
    """A condition that is false in no row."""

    expression: Expression

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns it speaks of."""
        return tuple(sorted(columns(self.expression)))

    def __str__(self) -> str:
        return to_text(self.expression)


@dataclass(frozen=True)
class Total:
    """`column` is the sum of the columns `of`."""

    column: str
    of: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the parts, then of the sum."""
        return (*self.of, self.column)

    def __str__(self) -> str:
        return f"{name_text(self.column)} = {' + '.join(map(name_text, self.of))}"


@dataclass(frozen=True)
class Unique:
    """No two rows of one sample share the values of these columns."""

    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"unique {', '.join(map(name_text, self.columns))}"


@dataclass(frozen=True)
class Together:
    """The values of these columns form a combination met in training."""

    columns: tuple[str, ...]

    def __str__(self) -> str:
        return f"together {', '.join(map(name_text, self.columns))}"


Constraint = Rule | Total | Unique | Together


def total(column: str, *, of: Sequence[str]) -> Total:
    """The constraint that `column` is the sum of the columns `of`, on its own grid."""
    return Total(column, (of,) if isinstance(of, str) else tuple(of))


def unique(*columns: str) -> Unique:
    """The constraint that no two rows of one sample share the values of these columns."""
    return Unique(columns)


def together(*columns: str) -> Together:
    """The constraint that these columns hold only combinations met in training."""
    return Together(columns)


def read(asked: object) -> Constraint:
    """A constraint from its text (see the module), a condition in any form, or one made by the functions above.

    Raises:
        BadCondition: it cannot be read.
    """
    if isinstance(asked, Constraint):
        return asked
    if isinstance(asked, str):
        listed, summed = _LIST.fullmatch(asked), _SUM.fullmatch(asked)
        names = _NAMES.findall(listed[2]) if listed else []
        if listed and not WORDS & {name.lower() for name in names}:
            kind = Unique if listed[1].lower() == "unique" else Together
            return kind(tuple(map(_plain, names)))
        if summed:
            return Total(_plain(summed[1]), tuple(map(_plain, _NAMES.findall(summed[2]))))
        if _ASSIGNED.match(asked):
            raise BadCondition(
                f"{asked!r} is no sum of columns; write for instance: total = net + tax (a difference on its other "
                "side), or == to compare"
            )
    elif not isinstance(asked, Mapping | Expression):
        raise BadCondition(f"a constraint is text, not a {type(asked).__name__}; write for instance: {EXAMPLES}")
    expression = parse(cast("object", asked))
    if expression is None:
        raise BadCondition(f"an empty constraint says nothing; write for instance: {EXAMPLES}")
    return Rule(expression)


def declared(schema: Schema) -> tuple[Constraint, ...]:
    """The constraints of a schema, sums after those they are made of."""
    each = [read(text) for text in schema.constraints]
    sums = [c for c in each if isinstance(c, Total)]
    return (*(c for c in each if not isinstance(c, Total)), *_in_order(sums))


def declare(data: Dataset, asked: object) -> tuple[Dataset, list[str]]:
    """The data with the constraints in their schema, and notes on the rows that break them.

    Args:
        data: a table.
        asked: what `read` takes, or a sequence of it; None for no constraint.

    Raises:
        BadCondition: every constraint that cannot be read or kept, or that most rows break.
    """
    each, problems = _read_all(asked)
    schema = data.schema
    for one in each:
        problems += _problems(one, schema)
    if not problems:
        problems += _contradictions(each, schema)
    if problems:
        raise BadCondition(list(dict.fromkeys(problems)))
    notes: list[str] = []
    for one in each if schema.privacy is None else ():  # how many rows break it must not be told then
        count, rows = int(broken(one, schema, data.values).sum()), len(data)
        told = f"the constraint {str(one)!r} is broken by {count:,} of {rows:,} rows"
        if count > LARGEST_SHARE * rows:
            problems.append(f"{told}, so it is taken for a mistake; correct it or leave it out")
        elif count:
            notes.append(f"{told}; no created row will break it")
    if problems:
        raise BadCondition(problems)
    texts = tuple(dict.fromkeys(map(str, each)))
    return replace(data, schema=replace(schema, constraints=texts)), notes


def combinations(data: Dataset) -> list[FloatArray]:
    """What training met of each `Together`, in their order: float64 (m, columns), each combination once."""
    met: list[FloatArray] = []
    for one in declared(data.schema):
        if isinstance(one, Together):
            cells = data.values[:, positions(data.schema, one.columns)]
            met.append(cells[np.unique(identities(cells), return_index=True)[1]])
    return met


def broken(one: Constraint, schema: Schema, values: FloatArray, met: FloatArray | None = None) -> Array:
    """Boolean (n,): which encoded rows (n, d) break the constraint; of a key, those that repeat an earlier row's.

    `met` holds the combinations of a `Together`, which is kept by any row without it.
    """
    if isinstance(one, Rule):
        return ~holds(not_false(one.expression), schema, values)
    places = positions(schema, one.columns)
    cells = values[:, places]
    if isinstance(one, Unique):
        return repeated(cells)
    if isinstance(one, Together):
        if met is None:
            return np.zeros(len(values), bool)
        codes = identities(np.concatenate([met, cells]))
        return ~np.isin(codes[len(met) :], codes[: len(met)])
    summed = schema.columns[places[-1]]
    rounding = max(_precision(schema.columns[i]) for i in places) * np.abs(cells).sum(axis=1)
    with np.errstate(invalid="ignore"):
        return np.abs(cells[:, -1] - cells[:, :-1].sum(axis=1)) > (summed.step or 0.0) / 2 + 4 * rounding


def with_totals(each: Sequence[Constraint], schema: Schema, values: FloatArray) -> FloatArray:
    """The encoded rows with every sum taken anew; a sum that was missing stays so, and one of a missing part becomes
    missing where the data had missing sums."""
    out = values.copy()
    for one in each:
        if isinstance(one, Total):
            *parts, t = positions(schema, one.columns)
            column, found = schema.columns[t], out[:, parts].sum(axis=1)
            may_miss = column.missing > 0 and t != schema.target_index
            known = ~np.isnan(out[:, t]) & (may_miss | ~np.isnan(found))
            out[known, t] = column.on_grid(found[known])
    return out


def not_false(expression: Expression, known: frozenset[str] = frozenset()) -> Expression:
    """The condition under which an expression is true or, for a missing cell, undecided.

    `known` names columns without missing cells, of which the comparison itself says as much.
    """
    if isinstance(expression, And | Or):
        return type(expression)(tuple(not_false(part, known) for part in expression.parts))
    if isinstance(expression, Not):
        return Not(_true(expression.part, known))
    if isinstance(expression, Missing) or columns(expression) <= known:
        return expression
    if isinstance(expression, Member):
        return Not(replace(expression, negated=not expression.negated))
    return Not(replace(expression, op=_OPPOSITE[expression.op]))


def _true(expression: Expression, known: frozenset[str]) -> Expression:
    """The condition under which an expression is true and not merely undecided."""
    if isinstance(expression, And | Or):
        return type(expression)(tuple(_true(part, known) for part in expression.parts))
    return Not(not_false(expression.part, known)) if isinstance(expression, Not) else expression


def never_missing(schema: Schema) -> frozenset[str]:
    """Columns in which no drawn cell is missing."""
    return frozenset(c.name for c in schema.columns if c.missing == 0 or c.name == schema.target)


def positions(schema: Schema, names: Sequence[str]) -> list[int]:
    """Where the columns stand; BadCondition when one is not there."""
    return [position(schema, name) for name in names]


# --- reading ---


def _plain(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _read_all(asked: object) -> tuple[list[Constraint], list[str]]:
    several: list[object] = [asked]
    if asked is None or isinstance(asked, list | tuple):
        several = list(cast("Sequence[object]", asked or ()))
    each: list[Constraint] = []
    problems: list[str] = []
    for one in several:
        try:
            each.append(read(one))
        except BadCondition as error:
            problems += error.problems
    return each, problems


def _problems(one: Constraint, schema: Schema) -> list[str]:
    """Why the columns of the table cannot keep the constraint."""
    if isinstance(one, Together) and schema.privacy is not None:
        return [f"{str(one)!r} keeps the combinations of the rows themselves, which epsilon protects; leave it out"]
    try:
        if isinstance(one, Rule):
            check(one.expression, schema)
            return []
        problems: list[str] = []
        found: list[Column] = []
        for name in one.columns:
            try:
                found.append(schema.columns[position(schema, name)])
            except BadCondition as error:
                problems += error.problems
    except BadCondition as error:
        return error.problems
    least = {Total: 3, Unique: 1, Together: 2}[type(one)]
    if len(one.columns) < least or len(set(one.columns)) < len(one.columns):
        counted = "a column and two or more parts" if least == 3 else f"at least {least} column{'s' * (least > 1)}"
        problems.append(f"the constraint {str(one)!r} must name {counted}, each of them once")
    for column in found:
        if isinstance(one, Total) and (column.kind != "number" or column.is_date):
            holds_what = "dates" if column.is_date else "categories"
            problems.append(f"{str(one)!r} adds numbers, and {name_text(column.name)} holds {holds_what}")
        if isinstance(one, Together) and column.measure != "mass":
            problems.append(
                f"{str(one)!r} keeps combinations of categories or rounded numbers, and {name_text(column.name)} is "
                "continuous; leave it out"
            )
    return problems


def _contradictions(each: Sequence[Constraint], schema: Schema) -> list[str]:
    """Sums in a circle, and conditions that no row can satisfy at once."""
    sums = [one for one in each if isinstance(one, Total)]
    problems: list[str] = []
    if len({one.column for one in sums}) < len(set(sums)):
        problems.append("one column is the sum of two lists of columns; declare one of them")
    elif len(_in_order(sums)) < len(sums):
        problems.append(f"the sums {'; '.join(map(str, sums))} run in a circle; leave one out")
    rules = [one for one in each if isinstance(one, Rule)]
    known = never_missing(schema)
    try:
        boxes = compile(_all([not_false(one.expression, known) for one in rules]), schema) if rules else None
    except BadCondition:  # more boxes than can be looked through
        boxes = None
    if boxes is not None and not any(box.within_support(schema) for box in boxes):
        problems.append(f"no row like the data's keeps {'; '.join(map(str, rules))}: correct them or leave one out")
    return problems


def _all(parts: Sequence[Expression]) -> Expression:
    return And(tuple(parts)) if len(parts) > 1 else parts[0]


def _in_order(sums: Sequence[Total]) -> list[Total]:
    """Sums after those that are their parts; those that run in a circle are left out."""
    out: list[Total] = []
    rest = list(dict.fromkeys(sums))
    while rest:
        open_ = {one.column for one in rest}
        ready = [one for one in rest if not open_ & set(one.of)]
        if not ready:
            break
        out += ready
        rest = [one for one in rest if one not in ready]
    return out


def _precision(column: Column) -> float:
    return float(np.finfo(SHORT_FLOATS.get(column.dtype.lower(), np.float64)).eps)
