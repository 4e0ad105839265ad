"""A network for each column, over the columns that are shown: one pass gives p(code of j | codes shown to j) for all j.

Codes are embedded; the first layer of column j sees the embeddings of the columns shown to it, others count nothing
(zero, as a dropped input). Which those are is a matrix, so any order can be trained and asked (order-agnostic NADE,
Uria, Murray and Larochelle 2014; masks on weights as in MADE, Germain, Gregor, Murray and Larochelle 2015). A column's
own network (TabularARGN, Tiwald et al. 2025) is small, which makes drawing column by column quick.

It is trained with torch (`logits`) and asked with numpy (`chances`) in double precision, where a row's answer does not
depend on the rows beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.schema import Array, FloatArray

if TYPE_CHECKING:
    import torch

Weights = dict[str, Array]
NEVER = -30.0  # score of a code that a column does not have
FEW = 4  # codes that are embedded as indicators
ROUNDS, TINY = 100, 1e-300  # of fitting the slack


def start(sizes: Sequence[int], shares: Sequence[FloatArray], places: Sequence[FloatArray | None], *, width: int,
          embed: int, rng: np.random.Generator) -> Weights:  # fmt: skip
    """Weights before training: every column says its own shares, and codes in an order are embedded as waves of it.

    Columns with fewer codes than the longest have outputs that are never right, with a score to say so.
    """
    d, longest = len(sizes), max(sizes)
    bias = np.full((d, 1, longest), NEVER)
    for j, k in enumerate(sizes):
        bias[j, 0, :k] = np.log(np.maximum(shares[j], 1e-6))
    return {
        "embed": np.concatenate([_embedding(k, places[j], embed, rng) for j, k in enumerate(sizes)]),
        "first": rng.normal(size=(d * embed, d, width)) * np.sqrt(2 / (d * embed)),
        "first.bias": rng.normal(size=(d, width)) * 0.1,
        "second": rng.normal(size=(d, width, width)) * np.sqrt(1 / width),
        "second.bias": np.zeros((d, 1, width)),
        "out": np.zeros((d, width, longest)),
        "out.bias": bias,
    }


def _embedding(size: int, place: FloatArray | None, width: int, rng: np.random.Generator) -> FloatArray:
    """(size, width): an indicator each for a few codes, waves for codes in an order, else by lot."""
    if size <= min(width, FEW):
        return np.eye(size, width)
    if place is None:
        return rng.normal(size=(size, width)) * 0.5
    waves = np.cos(np.pi * np.outer(np.nan_to_num(place, nan=0.5), np.arange(1, width + 1)))
    waves[np.isnan(place)] = rng.normal(size=(int(np.isnan(place).sum()), width)) * 0.5
    return waves / np.sqrt(np.arange(1, width + 1))


def logits(weights: Mapping[str, torch.Tensor], codes: torch.Tensor, starts: torch.Tensor,
           shown: Sequence[tuple[int, torch.Tensor]]) -> torch.Tensor:  # fmt: skip
    """Unnormalised log-probabilities of every column's codes, (d, n, codes of the longest column).

    Args:
        weights: as `start` names them.
        codes: int64 (n, d), -1 where unknown.
        starts: int64 (d,), the first code of each column among all.
        shown: runs of rows, each with its number of rows and a float (d, d) that is 1 where column i (first axis) is
            shown to column j.
    """
    import torch
    from torch.nn import functional

    n, d = codes.shape
    read = functional.embedding(codes.clamp(min=0) + starts, weights["embed"]) * (codes >= 0)[:, :, None]
    parts = read.flatten(1).split([count for count, _ in shown])
    wide = [mask.repeat_interleave(read.shape[2], dim=0)[:, :, None] for _, mask in shown]
    first = [part @ (weights["first"] * mask).flatten(1) for part, mask in zip(parts, wide, strict=True)]
    hidden = torch.relu(torch.cat(first) + weights["first.bias"].flatten()).view(n, d, -1).transpose(0, 1)
    hidden = hidden + torch.relu(torch.baddbmm(weights["second.bias"], hidden, weights["second"]))
    return torch.baddbmm(weights["out.bias"], hidden, weights["out"])


@dataclass(frozen=True)
class OrderNet:
    """A trained network.

    Attributes:
        weights: float32, as `start` names them.
        shares: of each column's codes, to which a small part of every answer belongs.
        slack: that part, (d,).
    """

    weights: Weights
    shares: tuple[FloatArray, ...]
    slack: FloatArray

    @cached_property
    def _doubles(self) -> dict[str, FloatArray]:
        return {name: w.astype(np.float64) for name, w in self.weights.items()}

    @cached_property
    def _reads(self) -> list[list[FloatArray]]:
        """What the first layer of column j (first index) adds up for each code of column i; its last row, which code -1
        finds, is zero."""
        w, d, parts = self._doubles, len(self.shares), list[FloatArray]()
        ends, embed = np.cumsum([0, *map(len, self.shares)]), w["embed"].shape[1]
        for i in range(d):
            read = np.tensordot(w["embed"][ends[i] : ends[i + 1]], w["first"][embed * i : embed * (i + 1)], axes=1)
            parts.append(np.concatenate([read, np.zeros((1, *read.shape[1:]))]))
        return [[np.ascontiguousarray(part[:, j]) for part in parts] for j in range(d)]

    def chances(self, codes: Array, j: int) -> FloatArray:
        """P(code of column j | the other codes that are not -1), float64 (n, size)."""
        w = self._doubles
        hidden = np.tile(w["first.bias"][j], (len(codes), 1))
        for i, read in enumerate(self._reads[j]):
            if i != j and (codes[:, i] >= 0).any():
                hidden += read[codes[:, i]]
        hidden = np.maximum(hidden, 0.0)
        hidden = hidden + np.maximum(hidden @ w["second"][j] + w["second.bias"][j, 0], 0.0)
        size = len(self.shares[j])
        score = hidden @ w["out"][j, :, :size] + w["out.bias"][j, 0, :size]
        chance = np.exp(score - score.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        return (1 - self.slack[j]) * chance + self.slack[j] * self.shares[j]

    def mixed(self, codes: Array, order: Array) -> OrderNet:
        """The same with the slack of every column that fits rows it was not trained on best, no less than now.

        A column that depends on no other then answers by its shares, whatever the network learned by heart. The slack
        is the mean chance that a cell came from the shares, iterated (EM of a mixture of two known parts).

        Args:
            codes: int64 (n, d), the rows.
            order: (d,) positions of columns, each after those shown to it.
        """
        slack = self.slack.copy()
        for place, j in enumerate(order):
            rows = np.flatnonzero(codes[:, j] >= 0)
            if not len(rows):
                continue
            shown = np.full((len(rows), len(order)), -1)
            shown[:, order[:place]] = codes[np.ix_(rows, order[:place])]
            own = self.shares[j][codes[rows, j]]
            said = (self.chances(shown, j)[np.arange(len(rows)), codes[rows, j]] - slack[j] * own) / (1 - slack[j])
            part = 0.5
            for _ in range(ROUNDS):
                part = float((part * own / np.maximum(part * own + (1 - part) * said, TINY)).mean())
            slack[j] = min(max(part, slack[j]), 1.0)
        return replace(self, slack=slack)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {"weights": dict(self.weights), "slack": self.slack}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], shares: tuple[FloatArray, ...]) -> OrderNet:
        """Inverse of `state`; ValueError when the weights do not fit the codes."""
        weights = state["weights"]
        d, width, embed = len(shares), weights["first"].shape[2], weights["embed"].shape[1]
        longest = max(map(len, shares))
        fits = weights["embed"].shape == (sum(map(len, shares)), embed)
        fits &= weights["first"].shape == (d * embed, d, width) and weights["out"].shape == (d, width, longest)
        fits &= state["slack"].shape == (d,)
        if not fits:
            raise ValueError("the weights do not fit the columns")
        return cls(weights, shares, state["slack"])
