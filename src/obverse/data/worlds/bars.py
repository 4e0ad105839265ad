"""Pictures of known probability: a bright bar in one of eight rows (class `flat`) or columns (class `upright`).

Every pixel is one of 32 values of its own kind, bright or dark, all alike, so that the mass of a picture given its
class is one over the places times 32 to the number of pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.schema import Array, FloatArray
from ..pictures import Pictures

SIDE, VALUES = 8, 32
DARK, BRIGHT = 20, 200
CLASSES = ("flat", "upright")


class Bars:
    """See the module docstring."""

    name = "bars"

    def sample(self, n: int, seed: int) -> Pictures:
        """n pictures uint8 (n, 8, 8, 1) with labels, both classes alike."""
        rng = np.random.default_rng([seed, 8])
        code, place = rng.integers(2, size=n), rng.integers(SIDE, size=n)
        across = np.arange(SIDE)[None, :] == place[:, None]
        bright = np.where((code == 0)[:, None, None], across[:, :, None], across[:, None, :])
        pixels = np.where(bright, BRIGHT, DARK) + rng.integers(VALUES, size=(n, SIDE, SIDE))
        labels: Any = np.array(CLASSES, dtype=object)[code]
        return Pictures.of(pixels.astype(np.uint8)[..., None], labels, self.name)

    @property
    def entropy(self) -> float:
        """Of a picture given its class, in nats: what no model's mean log-probability is above."""
        return float(np.log(SIDE) + SIDE * SIDE * np.log(VALUES))

    def read(self, pixels: Array) -> Array:
        """The class of each picture, (n,): which way brightness varies more."""
        x: FloatArray = np.asarray(pixels, dtype=float)[..., 0]
        down, across = x.mean(axis=2).var(axis=1), x.mean(axis=1).var(axis=1)
        return np.array(CLASSES, dtype=object)[(across > down).astype(int)]
