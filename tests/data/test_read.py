"""Reading: types, missing cells, every error as one clear line."""

import gzip
import hashlib
import os

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.data.read import read


def put(path, text):
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def csv(tmp_path, text, name="t.csv"):
    return read(put(tmp_path / name, text)).frame


def error(source, **keywords):
    with pytest.raises(BadInput) as caught:
        read(source, **keywords)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---------------------------------------------------------------- delimited text


def test_types_are_what_all_cells_say(tmp_path):
    frame = csv(
        tmp_path,
        "whole,holey,decimal,flag,flag2,day,time,utc,word,none\n"
        "1,1,0.1,true,True,2024-02-29,2024-01-01 09:30,2024-01-01T09:30:00Z,a,None\n"
        "-2,,1e-3,false,,2024-03-01,,2024-01-01T09:30:00+02:00,b c,none\n",
    )
    assert [str(t) for t in frame.dtypes] == [
        *("int64", "Int64", "float64", "bool", "boolean", "datetime64[us]", "datetime64[us]", "datetime64[us, UTC]"),
        *("str", "str"),
    ]
    assert list(frame["none"]) == ["None", "none"]
    assert list(frame["flag"]) == [True, False]
    assert frame["flag2"].isna().tolist() == [False, True]
    assert frame["day"][0] == pd.Timestamp("2024-02-29")
    assert frame["utc"][1] == pd.Timestamp("2024-01-01 07:30", tz="UTC")


@pytest.mark.parametrize("cell", ["?", "", "NA", "NaN", "nan", "null", "  ", " ?", "NA "])
@pytest.mark.parametrize("other, kind", [("3", "i"), ("word", "O")])
def test_missing_cells(tmp_path, cell, other, kind):
    column = csv(tmp_path, f"a,b\n{cell},1\n{other},2\n")["a"]
    assert column.isna().tolist() == [True, False]
    assert (str(column.dtype) == "Int64") == (kind == "i")


@pytest.mark.parametrize("cell", ["None", "none", "N/A", "unknown", "-"])
def test_values_that_are_not_missing(tmp_path, cell):
    assert csv(tmp_path, f"a,b\n{cell},1\n")["a"][0] == cell


def test_a_column_without_any_value_is_all_missing(tmp_path):
    assert csv(tmp_path, "a,b\n?,1\n,2\n")["a"].isna().all()


@pytest.mark.parametrize(
    "cells", [("2024-13-01", "2024-01-01"), ("2024-01-01", "soon"), ("20240101x", "1"), ("0x1F", "2")]
)
def test_what_only_looks_like_a_date_or_number_stays_text(tmp_path, cells):
    assert csv(tmp_path, "a,b\n{},1\n{},2\n".format(*cells))["a"].tolist() == list(cells)


def test_spaces_around_cells_and_names_are_dropped(tmp_path):
    frame = csv(tmp_path, ' a ,b\n x y , 5\n" z ", 6 \n')
    assert list(frame.columns) == ["a", "b"]
    assert frame["a"].tolist() == ["x y", "z"]
    assert frame["b"].tolist() == [5, 6]


def test_decimals_keep_every_bit(tmp_path):
    numbers = np.random.default_rng(0).normal(size=200) * 10.0 ** np.arange(-100, 100)
    frame = csv(tmp_path, "a\n" + "\n".join(map(repr, numbers.tolist())))
    np.testing.assert_array_equal(frame["a"], numbers)


def test_the_type_does_not_depend_on_the_first_rows(tmp_path):
    """The word comes a megabyte after numbers only."""
    frame = csv(tmp_path, "a\n" + "12345678\n" * 150_000 + "word\n")
    assert frame["a"].iloc[0] == "12345678"
    assert frame["a"].iloc[-1] == "word"


@pytest.mark.parametrize("bytes_", ["é,b\n1,2\n".encode(), "é,b\n1,2\n".encode("utf-8-sig"), "é,b\r\n1,2\r\n".encode()])
def test_utf8_with_and_without_mark_and_any_line_end(tmp_path, bytes_):
    assert list(csv(tmp_path, bytes_).columns) == ["é", "b"]


def test_quoted_separators_and_line_ends(tmp_path):
    frame = csv(tmp_path, 'a,b\n"x, ""y""\nz",1\n')
    assert frame.iloc[0].tolist() == ['x, "y"\nz', 1]


