"""Conditions under a schema: boxes against row-by-row truth, values against the schema, evidence against bounds."""

from __future__ import annotations

import operator
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given as draw
from hypothesis import settings
from hypothesis import strategies as st

from obverse.core.boxes import MAX_BOXES, Box, Relation, compile, holds, relations_hold
from obverse.core.errors import BadCondition
from obverse.core.evidence import Region, interval
from obverse.core.given import And, Columns, Compare, Expression, Member, Missing, Not, Or, parse
from obverse.core.schema import Column, FloatArray, Schema

INF = float("inf")
SIZES = ("S", "M", "L")
SCHEMA = Schema(
    (
        Column("income", "number", "float64", low=-3.0, high=3.0, atoms=(0.0,), missing=0.2),
        Column("spent", "number", "float64", low=-3.0, high=3.0, missing=0.2),
        Column("kids", "number", "Int64", step=1.0, low=0, high=4, missing=0.2),
        Column("dogs", "number", "Int64", step=1.0, low=0, high=4, missing=0.2),
        Column("region", "category", "str", ("N", "S", "E"), missing=0.2),
        Column("born", "category", "str", ("W", "E", "N"), missing=0.2),
        Column("size", "category", "category", SIZES, ordered=True, missing=0.2),
        Column("fits", "category", "category", SIZES, ordered=True, missing=0.2),
        Column("ok", "category", "bool", (False, True), missing=0.2),
    )
)
NUMBERS, WORDS = ("income", "spent", "kids", "dogs", "ok"), ("region", "born", "size", "fits")
OPS = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def leaf(text: str) -> Expression:
    expression = parse(text)
    assert expression is not None
    return expression


def boxes(text: str, schema: Schema = SCHEMA) -> list[Box]:
    return compile(leaf(text), schema)


def table(rng: np.random.Generator, n: int) -> FloatArray:
    """Random encoded rows: continuous numbers with the atom 0, grid numbers, codes, and missing cells anywhere."""
    rows = np.empty((n, len(SCHEMA.columns)))
    for j, column in enumerate(SCHEMA.columns):
        if column.kind == "category":
            rows[:, j] = rng.integers(len(column.values), size=n)
        elif column.step is not None:
            rows[:, j] = rng.integers(5, size=n)
        else:
            rows[:, j] = rng.normal(size=n)
            rows[rng.random(n) < 0.3, j] = 0.0 if column.atoms else 1.0 + rng.random()
    rows[rng.random(rows.shape) < 0.2] = np.nan
    return rows


def true_in(expression: Expression, row: dict[str, Any]) -> bool:
    """The condition on one decoded row (None: missing), in plain Python."""

    def place(name: str) -> Any:
        return SIZES.index(row[name]) if name in ("size", "fits") else row[name]

    match expression:
        case And(parts):
            return all(true_in(p, row) for p in parts)
        case Or(parts):
            return any(true_in(p, row) for p in parts)
        case Not(part):
            return not true_in(part, row)
        case Missing(column, negated):
            return (row[column] is None) != negated
        case Member(column, values, negated):
            return row[column] is not None and (row[column] in values) != negated
        case Columns(left, op, right):
            known = row[left] is not None and row[right] is not None
            ordered = {left, right} <= {"size", "fits"}
            return known and OPS[op](*((place(left), place(right)) if ordered else (row[left], row[right])))
        case Compare(column, op, value):
            asked = SIZES.index(value) if column in ("size", "fits") else value  # type: ignore[arg-type]
            return row[column] is not None and OPS[op](place(column), asked)


def decoded(rows: FloatArray) -> list[dict[str, Any]]:
    return [
        {
            c.name: None if np.isnan(cell) else c.values[int(cell)] if c.values else float(cell)
            for c, cell in zip(SCHEMA.columns, row, strict=True)
        }
        for row in rows
    ]


def inside(box: Box, rows: FloatArray, schema: Schema = SCHEMA) -> np.ndarray:
    """Boolean (n,): which rows lie in the box."""
    kept = relations_hold(box, schema, rows)
    for i, region in box.regions.items():
        kept = kept & region.contains(rows[:, i])
    for i, point in box.points.items():
        kept = kept & (rows[:, i] == point)
    return kept


