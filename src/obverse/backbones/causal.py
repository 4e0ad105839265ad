"""What a causal language model says of texts of any length: the probability of each token, and tokens drawn in turn.

The network sees `context` places: a mark, and up to `context` - 1 tokens. A text that is longer is read in windows,
each half a context further on, whose second half is predicted; which window predicts a token depends on its place
alone. So every token's probability is a function of the tokens before it, all strings together have probability 1, and
drawing uses the very same windows. A network has `context`, and answers `(marks, tokens)`, `begin` and `go_on` as
`transformer.Transformer` does. A text's marks are two: of the window it begins in, and of later ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import torch

from ..core.schema import Array, FloatArray

AT_ONCE = 8_000_000  # scores of tokens held at once, which bounds memory
MOST_TOKENS = 16_384  # read at once


def window(place: int, context: int) -> int:
    """Where the window that predicts the token at a place begins."""
    half = context // 2
    return 0 if place < context else -(-(place - context + 1) // half) * half


def log_probs(net: Any, texts: Sequence[Array], marks: Array, since: int = 0) -> list[FloatArray]:
    """Nats of each token given those before it, float64 (length,) of each text, all negative or 0.

    Args:
        net: see the module docstring.
        texts: int64 (length,), the end among the tokens where it is to count.
        marks: int64 (n, 2).
        since: tokens before this place are not asked about, and windows that predict no others are not read.
    """
    out = [np.zeros(len(text)) for text in texts]
    for block in _blocks(_windows(texts, net.context, since), net):
        longest = max(end - start for _, start, _, end in block)
        tokens = np.zeros((len(block), longest), np.int64)
        for row, (i, start, _, end) in enumerate(block):
            tokens[row, : end - start] = texts[i][start:end]
        first = np.array([marks[i, int(start > 0)] for i, start, _, _ in block])
        on = next(net.parameters()).device
        asked = torch.as_tensor(tokens, device=on)
        with torch.no_grad():
            scores = net(torch.as_tensor(first, device=on), asked[:, :-1])
            said = torch.log_softmax(scores.double(), dim=-1).gather(-1, asked[..., None])[..., 0].cpu().numpy()
        for row, (i, start, new, end) in enumerate(block):
            out[i][new:end] = said[row, new - start : end - start]
    return out


def _windows(texts: Sequence[Array], context: int, since: int) -> list[tuple[int, int, int, int]]:
    """(text, begin, first token that is predicted, end) of every window, long ones first."""
    out: list[tuple[int, int, int, int]] = []
    for i, text in enumerate(texts):
        done = 0
        while done < len(text):
            start = window(done, context)
            end = min(start + context, len(text))
            if end > since:
                out.append((i, start, done, end))
            done = end
    return sorted(out, key=lambda w: w[1] - w[3])


def _blocks(windows: list[tuple[int, int, int, int]], net: Any) -> Iterator[list[tuple[int, int, int, int]]]:
    most = max(net.context, min(MOST_TOKENS, AT_ONCE // net.vocabulary))
    at = 0
    while at < len(windows):
        _, start, _, end = windows[at]
        count = max(1, most // (end - start))
        yield windows[at : at + count]
        at += count


def chosen(scores: torch.Tensor, lot: FloatArray, temperature: float, top_p: float, never: Sequence[int]) -> Array:
    """One token (n,) of each row of scores (n, vocabulary), by a number from 0 to 1 for each row.

    `temperature` divides scores (0: the likeliest); of the rest, only the fewest tokens whose probabilities sum to
    `top_p` (Holtzman et al. 2020).
    """
    scores = scores.double()
    scores[:, list(never)] = -torch.inf
    if temperature == 0:
        return scores.argmax(dim=-1).cpu().numpy()
    proba, order = torch.softmax(scores / temperature, dim=-1).sort(dim=-1, descending=True, stable=True)
    ladder = proba.cumsum(dim=-1)
    if top_p < 1:
        proba = proba.where(ladder - proba < top_p, 0.0)
        ladder = proba.cumsum(dim=-1)
    u = torch.as_tensor(lot, device=scores.device)[:, None] * ladder[:, -1:]
    place = (ladder <= u).sum(dim=-1, keepdim=True).clamp(max=scores.shape[1] - 1)
    return order.gather(-1, place)[:, 0].cpu().numpy()


def draws(
    net: Any, marks: Array, prompt: Array, end: int, longest: int, rng: np.random.Generator,
    choose: Callable[[torch.Tensor, FloatArray], Array],
) -> Iterator[Array]:  # fmt: skip
    """Tokens (n,) after a prompt (t,), one step after another, -1 for texts that have ended; until all have, or so many
    steps were made.

    `choose` takes scores (n, vocabulary) and lots (n,) and gives tokens (n,). The lots of a text depend on how many
    are drawn together.
    """
    rows = np.arange(len(marks))  # which texts the state is of
    told = np.repeat(prompt[None], len(marks), axis=0)
    ended = np.zeros(len(marks), bool)
    on, start, state = next(net.parameters()).device, -1, None
    for _ in range(longest):
        place = told.shape[1]
        with torch.no_grad():
            if state is None or window(place, net.context) != start:
                start = window(place, net.context)
                begin = torch.as_tensor(marks[rows, int(start > 0)], device=on)
                scores, state = net.begin(begin, torch.as_tensor(told[rows, start:], device=on))
            else:
                scores, state = net.go_on(state, torch.as_tensor(told[rows, -1], device=on))
        picked = np.zeros(len(marks), np.int64)
        picked[rows] = choose(scores, rng.random(len(marks))[rows])
        ended |= picked == end
        yield np.where(ended, -1, picked)
        if ended.all():
            return
        told = np.concatenate([told, picked[:, None]], axis=1)
        alive = ~ended[rows]
        if 2 * alive.sum() <= len(rows):
            state, rows = state.take(torch.as_tensor(np.flatnonzero(alive), device=on)), rows[alive]
