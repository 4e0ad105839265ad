"""The prior of latents: what was fitted is what is drawn, and its density is that of what is drawn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from obverse.backbones.class_prior import ClassPrior

VARIANCE = 0.05


def fitted(n: int = 400) -> ClassPrior:
    """Class 0 lies in two places, class 1 has no picture."""
    rng = np.random.default_rng(0)
    mean = rng.normal(size=(n, 3)) * 0.3 + np.where(rng.random(n)[:, None] < 0.25, -2.0, 2.0)
    return ClassPrior.fit(mean, np.full((n, 3), VARIANCE), np.zeros(n), 2, np.random.default_rng(1))


def drawn(prior: ClassPrior, k: int, n: int = 20_000) -> np.ndarray:
    rng = np.random.default_rng(2)
    return prior.at(np.full(n, k), rng.random(n), rng.normal(size=(n, 3)))


def test_both_places_of_a_class_are_drawn_by_their_shares():
    latents = drawn(fitted(), 0)
    low = latents[:, 0] < 0
    assert low.mean() == pytest.approx(0.25, abs=0.06)
    for side, middle in ((low, -2.0), (~low, 2.0)):
        np.testing.assert_allclose(latents[side].mean(axis=0), middle, atol=0.1)
        # what the encoder is unsure of is part of the spread
        np.testing.assert_allclose(latents[side].var(axis=0), 0.3**2 + VARIANCE, atol=0.03)
    np.testing.assert_allclose(fitted().mean(np.zeros(1, int))[0], latents.mean(axis=0), atol=0.05)


def test_its_density_is_that_of_the_mixture():
    prior = fitted()
    latents, covariance = drawn(prior, 0, 50), prior.root[0] @ prior.root[0].T
    parts = [multivariate_normal(m, covariance).logpdf(latents) for m in prior.middle[0]]
    shares = np.diff(prior.ladder[0], prepend=0.0)
    wanted = np.logaddexp.reduce(np.stack(parts, axis=1) + np.log(shares), axis=1) + 1.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(prior.log(latents, 0), wanted)
    np.testing.assert_allclose(prior.log(latents.reshape(5, 10, 3), 0).ravel(), wanted)


def test_a_class_without_pictures_has_the_standard_normal():
    prior = fitted()
    np.testing.assert_allclose(drawn(prior, 1).std(axis=0), 1.0, atol=0.03)
    assert prior.log(np.zeros((1, 3)), 1)[0] == 0.0


def test_few_pictures_have_one_middle():
    rng = np.random.default_rng(0)
    prior = ClassPrior.fit(rng.normal(size=(20, 3)), np.ones((20, 3)), np.zeros(20), 1, rng)
    assert prior.ladder[0].tolist() == [1.0, 1.0]


def test_a_changed_state_is_refused():
    state = fitted().state()
    same = ClassPrior.from_state(state)
    np.testing.assert_array_equal(drawn(same, 0, 5), drawn(fitted(), 0, 5))
    with pytest.raises(ValueError, match="do not fit their classes"):
        ClassPrior.from_state(state | {"ladder": state["ladder"][:1]})
