"""What the families of pictures share: pictures and labels as tensors, and pictures from tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..core.schema import Array, FloatArray, Schema

if TYPE_CHECKING:
    import torch

MIDDLE = 127.5  # of 0..255, which networks see as -1..1


def tensor_of(pictures: Array, on: torch.device) -> torch.Tensor:
    """float32 (n, c, h, w) in -1..1 of pictures (n, h, w, c) in 0..255; holes stay NaN."""
    import torch

    scaled = np.ascontiguousarray(np.moveaxis(pictures, -1, 1), dtype=np.float32) / MIDDLE - 1
    return torch.as_tensor(scaled, device=on)


def pictures_of(tensor: torch.Tensor) -> Array:
    """float32 (n, h, w, c) in 0..255 of a tensor (n, c, h, w), clipped to -1..1."""
    clipped = tensor.detach().clamp(-1, 1).cpu().numpy()
    return ((np.moveaxis(clipped, 1, -1) + 1) * MIDDLE).astype(np.float32)


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