ops = st.sampled_from(list(OPS))
equalities = st.sampled_from(["==", "!="])
constants = {
    "income": [0, -0.5, 0.5],
    "spent": [-0.5, 0, 0.5],
    "kids": [0, 1, 2.5, 4],
    "dogs": [1, 3],
    "region": ["N", "S", "E"],
    "born": ["W", "E"],
    "size": list(SIZES),
    "fits": ["M"],
    "ok": [True, False],
}


def on_column(name: str) -> st.SearchStrategy[Expression]:
    value = st.sampled_from(constants[name])
    return (
        st.builds(Compare, st.just(name), equalities if name in ("region", "born") else ops, value)
        | st.builds(Member, st.just(name), st.lists(value, min_size=1, max_size=3).map(tuple), st.booleans())
        | st.builds(Missing, st.just(name), st.booleans())
    )


leaves = (
    st.sampled_from(SCHEMA.names).flatmap(on_column)
    | st.builds(Columns, st.sampled_from(NUMBERS), ops, st.sampled_from(NUMBERS))
    | st.builds(Columns, st.sampled_from(WORDS), equalities, st.sampled_from(WORDS))
    | st.builds(Columns, st.sampled_from(["size", "fits"]), ops, st.sampled_from(["size", "fits"]))
)
expressions = st.recursive(
    leaves,
    lambda inner: (
        st.builds(Not, inner)
        | st.builds(And, st.lists(inner, min_size=2, max_size=3).map(tuple))
        | st.builds(Or, st.lists(inner, min_size=2, max_size=3).map(tuple))
    ),
    max_leaves=7,
)
ROWS = table(np.random.default_rng(0), 150)
DECODED = decoded(ROWS)


@draw(expressions)
@settings(max_examples=200, deadline=None, derandomize=True, database=None)
def test_a_row_is_in_exactly_one_box_if_the_condition_holds_and_in_none_otherwise(expression: Expression) -> None:
    truth = np.array([true_in(expression, row) for row in DECODED])
    np.testing.assert_array_equal(holds(expression, SCHEMA, ROWS), truth)
    counts = sum((inside(box, ROWS) for box in compile(expression, SCHEMA)), np.zeros(len(ROWS), int))
    np.testing.assert_array_equal(counts, truth)


# --- missing cells ---

KIDS = np.full((3, len(SCHEMA.columns)), np.nan)
KIDS[:, 2] = [0, 1, np.nan]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("kids == 0", [True, False, False]),
        ("kids != 0", [False, True, False]),
        ("kids in [0]", [True, False, False]),
        ("kids not in [0]", [False, True, False]),
        ("not (kids == 0)", [False, True, True]),
        ("not (kids != 0)", [True, False, True]),
        ("kids is missing", [False, False, True]),
        ("kids is not missing", [True, True, False]),
        ("kids >= dogs", [False, False, False]),
        ("not (kids >= dogs)", [True, True, True]),
        ("kids == kids", [True, True, False]),
        ("kids < kids", [False, False, False]),
    ],
)
def test_logic_with_missing_cells_is_two_valued(text: str, expected: list[bool]) -> None:
    assert holds(leaf(text), SCHEMA, KIDS).tolist() == expected
    assert sum((inside(b, KIDS) for b in boxes(text)), np.zeros(3, int)).tolist() == expected


def test_holds_agrees_with_pandas_on_complete_rows() -> None:
    rows = ROWS[~np.isnan(ROWS).any(axis=1)]
    frame = pd.DataFrame(rows, columns=list(SCHEMA.names))
    text = "(income > 0.1 and kids <= 2) or (not (spent > income) and kids != dogs)"
    assert len(rows) > 10
    np.testing.assert_array_equal(holds(leaf(text), SCHEMA, rows), frame.eval(text))


# --- the shape of the boxes ---


def test_a_conjunction_is_one_box() -> None:
    (box,) = boxes('0.5 <= income < 2 and kids == 1 and region in ["N", "E"] and spent is missing')
    assert box.regions == {
        0: interval(0.5, 2, with_high=False),
        1: Region(True, intervals=()),
        2: interval(1, 1),
        4: Region(False, codes=(True, False, True)),
    }
    assert (box.points, box.relations) == ({}, ())


def test_alternatives_on_one_column_are_one_box() -> None:
    (box,) = boxes("kids == 0 or kids == 4 or kids > 2 or kids is missing")
    assert box.regions == {2: Region(True, intervals=((0, 0, True, True), (2, INF, False, False)))}


