"""Second moments: none apart for rows of the same distribution, far for columns that do not hang together."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from obverse.objectives.moments import Moments  # noqa: E402


def rows(n: int, seed: int, *, together: bool = True) -> torch.Tensor:
    """Two numbers in -1..1 of which the second follows the first's distance from 0, and its sign as indicators."""
    noise = torch.Generator().manual_seed(seed)
    x = 2 * torch.rand(n, generator=noise) - 1
    other = x if together else 2 * torch.rand(n, generator=noise) - 1
    sign = (other > 0).float()
    return torch.stack([x, 2 * other.abs() - 1, sign, 1 - sign], dim=1)


def test_the_distance_sees_what_a_correlation_does_not():
    """The second number is uncorrelated with the first, yet a function of it."""
    moments = Moments.of(rows(20_000, 0), 2)
    near, far = moments.distance(rows(4_000, 1)), moments.distance(rows(4_000, 1, together=False))
    assert abs(float(near)) < 0.02 and float(far) > 0.3


def test_small_batches_do_not_bias_it():
    moments = Moments.of(rows(20_000, 0), 2)
    mean = sum(float(moments.distance(rows(16, seed))) for seed in range(1, 801)) / 800
    assert abs(mean) < 0.05, "the square of one batch's gap would be its noise"


def test_gradients_reach_the_rows():
    moments, made = Moments.of(rows(2_000, 0), 2), rows(64, 1, together=False).requires_grad_()
    (slope,) = torch.autograd.grad(moments.distance(made), made)
    assert bool((slope != 0).any(dim=0).all())
    assert float(moments.distance(rows(1, 1))) == 0.0, "one row has no halves"
