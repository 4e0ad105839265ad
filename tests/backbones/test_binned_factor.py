"""Frequencies of bins: sums, regions, boxes and draws agree."""

import numpy as np
import pytest

from obverse.backbones.binned import category_line, number_line
from obverse.backbones.binned_factor import BinnedFactor
from obverse.core.evidence import Region, interval
from obverse.core.schema import Column


@pytest.fixture
def numbers():
    rng = np.random.default_rng(0)
    values = rng.poisson(40, size=800).astype(float)
    column = Column("n", "number", "int64", step=1.0, low=values.min(), high=values.max())
    line, base = number_line(column, values, 16)
    table = rng.dirichlet(20 * base + 0.1, size=5)
    return BinnedFactor(column, np.zeros(0, int), line, table)


@pytest.fixture
def categories():
    rng = np.random.default_rng(1)
    rank, count = rng.permutation(200), rng.geometric(0.05, 200).astype(float)
    line, base = category_line(count, rank, 32)
    table = rng.dirichlet(20 * base + 0.1, size=5)
    return BinnedFactor(Column("c", "category", "object", values=tuple(range(200))), rank, line, table)


def test_masses_of_a_grid_sum_to_one_and_to_regions(numbers):
    grid, k = np.arange(-60.0, 140.0), np.arange(5)
    mass = np.exp(numbers.log_values(grid))
    np.testing.assert_allclose(mass.sum(axis=0), 1.0, atol=1e-12)
    region = interval(35.0, 41.0, with_low=False)
    np.testing.assert_allclose(np.exp(numbers.log_region(region)), mass[region.contains(grid)].sum(axis=0), atol=1e-12)
    one = np.exp(numbers.log_value(np.full(5, 38.0), k))
    np.testing.assert_allclose(one, mass[grid == 38][0], rtol=1e-12)


def test_categories_sum_to_one_and_to_sets(categories):
    mass = np.exp(categories.log_values(np.arange(200.0)))
    np.testing.assert_allclose(mass.sum(axis=0), 1.0, atol=1e-12)
    chosen = np.random.default_rng(2).random(200) < 0.3
    region = Region(False, codes=tuple(chosen.tolist()))
    np.testing.assert_allclose(np.exp(categories.log_region(region)), mass[chosen].sum(axis=0), atol=1e-12)
    assert (categories.log_values(np.array([-1.0])) == -np.inf).all(), "a category never met"


def test_the_centre_of_categories_is_the_most_probable_one(categories):
    mass = np.exp(categories.log_values(np.arange(200.0)))
    np.testing.assert_array_equal(categories.centre(np.eye(5)), mass.argmax(axis=0))


def test_the_centre_of_numbers_is_their_mean(numbers):
    grid = np.arange(-60.0, 140.0)
    np.testing.assert_allclose(numbers.centre(np.eye(5)), np.exp(numbers.log_values(grid)).T @ grid, atol=1e-9)


@pytest.mark.parametrize("name", ["numbers", "categories"])
def test_draws_keep_to_box_and_region_and_follow_their_probabilities(name, request):
    factor = request.getfixturevalue(name)
    n, values = 40_000, np.arange(-60.0, 140.0) if name == "numbers" else np.arange(200.0)
    chosen = values % 3 > 0
    if name == "numbers":
        region, low, high = interval(33.0, 60.0), 36.5, 44.5
        chosen = region.contains(values)
    else:
        region, low, high = Region(False, codes=tuple(chosen.tolist())), 20.5, 160.5
    place = factor.positions(values)
    inside = chosen & (place > low) & (place <= high)
    box = np.full(n, low), np.full(n, high)
    drawn = factor.draw_in(np.full(n, 2), *box, factor.restricted(region), np.random.default_rng(0))
    if name == "numbers":
        drawn = np.rint(drawn)
    assert np.isin(drawn, values[inside]).all()
    share = np.array([(drawn == v).mean() for v in values[inside]])
    mass = np.exp(factor.log_values(values[inside]))[:, 2]
    np.testing.assert_allclose(share, mass / mass.sum(), atol=0.01)


def test_it_is_rebuilt_from_its_state(numbers, categories):
    for factor in (numbers, categories):
        again = BinnedFactor.from_state(factor.column, factor.state())
        values = np.arange(30.0, 60.0)
        np.testing.assert_array_equal(again.log_values(values), factor.log_values(values))