def test_what_always_holds_is_one_free_box_and_a_contradiction_is_none() -> None:
    assert boxes("kids is missing or kids is not missing") == [Box({}, {}, ())]
    assert boxes("kids < 1 and kids > 2") == []
    assert boxes("kids < dogs and not (kids <= dogs)") == []
    assert boxes("income < income") == []


def test_a_comparison_of_columns_is_a_relation_of_known_cells() -> None:
    (box,) = boxes("dogs > kids")
    assert box.relations == (Relation(2, "<", 3, True),)
    assert box.regions == {i: Region.everything(SCHEMA.columns[i], missing=False) for i in (2, 3)}
    (negated,) = boxes("not (dogs > kids)")
    assert negated == Box({}, {}, (Relation(2, "<", 3, False),))


def test_comparisons_that_leave_only_missing_cells_become_regions() -> None:
    found = boxes("not (kids < dogs) and not (kids >= dogs)")
    assert [box.relations for box in found] == [(), ()]
    assert sum(inside(b, ROWS).astype(int) for b in found).tolist() == np.isnan(ROWS[:, 2:4]).any(axis=1).tolist()


def test_too_many_boxes_are_refused() -> None:
    schema = Schema(tuple(Column(f"c{i}", "number", "float64", low=0, high=9) for i in range(24)))
    text = " and ".join(f"(c{i} < 1 or c{i + 1} < 1)" for i in range(0, 24, 2))
    with pytest.raises(BadCondition, match=f"more than {MAX_BOXES} separate boxes; ask it in parts"):
        boxes(text, schema)


# --- exact numbers of a density ---


def test_a_number_of_a_density_is_a_point_and_an_atom_or_a_grid_point_is_a_region() -> None:
    assert boxes("income == 1.5") == [Box({}, {0: 1.5}, ())]
    assert boxes("income == 0") == [Box({0: interval(0, 0)}, {}, ())]
    assert boxes("kids == 1") == [Box({2: interval(1, 1)}, {}, ())]


def test_several_numbers_of_a_density_are_a_box_each() -> None:
    found = boxes("income in [1.5, -1] and spent in [2, 1] and kids == 1")
    assert [dict(box.points) for box in found] == [
        {0: -1.0, 1: 1.0},
        {0: -1.0, 1: 2.0},
        {0: 1.5, 1: 1.0},
        {0: 1.5, 1: 2.0},
    ]
    assert all(box.regions == {2: interval(1, 1)} for box in found)


def test_a_point_beside_mass_is_dropped() -> None:
    assert boxes("income == 1.5 or income > 2") == [Box({0: interval(2, with_low=False)}, {}, ())]
    assert boxes("income in [0, 1.5]") == boxes("income == 0")
    assert boxes("income == 1.5 or income is missing") == boxes("income is missing")
    (beside,) = boxes("income == 1.5 or kids == 1")
    assert not beside.points
    assert beside.regions[2] == interval(1, 1)


def test_points_of_different_densities_are_not_joined() -> None:
    message = "single values of different continuous columns cannot be joined by `or`; ask for ranges"
    with pytest.raises(BadCondition, match=message):
        boxes("income == 1.5 or spent == 2")
    assert len(boxes("income == 1.5 and spent == 2 or income == 2.5 and spent == 1")) == 2


def test_a_point_stands_where_missing_has_no_mass() -> None:
    complete = Schema((replace(SCHEMA.columns[0], missing=0.0), *SCHEMA.columns[1:]))
    assert boxes("not (income != 1.5)", complete) == [Box({}, {0: 1.5}, ())]
    as_target = SCHEMA.with_target("income")
    assert boxes("not (income != 1.5)", as_target) == [Box({}, {0: 1.5}, ())]


# --- evidence ---


def test_evidence_without_support_says_only_the_condition() -> None:
    (box,) = boxes("income == 1.5 and kids > 1")
    evidence = box.evidence(SCHEMA, support=False)
    assert evidence.values.shape == (1, 9)
    assert evidence.values[0, 0] == 1.5
    assert np.isnan(evidence.values[0, 1:]).all()
    assert evidence.regions == {0: Region.everything(SCHEMA.columns[0], missing=False), 2: interval(1, with_low=False)}


def test_evidence_with_support_keeps_every_column_within_its_bounds() -> None:
    schema = SCHEMA.with_target("dogs")
    (box,) = boxes("kids > 1 and spent is missing", schema)
    regions = box.evidence(schema, support=True).regions
    assert set(regions) == set(range(9))
    assert regions[0] == Region(True, intervals=((-3, 3, True, True),))
    assert regions[1] == Region(True, intervals=())
    assert regions[2] == interval(1, 4, with_low=False)
    assert regions[3] == interval(0, 4)  # the target is never drawn missing
    assert regions[4] == Region(True, codes=(True, True, True))


