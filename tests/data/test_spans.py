"""Texts with spans from disk: JSON lines, tokens and tags, columns, and what is wrong with them in one line."""

import copy
import gzip
import json

import pytest

from obverse.core.errors import BadInput
from obverse.data.spans import Marked, Span, as_table, of_tags, read_spans
from obverse.data.worlds.notices import KINDS, Notices


def lines(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def test_json_lines_of_spans_and_of_tags(tmp_path):
    found = read_spans(lines(tmp_path / "a.jsonl", {"text": "Ann sings", "spans": [[0, 3, "person"]]}, {"text": "x"}))
    assert found.texts.tolist() == ["Ann sings", "x"] and found.spans == [[(0, 3, "person")], None]
    tags = {"tokens": ["In", "New", "York", "Ann"], "tags": ["O", "B-place", "I-place", "B-person"]}
    path = tmp_path / "b.jsonl.gz"
    path.write_bytes(gzip.compress((json.dumps(tags) + "\n").encode()))
    found = read_spans(path)
    assert found.texts[0] == "In New York Ann" and found.name == "b"
    assert found.spans == [[(3, 11, "place"), (12, 15, "person")]]
    assert read_spans(lines(tmp_path / "c.jsonl", {"text": "no spans"})).spans is None
    plain = tmp_path / "d.txt"
    plain.write_text("One text\nAnother\n")
    assert read_spans(plain).texts.tolist() == ["One text", "Another"]


def test_columns_of_tokens_and_tags(tmp_path):
    path = tmp_path / "a.conll"
    path.write_text("-DOCSTART- -X- O\n\nAnn NN B-person\nsings VB O\n\nOslo NN B-place\n")
    found = read_spans(path)
    assert found.texts.tolist() == ["Ann sings", "Oslo"] and found.spans == [[(0, 3, "person")], [(0, 4, "place")]]


@pytest.mark.parametrize(
    ("tags", "spans"),
    [
        (["O", "O"], []),
        (["B-a", "B-a"], [(0, 1, "a"), (2, 3, "a")]),
        (["B-a", "I-a"], [(0, 3, "a")]),
        (["O", "I-a"], [(2, 3, "a")]),  # I- after O begins
        (["B-a", "I-b"], [(0, 1, "a"), (2, 3, "b")]),
        (["I-a", "I-a"], [(0, 3, "a")]),
    ],
)
def test_tags(tags, spans):
    assert of_tags(["x", "y"], tags) == ("x y", spans)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"text": "Ann", "spans": [[0, 4, "a"]]}, r"does not lie in the text, of 3 characters"),
        ({"text": "Ann", "spans": [[-1, 2, "a"]]}, "does not lie in the text"),
        ({"text": "Ann B", "spans": [[0, 3, "a"], [2, 5, "b"]]}, r"spans \(0, 3, 'a'\) and \(2, 5, 'b'\) overlap"),
        ({"text": "Ann", "spans": [[2, 2, "a"]]}, "is empty"),
        ({"text": "Ann", "spans": [[0, 2]]}, r"needs a list of \(start, end, label\)"),
        ({"text": "Ann", "spans": [[0, 2.5, "a"]]}, "needs a list of"),
        ({"text": "Ann", "spans": [[0, 2, None]]}, "has no label"),
        ({"text": 3, "spans": []}, "texts are str, not int"),
        ({"tokens": ["a", "b"], "tags": ["O"]}, "there are 2 tokens and 1 tags"),
        ({"tokens": ["a"], "tags": ["X-b"]}, "'X-b' is no tag"),
        ({"tokens": ["a"], "tags": ["B-"]}, "'B-' is no tag"),
        ({"tokens": "a", "tags": ["O"]}, "lists of text"),
        ({"other": 1}, "line 1 has neither"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(tmp_path, row, said):
    with pytest.raises(BadInput, match=said) as told:
        read_spans(lines(tmp_path / "a.jsonl", row))
    assert "\n" not in str(told.value)


def test_files_that_hold_nothing_of_the_kind(tmp_path):
    for name, content, said in [
        ("a.jsonl", "{", "is no JSON"),
        ("b.jsonl", "", "is empty"),
        ("c.conll", "Ann\n", "line 1 has no tag"),
        ("d.bio", "\n\n", "is empty"),
    ]:
        (tmp_path / name).write_text(content)
        with pytest.raises(BadInput, match=said):
            read_spans(tmp_path / name)
    with pytest.raises(BadInput, match="there is no file"):
        read_spans(tmp_path / "nowhere.jsonl")
    many = [{"text": "a", "spans": [[0, 9, "b"]]}] * 50
    with pytest.raises(BadInput, match="more"):
        read_spans(lines(tmp_path / "many.jsonl", *many))


def test_a_span_is_a_triple_with_a_score():
    one = Span(0, 3, "person", 0.9)
    assert one == (0, 3, "person") and repr(one) == "(0, 3, 'person')" and one.score == 0.9
    assert copy.deepcopy([one])[0].score == 0.9
    table = as_table(["Ann sings", "x"], [[one], []])
    assert table.to_dict("records") == [
        {"text": 1, "start": 0, "end": 3, "label": "person", "score": 0.9, "words": "Ann"}
    ]
    assert as_table([], []).columns.tolist() == ["text", "start", "end", "label", "score", "words"]


def test_notices_are_what_they_say():
    made = Notices().sample(60, seed=0)
    again = Notices().sample(60, seed=0)
    assert made.sha256 == again.sha256 and made.texts.tolist() == again.texts.tolist()
    assert {label for own in made.spans for _, _, label in own} == set(KINDS)
    for text, own in zip(made.texts, made.spans, strict=True):
        assert all(word[0].isupper() for start, end, _ in own for word in text[start:end].split())
        assert sum(c.isupper() for c in text) == sum(len(text[a:b].split()) for a, b, _ in own)
    assert Marked.of(["a"], [[]], "x").sha256 != Marked.of(["a"], [[(0, 1, "b")]], "x").sha256
