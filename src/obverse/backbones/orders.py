"""A text as places that are revealed one after another in some order: exact probabilities, draws and filled holes.

A network tells every hidden token from those that are seen (`encoder.Encoder`). The text stands in a fixed number of
places and is followed by ends. Given an order of the places, each token has a probability given those revealed before
it, and their product is one of the text (Uria, Murray and Larochelle 2014; Ou et al. 2024 for masked diffusion). What
cannot be is left out of each step: behind an end stand ends only, and before any other token none. So the probabilities
of all texts that fit sum to 1 for every order, and for an equal share of several orders, too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from ..core.schema import Array, FloatArray

END, HIDDEN = 0, -1
TOGETHER = 16_384  # tokens read at once, which bounds memory


@dataclass(frozen=True)
class Revealed:
    """See the module docstring.

    Attributes:
        body: the network; see `encoder`.
        never: tokens that are never drawn.
    """

    body: Any
    never: Sequence[int]

    def log_probs(self, grids: Array, places: Array) -> FloatArray:
        """log P(token) of every token at one place of each grid, float64 (n, tokens); -inf where it cannot be.

        Args:
            grids: int64 (n, places), `HIDDEN` where a token is not known yet.
            places: int64 (n,), a hidden one of each.
        """
        device = next(self.body.parameters()).device
        out = np.empty((len(grids), self.body.vocabulary))
        step = max(1, TOGETHER // grids.shape[1])
        with torch.no_grad():
            for at in range(0, len(grids), step):
                own, place = grids[at : at + step], places[at : at + step]
                shown = torch.as_tensor(np.where(own == HIDDEN, self.body.mask, own), device=device)
                read = self.body.read(shown)[0][-1][torch.arange(len(own)), torch.as_tensor(place, device=device) + 1]
                out[at : at + step] = self.body.scores(read)[:, : self.body.vocabulary].double().cpu().numpy()
        out[~possible(grids, places, self.body.vocabulary)] = -np.inf
        return out - np.logaddexp.reduce(out, axis=1, keepdims=True)

    def log_prob(self, grids: Array, order: Array) -> FloatArray:
        """log P of whole grids (n, places) along an order of the places, float64 (n,)."""
        hidden = np.full_like(grids, HIDDEN)
        shown, asked, whose = list[Array](), list[int](), list[Array]()
        for place in order:
            open_ = np.flatnonzero(~sure(hidden, int(place)))  # behind an end everything is certain
            shown.append(hidden[open_].copy())
            asked += [int(place)] * len(open_)
            whose.append(open_)
            hidden[:, place] = grids[:, place]
        rows, where = np.concatenate(whose), np.array(asked)
        said = self.log_probs(np.concatenate(shown), where)
        out = np.zeros(len(grids))
        np.add.at(out, rows, said[np.arange(len(rows)), grids[rows, where]])
        return out

    def reveal(self, grids: Array, orders: Array, rng: np.random.Generator, *, steps: int | None = None,
               likeliest: bool = False) -> Array:  # fmt: skip
        """Grids with what is hidden drawn along an order each (n, places); those of `steps` steps are drawn together,
        each as if the others were not."""
        out = grids.copy()
        groups = np.array_split(np.arange(orders.shape[1]), steps or max(1, orders.shape[1]))
        for group in groups:
            before = out.copy()
            for i in group:
                place = orders[:, i]
                own = np.flatnonzero(out[np.arange(len(out)), place] == HIDDEN)
                if not len(own):
                    continue
                behind = np.array([sure(out[n : n + 1], int(place[n]))[0] for n in own])
                out[own[behind], place[own[behind]]] = END
                own = own[~behind]
                if not len(own):
                    continue
                log = self.log_probs(before[own], place[own])
                log[~possible(out[own], place[own], self.body.vocabulary)] = -np.inf
                log[:, list(self.never)] = -np.inf
                if not likeliest:
                    log = log + rng.gumbel(size=log.shape)
                out[own, place[own]] = log.argmax(axis=1)
        return out


def sure(grids: Array, place: int) -> Array:
    """Boolean (n,): an end stands before the place, so that there is one at it."""
    return (grids[:, :place] == END).any(axis=1)


def possible(grids: Array, places: Array, vocabulary: int) -> Array:
    """Boolean (n, vocabulary): which tokens may stand at a place, given those that are seen."""
    along = np.arange(grids.shape[1])
    before = ((grids == END) & (along < places[:, None])).any(axis=1)
    later = ((grids > END) & (along > places[:, None])).any(axis=1)
    out = np.ones((len(grids), vocabulary), bool)
    out[later, END] = False
    out[before, END + 1 :] = False
    out[places == grids.shape[1] - 1, END + 1 :] = False  # the last place is for the end
    return out
