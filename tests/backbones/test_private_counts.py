"""Noisy counts: bins are declared, every row is in one cell of a table, and what follows is consistent."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from obverse.backbones import private_counts
from obverse.backbones.private_counts import Bins, private_mixture
from obverse.core.errors import BadInput
from obverse.core.schema import Column, Privacy
from obverse.modalities.table import TABLE

AGE = Column("age", "number", "int64", step=1.0, low=0.0, high=120.0)
GAIN = Column("gain", "number", "float64", low=0.0, high=10.0, atoms=(0.0, 10.0))
DOMAIN = {"x": {"low": 0, "high": 4, "missing": True}, "c": ["a", "b", "z"], "y": ["no", "yes"]}


def data(n=200, seed=0, epsilon=1.0):
    rng = np.random.default_rng(seed)
    y = rng.random(n) < 0.5
    x = np.where(rng.random(n) < 0.1, np.nan, rng.uniform(0, 2, n) + 2 * y)
    frame = pd.DataFrame({"x": x, "c": np.where(y, "a", "b"), "y": np.where(y, "yes", "no")})
    return TABLE.learn_privately(frame, "y", DOMAIN, Privacy(epsilon))


@pytest.mark.parametrize("column", [AGE, GAIN], ids=lambda c: c.name)
@pytest.mark.parametrize("cuts", [(), (2.0, 5.0, 8.0)])
def test_every_value_is_in_one_cell_and_neighbouring_values_in_order(column, cuts):
    bins = Bins.of(column, cuts, 7, empty=True)
    values = np.array([*np.linspace(column.low, column.high, 241), np.nan])
    values = column.on_grid(values)
    cell = bins.cell(values)
    assert cell.min() >= 0 and cell[-1] == bins.cells - 1 and (cell[:-1] < bins.values).all()
    inner = cell[:-1][cell[:-1] >= len(column.atoms)]
    assert (np.diff(inner) >= 0).all() and set(inner) == set(range(len(column.atoms), bins.values))
    if cuts and column.step:
        at = {value: bins.cell(np.array([value]))[0] for value in (4.0, 5.0, 6.0)}
        assert at[5.0] == at[6.0] != at[4.0]


def test_a_grid_with_few_points_has_a_bin_for_each():
    bins = Bins.of(replace(AGE, high=4.0), (), 20, empty=False)
    assert bins.cells == 5
    np.testing.assert_array_equal(bins.cell(np.array([0.0, 1, 2, 3, 4, np.nan])), [0, 1, 2, 3, 4, -1])


@pytest.mark.parametrize("total", [0.0, 5.0, 300.0])
def test_projection_is_the_nearest_consistent_table(total):
    rng = np.random.default_rng(0)
    noisy = rng.normal(20, 40, 9)
    near = private_counts._projected(noisy, total)
    assert (near >= 0).all() and near.sum() == pytest.approx(total)
    for _ in range(200):
        other = rng.dirichlet(np.ones(9)) * total
        assert ((near - noisy) ** 2).sum() <= ((other - noisy) ** 2).sum() + 1e-9


@pytest.mark.parametrize("by_target", [True, False])
def test_a_row_more_changes_one_count_of_each_table_by_one(by_target, monkeypatch):
    seen = []
    monkeypatch.setattr(private_counts, "_noisy", lambda tables, rate, seed: seen.append((tables, rate)) or tables)
    whole = data(epsilon=2.0)
    private_mixture(whole, by_target=by_target, strength=1.0)
    for row in range(0, 200, 17):
        private_mixture(whole.take(np.arange(200) != row), by_target=by_target, strength=1.0)
    (tables, rate), *less = seen
    assert float(rate) == pytest.approx(2.0 / 3)
    for others, _ in less:
        assert len(others) == 3
        for table, other in zip(tables, others, strict=True):
            assert np.abs(table - other).sum() == 1


def test_much_epsilon_gives_the_true_shares():
    fitted = private_mixture(data(2000, epsilon=1e4), by_target=True, strength=1e-6)
    plain = data(2000).values
    y = plain[:, 2]
    np.testing.assert_allclose(fitted.weight, [(y == 0).mean(), (y == 1).mean()], atol=1e-6)
    gone = [np.isnan(plain[y == k, 0]).mean() for k in (0, 1)]
    np.testing.assert_allclose(fitted.missing[:, 0], gone, atol=1e-4)
    assert fitted.schema.rows == 2000 and fitted.schema.privacy.tables == 3
    assert fitted.schema["x"].missing == pytest.approx(np.isnan(plain[:, 0]).mean(), abs=1e-3)


def test_noise_of_any_size_leaves_a_distribution():
    for seed in range(20):
        fitted = private_mixture(data(30, epsilon=1e-3), by_target=True, strength=1.0, noise_seed=seed)
        assert fitted.weight.sum() == pytest.approx(1.0) and (fitted.weight > 0).all()
        assert ((fitted.missing >= 0) & (fitted.missing < 1)).all() and fitted.schema.rows >= 0
        np.testing.assert_allclose(fitted.factors[1].frequencies.table.sum(axis=1), 1.0)
        np.testing.assert_allclose(fitted.factors[0].part.mass.sum(axis=1), 1.0)


def test_too_many_counts_and_rows_that_were_not_declared_are_refused(monkeypatch):
    monkeypatch.setattr(private_counts, "MOST_COUNTS", 10)
    with pytest.raises(BadInput, match="has 50 counts, beyond 10"):
        private_mixture(data(), by_target=True, strength=1.0)
    plain = TABLE.learn(pd.DataFrame({"x": [1.5, 2.5], "y": ["a", "b"]}), "y")
    with pytest.raises(BadInput, match="not one inside another"):
        private_mixture(plain, by_target=True, strength=1.0)
