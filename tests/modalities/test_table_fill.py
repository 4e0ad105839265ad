import numpy as np
import pandas as pd
import pytest
from pandas.testing import assert_frame_equal

from obverse.core.errors import BadInput
from obverse.modalities.table import TABLE

TRAIN = pd.DataFrame(
    {
        "n": [1, 5, 9, 2],
        "x": [0.123, 1.5, np.pi, 2.0],
        "town": ["Oslo", "Bergen", "Oslo", "Moss"],
        "flag": [True, False, True, True],
        "when": pd.to_datetime(["2024-01-01", "2024-01-02", "2024-01-05", "2024-01-07"]),
    }
)
DATA = TABLE.learn(TRAIN)
SCHEMA = DATA.schema


def test_only_holes_are_filled_in_the_dtypes_of_x():
    X = pd.DataFrame(
        {
            "note": ["keep", None],
            "x": np.array([np.nan, 7.7], dtype="float32"),
            "n": [3.0, np.nan],
            "town": pd.Series([None, "Narvik"], dtype=object),
            "flag": pd.Series([None, True], dtype="boolean"),
        }
    ).set_axis(["p", "q"])
    before = X.copy()
    filled = TABLE.fill(X, DATA.values[:2], SCHEMA)
    expected = pd.DataFrame(
        {
            "note": ["keep", None],
            "x": np.array([0.123, 7.7], dtype="float32"),
            "n": [3.0, 5.0],
            "town": pd.Series(["Oslo", "Narvik"], dtype=object),
            "flag": pd.Series([True, True], dtype="boolean"),
        },
    ).set_axis(["p", "q"])
    assert_frame_equal(filled, expected, check_exact=True)
    assert_frame_equal(X, before, check_exact=True)


@pytest.mark.parametrize(
    ("name", "cells", "expected"),
    [
        ("n", pd.Series([2, None], dtype="Int64"), 5),
        ("n", pd.Series([2, None], dtype="int16[pyarrow]"), 5),
        ("n", pd.Series([2, None], dtype=object), 5),
        ("x", pd.Series([2, None], dtype="Float32"), 1.5),
        ("town", pd.Series(["Oslo", None], dtype="string"), "Bergen"),
        ("town", pd.Series(pd.Categorical(["Oslo", None], categories=["Bergen", "Oslo"])), "Bergen"),
        ("flag", pd.Series([1.0, None]), 0.0),
        ("flag", pd.Series([True, None], dtype=object), False),
        ("when", pd.Series(["2024-01-01", None], dtype="datetime64[ns]"), pd.Timestamp("2024-01-02")),
        ("when", pd.Series(["2024-01-01", None], dtype="datetime64[s, UTC]"), pd.Timestamp("2024-01-02", tz="UTC")),
    ],
)
def test_every_dtype_a_column_may_arrive_in(name, cells, expected):
    filled = TABLE.fill(pd.DataFrame({name: cells}), DATA.values[:2], SCHEMA)[name]
    assert filled.dtype == cells.dtype
    assert filled[0] == cells[0] and filled[1] == expected


def test_a_wholly_empty_column_keeps_its_dtype_only_where_that_holds_the_values():
    X = pd.DataFrame({"n": [np.nan, np.nan], "town": [np.nan, np.nan], "flag": pd.Series([None, None], dtype=object)})
    filled = TABLE.fill(X, DATA.values[:2], SCHEMA)
    assert filled["n"].tolist() == [1.0, 5.0] and filled["n"].dtype == np.float64
    assert filled["town"].tolist() == ["Oslo", "Bergen"] and filled["town"].dtype == "str"
    assert filled["flag"].tolist() == [True, False] and filled["flag"].dtype == object


def test_digits_in_text_never_become_numbers():
    data = TABLE.learn(pd.DataFrame({"code": ["1", "2"], "a": [1, 2]}))
    filled = TABLE.fill(pd.DataFrame({"code": [np.nan, np.nan], "a": [1, 2]}), data.values, data.schema)
    assert filled["code"].tolist() == ["1", "2"]


def test_a_category_dtype_without_the_value_is_a_problem():
    X = pd.DataFrame({"town": pd.Categorical(["Oslo", None]), "n": [1, 2]})
    with pytest.raises(BadInput, match="cannot hold 'Bergen'"):
        TABLE.fill(X, DATA.values[:2], SCHEMA)


def test_arrays_come_back_as_arrays():
    rng = np.random.default_rng(0)
    train = rng.normal(size=(20, 3))
    data = TABLE.learn(train, np.arange(20) % 2)
    X = train.astype("float32")
    X[3, 1] = X[7, 2] = np.nan
    filled = TABLE.fill(X, data.values, data.schema)
    assert filled.dtype == np.float32 and isinstance(filled, np.ndarray)
    known = ~np.isnan(X)
    assert (filled[known].view("uint32") == X[known].view("uint32")).all()
    np.testing.assert_array_equal(filled, train.astype("float32"))
    mixed = np.array([[1, "u"], [None, "v"], [3, None]], dtype=object)
    data = TABLE.learn([[1, "u"], [2, "v"], [3, "u"]])
    assert TABLE.fill(mixed, data.values, data.schema).tolist() == [[1, "u"], [2, "v"], [3, "u"]]


def test_records_come_back_as_a_frame():
    filled = TABLE.fill([{"n": 2, "town": None}], DATA.values[:1], SCHEMA)
    assert filled.to_dict("records") == [{"n": 2, "town": "Oslo"}]


def test_cells_left_unknown_stay_missing():
    completed = np.full((1, 5), np.nan)
    X = pd.DataFrame({"n": [np.nan], "town": pd.Series([None], dtype="str")})
    assert_frame_equal(TABLE.fill(X, completed, SCHEMA), X)


@pytest.mark.parametrize(
    "empty",
    [
        pd.Series([None] * 4, dtype="str"),
        pd.Series([None] * 4, dtype="string[python]"),
        pd.Series(pd.Categorical([None] * 4, categories=["u", "v"])),
        pd.Series([np.nan] * 4),
    ],
)
def test_a_column_empty_in_training_is_never_invented(empty):
    data = TABLE.learn(TRAIN.assign(empty=empty))
    X = pd.DataFrame({"n": [3.0, np.nan], "empty": empty[:2]})
    completed = np.nan_to_num(data.values[:2], nan=0.0)
    filled = TABLE.fill(X, completed, data.schema)
    assert_frame_equal(filled, X.assign(n=[3.0, 5.0]))
    written = TABLE.write(completed, data.schema)
    assert written["empty"].isna().all() and written["empty"].dtype == empty.dtype
