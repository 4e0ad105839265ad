"""Masked diffusion of texts: hide a share of the tokens by lot, tell them from the rest (Sahoo et al. 2024; Shi et al.
2024).

The continuous-time bound of -log p(text), with tokens hidden at an even rate, is the mean over how many tokens are
hidden of (places / hidden) times the nats of those that are (Ou et al. 2024). Texts of a batch have numbers of hidden
tokens spread evenly over all there are, which varies less than numbers by lot. What cannot be is left out, as when
asking: behind an end that is seen stand ends, and before any other token none.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

END = 0


def hide(tokens: torch.Tensor, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Which tokens are hidden, boolean (n, places), and what a nat of each text weighs, (n,).

    Args:
        tokens: int64 (n, places), ends behind each text.
        noise: on the CPU, so that every device sees the same.
    """
    import torch

    n, places = tokens.shape
    spread = (torch.rand(1, generator=noise) + torch.arange(n) / n) % 1.0
    hidden = (spread * places).long().clamp(max=places - 1) + 1
    rank = torch.rand((n, places), generator=noise).argsort(dim=1).argsort(dim=1)
    return (rank < hidden[:, None]).to(tokens.device), (places / hidden).to(tokens.device)


def loss(scores: torch.Tensor, tokens: torch.Tensor, hidden: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    """Mean nats of a text, of which this bounds -log p from above.

    Args:
        scores: (n, places, vocabulary).
        tokens: int64 (n, places).
        hidden, weight: of `hide`.
    """
    import torch
    from torch.nn import functional

    ended = (tokens == END) & ~hidden
    sure = ended.cumsum(dim=1) > ended.long()
    going = (tokens != END) & ~hidden
    later = going.flip(1).cumsum(dim=1).flip(1) > 0
    kept = scores.float().clone()
    kept[..., END] = torch.where(later, float("-inf"), kept[..., END])
    asked = hidden & ~sure
    nats = functional.cross_entropy(kept.flatten(0, 1), tokens.flatten(), reduction="none").view(tokens.shape)
    return (nats.where(asked, 0.0).sum(dim=1) * weight).mean()
