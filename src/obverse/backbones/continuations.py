"""How probable texts are after a beginning that they share, which is read once: its keys and values are kept.

For prompts: what stands in one is the same for many questions, and only what differs is read anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..core.errors import TooLong
from ..core.schema import Array, FloatArray
from .causal import AT_ONCE
from .causal_folder import FolderModel

MARK = 0  # of a text without a label


@dataclass(frozen=True)
class Beginning:
    """What was read: what the library keeps of it, scores (1, vocabulary) of the next token, and how many places."""

    kept: Any
    scores: torch.Tensor
    places: int


def begun(net: FolderModel, tokens: Array) -> Beginning:
    """The first tokens (t,), t at least 1, behind the mark.

    Raises:
        TooLong: the context does not take them.
    """
    _check_room(net, 1 + len(tokens))
    on = net.marks.weight.device
    with torch.no_grad():
        scores, kept = net.begin(torch.full((1,), MARK, device=on), torch.as_tensor(tokens[None], device=on))
    return Beginning(kept, scores, 1 + len(tokens))


def further(net: FolderModel, start: Beginning, tokens: Array) -> Beginning:
    """The same after more tokens (t,), t at least 1; `start` stays as it is.

    Raises:
        TooLong: the context does not take them.
    """
    _check_room(net, start.places + len(tokens))
    with torch.no_grad():
        asked = torch.as_tensor(tokens[None], device=start.scores.device)
        scores, kept = net.read_on(start.kept.repeated(1), asked)
    return Beginning(kept, scores[:, -1], start.places + len(tokens))


def nats(net: FolderModel, start: Beginning, rows: Sequence[Array]) -> FloatArray:
    """log P(row | beginning), float64 (n,), of rows of tokens (t,), t at least 1.

    Raises:
        TooLong: the context does not take one of them.
    """
    out = np.zeros(len(rows))
    order = sorted(range(len(rows)), key=lambda i: -len(rows[i]))
    at = 0
    while at < len(order):
        longest = len(rows[order[at]])
        _check_room(net, start.places + longest)
        these = order[at : at + max(1, AT_ONCE // (net.vocabulary * longest))]
        out[these] = _said(net, start, [rows[i] for i in these], longest)
        at += len(these)
    return out


def _said(net: FolderModel, start: Beginning, rows: Sequence[Array], longest: int) -> FloatArray:
    tokens, counts = np.zeros((len(rows), longest), np.int64), np.zeros((len(rows), longest))
    for i, row in enumerate(rows):
        tokens[i, : len(row)], counts[i, : len(row)] = row, 1
    asked = torch.as_tensor(tokens, device=start.scores.device)
    first = start.scores.expand(len(rows), -1)[:, None]
    with torch.no_grad():
        scores = first
        if longest > 1:
            later, _ = net.read_on(start.kept.repeated(len(rows)), asked[:, :-1])
            scores = torch.cat([first, later], dim=1)
        chosen = scores.gather(-1, asked[..., None])[..., 0].double()
        said = (chosen - scores.double().logsumexp(dim=-1)).cpu().numpy()
    return (said * counts).sum(axis=1)


def _check_room(net: FolderModel, places: int) -> None:
    if places > net.context:
        raise TooLong(f"a prompt with its text has {places:,} tokens, and the context takes {net.context:,}; "
                      "give fewer shots or shorter texts")  # fmt: skip
