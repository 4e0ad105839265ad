"""The condition language: text and dict forms, round trip, errors, and the kinds of condition."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from obverse.core.errors import BadCondition
from obverse.core.given import (
    And,
    Columns,
    Compare,
    Expression,
    Member,
    Missing,
    Not,
    Or,
    between,
    columns,
    instant,
    kinds,
    missing,
    parse,
    to_text,
)
from obverse.core.schema import Column, Schema


def leaf(text: str) -> Expression:
    """The expression of a text that must be readable."""
    expression = parse(text)
    assert expression is not None
    return expression


names = st.text("aZ_é0. `\n", min_size=1, max_size=4) | st.sampled_from(
    ["age", "in", "Missing", "a b", "`", "nan", "1st", "x.y"]
)
values = (
    st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text("aé1 \\\"'`\n\t", max_size=5)
    | st.sampled_from(["\\", '"', "'", "\n", "\t\r", "2024-01-31", "missing"])
)
ops = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
leaf_expressions = (
    st.builds(Compare, names, ops, values)
    | st.builds(Columns, names, ops, names)
    | st.builds(Member, names, st.lists(values, min_size=1, max_size=4).map(tuple), st.booleans())
    | st.builds(Missing, names, st.booleans())
)
expressions = st.recursive(
    leaf_expressions,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=8,
)


@draw(expressions)
@settings(max_examples=150, deadline=None, derandomize=True, database=None)
def test_text_form_parses_back_to_an_equal_expression(expression: Expression) -> None:
    again = parse(to_text(expression))
    assert again == expression
    assert repr(again) == repr(expression)  # 1, 1.0 and true are equal but not the same


# --- dict form ---


def test_dict_form_equals_text_form() -> None:
    entries = {"age": between(60, None), "smoker": "yes", "region": ["N", "S"], "bmi": missing}
    assert parse(entries) == parse('age >= 60 and smoker == "yes" and region in ["N", "S"] and bmi is missing')


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (3, "x == 3"),
        (True, "x == true"),
        (np.int64(3), "x == 3"),
        (np.float32(0.5), "x == 0.5"),
        (np.bool_(True), "x == true"),
        (np.str_("a"), "x == 'a'"),
        ("age > 3", "x == 'age > 3'"),
        ((1, 2), "x in [1, 2]"),
        ({"b", "a"}, "x in ['a', 'b']"),
        (np.array([1.5, 2.5]), "x in [1.5, 2.5]"),
        (between(1, 2), "1 <= x <= 2"),
        (between(None, 2), "x <= 2"),
        (between(None, None), "x is not missing"),
        (between("2024-01-01", date(2024, 2, 1)), "2024-01-01 <= x <= 2024-02-01"),
        (date(2024, 1, 31), "x == 2024-01-31"),
        (datetime(2024, 1, 31, 10, 30), "x == 2024-01-31T10:30:00"),
        (pd.Timestamp("2024-01-31 10:30"), "x == 2024-01-31T10:30:00"),
        (np.datetime64("2024-01-31", "ns"), "x == 2024-01-31T00:00:00"),
    ],
)
def test_values_of_the_dict_form(value: object, text: str) -> None:
    assert parse({"x": value}) == parse(text)
    assert parse(to_text(leaf(text))) == parse(text)


def test_no_condition() -> None:
    assert parse(None) is None
    assert parse({}) is None


def test_an_expression_is_taken_as_it_is() -> None:
    expression = Missing("x")
    assert parse(expression) is expression


@pytest.mark.parametrize("value", [None, float("nan"), np.nan, pd.NaT, np.datetime64("NaT"), [1, None]])
def test_an_empty_value_points_to_missing(value: object) -> None:
    with pytest.raises(BadCondition, match=r'for empty cells write: \{"x": missing\}'):
        parse({"x": value})


def test_dict_form_lists_every_problem() -> None:
    with pytest.raises(BadCondition) as caught:
        parse({"a": None, "b": 1, "c": [], "d": between(3, 2), "e": object(), "f": float("inf"), "g": [missing]})
    problems = caught.value.problems
    assert [p.split(":")[0] for p in problems if p[1] == ":"] == ["a", "c", "d", "e", "g"]
    assert len(problems) == 6
    assert problems[2] == "d: between(3, 2) is empty; give the smaller value first"


def test_between_orders_dates_as_dates() -> None:
    with pytest.raises(BadCondition, match="is empty"):
        parse({"day": between("2024-02-01", "2024-01-01")})


# --- shorthand ---


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, Compare("digit", "==", 7)),
        ("7", Compare("digit", "==", 7)),
        ("cat", Compare("digit", "==", "cat")),
        ("'New York'", Compare("digit", "==", "New York")),
        (np.int64(7), Compare("digit", "==", 7)),
        ([1, 7], Member("digit", (1, 7))),
        (between(3, 5), And((Compare("digit", ">=", 3), Compare("digit", "<=", 5)))),
        ("digit != 7", Compare("digit", "!=", 7)),
        ({"other": 1}, Compare("other", "==", 1)),
    ],
)
def test_shorthand_for_a_label(value: object, expected: Expression) -> None:
    assert parse(value, shorthand="digit") == expected


@pytest.mark.parametrize("value", [7, [1, 7], missing, 3.5])
def test_a_bare_value_needs_the_shorthand(value: object) -> None:
    with pytest.raises(BadCondition, match="a condition is text or a dict, not a"):
        parse(value)


def test_a_bare_word_without_shorthand_is_no_condition() -> None:
    with pytest.raises(BadCondition, match="expected a comparison"):
        parse("7")


def test_trees_that_mean_nothing_cannot_be_built() -> None:
    with pytest.raises(BadCondition, match="at least two"):
        And((Missing("x"),))
    with pytest.raises(BadCondition, match="empty"):
        Member("x", ())
    with pytest.raises(BadCondition, match="finite"):
        Compare("x", "<", float("inf"))
    with pytest.raises(BadCondition, match="not a value"):
        Compare("x", "<", None)  # type: ignore[arg-type]


# --- facts about an expression ---


def test_columns_of_an_expression() -> None:
    assert columns(leaf("a == 1 and (b > c or not (d in [1] and e is missing))")) == set("abcde")


SCHEMA = Schema(
    (Column("n", "number", "float64"), Column("m", "number", "float64"), Column("c", "category", "category"))
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n == 1", {"equal"}),
        ("c == 'a' and n in [1]", {"equal"}),
        ("n != 1", {"range"}),
        ("c != 'a'", {"set"}),
        ("n in [1, 2]", {"set"}),
        ("n not in [1, 2]", {"range"}),
        ("c in ['a', 'b']", {"set"}),
        ("n < 1", {"range"}),
        ("c < 'b'", {"set"}),
        ("n is missing", {"missing"}),
        ("n > m", {"compare"}),
        ("not (n == 1)", {"range", "missing"}),
        ("not (n != 1)", {"set", "missing"}),
        ("not not n == 1", {"equal"}),
        ("not (n is missing)", {"missing"}),
        ("not (n > m)", {"compare", "missing"}),
        ("n > 1 and (c == 'a' or not (n in [1, 2] and c == 'b'))", {"range", "equal", "set", "missing"}),
        ("nowhere > 1", {"range"}),
    ],
)
def test_kinds_of_condition(text: str, expected: set[str]) -> None:
    assert kinds(leaf(text), SCHEMA) == expected


@pytest.mark.parametrize(
    "text", ["1970-01-01", "2024-02-29", "1900-03-01T23:59:59.25", "2024-01-31 10:30", "9999-12-31"]
)
def test_instants_agree_with_numpy(text: str) -> None:
    assert instant(text) == np.datetime64(text, "us").astype(np.int64) / 1e6


def test_instants_respect_a_time_zone() -> None:
    moment = datetime(2024, 1, 31, 10, 30, tzinfo=timezone(timedelta(hours=2)))
    assert instant("2024-01-31T10:30+02:00") == moment.timestamp()
    assert instant("2024-01-31T10:30Z") == datetime(2024, 1, 31, 10, 30, tzinfo=UTC).timestamp()
    assert instant("yesterday") is None
