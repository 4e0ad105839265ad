"""A transformer that reads a source from both sides and writes a target after it (Vaswani et al. 2017).

Its blocks are those of `transformer`; those that write also look at what was read. One table of embeddings serves
sources, targets and scores (Press and Wolf 2017). A last look hands over the embeddings of the source's tokens as they
are, so that which word stands for which has a way of its own (Nguyen and Chiang 2018). Place 0 of both texts is a mark,
so that an empty text can be read and the first token is predicted, too. What was read is kept as `Memory`, of which
several targets can be asked.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn import functional

from ..core.schema import Array
from .transformer import Attention, Block, Kept, turns


@dataclass
class Memory:
    """What was read of n sources.

    Attributes:
        states: (n, places, width).
        seen: boolean (n, places), the places that are there; None: all.
        words: (n, places, width) embeddings of the tokens, 0 at the mark; None where nobody asks for them.
    """

    states: torch.Tensor
    seen: torch.Tensor | None
    words: torch.Tensor | None = None

    def take(self, rows: torch.Tensor) -> Memory:
        """Of the chosen sources, each perhaps several times."""
        seen, words = (None if one is None else one[rows] for one in (self.seen, self.words))
        return Memory(self.states[rows], seen, words)


@dataclass
class Written:
    """What is kept between tokens: keys and values of the target so far, and of the source, for every layer."""

    own: Kept
    source: list[tuple[torch.Tensor, torch.Tensor]] = field(default_factory=list)
    seen: torch.Tensor | None = None

    def take(self, rows: torch.Tensor) -> Written:
        """Those of the chosen targets, each perhaps several times."""
        source = [(key[rows], value[rows]) for key, value in self.source]
        return Written(self.own.take(rows), source, None if self.seen is None else self.seen[rows])


class Look(nn.Module):
    """Each token of the target looks at all of the source."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.ask = nn.Linear(width, width, bias=False)
        self.read = nn.Linear(width, 2 * width, bias=False)
        self.tell = nn.Linear(width, width, bias=False)

    def keys(self, states: torch.Tensor, told: torch.Tensor | None = None) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys and values (n, heads, places, width of a head) of what was read; the latter of `told` instead."""
        n, s, width = states.shape
        both = zip((states, states if told is None else told), self.read.weight.chunk(2), strict=True)
        shape = n, s, self.heads, width // self.heads
        key, value = (functional.linear(one, weight).view(shape).transpose(1, 2) for one, weight in both)
        return functional.rms_norm(key, key.shape[-1:]).to(value.dtype), value

    def forward(self, x: torch.Tensor, source: tuple[torch.Tensor, torch.Tensor],
                seen: torch.Tensor | None) -> torch.Tensor:  # fmt: skip
        """(n, t, width) to the same."""
        n, t, width = x.shape
        query = self.ask(x).view(n, t, self.heads, width // self.heads).transpose(1, 2)
        query = functional.rms_norm(query, query.shape[-1:]).to(source[1].dtype)
        read = functional.scaled_dot_product_attention(
            query, *source, attn_mask=None if seen is None else seen[:, None, None, :]
        )
        return self.tell(read.transpose(1, 2).reshape(n, t, width))


class Writer(nn.Module):
    """A block of `transformer` that looks at the source between its two parts."""

    def __init__(self, width: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.attention = Attention(width, heads, 0.0, causal=True)
        self.look = Look(width, heads)
        self.wider = nn.Linear(width, 4 * width, bias=False)
        self.back = nn.Linear(4 * width, width, bias=False)
        self.drop = nn.Dropout(dropout)

    def forward(self, x: torch.Tensor, turn: torch.Tensor, source: tuple[torch.Tensor, torch.Tensor],
                seen: torch.Tensor | None, kept: Kept | None, layer: int) -> torch.Tensor:  # fmt: skip
        """(n, t, width) to the same."""
        size = x.shape[-1:]
        x = x + self.drop(self.attention(functional.rms_norm(x, size), turn, None, kept, layer))
        x = x + self.drop(self.look(functional.rms_norm(x, size), source, seen))
        inner = functional.relu(self.wider(functional.rms_norm(x, size))).square()
        return x + self.drop(self.back(inner))


class Seq2Seq(nn.Module):
    """Sources (n, s) and targets (n, t), both padded with -1, to scores (n, t + 1, vocabulary) of the target's tokens.

    Args:
        vocabulary: kinds of token.
        width: numbers that stand for a token; a multiple of 2 `heads`.
        layers: (that read, that write).
        heads: of attention.
        context: most places of either text, the mark's among them.
        dropout: share of numbers left out by lot in training.
    """

    def __init__(self, vocabulary: int, *, width: int, layers: tuple[int, int], heads: int, context: int,
                 dropout: float = 0.0) -> None:  # fmt: skip
        super().__init__()
        self.context, self.heads, self.vocabulary = context, heads, vocabulary
        self.words, self.marks = nn.Embedding(vocabulary, width), nn.Embedding(2, width)
        self.readers = nn.ModuleList([Block(width, heads, dropout, causal=False) for _ in range(layers[0])])
        for block in self.readers:
            block.attention.dropout = 0.0  # pyright: ignore
        self.writers = nn.ModuleList([Writer(width, heads, dropout) for _ in range(layers[1])])
        self.drop = nn.Dropout(dropout)
        self.leave, self.hand = nn.Linear(width, width, bias=False), Look(width, heads)
        self.register_buffer("turn", turns(context, width // heads), persistent=False)
        for name, parameter in self.named_parameters():
            if name.endswith(("tell.weight", "back.weight", "leave.weight")):
                nn.init.zeros_(parameter)  # a new block hands on what it was given, and all tokens are alike
            elif name.startswith(("words", "marks")):
                nn.init.normal_(parameter, std=1.0)
            else:
                nn.init.uniform_(parameter, -math.sqrt(3 / width), math.sqrt(3 / width))
        with torch.no_grad():
            for passed in (self.hand.tell.weight, self.hand.read.weight[width:]):
                passed.copy_(torch.eye(width))  # the scores of tokens are those of what is looked at

    def begin_at(self, vectors: Array) -> None:
        """Let embeddings (vocabulary, width) be these before training."""
        with torch.no_grad():
            self.words.weight.copy_(torch.as_tensor(vectors))

    def encode(self, sources: torch.Tensor) -> Memory:
        """What is read of sources (n, s)."""
        there = functional.pad(sources >= 0, (1, 0), value=True)
        seen = None if bool(there.all()) else there
        x, turn = self._begun(0, sources), self.get_buffer("turn")[:, : sources.shape[1] + 1]
        words = self.words(sources.clamp(min=0)) * (sources >= 0)[..., None]
        for layer, block in enumerate(self.readers):
            x = block(x, turn, seen, None, layer)
        return Memory(functional.rms_norm(x, x.shape[-1:]), seen, functional.pad(words, (0, 0, 1, 0)))

    def answers(self, memory: Memory, targets: torch.Tensor) -> torch.Tensor:
        """Scores (n, t + 1, vocabulary): those at a place are of the token that comes after it."""
        return self.scores(self._through(self._begun(1, targets), self._source(memory), memory.seen, None))

    def forward(self, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """`answers` about sources."""
        return self.answers(self.encode(sources), targets)

    def begin(self, memory: Memory, targets: torch.Tensor) -> tuple[torch.Tensor, Written]:
        """Scores (n, vocabulary) of the token after these, and what `go_on` needs."""
        shape = len(targets), self.heads, self.context, self.words.embedding_dim // self.heads

        def empty() -> list[torch.Tensor]:
            return [torch.empty(shape, device=targets.device) for _ in self.writers]

        kept = Written(Kept(empty(), empty()), self._source(memory), memory.seen)
        return self._last(self._begun(1, targets), kept), kept

    def go_on(self, kept: Written, tokens: torch.Tensor) -> tuple[torch.Tensor, Written]:
        """The same one token (n,) later."""
        x = self.drop(functional.rms_norm(self.words(tokens)[:, None], (self.words.embedding_dim,)))
        return self._last(x, kept), kept

    def scores(self, read: torch.Tensor) -> torch.Tensor:
        """(..., width) to scores of every token, (..., vocabulary)."""
        return functional.linear(read / math.sqrt(self.words.embedding_dim), self.words.weight).float()

    def _begun(self, mark: int, tokens: torch.Tensor) -> torch.Tensor:
        first = self.marks.weight[mark].expand(len(tokens), 1, -1)
        x = torch.cat([first, self.words(tokens.clamp(min=0))], dim=1)
        return self.drop(functional.rms_norm(x, x.shape[-1:]))

    def _source(self, memory: Memory) -> list[tuple[torch.Tensor, torch.Tensor]]:
        own = [block.look.keys(memory.states) for block in self.writers]  # pyright: ignore
        return [*own, self.hand.keys(memory.states, memory.words)]

    def _last(self, x: torch.Tensor, kept: Written) -> torch.Tensor:
        return self.scores(self._through(x, kept.source, kept.seen, kept.own)[:, -1])

    def _through(self, x: torch.Tensor, source: list[tuple[torch.Tensor, torch.Tensor]], seen: torch.Tensor | None,
                 kept: Kept | None) -> torch.Tensor:  # fmt: skip
        at, t = 0 if kept is None else kept.taken, x.shape[1]
        turn = self.get_buffer("turn")[:, at : at + t]
        for layer, block in enumerate(self.writers):
            x = block(x, turn, source[layer], seen, kept, layer)
        if kept is not None:
            kept.taken = at + t
        x = functional.rms_norm(x, x.shape[-1:])
        return self.leave(x) + self.hand(x, source[-1], seen)


class Told:
    """A network that was told some sources, as `causal` asks of one that writes: a target's mark is its source's place
    among them.

    Args:
        net: with the methods of `Seq2Seq`.
        sources: int64 (length,) tokens of each.
    """

    def __init__(self, net: Any, sources: Sequence[Array]) -> None:
        self.net, self.context, self.vocabulary = net, net.context, net.vocabulary
        longest = max(map(len, sources))
        tokens = np.full((len(sources), longest), -1, dtype=np.int64)
        for row, source in zip(tokens, sources, strict=True):
            row[: len(source)] = source
        with torch.no_grad():
            self.memory: Memory = net.encode(torch.as_tensor(tokens, device=next(net.parameters()).device))

    def parameters(self) -> Any:
        """Of the network."""
        return self.net.parameters()

    def __call__(self, marks: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """See `Seq2Seq.answers`."""
        return self.net.answers(self._of(marks), tokens)

    def begin(self, marks: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """See `Seq2Seq.begin`."""
        return self.net.begin(self._of(marks), tokens)

    def go_on(self, kept: Any, tokens: torch.Tensor) -> tuple[torch.Tensor, Any]:
        """See `Seq2Seq.go_on`."""
        return self.net.go_on(kept, tokens)

    def _of(self, marks: torch.Tensor) -> Memory:
        return self.memory.take(marks % len(self.memory.states))  # later windows have marks of their own: same source
