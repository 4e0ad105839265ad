"""-log p(text) = -sum_i log p(token i | tokens before it): the mean over tokens, as language models are trained.

With label smoothing (Szegedy et al. 2016) a share of each token's weight is spread over all tokens alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


def loss(scores: torch.Tensor, tokens: torch.Tensor, smoothing: float = 0.0) -> torch.Tensor:
    """Mean nats of a token, those of -1 left out.

    Args:
        scores: (n, t, vocabulary), each place's of its own token.
        tokens: int64 (n, t).
        smoothing: the share that is spread.
    """
    from torch.nn import functional

    flat = scores.flatten(0, 1).float()
    return functional.cross_entropy(flat, tokens.flatten(), ignore_index=-1, label_smoothing=smoothing)
