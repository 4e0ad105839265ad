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
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.schema import Array, FloatArray

if TYPE_CHECKING:
    import torch

Weights = dict[str, Array]


def start(sizes: Sequence[int], shares: Sequence[FloatArray], places: Sequence[FloatArray | None], *, width: int,
          embed: int, rng: np.random.Generator) -> Weights:  # fmt: skip
    """Weights before training: every column says its own shares, and codes in an order are embedded as waves of it."""
    d = len(sizes)
    tables = [_embedding(k, places[j], min(embed, k), rng) for j, k in enumerate(sizes)]
    inputs = sum(t.shape[1] for t in tables)
    out: Weights = {f"embed.{j}": t for j, t in enumerate(tables)}
    out["first"] = rng.normal(size=(inputs, d, width)) * np.sqrt(2 / inputs)
    out["first.bias"] = rng.normal(size=(d, width)) * 0.1
    out["second"] = rng.normal(size=(d, width, width)) * np.sqrt(1 / width)
    out["second.bias"] = np.zeros((d, 1, width))
    for j, k in enumerate(sizes):
        out[f"out.{j}"] = np.zeros((width, k))
        out[f"out.{j}.bias"] = np.log(np.maximum(shares[j], 1e-6))
    return out


def _embedding(size: int, place: FloatArray | None, width: int, rng: np.random.Generator) -> FloatArray:
    if place is None or size <= 3:
        return np.eye(size)[:, :width] if size <= width else rng.normal(size=(size, width)) * 0.5
    waves = np.cos(np.pi * np.outer(np.nan_to_num(place, nan=0.5), np.arange(1, width + 1)))
    waves[np.isnan(place)] = rng.normal(size=(int(np.isnan(place).sum()), width)) * 0.5
    return waves / np.sqrt(np.arange(1, width + 1))


def logits(weights: Mapping[str, torch.Tensor], codes: torch.Tensor, shown: torch.Tensor) -> list[torch.Tensor]:
    """Unnormalised log-probabilities of every column's codes, d tensors (n, size).

    Args:
        weights: as `start` names them.
        codes: int64 (n, d), -1 where unknown.
        shown: float (d, d), 1 where column i (first axis) is shown to column j.
    """
    import torch
    from torch.nn import functional

    d = codes.shape[1]
    known, safe = codes >= 0, codes.clamp(min=0)
    parts = [functional.embedding(safe[:, j], weights[f"embed.{j}"]) * known[:, j, None] for j in range(d)]
    rows = shown.repeat_interleave(torch.tensor([p.shape[1] for p in parts], device=codes.device), dim=0)
    first = (weights["first"] * rows[:, :, None]).flatten(1)
    hidden = torch.relu(torch.cat(parts, dim=1) @ first + weights["first.bias"].flatten())
    hidden = hidden.unflatten(1, (d, -1)).transpose(0, 1)
    hidden = hidden + torch.relu(torch.baddbmm(weights["second.bias"], hidden, weights["second"]))
    return [torch.addmm(weights[f"out.{j}.bias"], h, weights[f"out.{j}"]) for j, h in enumerate(hidden.unbind(0))]


@dataclass(frozen=True)
class OrderNet:
    """A trained network.

    Attributes:
        weights: float32, as `start` names them.
        shares: of each column's codes, to which a small part of every answer belongs.
        slack: that part.
    """

    weights: Weights
    shares: tuple[FloatArray, ...]
    slack: float

    @cached_property
    def _doubles(self) -> dict[str, FloatArray]:
        return {name: w.astype(np.float64) for name, w in self.weights.items()}

    @cached_property
    def _reads(self) -> list[list[FloatArray]]:
        """What the first layer of column j (first index) adds up for each code of column i; its last row, which code -1
        finds, is zero."""
        w, d, start, parts = self._doubles, len(self.shares), 0, list[FloatArray]()
        for i in range(d):
            table = w[f"embed.{i}"]
            read = np.tensordot(table, w["first"][start : start + table.shape[1]], axes=1)
            parts.append(np.concatenate([read, np.zeros((1, *read.shape[1:]))]))
            start += table.shape[1]
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
        score = hidden @ w[f"out.{j}"] + w[f"out.{j}.bias"]
        chance = np.exp(score - score.max(axis=1, keepdims=True))
        chance /= chance.sum(axis=1, keepdims=True)
        return (1 - self.slack) * chance + self.slack * self.shares[j]

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {"weights": dict(self.weights), "slack": self.slack}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], shares: tuple[FloatArray, ...]) -> OrderNet:
        """Inverse of `state`; ValueError when the weights do not fit the codes."""
        weights = state["weights"]
        width = weights["first"].shape[2]
        inputs = sum(weights[f"embed.{j}"].shape[1] for j in range(len(shares)))
        fits = weights["first"].shape == (inputs, len(shares), width)
        for j, share in enumerate(shares):
            fits &= len(weights[f"embed.{j}"]) == len(share) and weights[f"out.{j}"].shape == (width, len(share))
        if not fits:
            raise ValueError("the weights do not fit the columns")
        return cls(weights, shares, float(state["slack"]))
