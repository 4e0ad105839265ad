"""The dictionary that translators are measured beside: IBM model 1 finds which word stands for which."""

import pytest

from obverse.data.worlds.clauses import Clauses


@pytest.fixture
def dictionary():
    from text_bars import dictionary

    return dictionary


def test_words_find_each_other_whatever_their_order(dictionary):
    pairs = Clauses().sample(600, seed=1)
    known = dictionary.dictionary(pairs.texts, pairs.told)
    assert [known[word] for word in ("cat", "bird", "dog", "horse")] == ["mira", "sela", "turo", "kavo"]
    assert known["sees"] == "vide" and known["red"].startswith("rub")
    assert dictionary.word_by_word(["cat sees dog, never."], known) == ["mira vide turo, never."]


def test_no_sentence_of_the_toy_language_is_right_word_by_word(dictionary):
    world = Clauses()
    learned, held = world.split(0)
    pairs = world.pairs(learned, seed=1)
    said = dictionary.word_by_word(held, dictionary.dictionary(pairs.texts, pairs.told))
    assert not any(one == other for one, other in zip(said, world.likeliest(held), strict=True))


def test_figures_are_those_of_sacrebleu():
    from text_bars.translator import figures

    text = ["a man in a red hat is walking", "two dogs run over the grass"]
    assert figures(text, text) == {"bleu": pytest.approx(100), "chrf": pytest.approx(100)}
    assert figures(text[::-1], text)["bleu"] < 10
