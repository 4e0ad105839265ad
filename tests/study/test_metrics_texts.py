"""Figures of made texts against cases that can be counted by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import Grammar
from obverse.study.alike import groups
from obverse.study.metrics import texts as metrics
from obverse.study.questions.of_texts.reader import reader

CLASSES = np.array(["ham", "spam"], dtype=object)


def test_words_are_runs_of_letters_and_single_signs():
    assert metrics.words("Call NOW!! it's £5") == ["call", "now", "!", "!", "it", "'", "s", "£", "5"]


def test_distinct_pairs():
    assert metrics.distinct(["a b a b", "a b"], 2) == pytest.approx(2 / 4)  # ab ba ab, ab
    assert metrics.distinct(["a b a b", "a b"], 2, most=2) == 1.0
    assert metrics.distinct(["a", ""], 2) is None


def test_novelty_and_known_words():
    train = ["the cat sat on the mat"]
    assert metrics.novelty(["the cat sat on a mat"], train, 4) == pytest.approx(2 / 3)  # sat on a mat, cat sat on a
    assert metrics.novelty(train, train, 4) == 0.0
    assert metrics.novelty(["short"], train, 4) is None
    assert metrics.known_words(["The dog sat"], train) == pytest.approx(2 / 3)
    assert metrics.known_words([""], train) is None


def test_copies_are_equal_in_every_character():
    assert metrics.copies(["a b", "A b", "c", "a b"], ["a b", "d"]) == 0.5
    assert metrics.copies([], ["a"]) == 0.0


def test_bits_per_character_of_a_known_source_are_its_entropy():
    world = Grammar()
    texts = world.sample(4_000, seed=1).texts.tolist()
    bits = metrics.bits_per_character(world.log_prob(texts), texts)
    letters = sum(p * (len(text) + 1) for text, p in world.sentences.items())
    assert bits == pytest.approx(world.entropy / math.log(2) / letters, rel=0.02)
    assert metrics.bits_per_character([math.log(0.5)], ["a"]) == 0.5  # one bit, a letter and an end
    assert metrics.bits_per_character([-math.inf], ["a"]) is None


def test_a_reader_tells_what_differs_and_guesses_where_nothing_does():
    world, rng = Chains(), np.random.default_rng(0)
    one, two = world.sample(300, 1), world.sample(300, 2)
    assert metrics.told_apart(one.texts.tolist(), two.texts.tolist(), reader, rng) == pytest.approx(0.5, abs=0.08)
    calm, wild = (one.texts[one.labels == label].tolist() for label in ("calm", "wild"))
    assert metrics.told_apart(calm, wild, reader, rng) > 0.75
    assert metrics.told_apart(["x y z"] * 30, ["p q r"] * 30, reader, rng) == 1.0


def test_f1_is_of_the_rarer_of_two_classes_and_a_mean_of_several():
    truth = np.array(["spam", "spam", "ham", "ham", "ham"], dtype=object)
    proba = np.array([[0.1, 0.9], [0.9, 0.1], [0.2, 0.8], [0.9, 0.1], [0.9, 0.1]])
    assert metrics.f1(truth, proba, CLASSES) == 0.5  # one of two found, one of two finds right
    assert metrics.f1(truth[2:], proba[2:], CLASSES) is None
    assert metrics.f1(truth, np.tile([1.0, 0.0], (5, 1)), CLASSES) == 0.0
    three = np.array(["a", "b", "c"], dtype=object)
    assert metrics.f1(three, np.eye(3)[[0, 1, 1]], three) == pytest.approx((1 + 2 / 3 + 0) / 3)


def test_surprise_is_for_each_character_and_the_end():
    assert metrics.surprise([-6.0, -6.0], ["ab", "abcde"]) == pytest.approx([2.0, 1.0])


def test_texts_that_differ_in_figures_and_signs_are_one_group():
    texts = np.array(["Call 0800!", "call 0801", "CALL, 0800 now", "123", "456", "calm"], dtype=object)
    found = groups(texts)
    assert found[0] == found[1] and len(set(found.tolist())) == 5
