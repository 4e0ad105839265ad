"""Masked tokens: -log p(token | the tokens on both sides of it), of tokens that were hidden (Devlin et al. 2019).

Of the tokens chosen by lot eight in ten are hidden, one is replaced by any other and one stays, so that the network
also has to make something of tokens that it sees.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SHARE = 0.15  # of the tokens that are chosen
HIDDEN, REPLACED = 0.8, 0.1  # shares of those


def hide(tokens: torch.Tensor, mask: int, vocabulary: int, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """What the network is shown, and which tokens it is asked for.

    Args:
        tokens: int64 (n, t), -1 where there is none.
        mask: the token that hides.
        vocabulary: a token that replaces is below it.
        noise: on the CPU, so that every device sees the same.

    Returns:
        tokens (n, t) and boolean (n, t); at least one is asked for where there is any.
    """
    import torch

    lot, kind = torch.rand((2, *tokens.shape), generator=noise)
    other = torch.randint(vocabulary, tokens.shape, generator=noise).to(tokens.device)
    lot, kind = lot.to(tokens.device), kind.to(tokens.device)
    there = tokens >= 0
    lot = lot.where(there, 2.0)
    asked = (lot < SHARE) | ((lot == lot.min()) & there)
    shown = tokens.where(~(asked & (kind < HIDDEN)), mask)
    return shown.where(~(asked & (kind >= 1 - REPLACED)), other), asked


def loss(scores: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Mean nats of a token that was asked for.

    Args:
        scores: (asked, vocabulary).
        tokens: int64 (asked,).
    """
    from torch.nn import functional

    return functional.cross_entropy(scores.float(), tokens)
