"""Texts as rows for the loop: windows of tokens behind a mark, put together on the device, with some held out.

A text that fits into the context is one row. A longer one has as many rows as windows; where a window begins is drawn
anew every time, so that no two epochs see the same. Where all is a few long texts, what is learned is their passages,
which begin anywhere, and the end of each text is held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.schema import Array

if TYPE_CHECKING:
    import torch

HELD, MOST_HELD, LEAST_HELD = 0.05, 2_000, 20  # share, and numbers, of texts that training is judged by
HELD_END, MOST_HELD_END = 0.02, 40_000  # share, and number, of a long text's last tokens
FEW = 20  # texts: fewer, one of them longer than the context, are learned as passages
PARTS, WORTH = 4, 2_000  # parts into which a batch of so many tokens is sorted by length, where that saves padding


class Windows:
    """All rows of some texts.

    Args:
        texts: int64 (length,) tokens of each, its end included.
        labels: int64 (n,) codes of marks, as `language.marks_of` gives them.
        kinds: how many such codes there are.
        context: most tokens of a row.
        rng: draws which texts are held out.
        on: where the rows are put together.

    Attributes:
        passages: the texts are learned as passages.
        rows, held: int64 positions of rows to learn from and to be judged by.
        tokens: in rows to learn from.
    """

    def __init__(self, texts: Sequence[Array], labels: Array, kinds: int, context: int, rng: np.random.Generator,
                 on: torch.device) -> None:  # fmt: skip
        import torch

        self.context, self.kinds = context, kinds
        self.passages = passages(texts, context)
        first = np.cumsum([0, *(len(text) for text in texts)])
        out = _held_texts(len(texts), rng) if not self.passages else set()
        learn: list[tuple[int, int, int, int, int]] = []  # begin, tokens, room to move, mark of a beginning, mark
        judge: list[tuple[int, int, int, int, int]] = []
        for i, text in enumerate(texts):
            size = len(text)
            begins = labels[i] + (kinds if self.passages else 0)
            if self.passages:
                size -= _held_tokens(size, context)
                judge += self._still(first[i] + size, len(text) - size, labels[i] + kinds, labels[i] + kinds)
            if i in out:
                judge += self._still(first[i], size, labels[i], labels[i] + kinds)
            elif size <= context:
                learn.append((first[i], size, 0, begins, begins))
            else:
                count = -(-size // context)
                moving = (first[i], context, size - context, begins, labels[i] + kinds)
                still = [] if self.passages else [(first[i], context, 0, begins, begins)]
                learn += still + [moving] * (count - len(still))
        held = np.array([*learn, *judge], dtype=np.int64)
        self.flat = torch.as_tensor(np.concatenate(texts), device=on)
        self.begin, self.size, self.room, self.mark, self.later = (torch.as_tensor(c, device=on) for c in held.T)
        self.longest = int(held[:, 1].max())
        self.tokens = int(held[: len(learn), 1].sum())
        self.rows = torch.arange(len(learn), device=on)
        self.held = torch.arange(len(learn), len(held), device=on)

    def _still(self, at: int, size: int, begins: int, later: int) -> list[tuple[int, int, int, int, int]]:
        """Windows that lie beside each other and cover a stretch."""
        starts = range(0, size, self.context)
        return [
            (at + s, min(self.context, size - s), 0, mark, mark) for s in starts for mark in [later if s else begins]
        ]

    def batches(self, rows: torch.Tensor, noise: torch.Generator) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Marks (n,) and tokens (n, t) of rows, padded with -1; in several parts where that saves padding."""
        import torch

        moved = torch.rand(len(rows), generator=noise).to(rows.device, non_blocking=True)
        moved = (moved * (self.room[rows] + 1)).long().clamp(max=self.room[rows])
        begin, size = self.begin[rows] + moved, self.size[rows]
        mark = torch.where(moved > 0, self.later[rows], self.mark[rows])
        if rows.device.type != "cpu":  # to ask how long they are would wait for the device
            return [(mark, self._tokens(begin, size, self.longest))]
        order = size.argsort(stable=True)
        parts = [p for p in order.tensor_split(PARTS) if len(p)]
        longest = [int(size[p].max()) for p in parts]
        padded, sorted_ = len(rows) * longest[-1], sum(len(p) * n for p, n in zip(parts, longest, strict=True))
        if padded < WORTH or sorted_ > 0.8 * padded:
            parts, longest = [order], longest[-1:]
        return [(mark[p], self._tokens(begin[p], size[p], n)) for p, n in zip(parts, longest, strict=True)]

    def _tokens(self, begin: torch.Tensor, size: torch.Tensor, longest: int) -> torch.Tensor:
        import torch

        along = torch.arange(longest, device=begin.device)
        found = self.flat[(begin[:, None] + along).clamp(max=len(self.flat) - 1)]
        return found.where(along < size[:, None], -1)


def passages(texts: Sequence[Array], context: int) -> bool:
    """Whether these are few texts and longer than the context, so that passages of them are learned."""
    return len(texts) < FEW and max(map(len, texts)) > context


def _held_texts(count: int, rng: np.random.Generator) -> set[int]:
    held = min(MOST_HELD, round(HELD * count))
    return set(rng.permutation(count)[:held].tolist()) if held >= LEAST_HELD else set()


def _held_tokens(size: int, context: int) -> int:
    """How many tokens at the end of a long text are held out; none of a text of few windows."""
    held = min(MOST_HELD_END, round(HELD_END * size))
    return held if held >= 2 * context else 0