def test_missing_cells_belong_to_the_support_only_where_there_were_some() -> None:
    schema = Schema((replace(SCHEMA.columns[0], missing=0.0), SCHEMA.columns[1]))
    regions = Box({}, {}, ()).evidence(schema, support=True).regions
    assert [regions[i].missing for i in (0, 1)] == [False, True]


@pytest.mark.parametrize(
    ("text", "column", "expected"),
    [
        ("kids >= 4", 2, interval(4, 4)),
        ("kids > 3.2", 2, interval(3.2, 4, with_low=False)),
        ("income <= 0", 0, interval(-3, 0)),
        ("not (income <= 3)", 0, Region(True, intervals=())),
    ],
)
def test_a_condition_keeps_what_lies_within_the_bounds(text: str, column: int, expected: Region) -> None:
    (box,) = boxes(text)
    assert box.evidence(SCHEMA, support=True).regions[column] == expected
    assert box.within_support(SCHEMA)


@pytest.mark.parametrize(
    "text", ["kids > 10", "income >= 3", "income >= 3.5", "income == 3.5", "income > 0 and spent == -4"]
)
def test_a_condition_outside_the_bounds_is_outside_the_support(text: str) -> None:
    (box,) = boxes(text)  # the bound of a density alone has no mass
    assert not box.within_support(SCHEMA)


def test_missing_cells_of_a_complete_column_or_a_target_are_outside_the_support() -> None:
    complete = Schema((replace(SCHEMA.columns[0], missing=0.0), *SCHEMA.columns[1:]))
    (box,) = boxes("income is missing")
    assert [box.within_support(s) for s in (SCHEMA, complete, SCHEMA.with_target("income"))] == [True, False, False]


def test_a_column_seen_at_one_number_only_keeps_a_support_with_mass() -> None:
    schema = Schema((Column("x", "number", "float64", low=2.0, high=2.0),))
    assert Box({}, {}, ()).evidence(schema, support=True).regions[0] == Region(
        False, intervals=((-INF, INF, False, False),)
    )


def test_the_support_of_one_known_number_has_mass() -> None:
    column = Column("x", "number", "float64", low=2.0, high=2.0)
    assert Region.support(column, missing=False).has_mass(column)
    for whole in (replace(column, step=1.0), replace(column, atoms=(2.0,))):
        assert Region.support(whole, missing=False) == interval(2, 2)


@pytest.mark.parametrize("amount", [0.29, 1162626.93, -1162626.93, 98765432.10, 0.1 + 0.2])
def test_amounts_with_cents_are_points_of_their_grid_at_any_size(amount: float) -> None:
    schema = Schema((Column("amount", "number", "float64", step=0.01, low=-1e8, high=1e8),))
    cents = round(amount * 100)
    rows = schema.columns[0].on_grid(np.arange(cents - 2, cents + 3) / 100)[:, None]
    for op, expected, edges in [
        ("==", [0, 0, 1, 0, 0], (cents - 0.5, cents + 0.5)),
        (">", [0, 0, 0, 1, 1], (cents + 0.5, INF)),
        (">=", [0, 0, 1, 1, 1], (cents - 0.5, INF)),
        ("<", [1, 1, 0, 0, 0], (-INF, cents - 0.5)),
    ]:
        (box,) = boxes(f"amount {op} {amount!r}", schema)
        assert holds(leaf(f"amount {op} {amount!r}"), schema, rows).tolist() == [bool(e) for e in expected]
        assert inside(box, rows, schema).tolist() == [bool(e) for e in expected]
        (found,) = box.regions[0].edges(schema.columns[0])
        assert np.array(found) / 0.01 == pytest.approx(np.array(edges), abs=1e-3)


def test_a_float32_spells_the_grid_point_it_was_read_as() -> None:
    schema = Schema((Column("x", "number", "float32", step=0.1, low=0, high=1),))
    rows = np.array([[0.2], [0.3], [0.4]])
    for text in ("x == 0.3", f"x == {float(np.float32(0.3))!r}"):
        assert holds(leaf(text), schema, rows).tolist() == [False, True, False]
        assert boxes(text, schema) == [Box({0: interval(0.3, 0.3)})]
