"""The normal of most rows: odd rows do not shape it, holes are marginalised."""

from __future__ import annotations

import numpy as np
from scipy.stats import multivariate_normal

from obverse.backbones.trimmed import TrimmedNormal


def rows(n: int, seed: int = 0) -> np.ndarray:
    """Three columns, the first two nearly the same."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(n, 3))
    x[:, 1] = x[:, 0] + 0.2 * x[:, 1]
    return x


def test_a_cluster_of_odd_rows_does_not_shape_it() -> None:
    odd = np.array([2.5, -2.5, 0.0]) + 0.1 * np.random.default_rng(1).normal(size=(80, 3))
    z = np.vstack([rows(400), odd])
    most, all_ = TrimmedNormal.of(z, 0.75), TrimmedNormal.of(z, 1.0)
    assert most.distance(z)[400:].min() > np.quantile(most.distance(z)[:400], 0.99)
    assert all_.distance(z)[400:].min() < np.quantile(all_.distance(z)[:400], 0.99)


def test_unknown_cells_are_integrated_out() -> None:
    z = rows(300)
    fitted = TrimmedNormal.of(z, 0.9)
    z[:100, 1], z[50:150, 2] = np.nan, np.nan
    for row, found in zip(z[::25], fitted.log_density(z)[::25], strict=True):
        there = ~np.isnan(row)
        normal = multivariate_normal(fitted.location[there], fitted.covariance[np.ix_(there, there)])
        assert np.isclose(found, normal.logpdf(row[there]) + 0.5 * there.sum() * np.log(2 * np.pi))


def test_holes_at_random_leave_the_dependence_as_it_is() -> None:
    z = rows(2_000)
    holes = np.where(np.random.default_rng(2).random(z.shape) < 0.3, np.nan, z)
    for found in (TrimmedNormal.of(z, 1.0), TrimmedNormal.of(holes, 1.0)):
        assert abs(found.covariance[0, 1] / np.sqrt(found.covariance[0, 0] * found.covariance[1, 1]) - 0.98) < 0.03
