"""Two players: a critic that tells rows from made ones by a Wasserstein distance, a generator that shortens it.

Arjovsky et al. 2017, with the gradient penalty of Gulrajani et al. 2017; made categories are Gumbel-softmax draws
(Jang et al. 2017), and several rows are judged together against mode collapse (PacGAN, Lin et al. 2018), as CTGAN does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

PENALTY = 10.0
PENALISED = 4  # one row in so many is penalised, to save time
HEAT = 0.3  # of the Gumbel-softmax


def critic_loss(critic: Callable[[Tensor], Tensor], real: Tensor, made: Tensor, noise: torch.Generator) -> Tensor:
    """Mean score of made rows less that of real ones, and the penalty on slopes other than 1 between them."""
    import torch

    some = -(-len(real) // PENALISED)
    share = torch.rand((some, 1), generator=noise).to(real.device)
    between = (share * real[:some] + (1 - share) * made[:some]).requires_grad_()
    (slope,) = torch.autograd.grad(critic(between).sum(), between, create_graph=True)
    penalty = (slope.norm(dim=1) - 1).square().mean()
    return critic(made).mean() - critic(real).mean() + PENALTY * penalty


def indicators(scores: Tensor, sizes: Sequence[int], noise: torch.Generator) -> list[Tensor]:
    """Nearly one-hot draws of each block of scores (n, sum of sizes), that gradients pass through."""
    import torch

    uniform = torch.rand(scores.shape, generator=noise).to(scores.device).clamp(1e-6, 1 - 1e-6)
    heated = (scores - (-uniform.log()).log()) / HEAT
    return [torch.softmax(part, dim=1) for part in heated.split(list(sizes), dim=1)]
