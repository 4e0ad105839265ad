"""Mass of an 8-bit number under a logistic distribution rounded to 0..255 (Salimans et al. 2017, one component).

What lies below 0 counts as 0 and what lies above 255 as 255, so that black and white have masses of their own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

HALF = 1 / 255  # half a step of 8 bits where 0..255 is -1..1
EDGE = 1 - HALF  # beyond it lies only the last value


def nats(values: Tensor, middle: Tensor, log_scale: Tensor) -> Tensor:
    """-log of the mass of each number, of the shape of `values`.

    Args:
        values: whole numbers 0..255 scaled to -1..1.
        middle, log_scale: of the logistic distribution, in that scale.
    """
    import torch
    from torch.nn import functional

    sharp = (-log_scale).exp()
    low, high = sharp * (values - middle - HALF), sharp * (values - middle + HALF)
    # log(s(high) - s(low)) = log s(high) + log s(-low) + log(1 - exp(low - high)), s the logistic function
    inside = functional.softplus(-high) + functional.softplus(low) - torch.log(-torch.expm1(-2 * HALF * sharp))
    out = torch.where(values < -EDGE, functional.softplus(-high), inside)
    return torch.where(values > EDGE, functional.softplus(low), out)


def picture_nats(pictures: Tensor, middle: Tensor, log_scale: Tensor) -> Tensor:
    """-log of the mass of each picture, (n,), given its pixels (n, c, h, w); holes (NaN) count nothing."""
    import torch

    each = nats(pictures.nan_to_num(), middle, log_scale)
    return torch.where(pictures.isnan(), 0.0, each).flatten(1).sum(dim=1)
