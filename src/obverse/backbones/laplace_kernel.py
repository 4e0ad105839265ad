"""A smooth answer from like rows: ridge regression in the space of a kernel of distance (Saunders and others 1998).

The kernel falls exponentially with the distance between two rows, as in a Gaussian process of the Ornstein and
Uhlenbeck kind (Rasmussen and Williams 2006, Gaussian Processes for Machine Learning, section 4.2): near rows count most
and far ones still a little, so that it asks little of its width. Where many columns each say a little, and together
say where a row stands, it knows more than trees, which cut along one column at a time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

MOST_CENTRES = 2_500  # rows it learns from, drawn where there are more: time grows with their cube
WIDTH = 1.0  # of the kernel, in the distance of two rows whose cells all differ by a deviation
RIDGE = 0.1  # variance of the noise, in units of the kernel
LEAST = 0.01  # deviation that a column counts as having: a constant one tells no rows apart
BLOCK = 512  # rows answered at once


@dataclass(frozen=True)
class LaplaceKernel:
    """See the module docstring.

    Attributes:
        middle, scale: (width,) of each column it reads.
        centres: (m, width) float32 rows it learned from, in these units.
        weights: (m, k) float32 of each centre's kernel.
        mean: (k,) where no centre is near.
    """

    middle: Array
    scale: Array
    centres: Array
    weights: Array
    mean: FloatArray

    @classmethod
    def fit(cls, x: Array, outputs: FloatArray, rng: np.random.Generator, most: int = MOST_CENTRES) -> LaplaceKernel:
        """From at most so many rows x, float32 (n, width), and what they should say, (n, k)."""
        from scipy.linalg import cho_factor, cho_solve
        from threadpoolctl import threadpool_limits

        if len(x) > most:
            few = np.sort(rng.choice(len(x), most, replace=False))
            x, outputs = x[few], outputs[few]
        middle = x.mean(axis=0, dtype=float).astype(np.float32)
        scale = (np.maximum(x.std(axis=0, dtype=float), LEAST) * np.sqrt(x.shape[1]) * WIDTH).astype(np.float32)
        centres, mean = (x - middle) / scale, outputs.mean(axis=0)
        near = _near(centres, centres)
        near.flat[:: len(near) + 1] = 1.0 + RIDGE
        with threadpool_limits(1, "blas"):  # on shared cores its threads wait for each other, fifty times as long
            weights = cho_solve(cho_factor(near, overwrite_a=True), (outputs - mean).astype(np.float32))
        return cls(middle, scale, centres, weights, mean)

    def answer(self, x: Array) -> FloatArray:
        """What rows (n, width) should say, (n, k)."""
        out, centres, weights = (
            np.empty((len(x), len(self.mean))),
            self.centres.astype(float),
            self.weights.astype(float),
        )
        for at in range(0, len(x), BLOCK):
            # in float64, since the order of a row's sums depends on the rows beside it: its answer may not
            rows = ((x[at : at + BLOCK] - self.middle) / self.scale).astype(float)
            out[at : at + BLOCK] = _near(rows, centres) @ weights + self.mean
        return out

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], width: int) -> LaplaceKernel:
        """Inverse of `state`; ValueError when it does not fit `width` columns."""
        made = cls(**state)
        m, k = len(made.centres), len(made.mean)
        fits = made.middle.shape == made.scale.shape == (width,)
        if not fits or made.centres.shape != (m, width) or made.weights.shape != (m, k):
            raise ValueError("a kernel's centres do not fit its columns")
        return made


def _near(a: FloatArray, b: FloatArray) -> Array:
    """The kernel of rows a (n, width) and b (m, width), float32 (n, m)."""
    out = a @ b.T
    out *= -2.0
    out += np.einsum("ij,ij->i", a, a)[:, None]
    out += np.einsum("ij,ij->i", b, b)
    near = np.maximum(out, 0.0).astype(np.float32)
    np.sqrt(near, out=near)
    np.negative(near, out=near)
    return np.exp(near, out=near)
