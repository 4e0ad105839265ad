"""Networks that read a text from both sides, and a layer that makes scores of labels of what they read.

A body has `context` (most tokens), `mask` (the token that hides), `width`, `layers` and two methods: `read`, tokens
(n, t), -1 where there is none, to what each layer makes of each place, a list of (n, places, width), and which places
are there, (n, places), where token i stands at place i + 1; and `scores`, what the last layer made of some places to
scores of tokens. Place 0 is there in every text, so that an empty one has a mean, too.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from .transformer import Transformer

NEAR = 5  # tokens, its own among them, that a place is shown


class Encoder(nn.Module):
    """A transformer from scratch as a body; see the module docstring.

    Args:
        vocabulary: kinds of token; one more hides.
        width, layers, heads, context, dropout: see `Transformer`.
        places: every place has numbers of its own and is shown its neighbours, for where many tokens are hidden: turns
            alone say only how far apart two are, and to look at just the next one is slow to learn.
    """

    def __init__(self, vocabulary: int, *, width: int, layers: int, heads: int, context: int, dropout: float,
                 places: bool = False) -> None:  # fmt: skip
        super().__init__()
        self.net = Transformer(
            vocabulary + 1, 1, width=width, layers=layers, heads=heads, context=context + 1, dropout=dropout,
            causal=False,
        )  # fmt: skip
        self.context, self.mask, self.vocabulary = context, vocabulary, vocabulary
        self.places = nn.Embedding(context, width) if places else None
        self.near = nn.Conv1d(width, width, NEAR, padding=NEAR // 2) if places else None
        self.width, self.layers = width, 1  # what lies between layers here is no better a reading than the last

    def read(self, tokens: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """See the module docstring."""
        first = torch.zeros(len(tokens), dtype=torch.long, device=tokens.device)
        seen = functional.pad(tokens >= 0, (1, 0), value=True)
        where = None
        if self.places is not None and self.near is not None:
            around = self.near(self.net.words(tokens.clamp(min=0)).transpose(1, 2)).transpose(1, 2)
            where = self.places.weight[: tokens.shape[1]] + around
        return [self.net.read(first, tokens.clamp(min=0), None if bool(seen.all()) else seen, where)], seen

    def scores(self, read: torch.Tensor) -> torch.Tensor:
        """See the module docstring."""
        return self.net.scores(read)


class Reader(nn.Module):
    """A body, and a layer that makes scores of labels of the mean of what it read.

    Args:
        body: see the module docstring.
        labels: how many.
        every: the means, largest and smallest numbers over the places of every layer side by side, not the mean of the
            last layer: what an encoder that stays as it is passes on without knowing what will be asked.
    """

    def __init__(self, body: Any, labels: int, *, every: bool) -> None:
        super().__init__()
        self.body, self.every = body, every
        self.head = nn.Linear(body.width * (3 * body.layers if every else 1), labels)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def features(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n, t) to (n, numbers that the head looks at)."""
        layers, seen = self.body.read(tokens)
        there = seen[..., None]

        def mean(one: torch.Tensor) -> torch.Tensor:
            return one.where(there, 0.0).sum(dim=1) / there.sum(dim=1)

        if not self.every:
            return mean(layers[-1])
        largest = [one.where(there, -math.inf).amax(dim=1) for one in layers]
        smallest = [one.where(there, math.inf).amin(dim=1) for one in layers]
        return torch.cat([*map(mean, layers), *largest, *smallest], dim=-1)

    def forward(self, tokens: torch.Tensor) -> torch.Tensor:
        """(n, t) to scores (n, labels)."""
        return self.head(self.features(tokens))

    def told(self, shown: torch.Tensor, asked: torch.Tensor) -> torch.Tensor:
        """Scores of the tokens asked for, boolean (n, t), in the order of their places: (asked, vocabulary)."""
        layers, _ = self.body.read(shown)
        return self.body.scores(layers[-1][:, 1 : shown.shape[1] + 1][asked])

    def learns(self, *, tokens: bool) -> dict[str, torch.Tensor]:
        """The parameters that a loss of tokens, or else of labels, depends on."""
        other = "head." if tokens else ("body.net.leave.", "body.say.")
        return {n: p for n, p in self.named_parameters() if not n.startswith(other) and "pooler" not in n}
