"""A text is read once by an encoder that stays as it is, and what was read longest ago is forgotten."""

import numpy as np
import pytest

from obverse.backbones import readings


def texts(*numbers):
    return [np.array([n, n + 1]) for n in numbers]


@pytest.fixture
def asked(monkeypatch):
    """An encoder that says the tokens and their sum, and the list of texts that it was asked about."""
    monkeypatch.setattr(readings, "_kept", type(readings._kept)())
    seen = []

    def say(some):
        seen.append([int(one[0]) for one in some])
        return np.array([[*one, one.sum() / 3] for one in some]).reshape(len(some), 3)

    return say, seen


def test_only_what_is_new_is_read_and_each_text_once(asked):
    say, seen = asked
    first = readings.read(b"a", texts(1, 2, 1), say)
    again = readings.read(b"a", texts(2, 3, 1), say)
    assert seen == [[1, 2], [3]]
    assert (first[[1, 0]] == again[[0, 2]]).all() and first.dtype == np.float64
    assert first[0].tolist() == [1, 2, 1] and again[1, 2] == np.float32(7 / 3)


def test_encoders_do_not_answer_for_each_other(asked):
    say, seen = asked
    one, other = (readings.name([np.full(3, value, np.float32)]) for value in (1, 2))
    assert one != other and one == readings.name([np.full(3, 1, np.float32)])
    for encoder in (one, other, one):
        readings.read(encoder, texts(5), say)
    assert seen == [[5], [5]]


def test_the_texts_read_longest_ago_are_forgotten(asked, monkeypatch):
    say, seen = asked
    monkeypatch.setattr(readings, "MOST", 2 * 3 * 4)  # two texts of three float32
    readings.read(b"a", texts(1, 2), say)
    readings.read(b"a", texts(1), say)
    readings.read(b"a", texts(3), say)
    readings.read(b"a", texts(1, 3), say)
    assert seen == [[1, 2], [3]] and len(readings._kept) == 2
    readings.read(b"a", texts(2), say)
    assert seen[-1] == [2]


def test_no_text_has_as_many_numbers(asked):
    assert readings.read(b"a", [], asked[0]).shape == (0, 3)
