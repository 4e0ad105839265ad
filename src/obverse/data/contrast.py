"""Pictures of one brightness and one contrast, for those whose exposure says nothing, such as X-rays."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.schema import Array
from .pictures import standard

MIDDLE, DEVIATION = 128.0, 48.0  # grey levels: of every picture afterwards
LEAST = 1.0  # grey levels of deviation, below which a picture is taken to be empty


def even_contrast(pixels: Any) -> Array:
    """uint8 (n, h, w, c), each picture with a mean of 128 and a standard deviation of 48 as far as 0..255 allows.

    A likelihood is else highest for pale pictures, whatever they show. Pictures are (n, h, w) or (n, h, w, 1 or 3),
    uint8; a picture of one grey becomes even grey.

    Raises:
        BadInput: no such array.
    """
    x = standard(pixels, "the array").astype(np.float64)
    mean, spread = (f(axis=(1, 2, 3), keepdims=True) for f in (x.mean, x.std))
    return np.clip(np.rint(MIDDLE + DEVIATION * (x - mean) / np.maximum(spread, LEAST)), 0, 255).astype(np.uint8)
