"""A small U-shaped network over pictures, told a time and a class (Ronneberger et al. 2015; Ho et al. 2020).

Residual blocks on every scale going down and coming up, joined across; each block is scaled and shifted by what time
and class say (Dhariwal and Nichol 2021). With `head` the half that goes down is read out as class scores: the same
backbone serves P(x | y) and P(y | x). Written by hand, since eighty lines say more than the library's options, start
in no time and are fast on 8 x 8 pixels; `diffusers` is what real weights come in.

Of larger pictures squares of 2 x 2 or 4 x 4 pixels are one place of the finest scale, with as many more numbers: most
of the time would else go where sides are longest and least is said (Hoogeboom, Heek and Salimans 2023).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

LEAST_SIDE = 4  # pixels below which pictures are halved no further
LONGEST, WIDEST_PATCH = 16, 4  # places of the finest scale along the longer side, and pixels of a place, at most
WAVES = 32  # numbers that tell a time
DROPPED = 0.05  # share of numbers left out of a block by lot in training: few pictures are else learned by heart


def patch_of(height: int, width: int) -> int:
    """Pixels along a place of the finest scale: 1 up to 16 x 16 pixels, then 2, from 33 on 4."""
    patch = 1
    while max(height, width) > LONGEST * patch and patch < WIDEST_PATCH:
        patch *= 2
    return patch


def widths(height: int, width: int, channels: int, patch: int = 1) -> list[int]:
    """Channels of each scale: twice as many wherever sides halve."""
    out, side = [channels], math.ceil(min(height, width) / patch)
    while side >= 2 * LEAST_SIDE and len(out) < 3:
        side = (side + 1) // 2
        out.append(2 * out[-1])
    return out


def waves(time: torch.Tensor) -> torch.Tensor:
    """Times (n,) in 0..1 as (n, 2 WAVES) sines and cosines of rising speed (Vaswani et al. 2017)."""
    speed = torch.exp(torch.linspace(0.0, math.log(1_000.0), WAVES, device=time.device))
    turn = time[:, None] * speed
    return torch.cat([turn.sin(), turn.cos()], dim=1)


def _places(x: torch.Tensor, patch: int) -> torch.Tensor:
    """(n, c, h, w) to (n, c patch patch, h / patch, w / patch), sides rounded up."""
    if patch == 1:
        return x
    height, width = x.shape[2:]
    return functional.pixel_unshuffle(functional.pad(x, (0, -width % patch, 0, -height % patch)), patch)


class Block(nn.Module):
    """Two convolutions added to what they were given, scaled and shifted in between."""

    def __init__(self, inside: int, outside: int, told: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(inside, outside, 3, padding=1)
        self.second = nn.Conv2d(outside, outside, 3, padding=1)
        self.before, self.between = nn.GroupNorm(_groups(inside), inside), nn.GroupNorm(_groups(outside), outside)
        self.told = nn.Linear(told, 2 * outside)
        self.straight = nn.Conv2d(inside, outside, 1) if inside != outside else nn.Identity()
        for last in (self.second, self.told):  # a new block hands on what it was given
            for parameter in last.parameters():
                nn.init.zeros_(parameter)

    def forward(self, x: torch.Tensor, told: torch.Tensor) -> torch.Tensor:
        """(n, inside, h, w) and (n, told) to (n, outside, h, w)."""
        scale, shift = self.told(told)[:, :, None, None].chunk(2, dim=1)
        inner = self.first(functional.silu(self.before(x)))
        inner = functional.dropout(functional.silu(self.between(inner) * (1 + scale) + shift), DROPPED, self.training)
        return self.straight(x) + self.second(inner)


class UNet(nn.Module):
    """(n, c, h, w), times (n,) and class codes (n,) to (n, c, h, w); code `classes` stands for no class.

    Args:
        channels: of a picture.
        sizes: channels of each scale, from `widths`.
        classes: how many; 0 for pictures without.
        patch: pixels along a place of the finest scale.
    """

    def __init__(self, channels: int, sizes: Sequence[int], classes: int, patch: int = 1) -> None:
        super().__init__()
        told, self.patch = 4 * sizes[0], patch
        channels *= patch * patch
        self.time = nn.Sequential(nn.Linear(2 * WAVES, told), nn.SiLU(), nn.Linear(told, told))
        self.label = nn.Embedding(classes + 1, told)
        self.enter = nn.Conv2d(channels, sizes[0], 3, padding=1)
        self.down = nn.ModuleList([Block(size, size, told) for size in sizes])
        self.shrink = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes)])
        self.up = nn.ModuleList([Block(2 * size, size, told) for size in sizes])
        self.grow = nn.ModuleList([nn.Conv2d(b, a, 3, padding=1) for a, b in pairwise(sizes)])
        self.leave = nn.Sequential(nn.GroupNorm(_groups(sizes[0]), sizes[0]), nn.SiLU(),
                                   nn.Conv2d(sizes[0], channels, 3, padding=1))  # fmt: skip

    def forward(self, x: torch.Tensor, time: torch.Tensor, label: torch.Tensor) -> torch.Tensor:
        """See the class."""
        told = functional.silu(self.time(waves(time)) + self.label(label))
        height, width = x.shape[2:]
        x, kept = self.enter(_places(x, self.patch)), list[torch.Tensor]()
        for i, block in enumerate(self.down):
            x = block(x if i == 0 else self.shrink[i - 1](x), told)
            kept.append(x)
        for i in reversed(range(len(self.up))):
            if i < len(self.grow):
                x = self.grow[i](functional.interpolate(x, kept[i].shape[2:]))
            x = self.up[i](torch.cat([x, kept[i]], dim=1), told)
        return functional.pixel_shuffle(self.leave(x), self.patch)[:, :, :height, :width]


class Reader(nn.Module):
    """The half of `UNet` that goes down, read out as class scores: (n, c, h, w) to (n, classes)."""

    def __init__(self, channels: int, sizes: Sequence[int], classes: int, patch: int = 1) -> None:
        super().__init__()
        told, self.patch = 4 * sizes[0], patch
        self.enter = nn.Conv2d(channels * patch * patch, sizes[0], 3, padding=1)
        self.down = nn.ModuleList([Block(size, size, told) for size in sizes])
        self.shrink = nn.ModuleList([nn.Conv2d(a, b, 3, stride=2, padding=1) for a, b in pairwise(sizes)])
        self.nothing = nn.Parameter(torch.zeros(1, told))  # where U-Nets are told time and class
        self.scores = nn.Linear(sizes[-1], classes)

    def features(self, x: torch.Tensor) -> torch.Tensor:
        """(n, c, h, w) to the (n, channels of the last scale) numbers that the scores are read from."""
        x, told = self.enter(_places(x, self.patch)), self.nothing.expand(len(x), -1)
        for i, block in enumerate(self.down):
            x = block(x if i == 0 else self.shrink[i - 1](x), told)
        return functional.silu(x).mean(dim=(2, 3))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """See the class."""
        return self.scores(self.features(x))


def _groups(channels: int) -> int:
    return next(g for g in (8, 4, 2, 1) if channels % g == 0)
