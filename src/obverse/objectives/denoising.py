"""Denoising at the noise levels of a scheduler of `diffusers`: what a network is to say of noisy pictures, and drawing.

The network says the noise (Ho et al. 2020), the picture, or the velocity between them (Salimans and Ho 2022), whichever
the scheduler's config says, so that trained weights of others are asked as they were taught.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor
    Network = Callable[[Tensor, Tensor], Tensor]


def loss(network: Network, x: Tensor, noise: torch.Generator, scheduler: Any) -> Tensor:
    """Mean squared error of what the network says of x (n, c, h, w) with noise at random times (n,), per number."""
    import torch

    n = len(x)
    e = torch.randn(x.shape, generator=noise).to(x.device)
    even = (torch.arange(n) + torch.rand(n, generator=noise)) / n  # times are spread evenly over the batch
    time = (even * scheduler.config.num_train_timesteps).long().to(x.device)
    said = network(scheduler.add_noise(x, e, time), time)
    kind = scheduler.config.prediction_type
    target = scheduler.get_velocity(x, e, time) if kind == "v_prediction" else e if kind == "epsilon" else x
    return (said - target).square().mean()


def drawn(network: Network, noise: Tensor, steps: int, scheduler: Any) -> Tensor:
    """What noise (n, c, h, w) becomes in so many steps, each one answer of the network, none of them random."""
    scheduler.set_timesteps(steps, device=noise.device)
    x = noise * scheduler.init_noise_sigma
    for time in scheduler.timesteps:
        said = network(scheduler.scale_model_input(x, time), time.expand(len(x)))
        x = scheduler.step(said, time, x).prev_sample
    return x
