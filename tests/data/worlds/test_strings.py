"""The worlds of strings: probabilities sum to 1, and draws follow them."""

from collections import Counter

import numpy as np
import pytest

from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import Grammar


def test_chains_sum_to_one_and_are_drawn_as_they_say():
    world = Chains()
    strings, longer = world.strings(7)
    for label in (None, *world.classes):
        assert np.exp(world.log_prob(strings, label)).sum() + longer == pytest.approx(1)
    made = world.sample(20_000, seed=0)
    count = Counter(made.texts[made.told == "calm"])
    for text in ("a", "bb", "ab"):
        share = count[text] / (made.told == "calm").sum()
        assert share == pytest.approx(np.exp(world.log_prob([text], "calm")[0]), abs=0.01)
    assert np.isneginf(world.log_prob(["", "ax"])).all() and not world.holds(["", "ax"]).any()
    right = world.posterior(made.texts).argmax(axis=1) == (made.told == "wild")
    assert 0.78 < right.mean() < 0.9


def test_the_grammar_lists_all_it_makes():
    world = Grammar()
    assert sum(world.sentences.values()) == pytest.approx(1)
    made = world.sample(5_000, seed=0).texts
    assert world.holds(made).all() and not world.holds(["the dog sleeps at a cat."]).any()
    assert -world.log_prob(made).mean() == pytest.approx(world.entropy, abs=0.05)
    assert np.isneginf(world.log_prob(["the dog"])[0])
