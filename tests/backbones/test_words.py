"""How texts are cut into words, and what is said of words."""

import numpy as np
import pytest

from obverse.backbones.word_traits import Traits, shape_of, traits
from obverse.backbones.words import words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", []),
        (" \n\t", []),
        ("Ann's dog, (Rex).", ["Ann's", "dog", ",", "(", "Rex", ")", "."]),
        ("It 's @ann_b at http://a.b/c?d=1 #fun", ["It", "'", "s", "@ann_b", "at", "http://a.b/c?d=1", "#", "fun"]),
        ("U.S. AT&T Jean-Luc 3.14", ["U.S", ".", "AT&T", "Jean-Luc", "3.14"]),
        ("élan Ōsaka 東京", ["élan", "Ōsaka", "東京"]),
    ],
)
def test_words(text, words):
    assert [text[a:b] for a, b in words_of(text)] == words


def test_shapes_and_traits():
    assert [shape_of(word) for word in ("iPhone7", "USA", "well-off", "2017")] == ["xXxxd", "XX", "xx-xx", "dd"]
    found = traits(["In", "Paris", "."])
    assert {"low paris", "shape Xx", "low-1 in", "low+1 .", "pair in paris", "low+2 <>"} <= set(found[1])
    assert traits([]) == []
    shouted, calm = traits(["GO", "ANN"])[1], traits(["now", "go", "on", "and", "on", "Ann"])[-1]
    assert "style shouts" in shouted and "style usual" in calm


def test_traits_are_kept_from_the_least_on_and_come_back():
    texts = [["a", "b"], ["a", "c"]]
    held = Traits.learn(texts, 2)
    assert "low a" in held.column and "low b" not in held.column
    again = Traits.of_json(held.to_json())
    one, two = held.matrix(texts).toarray(), again.matrix(texts).toarray()
    np.testing.assert_array_equal(one, two)
    assert one.shape == (4, len(held)) and one[0, held.column["low a"]] == 1 and one[1, held.column["low a"]] == 0
