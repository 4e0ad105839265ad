import datetime

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.core.schema import UNSEEN
from obverse.modalities.table import TABLE

TRAIN = pd.DataFrame(
    {
        "age": [30.5, 41.25, None],
        "town": ["Oslo", "Bergen", None],
        "when": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-03"]),
        "wait": pd.to_timedelta(["1min", "2min", None]),
        "sick": [False, True, True],
    }
)
SCHEMA = TABLE.learn(TRAIN, "sick").schema
NAN = np.nan


def read(X, schema=SCHEMA, **kwargs):
    evidence, notes = TABLE.read(X, schema, **kwargs)
    return evidence.values, notes


def problems(X, schema=SCHEMA, **kwargs):
    with pytest.raises(BadInput) as caught:
        TABLE.read(X, schema, **kwargs)
    return caught.value.problems


def test_columns_are_matched_by_name_and_absent_ones_are_unknown():
    values, notes = read(pd.DataFrame({"town": ["Oslo"], "age": [7]}, index=[99]))
    np.testing.assert_array_equal(values, [[7, 1, NAN, NAN, NAN]])
    assert notes == []


def test_one_row_as_dict_or_series():
    for row in ({"age": 7, "town": None}, pd.Series({"age": 7, "town": None}), [{"age": 7, "town": None}]):
        np.testing.assert_array_equal(read(row)[0], [[7, NAN, NAN, NAN, NAN]])


def test_arrays_go_by_position():
    schema = TABLE.learn(np.array([[1.5, 2.5], [3.5, 4.25]]), [0, 1]).schema
    np.testing.assert_array_equal(read(np.array([[7.0, NAN]]), schema)[0], [[7, NAN, NAN]])
    np.testing.assert_array_equal(read([[7, 8, 1]], schema)[0], [[7, 8, 1]])
    np.testing.assert_array_equal(
        read(np.array([["7", None]], dtype=object)[:, ::-1], TABLE.learn([[1.5, "7"]]).schema)[0], [[NAN, 0]]
    )
    words = "X has 1 features, but obverse is expecting 2 features as input (or 3 with the target 'y')"
    assert problems([[7]], schema) == [words]


def test_extra_columns_are_noted_unless_they_are_group_or_order():
    _, notes = read(pd.DataFrame({"age": [1], "twon": ["Oslo"]}))
    assert notes == ["column 'twon' ignored: it was not in training (nearest: 'town')"]
    schema = TABLE.learn(TRAIN.assign(who=1), "sick", group="who").schema
    assert read(pd.DataFrame({"age": [1], "who": [3]}), schema)[1] == []


def test_what_must_be_there():
    features = TRAIN.drop(columns="sick")
    assert read(features, need="features")[1] == []
    assert problems(features.rename(columns={"town": "Town"}), need="features") == [
        "column 'town' is not in X (nearest: 'Town')"
    ]
    assert problems(features, need="all") == ["column 'sick' is not in X"]
    assert "none of the columns seen in training" in problems(pd.DataFrame({"a": [1]}))[0]
    assert "0 sample(s)" in problems(TRAIN.iloc[:0])[0]


def test_categories_never_met():
    frame = pd.DataFrame({"town": ["Oslo", "Narvik", None, "Moss"], "age": 1})
    values, notes = read(frame)
    np.testing.assert_array_equal(values[:, 1], [1, NAN, NAN, NAN])
    assert notes == ["2 cells of 'town' hold values never seen in training; treated as unknown"]
    values, notes = read(frame, unseen="code")
    np.testing.assert_array_equal(values[:, 1], [1, UNSEEN, NAN, UNSEEN])
    assert len(notes) == 1
    assert read({"town": "Narvik"})[1] == ["1 cell of 'town' holds a value never seen in training; treated as unknown"]


def test_categories_match_by_value_across_dtypes():
    for dtype in ("bool", "boolean", "int64", "float32", "Int8", object, "category", "bool[pyarrow]"):
        frame = pd.DataFrame(
            {"sick": pd.Series([True, False]).astype("int64" if dtype == "Int8" else "bool").astype(dtype)}
        )
        np.testing.assert_array_equal(read(frame)[0][:, 4], [1, 0])
    town = pd.DataFrame({"town": pd.Categorical(["Oslo", "Narvik"], categories=["Narvik", "Oslo"])})
    np.testing.assert_array_equal(read(town, unseen="code")[0][:, 1], [1, UNSEEN])
    numbers = TABLE.learn(pd.DataFrame({"a": [1.5, 2.5]}), [3, 4]).schema
    np.testing.assert_array_equal(read(pd.DataFrame({"y": ["3", "4"]}), numbers, unseen="code")[0][:, 1], UNSEEN)


