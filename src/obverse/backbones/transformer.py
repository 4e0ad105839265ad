"""A small transformer over tokens (Vaswani et al. 2017), of today's shape and written by hand.

Positions turn queries and keys (Su et al. 2021), which are scaled to one length (Henry et al. 2020); layers are scaled
by their root mean square beforehand (Zhang and Sennrich 2019); the inner layer squares what is positive (So et al.
2021). A text is read behind a mark, which says what kind of text it is, so that the first token is predicted, too.
With `causal` no token sees those after it. Kept keys and values make drawing linear in the length.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import torch
from torch import nn
from torch.nn import functional

BASE = 10_000.0  # of the slowest turn
SPREAD = 0.02  # of weights before training
CAP = 15.0  # no score is larger: keeps a few steps of a high rate from running away


@dataclass
class Kept:
    """Keys and values (n, heads, places, width of a head) of every layer, and how many places are taken."""

    keys: list[torch.Tensor]
    values: list[torch.Tensor]
    taken: int = 0

    def take(self, rows: torch.Tensor) -> Self:
        """Those of the chosen texts."""
        return type(self)([k[rows] for k in self.keys], [v[rows] for v in self.values], self.taken)


class Attention(nn.Module):
    """Each token looks at tokens before it, or at all (Dao et al. 2022 for how PyTorch does it)."""

    def __init__(self, width: int, heads: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.heads, self.dropout, self.causal = heads, dropout, causal
        self.ask = nn.Linear(width, 3 * width, bias=False)
        self.tell = nn.Linear(width, width, bias=False)

    def forward(self, x: torch.Tensor, turn: torch.Tensor, seen: torch.Tensor | None, kept: Kept | None,
                layer: int) -> torch.Tensor:  # fmt: skip
        """(n, t, width) to the same; see `Transformer.forward`."""
        n, t, width = x.shape
        parts = self.ask(x).view(n, t, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        size = (width // self.heads,)
        query, key = (turned(functional.rms_norm(part, size), turn).to(parts.dtype) for part in parts[:2])
        value = parts[2]
        causal = self.causal
        if kept is not None:
            at = kept.taken
            kept.keys[layer][:, :, at : at + t], kept.values[layer][:, :, at : at + t] = key, value
            key, value = kept.keys[layer][:, :, : at + t], kept.values[layer][:, :, : at + t]
            causal = t > 1
        drop = self.dropout if self.training else 0.0
        read = functional.scaled_dot_product_attention(
            query, key, value, attn_mask=None if seen is None else seen[:, None, None, :], dropout_p=drop,
            is_causal=causal and seen is None,
        )  # fmt: skip
        return self.tell(read.transpose(1, 2).reshape(n, t, width))


class Block(nn.Module):
    """Attention, then a layer of four times the width, each added to what it was given."""

    def __init__(self, width: int, heads: int, dropout: float, causal: bool) -> None:
        super().__init__()
        self.attention = Attention(width, heads, dropout, causal)
        self.wider = nn.Linear(width, 4 * width, bias=False)
        self.back = nn.Linear(4 * width, width, bias=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, turn: torch.Tensor, seen: torch.Tensor | None, kept: Kept | None,
                layer: int) -> torch.Tensor:  # fmt: skip
        """See `Attention`."""
        size = x.shape[-1:]
        x = x + self.drop(self.attention(functional.rms_norm(x, size), turn, seen, kept, layer))
        inner = functional.relu(self.wider(functional.rms_norm(x, size))).square()
        return x + self.drop(self.back(inner))


class Transformer(nn.Module):
    """Marks (n,) and tokens (n, t) to what it makes of the mark and each token, (n, t + 1, width), and to scores.

    Args:
        vocabulary: kinds of token.
        marks: kinds of mark.
        width: numbers that stand for a token; a multiple of 2 `heads`.
        layers, heads: of attention.
        context: most places, the mark's among them.
        dropout: share of numbers left out by lot in training.
        causal: no token sees those after it.
    """

    def __init__(
        self, vocabulary: int, marks: int, *, width: int, layers: int, heads: int, context: int, dropout: float = 0.0,
        causal: bool = True,
    ) -> None:  # fmt: skip
        super().__init__()
        self.context, self.heads, self.vocabulary, self.width = context, heads, vocabulary, width
        self.words, self.marks = nn.Embedding(vocabulary, width), nn.Embedding(marks, width)
        self.blocks = nn.ModuleList([Block(width, heads, dropout, causal) for _ in range(layers)])
        self.drop = nn.Dropout(dropout)
        self.leave = nn.Linear(width, vocabulary, bias=False)
        self.register_buffer("turn", turns(context, width // heads), persistent=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("tell.weight", "back.weight", "leave.weight")):
                nn.init.zeros_(parameter)  # a new block hands on what it was given, and all tokens are alike
            elif name.startswith(("words", "marks")):
                nn.init.normal_(parameter, std=1.0)
            else:
                nn.init.uniform_(parameter, -math.sqrt(3 / width), math.sqrt(3 / width))

    def read(self, marks: torch.Tensor, tokens: torch.Tensor, seen: torch.Tensor | None = None,
             where: torch.Tensor | None = None) -> torch.Tensor:  # fmt: skip
        """(n, t + 1, width). `seen` (boolean, (n, t + 1)) says which places may be looked at, where not all may;
        `where` (t, width), or (n, t, width), is added to what stands for the tokens."""
        words = self.words(tokens) if where is None else self.words(tokens) + where
        return self._through(torch.cat([self.marks(marks)[:, None], words], dim=1), seen, None)

    def scores(self, read: torch.Tensor) -> torch.Tensor:
        """(..., width) to scores of every token, (..., vocabulary)."""
        return CAP * torch.tanh(self.leave(read).float() / CAP)

    def leaves(self) -> list[torch.Tensor]:
        """Those that only make scores of tokens."""
        return [self.leave.weight]

    def forward(self, marks: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Scores (n, t + 1, vocabulary): those at a place are of the token that comes after it."""
        return self.scores(self.read(marks, tokens))

    def begin(self, marks: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """Scores (n, vocabulary) of the token after these, and what `go_on` needs."""
        shape = len(marks), self.heads, self.context, self.words.embedding_dim // self.heads

        def empty() -> list[torch.Tensor]:
            return [torch.empty(shape, device=tokens.device) for _ in self.blocks]

        kept = Kept(empty(), empty())
        x = torch.cat([self.marks(marks)[:, None], self.words(tokens)], dim=1)
        return self.scores(self._through(x, None, kept)[:, -1]), kept

    def go_on(self, kept: Kept, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """The same one token (n,) later."""
        return self.scores(self._through(self.words(tokens)[:, None], None, kept)[:, -1]), kept

    def _through(self, x: torch.Tensor, seen: torch.Tensor | None, kept: Kept | None) -> torch.Tensor:
        at, t = 0 if kept is None else kept.taken, x.shape[1]
        turn = self.get_buffer("turn")[:, at : at + t]
        x = self.drop(functional.rms_norm(x, x.shape[-1:]))
        for layer, block in enumerate(self.blocks):
            x = block(x, turn, seen, kept, layer)
        if kept is not None:
            kept.taken = at + t
        return functional.rms_norm(x, x.shape[-1:])


def turns(places: int, size: int) -> torch.Tensor:
    """Cosines and sines (2, places, size / 2) of how far each pair of numbers is turned at each place."""
    speed = BASE ** (-torch.arange(0, size, 2) / size)
    angle = torch.arange(places)[:, None] * speed[None, :]
    return torch.stack([angle.cos(), angle.sin()])


def turned(x: torch.Tensor, turn: torch.Tensor) -> torch.Tensor:
    """(n, heads, t, size) with the first and second half of the numbers turned in pairs."""
    a, b = x.chunk(2, dim=-1)
    cos, sin = turn[0].to(x.dtype), turn[1].to(x.dtype)
    return torch.cat([a * cos - b * sin, a * sin + b * cos], dim=-1)
