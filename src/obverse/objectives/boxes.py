"""Boxes as points: a map of how surely each place is the centre of an object of each class, and four distances from
there to the sides of its box.

Centres are learned with the focal loss of Zhou, Wang and Krähenbühl 2019 (Objects as points); all places near a centre
learn the sides, as in Liu et al. 2020 (Training-time-friendly network), with the generalised intersection over union of
Rezatofighi et al. 2019. Places are cells of a map; all boxes here are left, top, right, bottom in cells.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

SIDES = 4  # numbers said of a box
SPREAD = 0.09  # standard deviation of the hill round a centre, as a share of the box's width and height
NEAR = 0.1  # height of a hill from which its places learn the sides of the box
RARE = 0.1  # what the network holds for the probability of a centre before it learns
SIDES_WEIGHT = 2.0  # of the loss of the sides beside that of the centres
FARTHEST = 8.0  # logarithm of the largest distance, in cells


def start(bias: torch.Tensor) -> None:
    """Set the bias (classes + 4,) of a network's last layer so that a centre is rare, in place."""
    import torch

    with torch.no_grad():
        bias[:-SIDES] = math.log(RARE / (1 - RARE))


def loss(said: torch.Tensor, boxes: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """Mean over the objects of the loss of their centres and of their sides.

    Args:
        said: (n, classes + 4, h, w), logits of a centre of each class and logarithms of distances to the sides.
        boxes: (n, m, 4) in cells; anything where there is no box.
        codes: int64 (n, m), the class of each box, -1 where there is none.
    """
    import torch
    from torch.nn import functional

    logits, there = said[:, :-SIDES], codes >= 0
    height, width = logits.shape[-2:]
    hills = _hills(boxes, there, height, width)
    target = torch.zeros_like(logits)
    which = codes.clamp(min=0)[:, :, None, None].expand_as(hills)
    target.scatter_reduce_(1, which, hills, "amax")
    is_centre, count = target == 1, there.sum().clamp(min=1)
    sure, not_sure = functional.logsigmoid(logits), functional.logsigmoid(-logits)
    right = torch.where(is_centre, (2 * not_sure).exp() * sure, (1 - target) ** 4 * (2 * sure).exp() * not_sure)
    centres = -right.sum() / count
    return centres + SIDES_WEIGHT * _sides(said[:, -SIDES:], boxes, hills) / count


def sides_to_boxes(sides: torch.Tensor) -> torch.Tensor:
    """Boxes (n, h, w, 4) in cells, of logarithms of distances (n, 4, h, w) from the middles of the cells."""
    import torch

    height, width = sides.shape[-2:]
    left, top, right, bottom = sides.clamp(max=FARTHEST).exp().unbind(dim=1)
    y = (torch.arange(height, device=sides.device) + 0.5)[:, None]
    x = torch.arange(width, device=sides.device) + 0.5
    return torch.stack([x - left, y - top, x + right, y + bottom], dim=-1)


def strongest(said: torch.Tensor, most: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Boxes (n, k, 4) in cells, classes (n, k) and scores (n, k) from 0 to 1, best first, of the places that are surer
    of a class than the eight round them: at most so many of a picture. A place names its surest class only."""
    from torch.nn import functional

    score = said[:, :-SIDES].sigmoid()
    peak = functional.max_pool2d(score, 3, 1, 1) == score
    surest, code = (score * peak).flatten(2).max(dim=1)
    best, place = surest.topk(min(most, surest.shape[1]), dim=1)
    boxes = sides_to_boxes(said[:, -SIDES:]).flatten(1, 2)
    return boxes.gather(1, place[..., None].expand(-1, -1, SIDES)), code.gather(1, place), best


def _hills(boxes: torch.Tensor, there: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """(n, m, h, w): for each box a Gaussian hill that is exactly 1 in the cell of its centre; 0 where there is none."""
    import torch

    hills: list[torch.Tensor] = []
    for low, high, cells in ((0, 2, width), (1, 3, height)):
        middle = ((boxes[..., low] + boxes[..., high]) / 2).floor().clamp(0, cells - 1)
        spread = (SPREAD * (boxes[..., high] - boxes[..., low])).clamp(min=0.1)
        away = (torch.arange(cells, device=boxes.device) - middle[..., None]) / spread[..., None]
        hills.append((-0.5 * away**2).exp())
    across, down = hills
    return down[..., :, None] * across[..., None, :] * there[..., None, None]


def _sides(sides: torch.Tensor, boxes: torch.Tensor, hills: torch.Tensor) -> torch.Tensor:
    """Sum over boxes of 1 - GIoU, each the mean over the places near its centre weighted by the hill.

    A place near several centres learns the smallest box.
    """
    import torch

    area = (boxes[..., 2] - boxes[..., 0]) * (boxes[..., 3] - boxes[..., 1])
    rank = torch.where(hills > NEAR, area[..., None, None], torch.inf)
    own = (rank == rank.amin(dim=1, keepdim=True)) & (hills > NEAR)
    weight = torch.where(own, hills, 0)
    weight = weight / weight.sum(dim=(2, 3), keepdim=True).clamp(min=1e-6)
    picture, box, row, column = own.nonzero(as_tuple=True)
    found = sides_to_boxes(sides)[picture, row, column]
    return (weight[picture, box, row, column] * (1 - overlap(found, boxes[picture, box]))).sum()


def overlap(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
    """Generalised intersection over union (k,) of boxes (k, 4), pair by pair: from -1 to 1."""
    import torch

    def area(box: torch.Tensor) -> torch.Tensor:
        return (box[:, 2:] - box[:, :2]).clamp(min=0).prod(dim=1)

    low, high = torch.maximum(one[:, :2], other[:, :2]), torch.minimum(one[:, 2:], other[:, 2:])
    both = (high - low).clamp(min=0).prod(dim=1)
    either = area(one) + area(other) - both
    least, most = torch.minimum(one[:, :2], other[:, :2]), torch.maximum(one[:, 2:], other[:, 2:])
    hull = (most - least).prod(dim=1)
    return both / either.clamp(min=1e-9) - (hull - either) / hull.clamp(min=1e-9)
