import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from obverse.core.schema import Schema
from obverse.modalities.table import TABLE

TIMES = ["2020-01-05T10:00:00.5", None, "1969-07-20T20:17:40.0", "2024-02-29T00:00:00.0"]
TEXTS = ["b", None, "a", "b"]


def arrow(dtype):
    return pd.ArrowDtype(dtype)


def dates(dtype):
    return pd.Series(pd.to_datetime(TIMES)).astype(dtype)


def coded(categories, dtype):
    return pd.Series(pd.Categorical.from_codes([0, 1, -1, 0], categories=pd.Index(categories, dtype=dtype)))


COLUMNS = {
    "int64": pd.Series([3, -1, 7, 3]),
    "int8": pd.Series([3, -128, 127, 3], dtype="int8"),
    "uint16": pd.Series([3, 0, 65535, 3], dtype="uint16"),
    "Int64": pd.Series([3, None, -7, 2**53], dtype="Int64"),
    "UInt8": pd.Series([3, None, 255, 0], dtype="UInt8"),
    "float64": pd.Series([0.1, None, np.pi, -1e300]),
    "float64_whole": pd.Series([1.0, None, 3.0, 4.0]),
    "float32": pd.Series([0.1, None, np.pi, 2.0], dtype="float32"),
    "float16": pd.Series([0.1, None, np.pi, 2.0], dtype="float16"),
    "Float64": pd.Series([0.1, None, np.pi, 2.0], dtype="Float64"),
    "Float32": pd.Series([0.5, None, 1.5, 2.0], dtype="Float32"),
    "bool": pd.Series([True, False, True, True]),
    "boolean": pd.Series([True, None, False, True], dtype="boolean"),
    "boolean_one": pd.Series([True, None, True, True], dtype="boolean"),
    "str": pd.Series(TEXTS, dtype="str"),
    "string": pd.Series(TEXTS, dtype="string"),
    "string_python": pd.Series(TEXTS, dtype="string[python]"),
    "object_text": pd.Series(TEXTS, dtype=object),
    "object_mixed": pd.Series(["b", None, 2, 2.5], dtype=object),
    "object_bool": pd.Series([True, None, False, True], dtype=object),
    "category": pd.Series(pd.Categorical(TEXTS, categories=["c", "b", "a"])),
    "ordered": pd.Series(pd.Categorical(["lo", None, "hi", "lo"], categories=["lo", "mid", "hi"], ordered=True)),
    "category_int": pd.Series(pd.Categorical([3, 1, None, 3], categories=[3, 2, 1])),
    "category_int8": coded([3, 1], "int8"),
    "category_object": coded(["b", "a"], object),
    "category_bool": pd.Series(pd.Categorical([True, False, None, True])),
    "category_float": pd.Series(pd.Categorical([0.5, 1.5, None, 0.5])),
    "datetime_s": dates("datetime64[s]"),
    "datetime_ms": dates("datetime64[ms]"),
    "datetime_us": dates("datetime64[us]"),
    "datetime_ns": dates("datetime64[ns]"),
    "datetime_tz": dates("datetime64[us]").dt.tz_localize("Europe/Oslo"),
    "datetime_utc": dates("datetime64[ns]").dt.tz_localize("UTC"),
    "timedelta_s": pd.Series([60, None, -5, 86400], dtype="timedelta64[s]"),
    "timedelta_ns": pd.Series([60, None, -5, 86_400_000_000_001], dtype="timedelta64[ns]"),
    "arrow_int": pd.Series([3, None, -7, 0], dtype="int64[pyarrow]"),
    "arrow_uint8": pd.Series([3, 4, 255, 0], dtype="uint8[pyarrow]"),
    "arrow_double": pd.Series([0.1, None, np.pi, 0.0], dtype="double[pyarrow]"),
    "arrow_float": pd.Series([0.1, None, 0.3, 0.0], dtype="float[pyarrow]"),
    "arrow_bool": pd.Series([True, None, False, True], dtype="bool[pyarrow]"),
    "arrow_string": pd.Series(TEXTS, dtype=arrow(pa.string())),
    "arrow_large_string": pd.Series(TEXTS, dtype=arrow(pa.large_string())),
    "arrow_timestamp": dates(arrow(pa.timestamp("ms"))),
    "arrow_timestamp_tz": dates(arrow(pa.timestamp("us"))).dt.tz_localize("Asia/Tokyo"),
    "arrow_date": dates("datetime64[s]").dt.floor("D").astype(arrow(pa.date32())),
    "arrow_duration": pd.Series([60, None, -5, 7], dtype="timedelta64[s]").astype(arrow(pa.duration("ms"))),
    "empty_float": pd.Series([np.nan] * 4),
    "empty_object": pd.Series([None] * 4, dtype=object),
    "empty_category": pd.Series(pd.Categorical([None] * 4)),
    "empty_category_with_values": pd.Series(pd.Categorical([None] * 4, categories=["u", "v"])),
    "empty_boolean": pd.Series([None] * 4, dtype="boolean"),
    "empty_date": pd.Series([None] * 4, dtype="datetime64[us, UTC]"),
    "empty_null": pd.Series([None] * 4, dtype=arrow(pa.null())),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_learn_read_write_gives_the_frame_back(name):
    frame = pd.DataFrame({name: COLUMNS[name], "other": [1.5, 2.25, 3.125, 4.0]})
    data = TABLE.learn(frame)
    assert data.values.dtype == np.float64 and data.values.shape == (4, 2)
    np.testing.assert_array_equal(np.isnan(data.values[:, 0]), frame[name].isna())
    evidence, notes = TABLE.read(frame, data.schema)
    assert notes == []
    np.testing.assert_array_equal(evidence.values, data.values)
    stored = Schema.from_json(json.loads(json.dumps(data.schema.to_json())))
    for schema in (data.schema, stored):
        assert_frame_equal(TABLE.write(data.values, schema), frame, check_exact=True)


@pytest.mark.parametrize("name", COLUMNS)
def test_writing_no_rows_keeps_the_dtype(name):
    frame = pd.DataFrame({name: COLUMNS[name], "other": [1.5, 2.25, 3.125, 4.0]})
    assert_frame_equal(TABLE.write(np.empty((0, 2)), TABLE.learn(frame).schema), frame.iloc[:0])


def test_encoding_is_what_the_schema_module_says():
    frame = pd.DataFrame(
        {
            "flag": [False, True, True],
            "town": ["Oslo", None, "Bergen"],
            "size": pd.Categorical(["S", "L", "S"], categories=["S", "M", "L"], ordered=True),
            "when": pd.to_datetime(["1970-01-02T00:00:00.0", None, "1969-12-31T23:59:59.5"]),
            "wait": pd.to_timedelta(["1min", "0.25s", None]),
            "n": [7, 8, 9],
        }
    )
    data = TABLE.learn(frame)
    nan = np.nan
    expected = [[0, 1, 0, 86400, 60, 7], [1, nan, 2, nan, 0.25, 8], [1, 0, 0, -0.5, nan, 9]]
    np.testing.assert_array_equal(data.values, expected)
    schema = data.schema
    assert schema["flag"].values == (False, True)
    assert schema["town"].values == ("Bergen", "Oslo") and schema["town"].missing == pytest.approx(1 / 3)
    assert schema["size"].ordered and schema["size"].values == ("S", "M", "L")
    assert schema["when"].is_date and not schema["wait"].is_date
    assert (schema["n"].low, schema["n"].high, schema["n"].step, schema.rows) == (7.0, 9.0, 1.0, 3)


def test_time_zones_are_seconds_since_1970_utc():
    frame = pd.DataFrame({"when": pd.to_datetime(["1970-01-01T01:00"]).tz_localize("Europe/Oslo"), "n": [1]})
    assert TABLE.learn(frame).values[0, 0] == 0.0


def test_numbers_are_written_on_their_grid_and_within_bounds():
    frame = pd.DataFrame({"price": [0.1, 0.25, 0.31, 0.87], "x": [0.123456789, 2, 3, np.pi], "n": [1, 2, 3, 9]})
    schema = TABLE.learn(frame).schema
    written = TABLE.write(np.array([[0.1 + 0.2, 2.5, 2.6], [99.0, -4.0, 99.0]]), schema)
    assert written["price"].tolist() == [0.3, 0.87]
    assert written["x"].tolist() == [2.5, 0.123456789]
    assert written["n"].tolist() == [3, 9] and written["n"].dtype == np.int64


@pytest.mark.parametrize("frame", [pd.DataFrame({"a": [1, 2]}), pd.DataFrame({"a": [True, False]})])
def test_a_hole_in_a_dtype_without_holes_is_an_internal_error(frame):
    with pytest.raises(ValueError, match="cannot hold"):
        TABLE.write(np.array([[np.nan], [1.0]]), TABLE.learn(frame).schema)


def test_identifiers_beyond_double_precision_are_noted_and_do_not_overflow():
    frame = pd.DataFrame({"id": [2**63 - 1, 2**62 + 1, -5], "b": [1, 2, 3]})
    data = TABLE.learn(frame)
    assert any("2**53" in note for note in data.schema.notes)
    written = TABLE.write(data.values, data.schema)["id"]
    assert written.dtype == np.int64
    np.testing.assert_allclose(written.astype(float), frame["id"].astype(float), rtol=1e-15)


def test_times_finer_than_a_double_are_noted():
    times = pd.to_datetime(["2024-01-01T00:00:00.123456789", "2024-01-02T00:00:00.0"])
    frame = pd.DataFrame({"when": times, "b": [1, 2]})
    data = TABLE.learn(frame)
    assert any("finer than a double" in note for note in data.schema.notes)
    back = TABLE.write(data.values, data.schema)["when"]
    assert abs(back[0] - frame["when"][0]) < pd.Timedelta("1us") and back[1] == frame["when"][1]


def test_written_times_read_back_as_the_cells_they_were():
    """Else an instant that was seen, as a condition, would never be met by a drawn one."""
    start = pd.Timestamp("1970-05-17T18:00:44.715539", tz="UTC").value
    frame = pd.DataFrame({"when": pd.to_datetime([start + n for n in (800, 811, 813)], utc=True), "b": [1, 2, 3]})
    data = TABLE.learn(frame)
    again = TABLE.read(TABLE.write(data.values, data.schema), data.schema)[0].values
    np.testing.assert_array_equal(again[:, 0], data.values[:, 0])
    assert len(set(data.values[:, 0])) == 3


# ----------------------------------------------------------------- any frame

ROWS = 8
text = st.text(st.characters(codec="utf-8"), max_size=4)
number = st.floats(-1e6, 1e6)
date = st.datetimes(pd.Timestamp("1900-01-01").to_pydatetime(), pd.Timestamp("2200-01-01").to_pydatetime())
scalar = st.one_of(st.booleans(), st.integers(-9, 9), st.floats(-9, 9), text)


def cells(values, holes=True):
    return st.lists(st.none() | values if holes else values, min_size=ROWS, max_size=ROWS)


def made(values, dtype, holes=True):
    return cells(values, holes).map(lambda v: pd.Series(v, dtype=object).astype(dtype))


def category(values):
    return st.builds(
        lambda codes, index, ordered: pd.Series(pd.Categorical.from_codes(codes, pd.Index(index), ordered=ordered)),
        st.lists(st.integers(-1, 1), min_size=ROWS, max_size=ROWS),
        st.lists(values, min_size=2, max_size=5, unique=True),
        st.booleans(),
    )


any_column = st.one_of(
    made(st.integers(-(2**53), 2**53), "int64", holes=False),
    made(st.integers(-128, 127), "int8", holes=False),
    made(st.integers(0, 2**32 - 1), "uint32", holes=False),
    made(st.integers(-(2**53), 2**53), "Int64"),
    made(st.integers(0, 255), "UInt8"),
    made(st.integers(-(2**31), 2**31 - 1), "int32[pyarrow]"),
    made(number, "float64"),
    made(st.floats(allow_infinity=False, allow_nan=False), "float64"),
    made(st.floats(-1e6, 1e6, width=32), "float32"),
    made(number, "Float64"),
    made(number.map(lambda v: round(v, 2)), "float64"),
    made(number, "double[pyarrow]"),
    made(st.booleans(), "bool", holes=False),
    made(st.booleans(), "boolean"),
    made(st.booleans(), "bool[pyarrow]"),
    made(text, "str"),
    made(text, "string"),
    made(text, pd.ArrowDtype(pa.string())),
    made(scalar, object),
    category(text),
    category(st.integers(-9, 9)),
    made(date, "datetime64[us]"),
    made(date, "datetime64[s]"),
    made(date.map(lambda d: pd.Timestamp(d, tz="UTC")), "datetime64[us, UTC]"),
    made(st.timedeltas(pd.Timedelta(days=-99), pd.Timedelta(days=99)), "timedelta64[us]"),
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_column, min_size=1, max_size=4))
def test_any_frame_survives_the_round_trip(columns):
    frame = pd.DataFrame({f"c{i}": column for i, column in enumerate(columns)})
    data = TABLE.learn(frame)
    evidence, _ = TABLE.read(frame, data.schema, need="all")
    np.testing.assert_array_equal(evidence.values, data.values)
    assert_frame_equal(TABLE.write(data.values, data.schema), frame, rtol=1e-12, atol=1e-300)


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(any_column, min_size=1, max_size=4), st.integers(0, 2**32))
def test_fill_leaves_observed_cells_and_dtypes_alone(columns, seed):
    frame = pd.DataFrame({f"c{i}": column for i, column in enumerate(columns)})
    data = TABLE.learn(frame)
    rng = np.random.default_rng(seed)
    donors = data.values.copy()
    for j in range(donors.shape[1]):
        known = donors[~np.isnan(donors[:, j]), j]
        if known.size:
            donors[:, j] = rng.choice(known, ROWS)
    filled = TABLE.fill(frame, donors, data.schema)
    pd.testing.assert_series_equal(filled.dtypes, frame.dtypes)
    for name in frame:
        known = frame[name].notna()
        assert filled.loc[known, name].equals(frame.loc[known, name])
        assert filled[name].notna().all() or not known.any()
