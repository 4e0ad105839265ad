"""What the comparisons of a condition mean under a schema: categories, numbers, dates, columns, and their errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from obverse.core.boxes import compile, holds
from obverse.core.errors import BadCondition
from obverse.core.evidence import Region
from obverse.core.given import Expression, parse
from obverse.core.schema import UNSEEN, Column, Schema

SIZES = ("S", "M", "L")
SCHEMA = Schema(
    (
        Column("kids", "number", "Int64", step=1.0, low=0, high=4, missing=0.2),
        Column("region", "category", "str", ("N", "S", "E"), missing=0.2),
        Column("born", "category", "str", ("W", "E", "N"), missing=0.2),
        Column("size", "category", "category", SIZES, ordered=True, missing=0.2),
        Column("ok", "category", "bool", (False, True), missing=0.2),
    )
)


def leaf(text: str) -> Expression:
    expression = parse(text)
    assert expression is not None
    return expression


RATED = Schema(
    (
        Column("stars", "category", "Int64", (1, 2, 5)),
        Column("level", "category", "category", ("2", "1", "low"), ordered=True),
        Column("flag", "category", "bool", (False, True)),
        Column("zip", "category", "str", ("10", "20")),
        Column("day", "number", "datetime64[us]", low=0, high=2e9),
        Column("x", "number", "float64", low=0, high=9),
        Column("rank", "category", "category", (3, 2, 1), ordered=True),
    )
)


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("stars == 2", (False, True, False)),
        ("stars == 2.0", (False, True, False)),
        ("stars == '2'", (False, True, False)),
        ("stars == '2.0'", (False, True, False)),
        ("stars in [1, '5']", (True, False, True)),
        ("stars == true", (True, False, False)),
        ("stars > 2.5", (False, False, True)),
        ("stars <= '2'", (True, True, False)),
        ("level < 'low'", (True, True, False)),
        ("level > '2'", (False, True, True)),
        ("level >= 1", (False, True, True)),
        ("flag == true", (False, True)),
        ("flag == 1", (False, True)),
        ("flag == 'False'", (True, False)),
        ("flag > 0", (False, True)),
        ("zip == 10", (True, False)),
        ("zip != '10'", (False, True)),
        ("rank > 3", (False, True, True)),  # its own order, as in pandas
    ],
)
def test_categories_that_make_a_comparison_true(text: str, codes: tuple[bool, ...]) -> None:
    (box,) = compile(leaf(text), RATED)
    (region,) = box.regions.values()
    assert region == Region(False, codes=codes)


def test_text_that_spells_a_number_is_that_number() -> None:
    assert compile(leaf("x < '4.5'"), RATED) == compile(leaf("x < 4.5"), RATED)
    assert compile(leaf("x > true"), RATED) == compile(leaf("x > 1"), RATED)


def test_dates_are_seconds_since_1970() -> None:
    stamps = pd.to_datetime(["2024-01-30 23:59:59", "2024-01-31", "2024-01-31 10:30"], format="ISO8601")
    rows = np.zeros((3, len(RATED.columns)))
    rows[:, 4] = stamps.astype("datetime64[us]").astype(np.int64) / 1e6
    for text, expected in [
        ("day == 2024-01-31", stamps == "2024-01-31"),
        ("day >= '2024-01-31'", stamps >= "2024-01-31"),
        ("2024-01-31 < day <= 2024-01-31T10:30", (stamps > "2024-01-31") & (stamps <= "2024-01-31 10:30")),
    ]:
        assert holds(leaf(text), RATED, rows).tolist() == expected.tolist()


def test_columns_compare_by_value_not_by_code() -> None:
    rows = np.full((3, len(SCHEMA.columns)), np.nan)
    rows[:, 1] = [0, 2, 0]  # N E N
    rows[:, 2] = [2, 1, 0]  # N E W
    assert holds(leaf("region == born"), SCHEMA, rows).tolist() == [True, True, False]
    assert holds(leaf("born != region"), SCHEMA, rows).tolist() == [False, False, True]


def test_numeric_categories_compare_with_numbers() -> None:
    rows = np.zeros((2, len(RATED.columns)))
    rows[:, 0], rows[:, 5] = [2, 1], [4.0, 2.0]  # stars 5 and 2
    assert holds(leaf("stars > x"), RATED, rows).tolist() == [True, False]
    assert holds(leaf("stars == x"), RATED, rows).tolist() == [False, True]


def test_a_category_never_met_only_differs() -> None:
    rows = np.full((1, len(SCHEMA.columns)), UNSEEN)
    for text, expected in [
        ("region == 'N'", False),
        ("region != 'N'", True),
        ("region not in ['N', 'S', 'E']", True),
        ("region is missing", False),
        ("size >= 'S'", False),
        ("region == born", False),
        ("region != born", False),
    ]:
        assert holds(leaf(text), SCHEMA, rows).tolist() == [expected], text


ROWS = np.zeros((2, len(SCHEMA.columns)))
MEANINGLESS = (
    "has no meaning; compare two numbers, two dates, two columns with the same ordered values, "
    "or the values of two category columns by == and !="
)
ERRORS = [
    ("kidz > 1", 'there is no column kidz; the nearest of 5 columns: "kids"'),
    ("`a b` > 1", 'there is no column `a b`; the first of 5 columns: "kids", "region", "born"'),
    (
        "region == N",
        'there is no column N; the first of 5 columns: "kids", "region", "born"; if it is a value, quote it: "N"',
    ),
    ("region == 'north'", 'region has no value "north"; the first of 3 values: "N", "S", "E"'),
    ("region != 'n'", 'region has no value "n"; the nearest of 3 values: "N"'),
    ("ok == 'tru'", 'ok has no value "tru"; the nearest of 2 values: "True"'),
    ("ok == 2", 'ok has no value 2; the first of 2 values: "False", "True"'),
    ("size < 'XL'", 'size has no value "XL"; the nearest of 3 values: "L"'),
    ("ok > 'x'", 'ok holds numbers, not "x"; write for instance: ok >= 60'),
    ("kids > 'many'", 'kids holds numbers, not "many"; write for instance: kids >= 60'),
    ("region < 'S'", "the categories of region have no order, so < has no meaning; use == or: region in [...]"),
    ("region < born", f"region < born {MEANINGLESS}"),
]


@pytest.mark.parametrize(("text", "expected"), ERRORS)
def test_errors_name_what_is_near(text: str, expected: str) -> None:
    for ask in (lambda: compile(leaf(text), SCHEMA), lambda: holds(leaf(text), SCHEMA, ROWS)):
        with pytest.raises(BadCondition) as caught:
            ask()
        assert str(caught.value) == expected


@pytest.mark.parametrize("text", ["day > 5", "day == 'soon'", "day > true", "day in ['2024-01-31', 'x']"])
def test_a_date_is_compared_with_a_date(text: str) -> None:
    with pytest.raises(BadCondition, match=r"day holds dates, not .*; write for instance: day >= 2024-01-31"):
        compile(leaf(text), RATED)


@pytest.mark.parametrize("text", ["day > x", "level < zip", "zip < x", "zip == x", "level < stars"])
def test_columns_of_different_nature_are_not_compared(text: str) -> None:
    with pytest.raises(BadCondition, match="has no meaning"):
        compile(leaf(text), RATED)


def test_every_problem_is_listed_once() -> None:
    with pytest.raises(BadCondition) as caught:
        compile(
            leaf("kidz > 1 and not (region in ['north', 'N', 'nord'] or a == b) and kids == 'x' and kidz < 4"), SCHEMA
        )
    assert [p.split(";")[0] for p in caught.value.problems] == [
        "there is no column kidz",
        'region has no value "north"',
        'region has no value "nord"',
        "there is no column a",
        "there is no column b",
        'kids holds numbers, not "x"',
    ]


def test_numbers_are_read_at_the_precision_of_the_column() -> None:
    schema = Schema((Column("x", "number", "float32", low=0, high=1),))
    cells = np.array([[np.float32(0.1)], [np.float32(0.2)]], dtype=np.float64)
    assert holds(leaf("x == 0.1"), schema, cells).tolist() == [True, False]
    assert compile(leaf("x == 0.1"), schema)[0].points == {0: float(np.float32(0.1))}
    assert holds(leaf("x < 1e300"), schema, cells).all()
