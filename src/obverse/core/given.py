"""The condition language `given`: its tree, its dict form, its text form, and the kinds of condition it uses.

    age >= 60 and smoker == "yes" and region in ["N", "S"] and bmi is missing and not (kids == 0)
    30 <= age < 40 or systolic > diastolic or `mean radius` > 14 or admitted >= 2024-01-31
    {"age": between(60, None), "smoker": "yes", "region": ["N", "S"], "bmi": missing}

Logic is two-valued: a comparison (also `!=`, `in`, `not in`) with a missing cell is false, and `not (...)` is the plain
negation, so `kids != 0` is false and `not (kids == 0)` is true when kids is missing. Dates are held as ISO text. Column
names are quoted as in `pandas.DataFrame.query`, with a doubled backtick for one that is part of the name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Literal, cast

import numpy as np

from .errors import BadCondition
from .schema import Given, Schema

Value = str | int | float | bool
Op = Literal["==", "!=", "<", "<=", ">", ">="]

OPS: dict[str, Op] = {"==": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
WORDS = frozenset({"and", "or", "not", "in", "is", "missing", "true", "false", "none", "null", "nan"})
NAME = r"[^\W\d]\w*(?:\.\w+)*"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
LARGEST = sys.float_info.max


@dataclass(frozen=True)
class Compare:
    """`column op value`."""

    column: str
    op: Op
    value: Value

    def __post_init__(self) -> None:
        check_value(self.value)


@dataclass(frozen=True)
class Columns:
    """`left op right`, both sides columns."""

    left: str
    op: Op
    right: str


@dataclass(frozen=True)
class Member:
    """`column in values`, or `not in`."""

    column: str
    values: tuple[Value, ...]
    negated: bool = False

    def __post_init__(self) -> None:
        if not self.values:
            raise BadCondition(f"{self.column}: the list of values is empty; give at least one value")
        for value in self.values:
            check_value(value)


@dataclass(frozen=True)
class Missing:
    """`column is missing`, or `is not missing`."""

    column: str
    negated: bool = False


@dataclass(frozen=True)
class And:
    """Every part holds; at least two parts."""

    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _two_parts("and", self.parts)


@dataclass(frozen=True)
class Or:
    """At least one part holds; at least two parts."""

    parts: tuple[Expression, ...]

    def __post_init__(self) -> None:
        _two_parts("or", self.parts)


@dataclass(frozen=True)
class Not:
    """The plain negation: holds wherever the part does not, missing cells included."""

    part: Expression


Leaf = Compare | Columns | Member | Missing
Expression = Leaf | And | Or | Not


class MissingCell:
    """Type of `missing`, the word for an empty cell in the dict form."""

    def __repr__(self) -> str:
        return "missing"


missing = MissingCell()


@dataclass(frozen=True)
class Between:
    """The values from `low` to `high`, both included; None leaves a side open."""

    low: Any
    high: Any


def between(low: Any, high: Any) -> Between:
    """The values from `low` to `high`, both included; None leaves a side open. For the dict form of `given`."""
    return Between(low, high)


def parse(given: object, *, shorthand: str | None = None) -> Expression | None:
    """The expression of a condition in any of its forms; None when there is no condition.

    Args:
        given: text, a dict {column: value, list of values, `between(...)` or `missing`} whose entries are joined by
            `and`, an `Expression`, or None. An empty dict is no condition, an empty text an error.
        shorthand: the label column of families conditioned on a label; a bare value (7, "7", "cat", [1, 7]) is then a
            condition on that column.

    Raises:
        BadCondition: it cannot be read. The dict form lists every entry that cannot.
    """
    from .parser import parse_text  # the parser builds the nodes above

    if given is None or isinstance(given, Expression):
        return given
    if isinstance(given, str):
        return parse_text(given, shorthand=shorthand)
    if isinstance(given, Mapping):
        return _from_mapping(cast("Mapping[object, object]", given))
    if shorthand is not None:
        return _from_mapping({shorthand: given})
    raise BadCondition(
        f'a condition is text or a dict, not a {type(given).__name__}; write for instance: "age >= 60" or '
        '{"age": between(60, None)}'
    )


def leaves(expression: Expression) -> Iterator[Leaf]:
    """The comparisons of an expression, from left to right."""
    if isinstance(expression, And | Or):
        for part in expression.parts:
            yield from leaves(part)
    elif isinstance(expression, Not):
        yield from leaves(expression.part)
    else:
        yield expression


def columns(expression: Expression) -> set[str]:
    """Names of the columns an expression speaks of."""
    names: set[str] = set()
    for leaf in leaves(expression):
        names |= {leaf.left, leaf.right} if isinstance(leaf, Columns) else {leaf.column}
    return names


def kinds(expression: Expression, schema: Schema) -> frozenset[Given]:
    """The kinds of condition (as in `Card.exact_given`) a family must honour to answer under the expression.

    Anything but one value is a `set` on a category column; on a number column it is a `range`, unless numbers are
    listed. A negated comparison also holds for empty cells, so it adds `missing`. An unknown column counts as a number.
    """
    return frozenset(_kinds(expression, schema, negated=False))


def _kinds(expression: Expression, schema: Schema, negated: bool) -> Iterator[Given]:
    if isinstance(expression, And | Or):
        for part in expression.parts:
            yield from _kinds(part, schema, negated)
    elif isinstance(expression, Not):
        yield from _kinds(expression.part, schema, not negated)
    elif isinstance(expression, Missing):
        yield "missing"
    else:
        if negated:
            yield "missing"
        yield _kind(expression, schema, negated)


def _kind(leaf: Compare | Member | Columns, schema: Schema, negated: bool) -> Given:
    if isinstance(leaf, Columns):
        return "compare"
    values = leaf.values if isinstance(leaf, Member) else (leaf.value,)
    listed = isinstance(leaf, Member) or leaf.op in ("==", "!=")
    outside = negated != (leaf.negated if isinstance(leaf, Member) else leaf.op == "!=")
    if listed and not outside and not negated and len(values) == 1:
        return "equal"
    category = leaf.column in schema and schema[leaf.column].kind == "category"
    return "set" if category or (listed and not outside) else "range"


def to_text(expression: Expression) -> str:
    """The text form; `parse` of it gives an equal expression."""
    if isinstance(expression, And | Or):
        joint = " and " if isinstance(expression, And) else " or "
        return joint.join(_part_text(p) for p in expression.parts)
    if isinstance(expression, Not):
        return f"not ({to_text(expression.part)})"
    if isinstance(expression, Columns):
        return f"{name_text(expression.left)} {expression.op} {name_text(expression.right)}"
    name = name_text(expression.column)
    if isinstance(expression, Compare):
        return f"{name} {expression.op} {value_text(expression.value)}"
    no = "not " if expression.negated else ""
    if isinstance(expression, Missing):
        return f"{name} is {no}missing"
    return f"{name} {no}in [{', '.join(value_text(v) for v in expression.values)}]"


def _part_text(part: Expression) -> str:
    return f"({to_text(part)})" if isinstance(part, And | Or) else to_text(part)


def name_text(name: str) -> str:
    """A column name as the text form writes it, in backticks when it is not a plain word."""
    if re.fullmatch(NAME, name) and name.lower() not in WORDS:
        return name
    return "`" + name.replace("`", "``") + "`"


def value_text(value: Value) -> str:
    """A value as the text form writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        for char, escape in (("\\", "\\\\"), ('"', '\\"'), ("\n", "\\n"), ("\r", "\\r"), ("\t", "\\t")):
            value = value.replace(char, escape)
        return f'"{value}"'
    return repr(float(value)) if isinstance(value, float) else str(value)


