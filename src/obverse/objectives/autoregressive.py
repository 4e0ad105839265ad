"""-log p(row) = -sum_j log p(cell j | cells before it): the chain rule, in one order or in many.

Rows of a batch are shared between the chain's own order and a new random one (order-agnostic training, Uria, Murray
and Larochelle 2014), which shows the network many sets of inputs and keeps it from learning rows by heart.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    Logits = Callable[[torch.Tensor, Sequence[tuple[int, torch.Tensor]]], torch.Tensor]


def negative_log_likelihood(logits: Sequence[torch.Tensor] | torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Nats of each row, (n,): the sum over columns of -log p(code); unknown codes (-1) count nothing.

    Args:
        logits: for each column its scores (n, codes); one tensor (d, n, codes) where all are of one length.
        codes: int64 (n, d).
    """
    import torch
    from torch.nn import functional

    if isinstance(logits, torch.Tensor):
        flat = functional.cross_entropy(logits.flatten(0, 1), codes.T.flatten(), ignore_index=-1, reduction="none")
        return flat.view(codes.shape[1], -1).sum(dim=0)
    parts = [functional.cross_entropy(x, codes[:, j], ignore_index=-1, reduction="none") for j, x in enumerate(logits)]
    return torch.stack(parts).sum(dim=0)


def shown_in(order: torch.Tensor) -> torch.Tensor:
    """Float (d, d): 1 where column i (first axis) comes before column j in the order, (d,) positions of columns."""
    place = order.argsort()
    return (place[:, None] < place[None, :]).float()


def any_order(logits: Logits, codes: torch.Tensor, order: torch.Tensor, share: float,
              noise: torch.Generator) -> torch.Tensor:  # fmt: skip
    """Mean nats of a row, the first `share` of the rows in a random order and the rest in the given one."""
    return negative_log_likelihood(_in_orders(logits, codes, order, share, noise), codes).mean()


def gains(logits: Logits, codes: torch.Tensor, order: torch.Tensor, alone: torch.Tensor) -> torch.Tensor:
    """Mean nats of a row in the given order, where no column costs more than by its own shares.

    A column that depends on no other is soon learned by heart; that must not hide what is still learned of another.

    Args:
        alone: (d, codes of the longest column), logarithms of the shares.
    """
    import torch
    from torch.nn import functional

    said = logits(codes, [(len(codes), shown_in(order))]).transpose(1, 2)  # (d, codes, n)
    own = alone[:, :, None].expand_as(said)
    nats = [functional.cross_entropy(x, codes.T, ignore_index=-1, reduction="none").mean(dim=1) for x in (said, own)]
    return torch.minimum(*nats).sum()


def _in_orders(logits: Logits, codes: torch.Tensor, order: torch.Tensor, share: float,
               noise: torch.Generator) -> torch.Tensor:  # fmt: skip
    import torch

    cut = round(share * len(codes))
    other = torch.randperm(codes.shape[1], generator=noise).to(codes.device)
    runs = [(n, shown_in(way)) for n, way in ((cut, other), (len(codes) - cut, order)) if n]
    return logits(codes, runs)
