"""The continuous parts against scipy's own distributions."""

import numpy as np
import pytest
from scipy import stats

from obverse.backbones.intervals import Gaussian, Histogram, from_state

LOC, SCALE = np.array([0.0, 2.0, -1.0, 50.0]), np.array([1.0, 0.5, 3.0, 2.0])
K = np.arange(4)


def reference(k):
    return stats.norm(LOC[k], SCALE[k])


@pytest.fixture
def gaussian():
    return Gaussian(LOC, SCALE)


def test_density_interval_and_mean_agree_with_scipy(gaussian):
    x = np.array([0.3, 1.7, 4.2, 9.5])
    for k in K:
        other = reference(k)
        assert gaussian.log_density(x[[k]], K[[k]])[0] == pytest.approx(other.logpdf(x[k]), abs=1e-6)
        inside = gaussian.log_interval(x[[k]] - 0.2, x[[k]] + 0.2, K[[k]])[0]
        assert np.exp(inside) == pytest.approx(other.cdf(x[k] + 0.2) - other.cdf(x[k] - 0.2), rel=1e-5)
        assert gaussian.mean()[k] == pytest.approx(other.mean(), rel=1e-4)


def test_a_far_tail_keeps_its_precision():
    """Twenty standard deviations out the interval still has a finite, exact log-probability."""
    far = Gaussian(np.zeros(1), np.ones(1))
    for low, high, twin in ((20.0, 21.0, (-21.0, -20.0)), (37.0, 38.0, (-38.0, -37.0))):
        value = far.log_interval(np.array([low]), np.array([high]), np.zeros(1, int))[0]
        mirrored = far.log_interval(np.array([twin[0]]), np.array([twin[1]]), np.zeros(1, int))[0]
        assert value == pytest.approx(mirrored, rel=1e-12)
        assert value == pytest.approx(stats.norm.logsf(low), rel=1e-3)


def test_draws_stay_inside_and_follow_the_distribution(gaussian):
    rng, n = np.random.default_rng(0), 4000
    for k in K:
        low, high = reference(k).ppf([0.2, 0.9])
        x = gaussian.draw(np.full(n, low), np.full(n, high), np.full(n, k), rng)
        assert ((x >= low) & (x <= high)).all()
        share = (reference(k).cdf(x) - 0.2) / 0.7
        assert stats.kstest(share, "uniform").pvalue > 1e-4


def test_histogram_integrates_draws_and_averages():
    h = Histogram(np.array([[0.0, 1.0, 3.0, 4.0]]), np.array([[0.2, 0.5, 0.3]]))
    zero = np.zeros(1, int)
    assert np.exp(h.log_interval(np.array([0.5]), np.array([2.0]), zero))[0] == pytest.approx(0.1 + 0.25)
    assert np.exp(h.log_density(np.array([2.0]), zero))[0] == pytest.approx(0.25)
    assert h.log_density(np.array([4.5]), zero)[0] == -np.inf
    assert h.mean()[0] == pytest.approx(0.2 * 0.5 + 0.5 * 2 + 0.3 * 3.5)
    x = h.draw(np.full(5000, 0.5), np.full(5000, 2.0), np.zeros(5000, int), np.random.default_rng(1))
    assert ((x >= 0.5) & (x <= 2.0)).all()
    assert (x < 1).mean() == pytest.approx(0.1 / 0.35, abs=0.03)


def test_state_round_trip(gaussian):
    again = from_state(gaussian.state())
    np.testing.assert_array_equal(again.log_density(np.full(4, 4.5), K), gaussian.log_density(np.full(4, 4.5), K))
