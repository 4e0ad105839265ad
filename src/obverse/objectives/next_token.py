"""-log p(text) = -sum_i log p(token i | tokens before it): the mean over tokens, as language models are trained."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def loss(scores: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
    """Mean nats of a token, those of -1 left out.

    Args:
        scores: (n, t, vocabulary), each place's of its own token.
        tokens: int64 (n, t).
    """
    from torch.nn import functional

    return functional.cross_entropy(scores.flatten(0, 1).float(), tokens.flatten(), ignore_index=-1)
