"""The likeliest text that a network writes, by beam search: at every step only the best few beginnings are kept.

Log-probabilities only fall as a text grows, so the search for a text is over once the best ended one is likelier than
every beginning still open. The likeliest is often short (Stahlberg and Byrne 2019); divided by a power of their length
(Wu et al. 2016, section 7), longer texts have their chance, and beginnings are then compared as if they ended now.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from ..core.schema import Array
from .seq2seq import Memory


def likeliest(
    net: Any, memory: Memory, end: int, beams: int, longest: int, never: list[int], penalty: float = 0.0
) -> list[Array]:
    """int64 (length,) tokens after each source, without the end.

    Args:
        net: with `begin` and `go_on` of `seq2seq.Seq2Seq`.
        memory: what it read of n sources.
        end: the token that ends a text.
        beams: beginnings that are kept of each text.
        longest: most tokens; of a text that has not ended by then the best beginning is given.
        never: tokens that are not written.
        penalty: power of its length in tokens, the end among them, that a text's nats are divided by.
    """
    count, on = len(memory.states), memory.states.device
    best = torch.full((count,), -torch.inf, dtype=torch.float64, device=on)
    found: list[Array] = [np.empty(0, np.int64)] * count
    rows = torch.arange(count, device=on)  # the sources still searched
    nats = torch.full((count, beams), -torch.inf, dtype=torch.float64, device=on)
    nats[:, 0] = 0.0
    texts = torch.empty((count, beams, 0), dtype=torch.long, device=on)
    scores, state = net.begin(memory.take(rows.repeat_interleave(beams)), texts.flatten(0, 1))
    for place in range(longest):
        log = scores.double().log_softmax(dim=-1)
        log[:, never] = -torch.inf
        size = log.shape[1]
        top, at = (nats[:, :, None] + log.view(len(rows), beams, size)).flatten(1).topk(min(2 * beams, beams * size))
        parent, token = at // size, at % size
        ended = top.where(token == end, -torch.inf)
        done, which = ended.max(dim=1)
        done = done / (place + 1) ** penalty
        for i in torch.nonzero(done > best[rows])[:, 0].tolist():
            best[rows[i]] = done[i]
            found[int(rows[i])] = texts[i, parent[i, which[i]]].cpu().numpy()
        nats, kept = top.where(token != end, -torch.inf).topk(beams)
        parent, token = parent.gather(1, kept), token.gather(1, kept)
        texts = torch.cat([texts.gather(1, parent[..., None].expand(-1, -1, place)), token[..., None]], dim=2)
        open_ = torch.nonzero(nats[:, 0] / (place + 2) ** penalty > best[rows])[:, 0]
        if place + 1 == longest:
            for i in open_[torch.isneginf(best[rows[open_]])].tolist():
                found[int(rows[i])] = texts[i, 0].cpu().numpy()
        if place + 1 == longest or not len(open_):
            break
        chosen = (torch.arange(len(rows), device=on)[:, None] * beams + parent)[open_].flatten()
        rows, nats, texts, token = rows[open_], nats[open_], texts[open_], token[open_]
        scores, state = net.go_on(state.take(chosen), token.flatten())
    return found
