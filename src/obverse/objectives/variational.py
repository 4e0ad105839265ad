"""The evidence lower bound: log p(x) >= E_q(z|x)[log p(x|z)] - KL(q(z|x) || N(0, I)) (Kingma and Welling 2014).

`beta` weighs the second part (Higgins et al. 2017).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

MOST = 6.0  # of the logarithm of a variance, either way


def posterior(encoded: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and log-variance, (n, k) each, from an encoder's output (n, 2 k)."""
    mean, log_variance = encoded.chunk(2, dim=1)
    return mean, log_variance.clamp(-MOST, MOST)


def negative_bound(encoded: Tensor, reconstruction: Callable[[Tensor], Tensor], beta: float,
                   noise: torch.Generator) -> Tensor:  # fmt: skip
    """Mean over rows of minus the bound, in nats.

    Args:
        encoded: (n, 2 k), the encoder's output.
        reconstruction: nats of each row, (n,), given latents (n, k).
        beta: weight of the divergence.
        noise: one draw of the latents a row.
    """
    import torch

    mean, log_variance = posterior(encoded)
    draw = torch.randn(mean.shape, generator=noise).to(mean.device)
    divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(dim=1)
    return (reconstruction(mean + draw * (0.5 * log_variance).exp()) + beta * divergence).mean()
