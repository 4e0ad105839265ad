"""Two players: a discriminator that tells pictures from made ones, and a generator that it is to take for real.

The non-saturating losses of Goodfellow et al. 2014, and a penalty on the slope at real pictures that lets the two come
to rest (R1: Mescheder, Geiger and Nowozin 2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

PENALISED = 4  # one picture in so many is penalised, to save time


def discriminator_loss(judge: Callable[[Tensor, Tensor], Tensor], real: Tensor, made: Tensor, label: Tensor,
                       penalty: float) -> Tensor:  # fmt: skip
    """Mean nats of telling the two apart, and half of `penalty` times the squared slope at real pictures.

    Args:
        judge: log-odds (n,) that pictures of such labels are real.
        real, made: pictures (n, c, h, w).
        label: what both are told, first axis pictures.
        penalty: weight of the slope.
    """
    import torch
    from torch.nn import functional

    n = len(real)
    odds = judge(torch.cat([real, made]), torch.cat([label, label]))
    loss = functional.softplus(-odds[:n]).mean() + functional.softplus(odds[n:]).mean()
    if not penalty:
        return loss
    some = -(-n // PENALISED)
    at = real[:some].detach().requires_grad_()
    (slope,) = torch.autograd.grad(judge(at, label[:some]).sum(), at, create_graph=True)
    return loss + 0.5 * penalty * slope.square().flatten(1).sum(dim=1).mean()


def generator_loss(odds: Tensor) -> Tensor:
    """Mean of -log P(real) of made pictures, from their log-odds (n,)."""
    from torch.nn import functional

    return functional.softplus(-odds).mean()