def test_quoted_line_ends_across_many_megabytes(tmp_path):
    """Large files are parsed in blocks, and a block may end inside quotes."""
    frame = csv(tmp_path, "a,b\n" + '"x\n\n\n\n\n\n\n\ny",1\n' * 200_000)
    assert len(frame) == 200_000
    assert frame["a"].nunique() == 1


def test_other_separators_are_read_and_said(tmp_path):
    table = read(put(tmp_path / "t.csv", "a;b\n1;2\n"))
    assert table.frame.iloc[0].tolist() == [1, 2]
    assert table.notes == ("cells are separated by ';', not by a comma",)
    assert csv(tmp_path, "a\tb,c\n1\t2,5\n", "t.tsv").iloc[0].tolist() == [1, "2,5"]


def test_a_nameless_row_number_is_dropped_and_other_nameless_columns_are_named(tmp_path):
    table = read(put(tmp_path / "t.csv", ",a,\n0,5,x\n1,6,y\n"))
    assert list(table.frame.columns) == ["a", "column_3"]
    assert "numbers the rows" in table.notes[0]
    assert list(csv(tmp_path, ",a\n7,5\n3,6\n").columns) == ["column_1", "a"]


def test_blank_lines_do_not_count(tmp_path):
    assert len(csv(tmp_path, "a,b\n\n1,2\n\n3,4\n\n")) == 2


def test_agrees_with_pandas_on_real_files(public_data):
    for name in ("california_housing/data.csv.gz", "titanic/titanic.csv.gz", "adult/test.csv.gz"):
        expected = pd.read_csv(public_data / name, keep_default_na=False, na_values=["", "?"])
        pd.testing.assert_frame_equal(read(public_data / name).frame, expected, check_exact=False, rtol=1e-14)


# ---------------------------------------------------------------- errors


def test_ragged_rows_are_listed_by_line(tmp_path):
    path = put(tmp_path / "t.csv", 'a,b,c\n1,2,3\n\n1,2\n"x\ny",5,6\n1,2,3,4\n7,8,9\n1\n1\n')
    text = error(path)
    assert "line 4 has 2 cells where the first line has 3" in text
    assert "line 7 has 4 cells" in text
    assert "line 9 has 1 cell where" in text
    assert "1 more line" in text


def test_a_ragged_row_of_a_table_with_one_cell_too_many_everywhere(tmp_path):
    """pandas would silently make the first column an index."""
    assert "line 2 has 3 cells where the first line has 2" in error(put(tmp_path / "t.csv", "a,b\n1,2,3\n4,5,6\n"))


@pytest.mark.parametrize(
    "content, expected",
    [
        ("", "is empty"),
        (" \n\n", "is empty"),
        ("a,b\n", "has column names but no rows"),
        ("a,b", "has column names but no rows"),
        ('a,b\n1,2\n"3,4\n5,6\n', "line 3 cannot be split into cells"),
        ('a,b\n1,2\n"3,4\n' + "5,6\n" * 60_000, "line 3 cannot be split into cells"),
        ("a,b\n1,2\n1,caf\xe9\n".encode("latin1"), "not UTF-8 text (line 3); save it as UTF-8"),
        ("a,b\n1,2\n".encode("utf-16"), "not UTF-8 text (line 1)"),
    ],
)
def test_faulty_delimited_text(tmp_path, content, expected):
    path = put(tmp_path / "t.csv", content)
    assert expected in error(path)
    assert str(path) in error(path)


def test_files_that_are_not_there_or_not_files(tmp_path):
    assert "there is no file" in error(tmp_path / "no.csv")
    assert "there is no file" in error("no/such.csv.gz")
    assert "is a folder" in error(tmp_path)
    assert "must end in .csv, .tsv, .parquet, .jsonl" in error(put(tmp_path / "t.xlsx", b"PK"))
    assert "is not a whole gzip file" in error(put(tmp_path / "t.csv.gz", b"a,b\n1,2\n"))
    assert "is not a whole gzip file" in error(put(tmp_path / "t.csv.gz", gzip.compress(b"a,b\n1,2\n" * 99)[:-20]))
    assert "is not a whole parquet file" in error(put(tmp_path / "t.parquet", b"PAR1 and no more"))


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="the superuser can read every file")
def test_a_file_one_may_not_read(tmp_path):
    path = put(tmp_path / "t.csv", "a\n1\n")
    path.chmod(0)
    assert "cannot read" in error(path)


