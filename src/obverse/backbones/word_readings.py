"""What an encoder of a folder makes of each word of a text: the mean over the word's pieces, of a few layers.

A text longer than the encoder's context is read in windows that overlap by half; each piece is taken from the window in
which it stands furthest from an edge, so that nothing is cut off and a word's reading depends on its own text alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch

from ..core.schema import Array
from .encoder_folder import FolderEncoder
from .tokens import Subwords
from .words import Place

TOGETHER = 4_096  # tokens read at once, which bounds memory
MOST_WINDOWS = 32  # read at once


def layers_of(body: FolderEncoder) -> list[int]:
    """The embeddings, the layer in the middle and the last one."""
    return sorted({0, (body.layers - 1) // 2, body.layers - 1})


def readings(body: FolderEncoder, cut: Subwords, texts: Sequence[str], words: Sequence[Sequence[Place]],
             on: torch.device) -> Array:  # fmt: skip
    """float32 (words of all texts, layers x width); NaN of words that have no piece, such as a letter it never met."""
    pieces = cut.tokenizer.encode_batch(list(texts), add_special_tokens=False)
    layers = layers_of(body)
    windows = [(i, *w) for i, one in enumerate(pieces) for w in windows_of(len(one.ids), body.context)]
    owners = [_owners(one.offsets, places) for one, places in zip(pieces, words, strict=True)]
    first = np.cumsum([0, *(len(places) for places in words)])
    out = np.zeros((int(first[-1]), len(layers) * body.width), np.float32)
    count = np.zeros(len(out))
    order = sorted(range(len(windows)), key=lambda w: windows[w][2] - windows[w][1])
    at = 0
    while at < len(order):
        last = windows[order[min(len(order), at + MOST_WINDOWS) - 1]]
        these = [windows[w] for w in order[at : at + max(1, min(MOST_WINDOWS, TOGETHER // (last[2] - last[1] + 2)))]]
        at += len(these)
        tokens = np.full((len(these), max(stop - start for _, start, stop, _, _ in these)), -1, np.int64)
        for row, (i, start, stop, _, _) in enumerate(these):
            tokens[row, : stop - start] = pieces[i].ids[start:stop]
        said, _ = body.read(torch.as_tensor(tokens, device=on))
        held: Any = torch.cat([said[layer] for layer in layers], dim=-1).float().cpu().numpy()
        for row, (i, start, _, low, high) in enumerate(these):
            own = owners[i][low:high]
            known = np.flatnonzero(own >= 0)
            np.add.at(out, first[i] + own[known], held[row, 1 + low - start + known])
            np.add.at(count, first[i] + own[known], 1)
    with np.errstate(invalid="ignore"):
        return out / count[:, None].astype(np.float32)


def windows_of(size: int, context: int) -> list[tuple[int, int, int, int]]:
    """(start, stop, low, high) of each window over so many tokens: what it reads, and what is taken from it."""
    if size <= context:
        return [(0, size, 0, size)] if size else []
    step = max(1, context // 2)
    starts = [*range(0, size - context, step), size - context]
    middles = [0, *((a + context + b) // 2 for a, b in pairwise(starts)), size]
    return [(s, s + context, middles[i], middles[i + 1]) for i, s in enumerate(starts)]


def _owners(offsets: Sequence[Place], words: Sequence[Place]) -> Array:
    """int64 (pieces,): the word in which each piece begins, -1 for none."""
    if not words:
        return np.full(len(offsets), -1, np.int64)
    starts, ends = np.array(words).T
    begin = np.array([start for start, _ in offsets], np.int64)
    word = np.searchsorted(starts, begin, side="right") - 1
    return np.where((word >= 0) & (begin < ends[word]), word, -1)
