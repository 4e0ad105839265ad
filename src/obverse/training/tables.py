"""What the families of tables share around the loop: rows held out, a digest of what is learned from."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from ..core.schema import Array

if TYPE_CHECKING:
    import torch

LEAST_HELD, MOST_HELD = 20, 5_000  # rows


def held_out(rows: int, share: float, rng: np.random.Generator, on: torch.device) -> tuple[torch.Tensor, torch.Tensor]:
    """Positions to learn from and positions held out, int64, by lot; none are held out of a handful of rows."""
    import torch

    order = rng.permutation(rows)
    count = min(MOST_HELD, round(share * rows))
    count = count if count >= LEAST_HELD else 0
    return torch.as_tensor(np.sort(order[count:]), device=on), torch.as_tensor(np.sort(order[:count]), device=on)


def digest(*arrays: Array) -> str:
    """sha256 of the arrays' bytes, types and shapes."""
    made = hashlib.sha256()
    for array in arrays:
        made.update(f"{array.dtype}{array.shape}".encode())
        made.update(np.ascontiguousarray(array).tobytes())
    return made.hexdigest()
