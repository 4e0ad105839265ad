"""Sparse and dense frequencies agree, sum to one and draw what they say."""

import numpy as np
import pytest
from scipy import sparse

from obverse.backbones import frequencies as module
from obverse.backbones.frequencies import Frequencies, counted


@pytest.fixture
def example():
    rng = np.random.default_rng(0)
    k, code = rng.integers(5, size=400), rng.integers(7, size=400)
    kept = (k < 4) & (k + code > 1)  # a component without rows, others without some of the categories
    counts = counted(k[kept], code[kept], np.ones(kept.sum()), 5, 7)
    base = rng.random(7)
    return lambda: Frequencies(counts, base / base.sum(), 2.5)


def both_ways(example, monkeypatch, ask):
    """The same question of a dense and of a sparse table."""
    dense = ask(example())
    monkeypatch.setattr(module, "DENSE_CELLS", 0)
    return dense, ask(example())


def test_rows_sum_to_one_and_no_category_is_impossible(example):
    f = example()
    np.testing.assert_allclose(f.table.sum(axis=1), 1.0, atol=1e-12)
    assert (f.table > 0).all()
    np.testing.assert_allclose(f.table[4], f.base)  # without rows of its own
    rows = f.counts[0].sum()
    np.testing.assert_allclose(f.table[0, 0], f.strength * f.base[0] / (rows + f.strength))


def test_probability_agrees_with_the_table(example, monkeypatch):
    k, code = (a.ravel() for a in np.meshgrid(np.arange(5), np.arange(-1, 7)))
    dense, thin = both_ways(example, monkeypatch, lambda f: f.probability(code, k))
    np.testing.assert_allclose(thin, dense, atol=1e-15)
    assert (dense[code == -1] == 0).all()


def test_sets_and_averages_agree(example, monkeypatch):
    chosen, numbers = np.arange(7) % 2 == 0, np.linspace(-3, 4, 7)
    for ask in (lambda f: f.of_set(chosen), lambda f: f.average_of(numbers)):
        dense, thin = both_ways(example, monkeypatch, ask)
        monkeypatch.undo()
        np.testing.assert_allclose(thin, dense, atol=1e-12)
    np.testing.assert_allclose(example().of_set(chosen), example().table[:, chosen].sum(axis=1), atol=1e-12)


def test_mixtures_of_components_agree(example, monkeypatch):
    weights = sparse.csr_matrix(np.random.default_rng(1).dirichlet(np.ones(5), size=9))
    dense, thin = both_ways(example, monkeypatch, lambda f: f.averaged(weights))
    np.testing.assert_allclose(thin, dense, atol=1e-12)
    np.testing.assert_allclose(dense.sum(axis=1), 1.0)


@pytest.mark.parametrize("cells", [module.DENSE_CELLS, 0, 8])
def test_draws_follow_the_probabilities(example, monkeypatch, cells):
    monkeypatch.setattr(module, "DENSE_CELLS", cells)
    f, n = example(), 40_000
    chosen = np.array([True, False, True, True, False, True, True])
    for component in range(5):
        expected = f._rows(np.array([component]))[0] * chosen
        expected /= expected.sum()
        k = np.full(n, component)
        share = np.bincount(f.draw(k, chosen, np.random.default_rng(component)), minlength=7) / n
        assert np.abs(share - expected).max() < 5 * np.sqrt(0.25 / n)
    mixed = np.arange(n) % 5
    drawn = f.draw(mixed, None, np.random.default_rng(9))
    table = np.zeros((5, 7))
    np.add.at(table, (mixed, drawn), 5 / n)
    assert np.abs(table - f._rows(np.arange(5))).max() < 0.03


def test_state_round_trip(example):
    f = example()
    again = Frequencies.from_state(f.state())
    np.testing.assert_array_equal(again.table, f.table)
