"""Flow matching on straight paths (Lipman et al. 2023; Liu, Gong and Liu 2023): learn the velocity from noise to data.

A point between noise e and a row x at time t is (1 - t) e + t x, its velocity x - e; the network's mean answer to many
such pairs is the velocity of a flow that carries noise to data.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.schema import FloatArray

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor
    Velocity = Callable[[Tensor, Tensor], Tensor]

WAVES = 8


def loss(velocity: Velocity, rows: Tensor, noise: torch.Generator) -> Tensor:
    """Mean squared error of the velocity at random times, per number of a row.

    Args:
        velocity: of points (n, d) at times (n, 1).
        rows: (n, d), of about unit spread.
        noise: one time and one noise a row; times are spread evenly over the batch.
    """
    import torch

    n = len(rows)
    start = torch.randn(rows.shape, generator=noise).to(rows.device)
    even = (torch.arange(n)[:, None] + torch.rand((n, 1), generator=noise)) / n
    time = even.to(rows.device)
    target = rows - start
    return (velocity((1 - time) * start + time * rows, time) - target).square().mean()


def waves(time: Any) -> list[Any]:
    """Times (n, 1) as numbers that a perceptron tells apart: cosines of rising speed, of the kind of `time`."""
    return [(time * (np.pi * k)).cos() if hasattr(time, "cos") else np.cos(time * (np.pi * k)) for k in range(WAVES)]


def carried(velocity: Callable[[FloatArray, FloatArray], FloatArray], start: FloatArray, steps: int) -> FloatArray:
    """Noise (n, d) carried along the flow, by Heun's method in `steps` steps."""
    x = start
    for i in range(steps):
        t, after = i / steps, (i + 1) / steps
        one = velocity(x, np.full((len(x), 1), t, x.dtype))
        guess = x + one / steps
        two = velocity(guess, np.full((len(x), 1), after, x.dtype))
        x = x + (one + two) / (2 * steps)
    return x
