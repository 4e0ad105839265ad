"""Cells that are nearly numbers or dates: placeholders, decimal commas, infinities; what is done is said aloud."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from obverse.core.errors import BadInput
from obverse.data.cells import NUMBER, typed
from obverse.data.content import of_bytes
from obverse.data.parsed import Wanted
from obverse.data.readers import parse


def csv(text, ending=".csv"):
    parsed = parse(of_bytes(text.encode(), "t.csv"), ending)
    return parsed.frame, parsed.notes


def column(cells, name="a"):
    frame, notes = csv(f"{name},b\n" + "".join(f"{cell},x\n" for cell in cells))
    return frame[name], notes


# ---------------------------------------------------------------- words among numbers


@pytest.mark.parametrize("word", ["n/a", "N/A", "none", "None", "unknown", "-", ".", "MISSING", "#N/A", "NULL", "--"])
def test_placeholders_among_numbers_are_missing_and_said(word):
    cells, notes = column([*range(60), word, word, ""])
    assert str(cells.dtype) == "Int64"
    assert cells.isna().tolist() == [False] * 60 + [True] * 3
    assert notes == (f"counted as missing, because the rest of the column is numbers: 2 cells of 'a' ({word!r})",)


def test_several_placeholders_and_columns_are_one_note():
    rows = "".join(f"{i},{i / 7},x\n" for i in range(100)) + "n/a,-,x\n unknown ,1e5,x\n"
    frame, notes = csv("a,b,c\n" + rows)
    assert frame["a"].isna().sum() == 2 and frame["b"].isna().sum() == 1 and frame["b"].dtype == np.float64
    (note,) = notes
    assert note.endswith("2 cells of 'a' ('n/a', 'unknown'), 1 cell of 'b' ('-')")


@pytest.mark.parametrize(
    "cells",
    [
        [*range(60), "a lot"],  # no placeholder
        [*range(60), "n/a", "a lot"],
        [*range(18), "n/a"],  # 94.7 %
        [*range(200), "-", ".", "..", "n/a", "na", "nil"],  # six different ones
    ],
)
def test_other_words_make_the_column_text_and_it_says_so(cells):
    found, notes = column(cells)
    assert found.tolist() == [str(cell) for cell in cells]
    (note,) = notes
    assert note.startswith("read as text, although most cells are numbers: 'a' (9")
    assert repr(str(cells[-1])) in note or "..." in note


def test_the_share_counts_cells_that_are_not_missing():
    cells, _ = column([*range(19), "n/a", *[""] * 500])
    assert str(cells.dtype) == "Int64"


@pytest.mark.parametrize("cells", [["1", "2", "x", "y"], ["x", "y"], ["none", "none"], ["1", "-"]])
def test_text_with_few_numbers_is_just_text(cells):
    found, notes = column(cells)
    assert found.tolist() == cells and notes == ()


@pytest.mark.parametrize("cells", [["1", "-"], ["n/a", "n/a", "7"], ["unknown"]])
def test_where_numbers_are_known_placeholders_are_missing_however_many(cells):
    text = "a,b\n" + "".join(f"{cell},{cell}\n" for cell in cells)
    parsed = parse(of_bytes(text.encode(), "t.csv"), ".csv", Wanted(numbers=frozenset("a")))
    assert parsed.frame["a"].dtype.kind in "if" and parsed.frame["a"].notna().tolist() == [c.isdigit() for c in cells]
    assert parsed.frame["b"].tolist() == cells and len(parsed.notes) >= 1
    lines = "".join(f'{{"a": "{cell}"}}\n' for cell in cells)
    parsed = parse(of_bytes(lines.encode(), "t.jsonl"), ".jsonl", Wanted(numbers=frozenset("a")))
    assert parsed.frame["a"].notna().tolist() == [c.isdigit() for c in cells]


def test_where_numbers_are_known_other_words_stay():
    parsed = parse(of_bytes(b"a,b\n1,x\nmany,x\n-,x\n", "t.csv"), ".csv", Wanted(numbers=frozenset("a")))
    assert parsed.frame["a"].tolist() == ["1", "many", "-"]


@given(st.from_regex(NUMBER, fullmatch=True), st.sampled_from(["", " "]))
def test_what_is_called_a_number_is_read_as_one(text, space):
    assert typed("a", pd.Series([text + space], dtype="str")).cells.dtype.kind in "if"


# ---------------------------------------------------------------- other ways to write numbers


def test_decimal_commas_in_files_with_semicolons():
    frame, notes = csv("a;b;c;d\n3,5;1;x;1.234,5\n-0,25;2;y;-7\n12;3;z;10.000.000,25\n;4;z;\n")
    assert frame["a"].tolist()[:3] == [3.5, -0.25, 12.0] and np.isnan(frame["a"][3])
    assert frame["b"].tolist() == [1, 2, 3, 4]
    assert frame["d"].tolist()[:3] == [1234.5, -7.0, 10_000_000.25]
    assert notes == ("cells are separated by ';', not by a comma", "read with a decimal comma: 'a', 'd'")


@pytest.mark.parametrize("cells", [["3,5", "x"], ["3,5,1", "2"], ["1.23,5", "2"], ["1,234", "12,500", "7"]])
def test_commas_that_may_not_be_decimal_stay_text(cells):
    """1,234 may be a thousand or a little more than one."""
    frame, _ = csv("a;b\n" + "".join(f"{cell};x\n" for cell in cells))
    assert frame["a"].tolist() == cells


def test_a_decimal_comma_is_none_where_commas_part_cells():
    frame, notes = csv('a,b\n"3,5",x\n"4,5",y\n')
    assert frame["a"].tolist() == ["3,5", "4,5"]
    assert notes == (
        "read as text; for numbers write 1234.5, without thousands separators, decimal commas and units: 'a' ('3,5')",
    )


@pytest.mark.parametrize("cells", [['"1,234"', '"12,345.5"'], ["12%", "3.5 %"], ["$5", "$7.25"], ["5 €", "6 €"]])
def test_thousands_and_units_stay_text_and_it_says_so(cells):
    found, (note,) = column(cells)
    assert found.tolist() == [cell.strip('"') for cell in cells]
    assert note.startswith("read as text; for numbers write 1234.5") and repr(found[0]) in note


@pytest.mark.parametrize("day", ["31.12.2024", "12/31/2024", "1/2/24", "31-12-2024", "2024/12/31", "31.12.2024 09:30"])
def test_dates_that_are_not_iso_stay_text_and_it_says_so(day):
    found, notes = column([day, "", day])
    assert found.tolist()[::2] == [day, day]
    assert notes == (f"read as text; for dates write 2024-12-31: 'a' ({day!r})",)


@pytest.mark.parametrize("cells", [["31.12.2024", "soon"], ["1.2.3.4", "1.2.3.5"], ["10-20", "20-30"]])
def test_what_is_no_date_gets_no_note(cells):
    assert column(cells)[1] == ()


def test_many_columns_are_one_note():
    frame, (note,) = csv(",".join(f"c{i}" for i in range(9)) + "\n" + ",".join(["5%"] * 9) + "\n")
    assert note.endswith("'c4' ('5%') and 4 more") and frame.shape == (1, 9)


# ---------------------------------------------------------------- infinite numbers


@pytest.mark.parametrize("word", ["inf", "-inf", "Infinity", "+INF", "1e999", "-1e999"])
def test_infinite_numbers_are_an_error_with_column_count_and_line(word):
    with pytest.raises(BadInput) as caught:
        csv(f'a,b\n1,"x\ny"\n\n{word},z\n3,z\n{word},z\n')
    assert "column 'a' of t.csv holds 2 infinite numbers (the first in line 5)" in str(caught.value)
    assert "--drop a" in str(caught.value)


def test_every_column_with_infinite_numbers_is_listed():
    rows = "1,2\ninf,3\n4,-inf\n"
    with pytest.raises(BadInput) as caught:
        csv("a,b\n" + rows)
    assert [problem.partition(" (")[2][:20] for problem in caught.value.problems] == [
        "the first in line 3)",
        "the first in line 4)",
    ]
    with pytest.raises(BadInput, match="and so do 3 more columns"):
        csv(",".join("abcdefgh") + "\n" + ",".join(["inf"] * 8) + "\n")


def test_infinite_numbers_beside_placeholders_are_found_too():
    with pytest.raises(BadInput, match="an infinite number"):
        column([*range(60), "n/a", "inf"])


def test_a_word_that_begins_so_is_a_word():
    assert column(["inf", "sup"])[0].tolist() == ["inf", "sup"]
    assert column(["infirm", "well"])[0].tolist() == ["infirm", "well"]


def test_infinite_numbers_in_json_lines():
    with pytest.raises(BadInput, match=r"column 'a' of t\.csv holds an infinite number \(the first in line 3\)"):
        csv('{"a": 1}\n\n{"a": Infinity}\n', ".jsonl")
    with pytest.raises(BadInput, match="an infinite number"):
        csv('{"a": 1}\n{"a": 1' + "0" * 400 + "}\n", ".jsonl")


def test_mixed_values_of_json_lines_are_read_as_those_of_text():
    lines = "".join(f'{{"a": {i}, "b": {i}, "c": 1}}\n' for i in range(60))
    frame, notes = csv(lines + '{"a": "n/a", "b": "many", "c": 10000000000000000000000}\n', ".jsonl")
    assert str(frame["a"].dtype) == "Int64" and frame["a"].isna().sum() == 1
    assert frame["b"].dtype == "str" and frame["b"][0] == "0"
    assert frame["c"].tolist()[-1] == 1e22
    assert [note.partition(":")[0] for note in notes] == [
        "counted as missing, because the rest of the column is numbers",
        "read as text, although most cells are numbers",
    ]
