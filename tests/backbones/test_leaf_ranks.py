"""Leaves as distributions over the line of ranks."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones import leaf_ranks
from obverse.backbones.leaf_ranks import LeafBins, LeafRanks, leaves_of

N = 300
RNG = np.random.default_rng(1)
LEAF = np.repeat([0, 1, 3], [5, 95, 200])
RANK = RNG.permutation(N)
FIRST = np.arange(0.0, N, 2)  # where values start, of two rows each


@pytest.fixture(params=[True, False], ids=["tied", "interpolated"])
def leaves(request: pytest.FixtureRequest) -> leaf_ranks.Leaves:
    return leaves_of(LEAF, RANK, 4, N, FIRST if request.param else None)


def test_sizes_count_known_rows_only() -> None:
    rank = np.where(np.arange(N) < 3, -1, RANK)
    assert leaves_of(LEAF, rank, 4, N, FIRST).rows.tolist() == [2, 95, 0, 200]


def test_a_leaf_of_one_value_is_trusted_more_than_one_of_many() -> None:
    first, leaf = np.array([0.0, 100.0, 101.0, 102.0]), np.array([0] * 8 + [1] * 8)
    rank = np.array([0, 1, 2, 3, 4, 5, 6, 7, 50, 51, 52, 53, 99, 100, 101, 102])
    tied = leaves_of(leaf, rank, 3, 103, first)
    assert tied.kinds.tolist() == [1, 4, 0]
    assert tied.share(np.arange(3), 0.5) == pytest.approx([8 / 8.5, 8 / 10, 0])  # Witten and Bell 1991
    assert tied.share(np.arange(3), 0.0).tolist() == [1, 1, 0]
    assert leaves_of(leaf, rank, 3, 103, None).share(np.arange(3), 0.5) == pytest.approx([8 / 8.5, 8 / 8.5, 0])


def test_cumulative_rises_from_nothing_to_one(leaves: leaf_ranks.Leaves) -> None:
    place = np.linspace(0, N, 61)
    for leaf in (0, 1, 3):
        share = leaves.cumulative(np.full(61, leaf), place)
        assert share[0] == 0
        assert share[-1] == 1
        assert (np.diff(share) >= 0).all()
    assert (leaves.cumulative(np.full(61, 2), place) == 0).all()


def test_tied_leaves_count_rows_below() -> None:
    leaves = leaves_of(LEAF, RANK, 4, N, FIRST)
    place = np.array([0.0, 20.0, 150.0, 300.0])
    expected = [(RANK[LEAF == 1] < p).mean() for p in place]
    assert leaves.cumulative(np.full(4, 1), place) == pytest.approx(expected)


def test_place_is_the_inverse_of_cumulative() -> None:
    leaves = leaves_of(LEAF, RANK, 4, N, None)
    share = np.linspace(0.001, 0.999, 99)
    for leaf in (0, 1, 3):
        place = leaves.place(np.full(99, leaf), share)
        assert leaves.cumulative(np.full(99, leaf), place) == pytest.approx(share)


def test_density_is_the_slope_of_cumulative() -> None:
    leaves = leaves_of(LEAF, RANK, 4, N, None)
    place = (np.arange(30_000) + 0.5) / 100
    for leaf in (0, 1, 3):
        area = leaves.density(np.full(30_000, leaf), place).sum() / 100
        assert area == pytest.approx(1.0, abs=1e-2)


def test_bins_grow_with_the_root_of_the_rows() -> None:
    leaves = leaves_of(LEAF, RANK, 4, N, None)
    assert isinstance(leaves, LeafBins)
    assert leaves.bins[2] == 0
    assert leaves.bins[3] < 2 * leaves.bins[1]


def test_averages_are_means_of_the_rows(leaves: leaf_ranks.Leaves) -> None:
    mean = leaves.averages(lambda place: place)
    assert np.isnan(mean[2])
    for leaf in (0, 1, 3):
        assert mean[leaf] == pytest.approx((RANK[leaf == LEAF] + 0.5).mean(), abs=6.0)


def test_state_round_trip_and_damage(leaves: leaf_ranks.Leaves) -> None:
    again = leaf_ranks.from_state(leaves.state())
    place = RNG.random(50) * N
    assert (again.cumulative(np.full(50, 1), place) == leaves.cumulative(np.full(50, 1), place)).all()
    counts = "rows" if isinstance(leaves, LeafRanks) else "bins"
    with pytest.raises(ValueError, match="do not fit"):
        leaf_ranks.from_state(leaves.state() | {counts: leaves.rows + 1})
    if isinstance(leaves, LeafRanks):
        with pytest.raises(ValueError, match="not there"):
            leaf_ranks.from_state(leaves.state() | {"rank": leaves.rank + N})
