"""How strongly a picture changes, in each direction, at each scale and in each place of it.

The first layer of a scattering transform (Bruna and Mallat 2013), with the cells of histograms of oriented gradients
(Dalal and Triggs 2005) and the steered derivatives of Freeman and Adelson (1991). Nothing is learned. What is clear in
a picture, and what is blurred, clouded or drawn another way, is in these numbers; whether an edge lies a pixel further
to the left is not. Logarithms make a contrast that is missing as odd as one too many.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter

from ..core.patches import patches
from ..core.schema import Array, FloatArray

DIRECTIONS = 4
FINEST = 0.7  # pixels: standard deviation of the first scale; each next one is twice as wide
WIDEST = 0.75  # of a place's side: scales that are wider say nothing of the place
FAINT = 0.02  # standard deviations of a picture: changes that are smaller count as none
LEAST = 1.0  # grey levels of deviation, below which a picture is taken to be empty


def contrasts(values: Array) -> FloatArray:
    """Numbers about pictures, float64 (n, features), NaN where a hole hides what they are about.

    For each place (`core.patches`) and channel: the logarithm of the root mean square change in every direction and
    scale, and the mean. They are of the picture brought to mean 0 and deviation 1, so that exposure does not count; the
    mean and the logarithm of the deviation that it had are the two numbers at the end.

    Args:
        values: (n, h, w, c) from 0 to 255, NaN for a hole.
    """
    n, height, width, _ = values.shape
    cells = patches(height, width)
    rows, columns = (sorted({cell[axis].start for cell in cells}) for axis in (0, 1))
    side = cells[0][0].stop - cells[0][0].start
    seen = ~np.isnan(values)
    count = np.maximum(seen.sum(axis=(1, 2, 3), keepdims=True), 1)
    mean = np.where(seen, values, 0.0).sum(axis=(1, 2, 3), keepdims=True, dtype=np.float64) / count
    gap = np.where(seen, values - mean, 0.0)
    spread = np.maximum(np.sqrt((gap**2).sum(axis=(1, 2, 3), keepdims=True) / count), LEAST)
    x = _filled(gap / spread, seen, float(side))

    def pooled(one: FloatArray) -> FloatArray:
        """Means over places, (n, places down, places across, c)."""
        sums = np.add.reduceat(np.add.reduceat(one, rows, axis=1), columns, axis=2)
        return sums / (np.diff([*rows, height])[:, None, None] * np.diff([*columns, width])[:, None])

    found = [pooled(x)]
    for scale in FINEST * 2.0 ** np.arange(16):
        if scale > max(WIDEST * side, FINEST):
            break
        orders: Any = (0, 1, 0, 0), (0, 0, 1, 0)
        down, across = (scale * gaussian_filter(x, (0, scale, scale, 0), order=order) for order in orders)
        squares = pooled(down**2), pooled(across**2), pooled(down * across)
        for angle in np.arange(DIRECTIONS) * np.pi / DIRECTIONS:
            sine, cosine = np.sin(angle), np.cos(angle)
            energy = sine**2 * squares[0] + cosine**2 * squares[1] + 2 * sine * cosine * squares[2]
            found.append(0.5 * np.log(np.maximum(energy, 0.0) + FAINT**2))
    hidden: Array = pooled(seen.astype(np.float64)) < 0.5
    numbers = [np.where(hidden, np.nan, one).reshape(n, -1) for one in found]
    exposure = np.concatenate([mean.reshape(n, 1), np.log(spread).reshape(n, 1)], axis=1)
    exposure[~seen.any(axis=(1, 2, 3))] = np.nan
    return np.concatenate([*numbers, exposure], axis=1)


def _filled(x: FloatArray, seen: Array, reach: float) -> FloatArray:
    """Pictures with a weighted mean of what is near in their holes, 0 where nothing is near (Knutsson and Westin
    1993, normalised convolution)."""
    if seen.all():
        return x
    near, weight = (gaussian_filter(one, (0, reach, reach, 0)) for one in (x, seen.astype(np.float64)))
    return np.where(seen, x, near / np.maximum(weight, 1e-6))
