"""A causal network, and a layer that makes scores of labels of its state at the end of a text (Radford et al. 2018).

At the end token, and nowhere before, the network has seen the whole text. It reads behind the mark of texts without a
label, so that it is the very network of a language model of labelled texts, in shape and where it begins.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class EndReader(nn.Module):
    """See the module docstring.

    Args:
        net: see `causal`; it also has `width` and `read`, marks and tokens to states (n, t + 1, width).
        labels: how many.
    """

    def __init__(self, net: Any, labels: int) -> None:
        super().__init__()
        self.net, self.mark = net, labels  # marks are codes of labels, and the one after them is for none
        self.head = nn.Linear(net.width, labels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """Tokens (n, t) whose last is the end, then -1, to scores (n, labels)."""
        marks = torch.full((len(tokens),), self.mark, dtype=torch.long, device=tokens.device)
        states = self.net.read(marks, tokens.clamp(min=0))
        last = (tokens >= 0).sum(dim=1)  # the mark is at place 0
        return self.head(states[torch.arange(len(tokens), device=tokens.device), last])

    def learns(self) -> dict[str, torch.Tensor]:
        """The parameters that these scores depend on: not those that only make scores of tokens."""
        other = set(map(id, self.net.leaves()))
        return {n: p for n, p in self.named_parameters() if p.requires_grad and id(p) not in other}