def instant(text: str) -> float | None:
    """Seconds since 1970-01-01 UTC of an ISO date or time (UTC unless it says otherwise); None when it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    since, finer = moment - EPOCH, re.search(r"[.,]\d{6}(\d+)", text)  # Python drops what is finer than microseconds
    billionths = since.microseconds * 1000 + (int(f"{finer[1]}00"[:3]) if finer else 0)
    return since.days * 86_400 + since.seconds + billionths / 10**9  # as the table modality reads cells, to the bit


def as_number(value: Value) -> float | None:
    """The finite number that a value is, or that its text spells; None when there is none."""
    try:
        number = float(value)
    except ValueError:
        return None
    return number if abs(number) <= LARGEST else None


def check_value(value: object) -> None:
    """Raise BadCondition unless `value` is text, a bool or a finite number."""
    if isinstance(value, str):
        return
    if not isinstance(value, int | float):
        raise BadCondition(f"a {type(value).__name__} is not a value; values are text, numbers, true, false and dates")
    if not -LARGEST <= value <= LARGEST:
        raise BadCondition(
            "a value must be a finite number; leave that side of the range open, or ask for `is missing`"
        )


def _two_parts(word: str, parts: tuple[Expression, ...]) -> None:
    if len(parts) < 2:
        raise BadCondition(f"`{word}` joins at least two conditions; {len(parts)} given")


def _from_mapping(entries: Mapping[object, object]) -> Expression | None:
    parts: list[Expression] = []
    problems: list[str] = []
    for name, value in entries.items():
        try:
            parts += _entry(str(name), value)
        except BadCondition as error:
            problems += error.problems
    if problems:
        raise BadCondition(problems)
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def _entry(name: str, value: object) -> list[Expression]:
    """The conditions one entry of the dict form stands for."""
    if isinstance(value, MissingCell):
        return [Missing(name)]
    if isinstance(value, Between):
        return _between(name, value)
    if isinstance(value, np.ndarray):
        value = cast("list[object]", value.tolist())
    if isinstance(value, list | tuple | set | frozenset):
        listed = [_scalar(name, v) for v in cast("list[object]", value)]
        return [Member(name, tuple(sorted(listed, key=repr) if isinstance(value, set | frozenset) else listed))]
    return [Compare(name, "==", _scalar(name, value))]


def _between(name: str, bounds: Between) -> list[Expression]:
    ends: list[tuple[Op, object]] = [(">=", bounds.low), ("<=", bounds.high)]
    parts = [Compare(name, op, _scalar(name, end)) for op, end in ends if end is not None]
    low, high = (_place(part.value) for part in parts) if len(parts) == 2 else (None, None)
    if low is not None and high is not None and low > high:
        raise BadCondition(f"{name}: between({bounds.low}, {bounds.high}) is empty; give the smaller value first")
    return [*parts] or [Missing(name, negated=True)]


def _place(value: Value) -> float | None:
    """Where a number or a date lies on its line."""
    number = as_number(value)
    return instant(value) if number is None and isinstance(value, str) else number


def _scalar(name: str, value: object) -> Value:
    """One value of the dict form as a plain Python value; dates become ISO text."""
    if isinstance(value, MissingCell):
        raise BadCondition(f"{name}: missing cannot stand in a list; write: {name_text(name)} is missing or ...")
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]")
    if isinstance(value, np.generic):
        value = cast("object", value.item())
    plain = isinstance(value, str | int | float | date)
    if value is None or (plain and value != value):  # NaN and NaT differ from themselves
        raise BadCondition(f'{name}: {value} is not a value; for empty cells write: {{"{name}": missing}}')
    if not plain:
        raise BadCondition(
            f"{name}: a {type(value).__name__} is not a value; give text, a number, a bool, a date, a list of them, "
            "between(low, high) or missing"
        )
    if isinstance(value, date):
        return value.isoformat()
    check_value(value)
    return value
