"""Small residual convolutional networks of pictures as named arrays and functions that torch runs.

A picture is halved, rounding up, until its shorter side is at most four; every size but the full one, where it would
cost most, has a residual block (He et al. 2016), rectified before each convolution. Blocks that start near the identity
need no normalisation (Zhang, Dauphin and Ma 2019), so the parameters are all there is to keep. The class enters as a
shift of every block's channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from ..core.schema import Array

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor
    Weights = Mapping[str, Tensor]

Shape = tuple[int, int, int]  # height, width, channels
LEAST_SIDE = 4
WIDEST = 4  # times the width of the full size


def sizes(shape: Shape) -> list[tuple[int, int]]:
    """Height and width from the full size to the smallest, each half of the one before, rounded up."""
    out = [shape[:2]]
    while min(out[-1]) > LEAST_SIDE:
        height, width = out[-1]
        out.append((-(-height // 2), -(-width // 2)))
    return out


def _channels(shape: Shape, width: int) -> list[int]:
    return [width * min(2**i, WIDEST) for i in range(len(sizes(shape)))]


def _convolution(name: str, inputs: int, outputs: int, rng: np.random.Generator, scale: float = 1.0,
                 ) -> dict[str, Array]:  # fmt: skip
    weight = rng.normal(size=(outputs, inputs, 3, 3)) * scale * np.sqrt(2 / (9 * inputs))
    return {name: weight, f"{name}.bias": np.zeros(outputs)}


def _block(name: str, channels: int, classes: int, rng: np.random.Generator) -> dict[str, Array]:
    out = _convolution(f"{name}.first", channels, channels, rng)
    out |= _convolution(f"{name}.second", channels, channels, rng, scale=0.1)
    return out | ({f"{name}.class": rng.normal(size=(classes, channels)) * 0.1} if classes else {})


def start_reader(shape: Shape, width: int, outputs: int, classes: int, rng: np.random.Generator,
                 *, prefix: str = "") -> dict[str, Array]:  # fmt: skip
    """Weights before training of a network that reads pictures: an encoder, or a discriminator.

    Args:
        shape: of a picture.
        width: channels at the full size; they double with each halving, up to four times.
        outputs: numbers it says of a picture.
        classes: length of the indicator of the class; 0 for a network that is told none.
        rng: draws the weights.
        prefix: of the names.
    """
    channels = _channels(shape, width)
    out = _convolution(f"{prefix}in", shape[2], channels[0], rng)
    for i, wide in enumerate(channels):
        if i:
            out |= _convolution(f"{prefix}down{i}", channels[i - 1], wide, rng)
            out |= _block(f"{prefix}{i}", wide, classes, rng)
    height, broad = sizes(shape)[-1]
    inputs = channels[-1] * height * broad
    out[f"{prefix}out"] = rng.normal(size=(inputs, outputs)) * np.sqrt(1 / inputs)
    return out | {f"{prefix}out.bias": np.zeros(outputs)}


def start_painter(latent: int, shape: Shape, width: int, classes: int, rng: np.random.Generator,
                  *, outputs: int | None = None, prefix: str = "") -> dict[str, Array]:  # fmt: skip
    """Weights before training of a network that paints pictures from latents: a decoder, or a generator.

    `outputs` channels come out, as many as the pictures have when it is None. See `start_reader` for the others.
    """
    channels = _channels(shape, width)
    height, broad = sizes(shape)[-1]
    out: dict[str, Array] = {
        f"{prefix}in": rng.normal(size=(latent + classes, channels[-1] * height * broad)) * np.sqrt(1 / latent),
        f"{prefix}in.bias": np.zeros(channels[-1] * height * broad),
    }
    for i, wide in reversed(list(enumerate(channels))):
        if i:
            out |= _block(f"{prefix}{i}", wide, classes, rng)
            out |= _convolution(f"{prefix}up{i}", wide, channels[i - 1], rng)
    return out | _convolution(f"{prefix}out", channels[0], outputs or shape[2], rng, scale=0.3)


def read(weights: Weights, pictures: Tensor, label: Tensor, *, prefix: str = "") -> Tensor:
    """What a reader says, (n, outputs), of pictures (n, c, h, w) of class indicators (n, classes)."""
    _, _, height, broad = pictures.shape
    x = _convolve(weights, f"{prefix}in", pictures)
    for i in range(len(sizes((height, broad, 1)))):
        if i:
            x = _convolve(weights, f"{prefix}down{i}", x.relu(), stride=2)
            x = _residual(weights, f"{prefix}{i}", x, label)
    return x.relu().flatten(1) @ weights[f"{prefix}out"] + weights[f"{prefix}out.bias"]


def paint(weights: Weights, latents: Tensor, label: Tensor, shape: Shape, *, prefix: str = "") -> Tensor:
    """What a painter makes, (n, outputs, h, w), of latents (n, k) and class indicators (n, classes)."""
    import torch
    from torch.nn import functional

    at = sizes(shape)
    x = torch.cat([latents, label], dim=1) @ weights[f"{prefix}in"] + weights[f"{prefix}in.bias"]
    x = x.view(len(x), -1, *at[-1])
    for i in reversed(range(1, len(at))):
        x = _residual(weights, f"{prefix}{i}", x, label)
        x = _convolve(weights, f"{prefix}up{i}", functional.interpolate(x.relu(), size=at[i - 1], mode="nearest"))
    return _convolve(weights, f"{prefix}out", x.relu())


def _convolve(weights: Weights, name: str, x: Tensor, stride: int = 1) -> Tensor:
    from torch.nn import functional

    return functional.conv2d(x, weights[name], weights[f"{name}.bias"], stride=stride, padding=1)


def _residual(weights: Weights, name: str, x: Tensor, label: Tensor) -> Tensor:
    told = weights.get(f"{name}.class")
    inner = _convolve(weights, f"{name}.first", x.relu())
    if told is not None:
        inner = inner + (label @ told)[:, :, None, None]
    return x + _convolve(weights, f"{name}.second", inner.relu())
