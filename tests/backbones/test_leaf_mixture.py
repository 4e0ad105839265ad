"""What a leaf stands for: a mixture whose draws, masses and densities are of one distribution."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones import leaf_ranks
from obverse.backbones.leaf_mixture import LeafMixture
from obverse.core.schema import FloatArray

ROWS, LEAVES = 200, 8
VALUES = np.arange(0.0, ROWS, 10)  # where values of the tied column start


def mixed(first: FloatArray | None) -> LeafMixture:
    rng = np.random.default_rng(0)
    leaf = np.sort(rng.integers(LEAVES, size=ROWS))
    rank = np.arange(ROWS)
    leaves = leaf_ranks.leaves_of(leaf, rank, LEAVES, ROWS, first)
    groups = leaf_ranks.leaves_of(leaf // 4, rank, 2, ROWS, first)
    return LeafMixture(leaves, groups, np.arange(LEAVES) // 4, shrinkage=3.0)


@pytest.fixture(scope="module", params=["interpolated", "tied"])
def mixture(request: pytest.FixtureRequest) -> LeafMixture:
    return mixed(VALUES if request.param == "tied" else None)


def test_shares_and_masses_add_up(mixture: LeafMixture) -> None:
    leaf = np.arange(LEAVES)
    shares = mixture.shares(leaf)
    assert sum(shares) == pytest.approx(1.0)
    assert (np.array(shares) > 0).all()
    parts = [mixture.between(leaf, np.full(LEAVES, a), np.full(LEAVES, a + 10), shares) for a in VALUES]
    assert sum(parts) == pytest.approx(1.0)
    assert mixture.below(leaf, np.full(LEAVES, 50.0), shares) == pytest.approx(sum(parts[:5]))


def test_draws_have_the_masses_and_keep_within_their_ends(mixture: LeafMixture) -> None:
    rng, n = np.random.default_rng(1), 40_000
    leaf = np.full(n, 3)
    place = mixture.draw(leaf, rng.random((n, 2)))
    shares = mixture.shares(leaf[:1])
    for a in VALUES:
        mass = mixture.between(leaf[:1], np.array([a]), np.array([a + 10]), shares)[0]
        assert ((place >= a) & (place < a + 10)).mean() == pytest.approx(mass, abs=0.012)
    within = np.full(n, 60.0), np.full(n, 90.0)
    inside = mixture.draw(leaf, rng.random((n, 2)), within)
    assert ((inside >= 60) & (inside < 90)).all()
    wanted = mixture.below(leaf[:1], np.array([70.0]), shares) - mixture.below(leaf[:1], np.array([60.0]), shares)
    whole = mixture.between(leaf[:1], np.array([60.0]), np.array([90.0]), shares)
    assert (inside < 70).mean() == pytest.approx((wanted / whole)[0], abs=0.012)


def test_density_of_an_interpolated_column_is_the_slope_of_the_mass() -> None:
    mixture = mixed(None)
    leaf, at = np.repeat(np.arange(LEAVES), 50), np.tile(np.linspace(0.7, 199.2, 50), LEAVES)
    shares = mixture.shares(leaf)
    slope = mixture.between(leaf, at - 1e-5, at + 1e-5, shares) / 2e-5
    assert np.median(abs(mixture.density(leaf, at, shares) - slope)) < 1e-9
