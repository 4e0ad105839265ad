"""What one comparison of a condition means under a schema: its columns, its values, and the cells that make it true.

Text that spells a number or a truth value equals that number or truth value, dates are seconds since 1970-01-01 UTC,
and `<` between categories follows their order, or their numbers when they are numbers.
"""

from __future__ import annotations

import difflib
import operator
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from .errors import BadCondition
from .evidence import Region, interval
from .given import Columns, Compare, Leaf, Member, Missing, Op, Value, as_number, instant, name_text, value_text
from .schema import UNSEEN, Array, Column, FloatArray, Schema

NEAREST = 3  # names or values listed in an error

COMPARE: dict[Op, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
SHORT_FLOATS: dict[str, type[np.floating[Any]]] = {
    "float16": np.float16,
    "float32": np.float32,
    "halffloat[pyarrow]": np.float16,
    "float[pyarrow]": np.float32,
}
# Less, equal, greater: the orders of left and right that make `left op right` true.
OUTCOMES: dict[Op, tuple[bool, bool, bool]] = {
    "==": (False, True, False),
    "!=": (True, False, True),
    "<": (True, False, False),
    "<=": (True, True, False),
    ">": (False, False, True),
    ">=": (False, True, True),
}


def resolve(leaf: Leaf, schema: Schema) -> dict[tuple[int, ...], Region]:
    """The region in which a comparison is true, under the position of its column, or of its two columns in order.

    The region of two columns is one of the categories less, equal, greater. BadCondition lists what does not fit.
    """
    names = (leaf.left, leaf.right) if isinstance(leaf, Columns) else (leaf.column,)
    if whole := [name for name in names if name in schema and schema[name].kind == "structure"]:
        raise BadCondition(f"{name_text(whole[0])} has no values to compare; conditions are on the other columns")
    if isinstance(leaf, Columns):
        return _columns(leaf, schema)
    i = position(schema, leaf.column)
    return {(i,): _region(schema.columns[i], leaf)}


def position(schema: Schema, name: str) -> int:
    """Position of a column; BadCondition names the nearest when there is none of that name."""
    if name not in schema:
        raise BadCondition(_no_column(schema, name))
    return schema.index(name)


def truth(column: Column, leaf: Compare | Member, cells: FloatArray) -> Array:
    """Boolean (n,): which known encoded cells make the comparison true; an unseen category only differs."""
    op, asked = _op_and_values(leaf)
    if column.kind == "category":
        return np.asarray([*_codes(column, op, asked), op == "!="])[_integers(cells)]
    numbers = [_number(column, v) for v in asked]
    if op in ("==", "!="):
        return np.isin(cells, numbers, invert=op == "!=")
    return COMPARE[op](cells, numbers[0])


def sides(schema: Schema, left: int, right: int, values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Two columns of encoded rows (n, d) as numbers that compare, NaN for missing cells and unseen categories."""
    tables = _tables(schema.columns[left], schema.columns[right])
    cells = (values[:, left], values[:, right])
    a, b = (c if t is None else np.append(t, np.nan)[_integers(c)] for c, t in zip(cells, tables, strict=True))
    return a, b


def order(schema: Schema, left: int, right: int, values: FloatArray) -> FloatArray:
    """Codes 0 less, 1 equal, 2 greater of column `left` against column `right`, NaN where a side is not known."""
    a, b = sides(schema, left, right, values)
    return np.select([a < b, a == b, a > b], [0.0, 1.0, 2.0], np.nan)


def _integers(cells: FloatArray) -> Array:
    """Codes as indices; the last entry (-1) stands for missing cells and unseen categories."""
    return np.where(np.isnan(cells), UNSEEN, cells).astype(int)


def _op_and_values(leaf: Compare | Member) -> tuple[Op, tuple[Value, ...]]:
    if isinstance(leaf, Compare):
        return leaf.op, (leaf.value,)
    return "!=" if leaf.negated else "==", leaf.values


def _region(column: Column, leaf: Compare | Member | Missing) -> Region:
    """The cells of the column for which the comparison is true."""
    known = Region.everything(column, missing=False)
    if isinstance(leaf, Missing):
        return known if leaf.negated else Region.nothing(column, missing=True)
    op, asked = _op_and_values(leaf)
    if column.kind == "category":
        return Region(False, codes=_codes(column, op, asked))
    numbers = sorted({_number(column, v) for v in asked})
    if op in ("==", "!="):
        points = Region(False, intervals=tuple((x, x, True, True) for x in numbers))
        return points if op == "==" else points.complement().both(known)
    if op in ("<", "<="):
        return interval(high=numbers[0], with_high=op == "<=")
    return interval(low=numbers[0], with_low=op == ">=")


def _number(column: Column, value: Value) -> float:
    """A value as a number of the column: seconds since 1970 of a date, else the number at the column's precision."""
    name = name_text(column.name)
    if column.is_date:
        seconds = instant(value) if isinstance(value, str) else None
        if seconds is None:
            raise BadCondition(f"{name} holds dates, not {value_text(value)}; write for instance: {name} >= 2024-01-31")
        return _settled(column, seconds)
    number = as_number(value)
    if number is None:
        raise BadCondition(f"{name} holds numbers, not {value_text(value)}; write for instance: {name} >= 60")
    return _settled(column, number)


def _settled(column: Column, number: float) -> float:
    """The number as a cell of the column holds it: the column's own 0.1, as in pandas, or the grid point it spells."""
    short = SHORT_FLOATS.get(column.dtype.lower())
    with np.errstate(over="ignore"):
        stored = number if short is None else float(short(number))
        if column.step is None:
            return stored if np.isfinite(stored) else number
        near = float(column.on_grid(np.asarray(number, float)))
        same = near if short is None else float(short(near))
    return near if abs(same - stored) <= 2 * np.finfo(float).eps * abs(number) else number


def _codes(column: Column, op: Op, asked: Sequence[Value]) -> tuple[bool, ...]:
    """Which categories make the comparison true; `==` and `!=` take several values."""
    name = name_text(column.name)
    if op in ("==", "!="):
        hit = _equal(column, asked)
        return tuple((code in hit) == (op == "==") for code in range(len(column.values)))
    (value,) = asked
    if _is_numeric(column):
        number = as_number(value)
        if number is None:
            raise BadCondition(f"{name} holds numbers, not {value_text(value)}; write for instance: {name} >= 60")
        return tuple(bool(COMPARE[op](v, number)) for v in column.values)
    if not column.ordered:
        raise BadCondition(
            f"the categories of {name} have no order, so {op} has no meaning; use == or: {name} in [...]"
        )
    rank = min(_equal(column, asked))
    return tuple(bool(COMPARE[op](code, rank)) for code in range(len(column.values)))


def _equal(column: Column, asked: Iterable[Value]) -> set[int]:
    """Codes of the categories equal to one of the values; BadCondition lists the values that no category equals."""
    code_of = {value: code for code, value in enumerate(column.values)}
    known = [str(v) for v in column.values]
    hit: set[int] = set()
    problems: list[str] = []
    for value in asked:
        codes = {code_of[value]} if value in code_of else {c for c, v in enumerate(column.values) if _spells(v, value)}
        if not codes:
            nearest = _nearest(str(value), known, "values")
            problems.append(f"{name_text(column.name)} has no value {value_text(value)}; {nearest}")
        hit |= codes
    if problems:
        raise BadCondition(problems)
    return hit


def _spells(value: Value, asked: Value) -> bool:
    """One is text that spells the other, a number or a truth value."""
    if isinstance(value, str) == isinstance(asked, str):
        return False
    text, other = (value, asked) if isinstance(value, str) else (asked, value)
    return str(text).lower() == str(other).lower() or as_number(text) == other


def _is_numeric(column: Column) -> bool:
    """The categories are numbers, and their order, if they have one, is that of numbers."""
    values = [v for v in column.values if not isinstance(v, str)]
    return len(values) == len(column.values) and (not column.ordered or sorted(values) == values)


def _columns(leaf: Columns, schema: Schema) -> dict[tuple[int, ...], Region]:
    problems: list[str] = []
    if leaf.left not in schema:
        problems.append(_no_column(schema, leaf.left))
    if leaf.right not in schema:
        problems.append(f"{_no_column(schema, leaf.right)}; if it is a value, quote it: {value_text(leaf.right)}")
    if problems:
        raise BadCondition(problems)
    left, right = schema.index(leaf.left), schema.index(leaf.right)
    a, b = schema.columns[left], schema.columns[right]
    if not _compare(a, b, leaf.op):
        raise BadCondition(
            f"{name_text(a.name)} {leaf.op} {name_text(b.name)} has no meaning; compare two numbers, two dates, two "
            "columns with the same ordered values, or the values of two category columns by == and !="
        )
    if left == right:  # equal to itself wherever it is known
        everything = OUTCOMES[leaf.op][1]
        return {(left,): Region.everything(a, missing=False) if everything else Region.nothing(a)}
    codes = OUTCOMES[leaf.op]
    return {(min(left, right), max(left, right)): Region(False, codes=codes if left < right else codes[::-1])}


def _compare(a: Column, b: Column, op: Op) -> bool:
    """Whether `a op b` has a meaning."""
    if all(c.kind == "number" or _is_numeric(c) for c in (a, b)):
        return a.is_date == b.is_date
    ordered = a.ordered and b.ordered and a.values == b.values
    return a.kind == b.kind and (ordered or op in ("==", "!="))


def _tables(a: Column, b: Column) -> tuple[FloatArray | None, FloatArray | None]:
    """The number that stands for each code of two columns, equal for equal values; None: the cells are numbers."""
    rank = {value: i for i, value in enumerate(dict.fromkeys((*a.values, *b.values)))}
    numeric = all(c.kind == "number" or _is_numeric(c) for c in (a, b))

    def table(column: Column) -> FloatArray | None:
        if column.kind == "number":
            return None
        return np.asarray(column.values if numeric else [rank[v] for v in column.values], float)

    return table(a), table(b)


def _no_column(schema: Schema, name: str) -> str:
    return f"there is no column {name_text(name)}; {_nearest(name, schema.names, 'columns')}"


def _nearest(asked: str, known: Sequence[str], what: str) -> str:
    small = {k.lower(): k for k in known}
    close = [small[k] for k in difflib.get_close_matches(asked.lower(), small, NEAREST)]
    listed = ", ".join(value_text(k) for k in close or known[:NEAREST])
    return f"{'the nearest' if close else 'the first'} of {len(known)} {what}: {listed}"
