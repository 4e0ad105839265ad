import numpy as np
import pytest

from obverse.core.schema import Column
from obverse.modalities.grid import find_atoms, find_step, settle

FLOAT64, FLOAT32, INT64 = np.dtype("float64"), np.dtype("float32"), np.dtype("int64")


@pytest.fixture
def rng():
    return np.random.default_rng(0)


def tally(values):
    return np.unique(np.asarray(values, float), return_counts=True)


@pytest.mark.parametrize("step", [0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 12.5, 100.0, 0.001, 1e-6, 86_400.0])
def test_multiples_of_a_step_have_that_step(rng, step):
    decimals = 6
    numbers = np.unique(np.round(rng.integers(-300, 300, 200) * step, decimals))
    assert find_step(numbers, FLOAT64) == pytest.approx(step, rel=1e-12)


def test_full_precision_is_continuous(rng):
    assert find_step(np.sort(rng.normal(size=500)), FLOAT64) is None
    assert find_step(np.sort(rng.normal(size=500).astype("float32")).astype(float), FLOAT32) is None
    assert find_step(np.sort(rng.uniform(1e20, 1e21, 100)), FLOAT64) is None
    assert find_step(np.array([1e-45]), FLOAT32) is None
    assert find_step(np.array([5e-324, 1.0, 2.0]), FLOAT64) is None


def test_large_float32_values_are_whole_only_because_they_cannot_be_otherwise(rng):
    numbers = np.unique(rng.uniform(2e7, 1e8, 300).astype("float32")).astype(float)
    assert (numbers == np.rint(numbers)).all()
    assert find_step(numbers, FLOAT32) is None


def test_float32_decimals_are_compared_in_float32(rng):
    numbers = np.unique(np.round(rng.uniform(0, 50, 300), 2).astype("float32")).astype(float)
    assert find_step(numbers, FLOAT32) == 0.01
    assert find_step(numbers, FLOAT64) is None


def test_artefacts_of_binary_arithmetic_do_not_hide_the_grid():
    numbers = np.array([0.1 + 0.2, 0.1 * 3, 0.7, 1.1 * 1.0, 2.2, 0.1 * 7])
    assert find_step(np.unique(numbers), FLOAT64) == 0.1


def test_a_shared_factor_of_few_numbers_is_chance():
    assert find_step(np.array([4.0, 10.0]), INT64) == 1.0
    assert find_step(np.array([50_000.0]), INT64) == 1.0
    assert find_step(np.array([10.0, 20, 30, 50, 80]), INT64) == 10.0
    assert find_step(np.array([1.5, 2.5, 3.5]), FLOAT64) == 0.1


def test_whole_numbers_have_a_grid_while_a_double_can_halve_its_step():
    assert find_step(np.array([0.0]), INT64) == 1.0
    assert find_step(np.array([1.0, 2.0**52 - 1]), INT64) == 1.0
    assert find_step(np.array([1.0, 2.0**52]), INT64) is None


def test_settle_moves_rounding_error_only():
    column = Column("a", "number", "float64", step=0.1, low=0.0, high=1.0)
    given = np.array([0.1 + 0.2, 0.3, 0.35, 7.0, np.nan])
    np.testing.assert_array_equal(settle(given, column, FLOAT64), [0.3, 0.3, 0.35, 7.0, np.nan])
    single = np.array([np.float32(0.3)], dtype=float)
    assert settle(single, column, FLOAT32)[0] == 0.3
    assert settle(single, column, FLOAT64)[0] == single[0]


def test_atoms_of_a_continuous_column(rng):
    values = np.concatenate([rng.normal(size=900), np.zeros(80), np.full(15, 2.5), np.full(9, 3.5)])
    assert find_atoms(*tally(values), None) == (0.0, 2.5)
    assert find_atoms(*tally([1.0, 1, 1, 1, 2]), None) == ()


def test_a_smooth_count_has_no_atoms_but_a_heap_is_one(rng):
    smooth = np.round(rng.normal(40, 10, 20_000))
    assert find_atoms(*tally(smooth), 1.0) == ()
    heaped = np.concatenate([smooth, np.full(8_000, 40.0), np.full(3_000, 45.0)])
    assert find_atoms(*tally(heaped), 1.0) == (40.0, 45.0)


def test_zero_beside_a_sparse_tail_is_an_atom(rng):
    gains = np.concatenate([np.zeros(900), rng.integers(1, 99_999, 100)])
    assert find_atoms(*tally(gains), 1.0) == (0.0,)


def test_values_far_apart_on_a_fine_grid_are_atoms():
    assert find_atoms(*tally([1.0] * 10 + [1_000.0] * 10 + [5_000.0] * 10), 1.0) == (1.0, 1_000.0, 5_000.0)


def test_constant_column_is_an_atom():
    assert find_atoms(*tally([3.0] * 5), 1.0) == (3.0,)
    assert find_atoms(*tally([3.0] * 4), 1.0) == ()


def test_at_most_64_atoms_the_largest():
    numbers = np.arange(80) * np.pi
    assert find_atoms(numbers, 1_000 + np.arange(80), None) == tuple(numbers[16:])
