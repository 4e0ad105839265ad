"""One column predicted from all others by a weighted mean of learners."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.backbones.equations import Equation

RNG = np.random.default_rng(0)
X = RNG.normal(size=(1_500, 3)).astype(np.float32)
EVERY = np.full(5, 1 / 5)


def test_a_straight_line_is_given_to_the_linear_learner_and_steps_to_trees() -> None:
    noise = RNG.normal(0, 0.1, len(X))
    line = Equation.weighed(X, 2 * X[:, 0] + X[:, 1] + noise, 0, np.random.default_rng(1)).weights
    step = Equation.weighed(X, np.floor(2 * X[:, 0]) * np.sign(X[:, 1]) + noise, 0, np.random.default_rng(1)).weights
    assert line.argmax() == 0 and line[3] < 0.15  # boosted trees read the line, too
    assert step[:2].sum() < 0.15


def test_a_number_is_its_conditional_mean_and_keeps_within_what_was_seen() -> None:
    y = 2.0 * X[:, 0] + RNG.normal(0, 0.1, len(X))
    equation = Equation.fit(X, y, 0, EVERY, np.random.default_rng(0))
    fresh = RNG.normal(size=(500, 3)).astype(np.float32)
    answer = equation.answer(fresh)
    assert answer.shape == (500, 1)
    assert np.sqrt(np.mean((answer[:, 0] - 2 * fresh[:, 0]) ** 2)) < 0.4
    far = equation.answer(np.array([[100.0, 0.0, 0.0]], np.float32))
    assert far[0, 0] <= y.max()


@pytest.mark.parametrize("classes", [2, 3, 9])
def test_classes_have_chances(classes: int) -> None:
    y = np.clip(np.floor((X[:, 0] + 2) / 4 * classes), 0, classes - 1)
    weights = Equation.weighed(X, y, classes, np.random.default_rng(0)).weights
    assert weights[0] == 0 and weights.sum() == pytest.approx(1)
    chances = Equation.fit(X, y, classes, weights, np.random.default_rng(0)).answer(X)
    assert chances.shape == (len(X), classes)
    assert chances.sum(axis=1) == pytest.approx(np.ones(len(X)), abs=1e-5)
    assert (chances.argmax(axis=1) == y).mean() > 0.9


def test_a_learner_without_weight_is_not_kept_and_state_rebuilds_the_rest() -> None:
    y = (X[:, 0] * X[:, 1]).astype(float)
    forest = Equation.fit(X, y, 0, np.array([0.0, 0.0, 0.0, 1.0, 0.0]), np.random.default_rng(0))
    assert not len(forest.linear) and forest.logarithmic is None and forest.booster is None and forest.kernel is None
    equation = Equation.fit(X, y, 0, np.array([0.0, 0.0, 0.5, 0.5, 0.0]), np.random.default_rng(0))
    assert len(equation.linear) and equation.logarithmic is not None  # boosted trees read what they say
    again = Equation.from_state(equation.state(), 3)
    assert (again.answer(X) == equation.answer(X)).all()
    with pytest.raises(ValueError, match="column"):
        Equation.from_state(equation.state(), 1)
    with pytest.raises(ValueError, match="linear"):
        Equation.from_state(equation.state() | {"linear": np.zeros((2, 1))}, 3)


def test_the_kernel_is_kept_where_it_saves_error_and_left_out_where_it_does_not() -> None:
    place = RNG.normal(size=(1_000, 3))
    wide = (place @ RNG.normal(size=(3, 12)) + RNG.normal(0, 0.3, (1_000, 12))).astype(np.float32)
    smooth = np.sin(2 * place[:, 0]) * np.cos(2 * place[:, 1]) + place[:, 2]
    found = Equation.weighed(wide, smooth, 0, np.random.default_rng(1))
    assert found.weights[4] > 0.2 and found.kernel is not None
    again = Equation.from_state(found.state(), 12)
    assert (again.answer(wide) == found.answer(wide)).all()
    with pytest.raises(ValueError, match="kernel"):
        Equation.from_state(found.state() | {"kernel": found.kernel.state() | {"mean": np.zeros(2)}}, 12)
    eighth = (place > 0).astype(float) @ np.array([1.0, 2.0, 4.0])
    made = Equation.weighed(wide, eighth, 8, np.random.default_rng(1))
    assert made.weights[4] > 0.2
    assert made.answer(wide).sum(axis=1) == pytest.approx(np.ones(len(wide)), abs=1e-5)
    wide = RNG.normal(size=(1_000, 12)).astype(np.float32)
    steps = np.floor(2 * wide[:, 0]) * np.sign(wide[:, 1])
    assert Equation.weighed(wide, steps, 0, np.random.default_rng(1)).weights[4] == 0
    assert Equation.weighed(wide, (wide[:, 0] > 0).astype(float), 2, np.random.default_rng(1)).weights[4] == 0
