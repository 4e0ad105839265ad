import datetime
import decimal

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.modalities.table import TABLE

X = pd.DataFrame({"age": [30, 41, 52, 63], "town": ["Oslo", "Bergen", None, "Oslo"]})


def problems(*args, **kwargs):
    with pytest.raises(BadInput) as caught:
        TABLE.learn(*args, **kwargs)
    return caught.value.problems


# --------------------------------------------------------------------- inputs


def test_arrays_lists_and_default_columns_are_named_by_position():
    rows = [[1.5, 2], [2.5, 3]]
    for given in (np.array(rows), rows, tuple(map(tuple, rows)), pd.DataFrame(rows), np.array(rows, dtype=object)):
        data = TABLE.learn(given)
        assert data.schema.names == ("x0", "x1")
        np.testing.assert_array_equal(data.values, rows)


def test_records():
    data = TABLE.learn([{"a": 1.5, "b": "u"}, {"a": 2.5}])
    np.testing.assert_array_equal(data.values, [[1.5, 0], [2.5, np.nan]])


def test_object_arrays_hold_numbers_and_text():
    schema = TABLE.learn(np.array([[1.5, "u"], [None, "v"]], dtype=object)).schema
    assert [c.kind for c in schema.columns] == ["number", "category"]


def test_masked_arrays_have_holes():
    data = TABLE.learn(np.ma.array([[1.5, 2.0], [2.5, 3.0]], mask=[[False, True], [False, False]]))
    np.testing.assert_array_equal(data.values, [[1.5, np.nan], [2.5, 3.0]])


def test_the_index_of_x_and_y_is_ignored():
    data = TABLE.learn(X.set_axis([9, 9, 1, 0]), pd.Series([1.5, 2.5, 3.5, 9.5], index=list("abcd")))
    np.testing.assert_array_equal(data.y, [1.5, 2.5, 3.5, 9.5])


# --------------------------------------------------------------------- target


def test_a_target_named_in_x_stays_in_its_place():
    data = TABLE.learn(X, "age")
    assert data.schema.names == ("age", "town") and data.schema.target == "age"
    assert data.schema.task == "class" and data.schema["age"].values == (30, 41, 52, 63)
    assert data.schema.features == (1,)


@pytest.mark.parametrize(
    ("y", "name"),
    [
        (pd.Series([1, 0, 1, 0], name="label"), "label"),
        (pd.Series([1, 0, 1, 0]), "y"),
        (pd.Series([1, 0, 1, 0], name=0), "y"),
        (pd.Series([1, 0, 1, 0], name="age"), "target"),
        (np.array([[1], [0], [1], [0]]), "y"),
        ([1, 0, 1, 0], "y"),
        (pd.DataFrame({"label": [1, 0, 1, 0]}), "label"),
        (pd.array([1, 0, 1, 0], dtype="Int64"), "y"),
    ],
)
def test_a_target_beside_x_comes_last(y, name):
    data = TABLE.learn(X, y)
    assert data.schema.names == ("age", "town", name) and data.schema.target == name
    assert data.schema[name].values == (0, 1)
    np.testing.assert_array_equal(data.y, [1, 0, 1, 0])


@pytest.mark.parametrize(
    ("y", "values"),
    [
        (["b", "a", None, "b"], ("a", "b")),
        ([2, 0, 2, 0], (0, 2)),
        ([2.0, 0.0, np.nan, 0.0], (0.0, 2.0)),
        ([True, True, True, True], (False, True)),
        (pd.array([2, 0, None, 0], dtype="Int64"), (0, 2)),
        (np.array([1, 0, None, 0], dtype=object), (0.0, 1.0)),
        (pd.Categorical(["lo", "hi", "lo", "hi"], categories=["lo", "hi"]), ("lo", "hi")),
    ],
)
def test_class_targets(y, values):
    data = TABLE.learn(X, y)
    assert data.schema.task == "class"
    classes = data.schema["y"].values
    assert classes == values and [type(v) for v in classes] == [type(v) for v in values]
    np.testing.assert_array_equal(np.isnan(data.y), pd.isna(np.asarray(y, dtype=object)))


def test_what_makes_a_target_a_number():
    frame = pd.DataFrame({"a": np.arange(30)})
    assert TABLE.learn(frame, np.arange(30) % 20).schema.task == "class"
    assert TABLE.learn(frame, np.arange(30) % 21).schema.task == "number"
    assert TABLE.learn(frame, np.arange(30) % 2 + 0.5).schema.task == "number"
    assert TABLE.learn(frame, pd.date_range("2024", periods=30)).schema.task == "number"


def test_task_forces_the_kind():
    assert TABLE.learn(X, "age", task="number").schema.task == "number"
    y = np.array([0.5, 1.5, 0.5, np.nan])
    assert TABLE.learn(X, y, task="class").schema["y"].values == (0.5, 1.5)
    assert problems(X, "town", task="number") == [
        "the target 'town' holds categories (str); task='number' needs numbers"
    ]
    assert "cannot be classes" in problems(X, pd.date_range("2024", periods=4), task="class")[0]
    assert "task must be" in problems(X, "town", task="regression")[0]


def test_group_and_order_are_carried_and_not_modelled():
    frame = X.assign(who=["a", "a", "b", "b"], day=pd.date_range("2024", periods=4))
    data = TABLE.learn(frame, "town", group="who", order="day")
    assert data.schema.names == ("age", "town")
    assert (data.schema.group, data.schema.order) == ("who", "day")
    assert list(data.groups) == ["a", "a", "b", "b"]
    assert data.order[1] == np.datetime64("2024-01-02")


