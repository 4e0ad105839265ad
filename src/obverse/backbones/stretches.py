"""Texts of any length for a network that says something of a whole text: read in stretches, of which the mean is taken.

Stretches lie side by side and fit into the context; a text that fits is one of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from ..core.schema import Array, FloatArray

TOGETHER, MOST = 4_096, 32  # tokens, and stretches, read at once, which bounds memory


def stretches(tokens: Array, size: int) -> list[Array]:
    """A text's tokens in parts of this size, the last as long as it is; an empty text is one empty part."""
    return [tokens[at : at + size] for at in range(0, max(1, len(tokens)), size)]


def means(texts: Sequence[Sequence[Array]], say: Callable[[torch.Tensor], Any], on: torch.device) -> FloatArray:
    """What a network says of each text, float64 (n, numbers): the mean over its stretches, read by length.

    Args:
        texts: the stretches of each, int64 (length,), one at least.
        say: tokens (n, t), -1 where there is none, to numbers (n, numbers).
        on: where the tokens are put.
    """
    parts = [one for text in texts for one in text] or [np.zeros(0, np.int64)]  # no text has as many numbers
    order = sorted(range(len(parts)), key=lambda p: len(parts[p]))
    said, at = dict[int, FloatArray](), 0
    with torch.no_grad():
        while at < len(order):
            longest = len(parts[order[min(len(order) - 1, at + MOST - 1)]])
            these = order[at : at + max(1, min(TOGETHER // (longest + 2), MOST))]
            tokens = np.full((len(these), max(1, longest)), -1, dtype=np.int64)
            for row, p in enumerate(these):
                tokens[row, : len(parts[p])] = parts[p]
            out = say(torch.as_tensor(tokens, device=on)).double().cpu().numpy()
            said |= dict(zip(these, out, strict=True))
            at += len(these)
    ends = np.cumsum([0, *(len(text) for text in texts)]).tolist()
    each = [np.mean([said[p] for p in range(*own)], axis=0) for own in pairwise(ends)]
    return np.array(each).reshape(len(texts), len(said[0]))