def test_a_name_that_is_no_name_and_no_path():
    text = error("breast_cancr")
    assert "breast_cancer" in text
    assert "or give a path" in text
    assert "iris" in error("zzzz")  # nothing near: all names
    assert "not a list" in error([1, 2])


def test_a_target_that_is_not_there(tmp_path):
    path = put(tmp_path / "t.csv", "Age,income\n1,2\n")
    assert "no column 'incom'; did you mean income?" in error(path, target="incom")
    assert "did you mean Age?" in error(path, target="age")
    assert "its columns are Age, income" in error(path, target="weather")
    assert "no column 'kind'" in error("iris", target="kind")


# ---------------------------------------------------------------- the table around the frame


def test_name_hash_and_target(tmp_path):
    content = b"a,b\n1,2\n"
    plain = read(put(tmp_path / "my.first.csv", content), target="b")
    packed = read(str(put(tmp_path / "my.first.csv.gz", gzip.compress(content))))
    assert (plain.name, packed.name) == ("my.first", "my.first")
    assert (plain.target, packed.target) == ("b", None)
    assert plain.sha256 == packed.sha256 == hashlib.sha256(content).hexdigest()
    assert plain.source == str(tmp_path / "my.first.csv")
    pd.testing.assert_frame_equal(plain.frame, packed.frame)


def test_a_data_frame_is_taken_as_it_is():
    frame = pd.DataFrame({"a": pd.array([1, None], "Int64"), "b": ["?", " x "]})
    table = read(frame, target="b")
    assert table.frame is frame
    assert (table.name, table.source, table.target) == ("table", "DataFrame", "b")
    changed = [frame.assign(a=[1, 2]), frame.rename(columns={"a": "c"}), frame.astype({"a": "float64"}), frame[::-1]]
    assert len({read(other).sha256 for other in [frame, frame.copy(), *changed]}) == 1 + len(changed)


def test_data_frames_that_are_no_table():
    assert "no rows" in error(pd.DataFrame({"a": []}))
    assert "no columns" in error(pd.DataFrame())
    assert "cells must be numbers" in error(pd.DataFrame({"a": [[1], [2, 3]]}))


def test_a_catalogue_name_wins_over_a_file_and_a_path_over_the_catalogue(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "iris", "a\n1\n")
    put(tmp_path / "iris.csv", "a\n1\n")
    assert len(read("iris").frame) == 150
    assert len(read("iris.csv").frame) == 1


# ---------------------------------------------------------------- JSON lines


def test_json_lines(tmp_path):
    path = put(
        tmp_path / "t.jsonl",
        '{"a": 1, "b": true, "c": "?", "d": "2024-01-01", "e": null, "f": "x\u2028y"}\n\n'
        '{"a": null, "b": null, "c": "", "d": null, "e": null, "g": 2}\r\n',
    )
    frame = read(path).frame
    assert [str(t) for t in frame.dtypes] == [
        "float64",
        "boolean",
        "str",
        "datetime64[us]",
        "float64",
        "str",
        "float64",
    ]
    assert frame["c"].tolist() == ["?", ""]  # JSON has its own word for missing
    assert frame["g"].isna().tolist() == [True, False]
    assert frame["f"][0] == "x\u2028y"


def test_faulty_json_lines(tmp_path):
    path = put(tmp_path / "t.jsonl", '{"a": 1}\n{"a": \n[1]\n{"a": {"b": 1}}\n')
    text = error(path)
    assert "line 2 is not JSON" in text
    assert "line 3 is not one flat object" in text
    assert "line 4 is not one flat object" in text


# ---------------------------------------------------------------- parquet


def test_parquet_with_a_named_index_gets_it_as_a_column(tmp_path):
    frame = pd.DataFrame({"a": [1, 2]}, index=pd.Index(["x", "y"], name="key"))
    frame.to_parquet(tmp_path / "t.parquet")
    assert list(read(tmp_path / "t.parquet").frame.columns) == ["key", "a"]
    frame.rename_axis(None).to_parquet(tmp_path / "t.parquet")
    assert list(read(tmp_path / "t.parquet").frame.columns) == ["a"]