@pytest.mark.parametrize(
    "dtype", ["int64", "Int64", "float32", "Float64", "int8[pyarrow]", "double[pyarrow]", object, "category"]
)
def test_numbers_of_any_dtype(dtype):
    np.testing.assert_array_equal(read(pd.DataFrame({"age": pd.Series([7, 8]).astype(dtype)}))[0][:, 0], [7, 8])


def test_an_empty_cell_of_any_dtype_is_unknown():
    for hole in (None, NAN, pd.NA, pd.NaT):
        for name in SCHEMA.names:
            if name != "age":
                assert np.isnan(read({"age": 1, name: hole})[0][0, SCHEMA.index(name)])
    for dtype in ("float64", "object", "Int64", "str", "category"):
        frame = pd.DataFrame({name: pd.Series([None, None], dtype=dtype) for name in SCHEMA.names})
        assert np.isnan(read(frame)[0]).all()


@pytest.mark.parametrize(
    "cell",
    [
        "2024-01-02",
        "2024-01-02T01:00:00+01:00",
        datetime.date(2024, 1, 2),
        datetime.datetime(2024, 1, 2),
        pd.Timestamp("2024-01-02", tz="UTC"),
        np.datetime64("2024-01-02"),
    ],
)
def test_dates_are_read_from_dates_and_iso_text(cell):
    assert read({"when": cell})[0][0, 2] == datetime.datetime(2024, 1, 2, tzinfo=datetime.UTC).timestamp()
    assert read(pd.DataFrame({"when": pd.Series([cell, None], dtype=object)}))[0][0, 2] == 1704153600


def test_durations():
    assert read({"wait": pd.Timedelta("90s")})[0][0, 3] == 90
    assert read({"wait": "00:01:30"})[0][0, 3] == 90
    assert read({"wait": datetime.timedelta(seconds=90)})[0][0, 3] == 90


def test_clashes_are_all_listed_with_the_value():
    frame = pd.DataFrame(
        {
            "age": [1.0, "old", "old"],
            "town": [["Oslo"], "Oslo", "Oslo"],
            "when": ["2024-01-01", "soon", "2024-01-01"],
            "wait": [3.5, 1, 2],
            "sick": pd.to_datetime(["2024-01-01"] * 3),
        }
    )
    assert problems(frame) == [
        "column 'age' holds numbers, but row 1 has 'old' (and 1 more cells like it)",
        "column 'town' holds a list in row 0; cells must be text, numbers or true/false",
        "column 'when' holds dates, but row 1 has 'soon'",
        "column 'wait' holds durations, but row 0 has 3.5 (and 2 more cells like it)",
        "column 'sick' holds categories such as False, not dates or times",
    ]


def test_text_and_infinity_are_not_numbers():
    assert "'7'" in problems({"age": "7"})[0]
    assert "holds numbers, but row 0 has 1000" in problems({"age": 10**400})[0]
    assert "is infinite in row 1" in problems(pd.DataFrame({"age": [1, np.inf]}))[0]
    assert "is infinite in row 0" in problems(pd.DataFrame({"age": pd.Series([-np.inf], dtype="float32")}))[0]


def test_a_column_that_was_empty_in_training_says_nothing():
    schema = TABLE.learn(TRAIN.assign(gone=None)).schema
    values, notes = read(pd.DataFrame({"age": [1, 2], "gone": ["now", None]}), schema)
    assert np.isnan(values[:, schema.index("gone")]).all()
    assert notes == ["1 cell of 'gone' ignored: the column was empty in training"]


def test_numbers_off_the_grid_and_out_of_bounds_are_kept():
    schema = TABLE.learn(pd.DataFrame({"a": [0.1, 0.25, 0.31, 0.87]})).schema
    assert schema["a"].step == 0.01
    single = pd.DataFrame({"a": np.array([0.25, 0.3], dtype="float32")})
    np.testing.assert_array_equal(read(single, schema)[0][:, 0], [0.25, 0.3])
    np.testing.assert_array_equal(read([[0.1 + 0.2], [0.123], [99.0]], schema)[0][:, 0], [0.3, 0.123, 99.0])
