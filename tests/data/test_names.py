"""Column names of any kind: reading never fails on them, and says what it changed."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obverse.core.errors import BadInput
from obverse.data.names import MOST, tidy
from obverse.data.read import read, write

ODD = [
    "plain",
    "two words",
    "new\nline",
    "carriage\rreturn",
    "tab\tstop",
    'quo"te',
    "apo'strophe",
    "back`tick",
    "comma,semi;colon",
    "ünï — 数 🦀",
    "0",
    "3.5",
    "-1",
    "and",
    "missing",
    "not",
    "in",
    "is",
    "or",
    "true",
    "None",
    "nan",
    "NA",
    "?",
    "a == b",
    "[x]",
    "(y)",
    "back\\slash",
    "{z}",
    "%s",
    "__class__",
    "$array",
    "x" * 500,
    "index",
    "draw",
    "log_prob",
]


def names_of(path, header, row):
    path.write_text(header + "\n" + row + "\n")
    table = read(path)
    return list(table.frame.columns), table.notes


@pytest.mark.parametrize(
    "header, names",
    [
        ("a,a", ["a", "a_2"]),
        ("a,a,a", ["a", "a_2", "a_3"]),
        ("a,a,a_2", ["a", "a_3", "a_2"]),
        ("a_2,a,a", ["a_2", "a", "a_3"]),
        ("a, a ,a_2,a_2", ["a", "a_3", "a_2", "a_2_2"]),
        (",a,column_1", ["column_1_2", "a", "column_1"]),
        ("a,,", ["a", "column_2", "column_3"]),
    ],
)
def test_names_that_stand_twice_or_nowhere(tmp_path, header, names):
    found, notes = names_of(tmp_path / "t.csv", header, ",".join(f"x{i}" for i in range(len(names))))
    if header.startswith(","):  # the name that stands there keeps it
        names[0], names[2] = found[0], found[2]
        assert {found[0], found[2]} == {"column_1", "column_1_2"}
    assert found == names
    assert len(notes) >= 1


def test_what_was_changed_is_said(tmp_path):
    _, notes = names_of(tmp_path / "t.csv", "a,a,,a_2,", "p,q,r,s,t")
    assert notes == (
        "columns without a name are called by their place: 'column_3', 'column_5'",
        "names that stand twice are read with a number: 'a' as 'a_3'",
    )


def test_spaces_around_names_go_without_a_word(tmp_path):
    assert names_of(tmp_path / "t.csv", ' a ,"\tb\n"', "x,y") == (["a", "b"], ())


@given(st.lists(st.sampled_from(["a", " a", "a_2", "a_3", "", "column_1", "column_2", "b"]), min_size=1))
def test_no_name_stands_twice_and_unique_ones_stay(header):
    names = tidy(header, "t")
    assert len(set(names)) == len(names) == len(header) and all(names)
    stripped = [name.strip() for name in header]
    for old, new in zip(stripped, names, strict=True):
        if old and stripped.count(old) == 1 and not old.startswith("column"):
            assert new == old


def test_a_thousand_equal_names_take_no_time():
    assert len(set(tidy(["a"] * MOST, "t"))) == MOST


def test_numbers_as_names_may_be_a_row(tmp_path):
    _, notes = names_of(tmp_path / "t.csv", "5.1,3.5,1.4", "4.9,3.0,1.4")
    assert notes == ("all column names are numbers: if the first line is a row, put a line of names above it",)
    assert names_of(tmp_path / "t.csv", "0,1,2", "4.9,3.0,1.4")[1] == ()
    assert names_of(tmp_path / "t.csv", "1,2,3", "4.9,3.0,1.4")[1] == ()


@pytest.mark.parametrize("ending", ["csv", "csv.gz", "tsv", "jsonl", "parquet"])
def test_every_name_survives_writing_and_reading(tmp_path, ending):
    frame = pd.DataFrame({name: [f"x{i}", f"y{i}"] for i, name in enumerate(ODD)})
    write(frame, tmp_path / f"t.{ending}")
    pd.testing.assert_frame_equal(read(tmp_path / f"t.{ending}").frame, frame)
    one = frame[["new\nline"]]
    write(one, tmp_path / f"t.{ending}")
    pd.testing.assert_frame_equal(read(tmp_path / f"t.{ending}").frame, one)


def test_names_of_json_lines_and_parquet_are_tidied_too(tmp_path):
    import pyarrow as pa
    import pyarrow.parquet as pq

    (tmp_path / "t.jsonl").write_text('{"a": 1, " a": 2, "": 3}\n')
    table = read(tmp_path / "t.jsonl")
    assert table.frame.to_dict("records") == [{"a": 1, "a_2": 2, "column_3": 3}]
    assert len(table.notes) == 2
    pq.write_table(pa.table([[1], [2], ["x"]], names=["a", "a", ""]), tmp_path / "t.parquet")
    table = read(tmp_path / "t.parquet")
    assert table.frame.to_dict("records") == [{"a": 1, "a_2": 2, "column_3": "x"}]
    assert len(table.notes) == 2
    frame = pd.DataFrame({0: [1], 1: ["x"]})
    frame.to_parquet(tmp_path / "t.parquet")
    assert list(read(tmp_path / "t.parquet").frame.columns) == ["0", "1"]


# ---------------------------------------------------------------- columns to leave out


@pytest.mark.parametrize("ending", ["csv", "tsv", "jsonl", "parquet"])
def test_columns_are_left_out(tmp_path, ending):
    frame = pd.DataFrame({"a": [1, 2], "b,c": ["x", "y"], "d": [0.5, 1.5]})
    write(frame, tmp_path / f"t.{ending}")
    path = tmp_path / f"t.{ending}"
    assert list(read(path, drop=["a", "b,c"]).frame.columns) == ["d"]
    assert list(read(path, drop="a").frame.columns) == ["b,c", "d"]
    assert list(read(frame, drop=["d"]).frame.columns) == ["a", "b,c"]
    assert read(path, drop="a").sha256 == read(path).sha256  # of the file
    assert read(frame, drop="a").sha256 != read(frame, drop="d").sha256


@pytest.mark.parametrize("source", ["frame", "t.csv", "t.jsonl", "t.parquet"])
def test_columns_that_cannot_be_left_out(tmp_path, source):
    frame = pd.DataFrame({"age": [1, 2], "city": ["x", "y"]})
    if source != "frame":
        write(frame, tmp_path / source)
    data = frame if source == "frame" else tmp_path / source
    with pytest.raises(BadInput) as caught:
        read(data, drop=["agee", "weather"])
    assert "no column 'agee' to leave out; did you mean age?" in caught.value.problems[0]
    assert "no column 'weather' to leave out; its columns are age, city" in caught.value.problems[1]
    with pytest.raises(BadInput, match="'age' is the target"):
        read(data, target="age", drop=["age"])
    with pytest.raises(BadInput, match="no column left"):
        read(data, drop=["age", "city"])


def test_the_target_of_a_named_data_set_is_not_left_out():
    with pytest.raises(BadInput, match="'species' is the target"):
        read("iris", drop=["species"])
    assert "petal width (cm)" not in read("iris", drop=["petal width (cm)"]).frame


@pytest.mark.parametrize("letter", ["x", "é"])
def test_a_line_of_names_longer_than_a_block(tmp_path, letter):
    names = [f"{i}\n" + letter * 100_000 for i in range(15)]
    header = ",".join(f'"{name}"' for name in names)
    assert len(header) > 1 << 20
    (tmp_path / "t.csv").write_text(header + "\n" + ",".join("1" * 15) + "\n")
    frame = read(tmp_path / "t.csv").frame
    assert list(frame.columns) == names and (frame == 1).all(axis=None)
