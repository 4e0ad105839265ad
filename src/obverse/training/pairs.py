"""Pairs of texts as rows for the loop: bundles of pairs of like length, so that hardly a place is padding.

A row is a bundle, of about so many tokens; its pairs stay together, and the order of bundles is drawn anew for every
pass. Some pairs are held out.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import BadInput
from ..core.schema import Array
from .tables import held_out

if TYPE_CHECKING:
    import torch

HELD, LEAST_BUNDLES = 0.03, 20  # share of pairs that training is judged by; bundles where pairs are few


class Bundles:
    """All bundles of some pairs.

    Args:
        sources, targets: int64 (length,) tokens of each, a target's end included.
        size: tokens of a bundle, padding among them; of fewer pairs less, as long as there are twenty bundles.
        rng: draws which pairs are held out, and the order of pairs of one length.
        on: where the bundles lie.

    Attributes:
        rows, held: int64 positions of bundles to learn from and to be judged by.
        learned: positions of the pairs to learn from.
        tokens: in pairs to learn from.
    """

    def __init__(self, sources: Sequence[Array], targets: Sequence[Array], size: int, rng: np.random.Generator,
                 on: torch.device) -> None:  # fmt: skip
        import torch

        self.sources, self.targets, self.on = sources, targets, on
        self.learned, judge = (part.numpy() for part in held_out(len(sources), HELD, rng, torch.device("cpu")))
        both = np.array([[len(s) + 1, len(t)] for s, t in zip(sources, targets, strict=True)])
        self.tokens = int(both[self.learned].sum())
        size = max(int(both.sum(axis=1).max()), min(size, self.tokens // LEAST_BUNDLES))
        learned, judged = (self._cut(rng.permutation(part), both, size) for part in (self.learned, judge))
        self.bundles = [*learned, *judged]
        self.rows = torch.arange(len(learned), device=on)
        self.held = torch.arange(len(learned), len(self.bundles), device=on)

    def _cut(self, pairs: Array, both: Array, size: int) -> list[Array]:
        order = pairs[np.lexsort((both[pairs, 0], both[pairs, 1]))]
        out, now, longest = list[Array](), list[int](), np.zeros(2, np.int64)
        for pair in order:
            longer = np.maximum(longest, both[pair])
            if now and longer.sum() * (len(now) + 1) > size:
                out.append(np.array(now))
                now, longer = [], both[pair]
            now.append(int(pair))
            longest = longer
        return [*out, np.array(now)] if now else out

    def batches(self, rows: torch.Tensor) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Sources (n, s) and targets (n, t) of each bundle, padded with -1."""
        import torch

        def of(texts: Sequence[Array], bundle: Array) -> torch.Tensor:
            return torch.as_tensor(padded([texts[i] for i in bundle]), device=self.on)

        chosen = [self.bundles[row] for row in rows.tolist()]
        return [(of(self.sources, bundle), of(self.targets, bundle)) for bundle in chosen]


def padded(texts: Sequence[Array]) -> Array:
    """int64 (n, longest) with -1 where there is none."""
    out = np.full((len(texts), max(map(len, texts))), -1, dtype=np.int64)
    for row, text in zip(out, texts, strict=True):
        row[: len(text)] = text
    return out


def fitting(texts: list[Array], context: int, what: str) -> list[Array]:
    """The same texts; BadInput where some have more tokens than a network that looks at `context` places can read."""
    long_ = [i for i, one in enumerate(texts) if len(one) >= context]
    if long_:
        first = f"position {long_[0]:,} with {len(texts[long_[0]]):,}"
        raise BadInput(f"{len(long_):,} {what} have more tokens than the context takes, {context - 1:,} ({first})")
    return texts
