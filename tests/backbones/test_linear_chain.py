"""The sums and maxima of a chain against all its sequences, listed."""

from itertools import pairwise, product

import numpy as np
import pytest

from obverse.backbones.linear_chain import Chain, likeliest, log_prob, stretches, sums, worth_most
from obverse.backbones.words import allowed, coded

LABELS = 5  # outside, and two kinds


def chain(seed):
    rng = np.random.default_rng(seed)
    follow, begin = allowed(2)
    return Chain(follow + rng.normal(size=follow.shape), begin + rng.normal(size=begin.shape)), rng


def every(scores, of):
    """Each sequence and its score."""
    t = len(scores)
    out = {}
    for labels in product(range(LABELS), repeat=t):
        total = of.begin[labels[0]] + sum(scores[i, label] for i, label in enumerate(labels))
        out[labels] = total + sum(of.follow[a, b] for a, b in pairwise(labels))
    return out


@pytest.mark.parametrize("t", [1, 2, 5])
def test_sums_are_those_of_all_sequences(t):
    of, rng = chain(t)
    scores = 3 * rng.normal(size=(t, LABELS))
    listed = every(scores, of)
    log = np.logaddexp.reduce(list(listed.values()))
    short = 3 * rng.normal(size=(1, LABELS))
    padded = np.zeros((2, t, LABELS))
    padded[0], padded[1, :1] = scores, short
    found = sums(padded, np.array([t, 1]), of)
    np.testing.assert_allclose(found.log, [log, np.logaddexp.reduce(list(every(short, of).values()))])
    share = {labels: np.exp(total - log) for labels, total in listed.items()}
    each = np.array([[sum(p for s, p in share.items() if s[i] == k) for k in range(LABELS)] for i in range(t)])
    np.testing.assert_allclose(found.each[0], each, atol=1e-12)
    assert not found.each[1, 1:].any()
    pairs = np.zeros((LABELS, LABELS))
    for labels, p in share.items():
        for a, b in pairwise(labels):
            pairs[a, b] += p
    np.testing.assert_allclose(found.pairs, pairs, atol=1e-12)
    best = max(listed, key=listed.get)
    assert tuple(likeliest(scores, of)) == best
    assert log_prob(scores, np.array(best), of) == pytest.approx(listed[best] - log)


def test_probabilities_of_spans_are_those_of_all_sequences():
    of, rng = chain(7)
    scores = rng.normal(size=(4, LABELS))
    listed = every(scores, of)
    log = np.logaddexp.reduce(list(listed.values()))
    truth = {}
    for labels, total in listed.items():
        start = None
        for i, label in enumerate([*labels, 0]):
            if start is not None and (label == 0 or label % 2):
                key = (start, i, labels[start] // 2)
                truth[key] = truth.get(key, 0.0) + np.exp(total - log)
                start = None
            if label % 2 and i < len(labels):
                start = i
    found = {one[:3]: one[3] for one in stretches(scores, of, least=0.0)}
    assert {k for k, p in truth.items() if p > 1e-12} == {k for k, p in found.items() if p > 1e-12}
    for key, p in found.items():
        assert p == pytest.approx(truth[key], abs=1e-12)
    assert stretches(np.zeros((0, LABELS)), of) == [] and len(likeliest(np.zeros((0, LABELS)), of)) == 0


def test_a_long_text_with_large_scores_stays_in_range():
    of, rng = chain(1)
    scores = 100 * rng.normal(size=(3_000, LABELS))
    found = sums(scores[None], np.array([3_000]), of)
    assert np.isfinite(found.log).all() and np.allclose(found.each[0].sum(axis=1), 1)
    assert found.log[0] >= log_prob(scores, likeliest(scores, of), of) + found.log[0] - 1e-6


def test_the_chosen_spans_are_worth_most():
    rng = np.random.default_rng(0)
    for _ in range(30):
        found = []
        for _ in range(6):
            a, b = sorted(rng.choice(6, size=2, replace=False).tolist())
            found.append((a, b, 0, float(rng.random())))
        best = 0.0
        for chosen in product([0, 1], repeat=6):
            own = sorted(found[i] for i in range(6) if chosen[i])
            if all(a[1] <= b[0] for a, b in pairwise(own)):
                best = max(best, sum(one[3] - 0.3 for one in own))
        said = [found[i] for i in worth_most(found, 5, 0.3)]
        assert all(a[1] <= b[0] for a, b in pairwise(said))
        assert sum(one[3] - 0.3 for one in said) == pytest.approx(best)


def test_words_that_a_span_touches_belong_to_it():
    words = [(0, 3), (4, 9), (10, 11)]
    assert coded(words, [(0, 9, 1), (10, 11, 0)])[0].tolist() == [3, 4, 1]
    labels, whole = coded(words, [(1, 5, 0)])
    assert labels.tolist() == [1, 2, 0] and not whole
    follow, begin = allowed(2)
    assert np.isneginf(begin).tolist() == [False, False, True, False, True]
    assert np.isneginf(follow[:, 2]).tolist() == [True, False, False, True, True]
