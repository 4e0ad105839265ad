"""Expectation-maximisation finds planted classes and smooths each column as it deserves."""

import numpy as np
import pytest

from obverse.backbones.class_em import Coded, _choose, _kernel, _table, fit_classes


def planted(n=3000, seed=0):
    """Three classes: two columns that tell them apart, one of noise."""
    rng = np.random.default_rng(seed)
    group = rng.integers(3, size=n)
    sharp = (2 * group + (rng.random(n) < 0.1)) % 6
    other = np.where(rng.random(n) < 0.9, group, rng.integers(3, size=n))
    code = np.column_stack([sharp, other, rng.integers(8, size=n)])
    base = tuple((np.bincount(c, minlength=m) + 0.5) / (n + m / 2) for c, m in zip(code.T, (6, 3, 8), strict=True))
    return Coded(code, base, (np.zeros(0, int),) * 3), group


def test_planted_classes_are_found():
    coded, group = planted()
    weight, tables = fit_classes(coded, 12, 20, np.arange(3000), np.random.default_rng(0))
    assert weight.sum() == pytest.approx(1.0)
    for table in tables:
        np.testing.assert_allclose(table.sum(axis=1), 1.0)
    log = np.log(weight) + sum(np.log(t[:, coded.code[:, j]].T) for j, t in enumerate(tables))
    purity = [np.bincount(group[log.argmax(axis=1) == k], minlength=3) for k in range(len(weight))]
    assert sum(p.max() for p in purity) > 0.9 * len(group)


def test_noise_is_pooled_and_structure_is_not():
    coded, group = planted()
    rng = np.random.default_rng(1)
    chosen = []
    for j in range(3):
        member = 10 * group + rng.integers(10, size=len(group))  # thirty components, each within one class
        count = np.zeros((30, len(coded.base[j])))
        np.add.at(count, (member, coded.code[:, j]), 1.0)
        chosen.append(_choose(count, coded, j, (0, 1.0))[1])
    assert chosen[2] >= 30 > 3 >= chosen[0]


def test_unknown_cells_are_left_out():
    coded, _ = planted(500)
    code = coded.code.copy()
    code[::2, 2] = -1
    blocks = list(Coded(code, coded.base, coded.chain).blocks())
    assert sum(b.sum() for b in blocks) == 3 * 500 - 250


def test_spreading_over_neighbours_leaves_the_whole_as_it_is():
    base = np.array([0.01, 0.2, 0.3, 0.2, 0.28, 0.01])
    kernel = _kernel(np.arange(1, 5), base, 2)
    np.testing.assert_allclose(kernel.sum(axis=1), 1.0)
    np.testing.assert_allclose(base @ kernel, base, atol=0.05)
    assert kernel[0, 0] == kernel[5, 5] == 1.0
    table = _table(np.zeros((2, 6)), Coded(np.zeros((0, 1), int), (base,), (np.arange(1, 5),)), 0, (2, 1.0))
    np.testing.assert_allclose(table, np.tile(base / base.sum(), (2, 1)))


def test_only_the_last_step_counts_rows_beyond_the_chosen():
    coded, _ = planted(2000)
    few = np.arange(400)
    weight, tables = fit_classes(coded, 5, 4, few, np.random.default_rng(0))
    again, others = fit_classes(coded, 5, 4, few, np.random.default_rng(0))
    np.testing.assert_array_equal(weight, again)
    share = weight @ tables[1]
    np.testing.assert_allclose(share, np.bincount(coded.code[:, 1]) / 2000, atol=0.02)
    np.testing.assert_array_equal(tables[2], others[2])
