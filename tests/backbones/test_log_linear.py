"""Numbers that multiply: the regression of logarithms finds the law, keeps the mean and stays within bounds."""

import numpy as np
import pytest

from obverse.backbones.equations import Equation, _ridge
from obverse.backbones.log_linear import START, LogLinear

rng = np.random.default_rng(0)
SIZES = np.exp(rng.normal(size=(4_000, 2))).astype(np.float32)
LAW = SIZES[:, 0] ** 0.8 * SIZES[:, 1] ** 0.5


def plain(z, t):
    design = np.column_stack([z, np.ones(len(z))])
    return np.linalg.lstsq(design, t, rcond=None)[0][:, None]


def test_it_finds_a_product_of_powers_where_a_plain_regression_does_not():
    held, learned = slice(0, 1_000), slice(1_000, None)
    said = LogLinear.fit(SIZES[learned], LAW[learned], plain).answer(SIZES[held])[:, 0]
    weights = _ridge(SIZES[learned], LAW[learned])
    straight = (SIZES[held] @ weights[:-1] + weights[-1])[:, 0]
    error, other = (np.mean(np.abs(LAW[held] - a)) for a in (said, straight))
    assert error < 0.5 * other


def test_the_mean_survives_the_logarithm():
    noisy = (LAW + START) * np.exp(0.8 * rng.normal(size=len(LAW))) - START
    said = LogLinear.fit(SIZES, noisy, plain).answer(SIZES)[:, 0]
    assert said.mean() == pytest.approx(noisy.mean(), rel=0.12)  # exp of the mean logarithm falls short by a quarter


def test_answers_stay_within_what_was_met():
    made = LogLinear.fit(SIZES, LAW, plain)
    far = np.array([[1e6, 1e6], [-1e6, -1e6]], np.float32)
    said = made.answer(far)
    assert said.min() >= LAW.min() and said.max() <= LAW.max()


def test_its_state_gives_the_same_answers_and_another_width_is_refused():
    made = LogLinear.fit(SIZES, LAW, plain)
    again = LogLinear.from_state(made.state(), 2)
    np.testing.assert_array_equal(again.answer(SIZES), made.answer(SIZES))
    with pytest.raises(ValueError, match="does not fit"):
        LogLinear.from_state(made.state(), 3)


def test_an_equation_of_sizes_trusts_the_logarithms():
    noisy = LAW * np.exp(0.1 * rng.normal(size=len(LAW)))
    made = Equation.weighed(SIZES[:600], noisy[:600], 0, np.random.default_rng(1))
    linear, logarithmic, *_ = made.weights
    assert logarithmic > linear
    again = Equation.from_state(made.state(), 2)
    np.testing.assert_array_equal(again.answer(SIZES), made.answer(SIZES))
