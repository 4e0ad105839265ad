"""Captioned pictures that a network of any size can learn in seconds: all dark or all bright, and a caption says so."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.schema import Array
from ..pictures import Pictures

SIDE, SPREAD = 8, 10
CAPTIONS, MIDDLES = ("a dark picture", "a bright picture"), (60, 190)


class Shades:
    """See the module docstring."""

    name = "shades"

    def sample(self, n: int, seed: int) -> Pictures:
        """n pictures uint8 (n, 8, 8, 1) with their captions as labels, both alike."""
        rng = np.random.default_rng([seed, 9])
        code = rng.integers(2, size=n)
        pixels = rng.normal(np.array(MIDDLES)[code][:, None, None], SPREAD, (n, SIDE, SIDE))
        captions: Any = np.array(CAPTIONS, dtype=object)[code]
        return Pictures.of(np.clip(np.rint(pixels), 0, 255).astype(np.uint8)[..., None], captions, self.name)

    def read(self, pixels: Array) -> Array:
        """The caption that suits each picture, (n,)."""
        bright = np.asarray(pixels, dtype=float).mean(axis=(1, 2, 3)) > np.mean(MIDDLES)
        return np.array(CAPTIONS, dtype=object)[bright.astype(int)]
