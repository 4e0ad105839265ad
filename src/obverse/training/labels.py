"""Labels beside pictures: how many, their shares, which to draw, and as indicators that a network is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.schema import Array, FloatArray, Schema

if TYPE_CHECKING:
    import torch


def classes(schema: Schema) -> int:
    """How many labels there are; 0 without a target."""
    column = schema.target_column
    return 0 if column is None else len(column.values)


def shares_of(label: Array | None, count: int) -> FloatArray:
    """Share of each label among those that are known, (count,)."""
    known = np.asarray([] if label is None else label, dtype=float)
    found = np.bincount(known[~np.isnan(known)].astype(int), minlength=count)[:count].astype(float)
    return found / max(1.0, found.sum())


def drawn_codes(n: int, label: Array | None, shares: FloatArray, rng: np.random.Generator) -> Array:
    """The class of each of n pictures to draw, int64: the one that is given (label (1,)), else by the shares.

    All are 0 where there are no classes.
    """
    if not len(shares):
        return np.zeros(n, np.int64)
    if label is None or np.isnan(label[0]):
        return rng.choice(len(shares), size=n, p=shares)
    return np.full(n, int(label[0]))


def indicators(label: Array | None, rows: int, count: int, on: torch.device) -> torch.Tensor:
    """float32 (rows, count): 1 at the label's code; nothing where it is unknown (NaN) or there are no classes."""
    import torch

    out = np.zeros((rows, count), np.float32)
    if label is not None and count:
        known = np.flatnonzero(~np.isnan(label))
        out[known, label[known].astype(int)] = 1
    return torch.as_tensor(out, device=on)
