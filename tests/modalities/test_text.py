"""Texts read from whatever users have, and one clear line for what is no text."""

import gzip

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.data.texts import Texts, read_texts
from obverse.modalities.text import TEXTS

MAILS = pd.DataFrame({"message": ["hi", "win now", "see you"], "label": ["ham", "spam", "ham"], "length": [2, 7, 7]})


def test_texts_come_in_many_forms():
    for X in (["a", "b"], ("a", "b"), np.array(["a", "b"]), pd.Series(["a", "b"]), pd.DataFrame({"x": ["a", "b"]}),
              Texts.of(["a", "b"], None, "two")):  # fmt: skip
        data = TEXTS.learn(X)
        assert data.values.tolist() == ["a", "b"] and data.values.dtype == object and data.schema.target is None
        assert TEXTS.read(X, data.schema)[0].values.tolist() == ["a", "b"]


def test_a_table_keeps_its_names():
    data = TEXTS.learn(MAILS, "label")
    assert data.schema.names == ("message", "label") and data.y.tolist() == [0, 1, 0]
    assert data.schema["label"].values == ("ham", "spam")
    evidence, _ = TEXTS.read(MAILS, data.schema)
    assert evidence.label.tolist() == [0, 1, 0]
    evidence, _ = TEXTS.read(MAILS[["message"]], data.schema)
    assert np.isnan(evidence.label).all()
    evidence, _ = TEXTS.read((["hi", "hi"], ["spam", "other"]), data.schema, unseen="code")
    assert evidence.label.tolist() == [1, -1]


def test_labels_may_be_numbers_and_partly_unknown():
    data = TEXTS.learn(["a", "b", "c"], pd.Series([3.0, np.nan, 1.0], name="stars"))
    assert data.schema.target == "stars" and data.schema["stars"].values == (1, 3)
    assert data.labelled.tolist() == [True, False, True] and data.schema["stars"].missing == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("X", "y", "said"),
    [
        ([], None, "no text to learn from"),
        (["a", ""], None, "1 texts are empty"),
        (["a", None, float("nan")], None, "2 texts are missing"),
        ([b"a"], None, "decode them first"),
        (["a", 3], None, "not int"),
        (["a", "\udcff"], None, "half of a letter"),
        (["a [HOLE]"], None, "have holes"),
        ([["a"], ["b"]], None, "one list of str"),
        ("not a file", None, "no file of text"),
        (7, None, "not int"),
        (["a", "b"], ["x"], "labels for 2 texts"),
        (["a", "b"], "label", "there is no table"),
        (MAILS.assign(other="x"), "label", "2 columns of text"),
        (MAILS[["length"]], None, "none of its columns"),
        (MAILS, "labl", "did you mean label"),
    ],
)
def test_what_is_no_text_is_said_in_one_line(X, y, said):
    with pytest.raises(BadInput, match=said) as error:
        TEXTS.learn(X, y)
    assert "\n" not in str(error.value)


def test_holes_are_filled_and_all_else_stays():
    data = TEXTS.learn(["a"])
    X = ["a[HOLE]", "b", "[HOLE]"]
    assert TEXTS.fill(X, np.array(["ac", "WRONG", "d"], dtype=object), data.schema) == ["ac", "b", "d"]


# ------------------------------------------------------------------------- files


def test_plain_text_is_one_text_where_blank_lines_part_it(tmp_path):
    book, names = tmp_path / "book.txt", tmp_path / "names.txt.gz"
    book.write_bytes(b"One.\r\nTwo.\r\n\r\nThree.\r\n")
    names.write_bytes(gzip.compress("\ufeffada\nbob\n\n".encode()))
    assert read_texts(book).texts.tolist() == ["One.\nTwo.\n\nThree.\n"]
    assert "one text" in read_texts(book).notes[0] and "blank lines" in read_texts(book).notes[0]
    assert read_texts(names).texts.tolist() == ["ada", "bob"]
    assert read_texts(book, lines=True).texts.tolist() == ["One.", "Two.", "Three."]
    assert read_texts(names, lines=False).texts.tolist() == ["ada\nbob\n\n"]
    assert TEXTS.learn(str(names)).values.tolist() == ["ada", "bob"]


def test_columns_of_files_are_named(tmp_path):
    MAILS.to_csv(tmp_path / "m.csv", index=False)
    MAILS.to_json(tmp_path / "m.jsonl", orient="records", lines=True)
    for name in ("m.csv", "m.jsonl"):
        found = read_texts(tmp_path / name, text="message", target="label")
        assert found.texts.tolist() == MAILS.message.tolist() and found.told.tolist() == MAILS.label.tolist()
        assert found.columns == ("message", "label")
        data = TEXTS.learn(tmp_path / name, "label")
        assert data.y.tolist() == [0, 1, 0]
        assert TEXTS.read(tmp_path / name, data.schema)[0].label.tolist() == [0, 1, 0]
    with pytest.raises(BadInput, match="2 columns of text"):
        read_texts(tmp_path / "m.csv")
    with pytest.raises(BadInput, match="no column 'mesage'; did you mean message"):
        read_texts(tmp_path / "m.csv", text="mesage")
    with pytest.raises(BadInput, match="cannot be both"):
        read_texts(tmp_path / "m.csv", text="label", target="label")


def test_files_that_are_no_texts_are_refused(tmp_path):
    (tmp_path / "latin.txt").write_bytes("gut\nschön".encode("latin-1"))
    with pytest.raises(BadInput, match="UTF-8") as error:
        read_texts(tmp_path / "latin.txt")
    assert "line 2" in str(error.value)
    (tmp_path / "empty.txt").write_text(" \n\n")
    with pytest.raises(BadInput, match="is empty"):
        read_texts(tmp_path / "empty.txt")
    with pytest.raises(BadInput, match="no file"):
        read_texts(tmp_path / "none.txt")
    with pytest.raises(BadInput, match="without columns"):
        read_texts(tmp_path / "latin.txt", text="a")
