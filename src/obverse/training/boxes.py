"""Pictures with boxes as batches: brought to a size, padded to tensors, and altered by lot so that few go far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.schema import Array

if TYPE_CHECKING:
    import torch

ZOOM, SHIFT = 0.25, 0.15  # pictures grow or shrink by so much at most, and move by that share of their sides
CONTRAST, BRIGHTNESS = 0.25, 0.25  # of pictures from -1 to 1
SEEN = 0.4  # share of a box that must still be in the picture, or it is no box any more


def sizes(height: int, width: int, side: int) -> tuple[int, int]:
    """Height and width at which pictures are looked at: the longer side is at most `side` pixels."""
    less = min(1.0, side / max(height, width))
    return max(1, round(height * less)), max(1, round(width * less))


def resized(x: torch.Tensor, size: tuple[int, int]) -> torch.Tensor:
    """Pictures (n, c, h, w) at another size, each new pixel the mean of what it covers."""
    from torch.nn import functional

    if x.shape[-2:] == size or not len(x):
        return x.reshape(*x.shape[:2], *size)
    return functional.interpolate(x, size=size, mode="bilinear", antialias=True, align_corners=False)


def padded(boxes: Sequence[Array], codes: Sequence[Array]) -> tuple[Array, Array]:
    """Boxes float32 (n, m, 4) and codes int64 (n, m) of pictures with up to m boxes each; -1 is the code of no box."""
    most = max(1, max((len(c) for c in codes), default=1))
    place, code = np.zeros((len(boxes), most, 4), np.float32), np.full((len(boxes), most), -1, np.int64)
    for i, (b, c) in enumerate(zip(boxes, codes, strict=True)):
        place[i, : len(c)], code[i, : len(c)] = b, c
    return place, code


def altered(
    x: torch.Tensor, boxes: torch.Tensor, codes: torch.Tensor, noise: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures mirrored, zoomed, moved and made lighter or darker, each by its own lot, and their boxes with them.

    Args:
        x: (n, c, h, w) from -1 to 1.
        boxes: (n, m, 4) in pixels.
        codes: (n, m); a box that is moved out of the picture for the most part becomes -1.
        noise: the lots.
    """
    import torch
    from torch.nn import functional

    def lots(low: float, high: float, *more: int) -> torch.Tensor:
        return (low + (high - low) * torch.rand(len(x), *more, generator=noise)).to(x.device)

    zoom, mirror = torch.exp(lots(-ZOOM, ZOOM)), torch.where(lots(-1, 1) < 0, -1.0, 1.0)
    scale = torch.stack([mirror / zoom, 1 / zoom], dim=1)  # where a place comes from is scale * place + shift, in -1..1
    shift = lots(-2 * SHIFT, 2 * SHIFT, 2)
    theta = torch.cat([torch.diag_embed(scale), shift[:, :, None]], dim=2)
    grid = functional.affine_grid(theta, list(x.shape), align_corners=False)
    out = functional.grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=False)
    out = (
        out * lots(1 - CONTRAST, 1 + CONTRAST)[:, None, None, None] + lots(-BRIGHTNESS, BRIGHTNESS)[:, None, None, None]
    )
    size = torch.tensor([x.shape[-1], x.shape[-2]], device=x.device, dtype=boxes.dtype)
    corners = boxes.unflatten(-1, (2, 2))  # (n, m, corner, across and down)
    moved = ((corners / size * 2 - 1 - shift[:, None, None]) / scale[:, None, None] + 1) / 2 * size
    moved = torch.cat([moved.amin(dim=2), moved.amax(dim=2)], dim=-1)
    kept = torch.minimum(moved.clamp(min=0), torch.cat([size, size]))
    share = _area(kept) / _area(moved).clamp(min=1e-6)
    return out, kept, torch.where(share >= SEEN, codes, -1)


def _area(boxes: Any) -> Any:
    return (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
