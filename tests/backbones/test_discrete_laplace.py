"""The noise is what the guarantee rests on: its distribution against the formula, and where its chance comes from."""

import random
import secrets
from fractions import Fraction

import numpy as np
import pytest
from scipy.stats import chisquare

from obverse.backbones.discrete_laplace import DiscreteLaplace


@pytest.mark.parametrize("rate", [Fraction(1, 3), Fraction(1), Fraction(5, 2), Fraction(0.1)])
def test_probabilities_fall_by_exp_of_the_rate(rate):
    noise = DiscreteLaplace(rate, random.Random(0))
    drawn = np.array([noise.draw() for _ in range(8_000)])
    q = np.exp(-float(rate))
    edge = int(4 / rate)
    inner = np.arange(-edge, edge + 1)
    share = (1 - q) / (1 + q) * q ** np.abs(inner)
    tail = q ** (edge + 1) / (1 + q)
    counts = [(drawn < -edge).sum(), *((drawn == z).sum() for z in inner), (drawn > edge).sum()]
    expected = 8_000 * np.array([tail, *share, tail])
    assert chisquare(counts, expected * (sum(counts) / expected.sum())).pvalue > 1e-3


def test_noise_is_whole_and_comes_from_the_operating_system():
    noise = DiscreteLaplace(Fraction(1, 10))
    assert isinstance(noise.below.__self__, secrets.SystemRandom)
    drawn = [noise.draw() for _ in range(200)]
    assert all(type(z) is int for z in drawn) and len(set(drawn)) > 10


def test_a_source_with_a_seed_repeats():
    one, two = (DiscreteLaplace(Fraction(1, 5), random.Random(7)) for _ in range(2))
    assert [one.draw() for _ in range(50)] == [two.draw() for _ in range(50)]