# ---------------------------------------------------------------------- facts


def test_categories_are_sorted_by_type_then_value():
    column = TABLE.learn(pd.DataFrame({"a": pd.Series(["b", 3, 2.5, "a", 1], dtype=object)})).schema["a"]
    assert column.values == (2.5, 1, 3, "a", "b")


def test_equal_numbers_of_different_type_are_one_category():
    data = TABLE.learn(pd.DataFrame({"a": pd.Series([1, True, 1.0, "x"], dtype=object)}))
    assert len(data.schema["a"].values) == 2
    assert len(set(data.values[:3, 0])) == 1


def test_an_empty_column_is_an_unknown_number():
    schema = TABLE.learn(X.assign(gone=None)).schema
    column = schema["gone"]
    assert column.kind == "number" and column.missing == 1.0 and np.isnan([column.low, column.high]).all()
    assert schema.notes == ("column 'gone' has no value in any row",)


def test_numbers_as_objects_are_noted():
    frame = pd.DataFrame({"a": pd.Series([v + 0.5 for v in range(30)], dtype=object)})
    assert "pd.to_numeric" in TABLE.learn(frame).schema.notes[0]


def test_steps_and_atoms_of_a_table():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "income": np.where(rng.random(2_000) < 0.3, 0.0, rng.lognormal(size=2_000)),
            "price": np.round(rng.uniform(0, 9, 2_000), 2),
            "single": np.round(rng.uniform(0, 9, 2_000), 2).astype("float32"),
            "day": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 365, 2_000), unit="D"),
            "hours": np.where(rng.random(2_000) < 0.5, 40, rng.integers(1, 99, 2_000)),
        }
    )
    schema = TABLE.learn(frame).schema
    assert [c.step for c in schema.columns] == [None, 0.01, 0.01, 86_400.0, 1.0]
    assert [c.atoms for c in schema.columns] == [(0.0,), (), (), (), (40.0,)]
    assert [c.measure for c in schema.columns] == ["density", "mass", "mass", "mass", "mass"]


# ------------------------------------------------------------------- problems


def test_every_problem_is_listed_at_once():
    frame = pd.DataFrame(
        {
            "inf": [1.0, np.inf, -np.inf],
            "complex": [1j, 2, 3],
            "lists": [["u"], "v", "w"],
            "dates": pd.Series([datetime.date(2024, 1, 1), None, None], dtype=object),
            "money": [decimal.Decimal("1.5")] * 3,
            "span": pd.period_range("2024", periods=3),
            "fine": [1, 2, 3],
        }
    )
    found = problems(frame, "lable", group="fime")
    for words in (
        "'inf' is infinite in row 1 and 1 more",
        "Complex data not supported: column 'complex'",
        "'lists' holds a list",
    ):
        assert any(words in problem for problem in found), words
    for words in (
        "'dates' holds datetime.date(2024, 1, 1)",
        "'money' holds Decimal",
        "'span' has dtype period",
        "y='lable'",
    ):
        assert any(words in problem for problem in found), words
    assert any("group='fime' is not a column of X (nearest: 'fine')" in problem for problem in found)
    assert len(found) == 8


def test_duplicate_and_odd_names_are_listed_with_the_problems_of_cells():
    frame = pd.DataFrame([[1.0, np.inf, 3, 4]], columns=["a", "a", 7, "b"])
    found = problems(frame)
    assert any("more than once: 'a'" in problem for problem in found)
    assert any("must be text, not 7" in problem for problem in found)
    assert any("infinite" in problem for problem in found)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (np.empty((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is required"),
        (np.empty((15, 0)), r"0 feature\(s\) \(shape=\(15, 0\)\) while a minimum of 1 is required"),
        ([], r"0 sample\(s\)"),
        (np.arange(3), "Reshape your data"),
        ([1, 2, 3], "Reshape your data"),
        (np.zeros((2, 2, 2)), "3 dimensions"),
        ([[1, 2], [1]], r"differ in length \(1 to 2\)"),
        ({"a": [1, 2]}, "builtins.dict"),
        ("data.csv", "builtins.str"),
        (pd.DataFrame({"a": pd.Series([1.0, 2.0], dtype="Sparse[float64]")}), "Sparse"),
        (pd.DataFrame({"a": pd.cut([1, 2], [0, 1, 2])}), "holds Interval"),
    ],
)
def test_what_is_not_a_table(given, words):
    with pytest.raises(BadInput, match=words):
        TABLE.learn(given)


def test_sparse_matrices_are_named():
    from scipy.sparse import csr_array

    assert "sparse" in problems(csr_array(np.eye(2)))[0]


@pytest.mark.parametrize(
    ("y", "words"),
    [
        ([1, 2, 3], "4 rows and 3 targets"),
        (np.zeros((4, 2)), r"\(4, 2\)"),
        ([[1], [2], [3], [4]], "not lists"),
        (3, "y is a int"),
        ("agee", "nearest: 'age'"),
        ([0.5, np.inf, 1, 2], "infinite in row 1"),
    ],
)
def test_bad_targets(y, words):
    with pytest.raises(BadInput, match=words):
        TABLE.learn(X, y)


def test_a_target_without_a_free_name():
    assert "y.rename" in problems(X.assign(y=1, target=2), [1, 2, 3, 4])[0]


def test_something_must_be_left_to_learn():
    assert "no feature is left" in problems(X[["age"]], "age")[0]
    assert any("different columns" in p for p in problems(X, "age", group="age"))
