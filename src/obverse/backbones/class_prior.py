"""Where the latents of each class lie: a mixture of normal distributions of one shape, fitted after an autoencoder.

An autoencoder trains against one standard normal distribution, and what its encoder says of the pictures of a class
fills only a part of that; drawing from the part that is filled makes better pictures (Ghosh et al. 2020). Two middles
serve classes that are written in two ways; the shape they share keeps few pictures from being learned by heart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

MIDDLES = 2  # of a class
EACH = 30  # pictures of a class for each of its middles, or it has fewer
DRAWS = 8  # latents taken of what the encoder says of a picture
LEAST = 0.01  # added to each variance: a latent that says nothing of a class is not a plane


@dataclass(frozen=True)
class ClassPrior:
    """Of k classes, or of all pictures when k is 1.

    Attributes:
        ladder: (k, MIDDLES) shares of the middles, summed up; the last is 1.
        middle: (k, MIDDLES, latent).
        root: (k, latent, latent) Cholesky root of the covariance around them.
    """

    ladder: FloatArray
    middle: FloatArray
    root: FloatArray

    @classmethod
    def fit(cls, mean: FloatArray, variance: FloatArray, code: Array, count: int,
            rng: np.random.Generator) -> ClassPrior:  # fmt: skip
        """From what an encoder says of pictures, mean and variance (n, latent), and their classes (n,).

        A class without pictures has the standard normal distribution.
        """
        from sklearn.mixture import GaussianMixture

        latent = mean.shape[1]
        ladder, middle = np.ones((count, MIDDLES)), np.zeros((count, MIDDLES, latent))
        root = np.tile(np.eye(latent), (count, 1, 1))
        for k in range(count):
            rows = np.flatnonzero(code == k)
            if not len(rows):
                continue
            step = rng.normal(size=(DRAWS, len(rows), latent)) * np.sqrt(variance[rows])
            parts = int(np.clip(len(rows) // EACH, 1, MIDDLES))
            found: Any = GaussianMixture(
                parts, covariance_type="tied", reg_covar=LEAST, random_state=int(rng.integers(2**31))
            )
            found.fit((mean[rows] + step).reshape(-1, latent))
            ladder[k, :parts] = np.cumsum(found.weights_) / found.weights_.sum()
            middle[k, :parts], root[k] = found.means_, np.linalg.cholesky(found.covariances_)
        return cls(ladder, middle, root)

    def at(self, code: Array, u: FloatArray, step: FloatArray) -> FloatArray:
        """Latents (n, latent) of classes (n,), decided by numbers u in [0, 1), (n,), and standard normal steps."""
        which = (u[:, None] >= self.ladder[code]).sum(axis=1)
        return self.middle[code, which] + np.einsum("nij,nj->ni", self.root[code], step)

    def mean(self, code: Array) -> FloatArray:
        """(n, latent) of classes (n,)."""
        return np.einsum("nm,nmi->ni", self._shares()[code], self.middle[code])

    def log(self, latents: FloatArray, k: int) -> FloatArray:
        """Log-density of latents (..., latent) in one class, but for the constant of every normal distribution."""
        from scipy.linalg import solve_triangular

        gap = latents[..., None, :] - self.middle[k]
        step = solve_triangular(self.root[k], gap.reshape(-1, gap.shape[-1]).T, lower=True)
        each = -0.5 * (step**2).sum(axis=0) - np.log(np.diag(self.root[k])).sum()
        with np.errstate(divide="ignore"):
            return np.logaddexp.reduce(each.reshape(gap.shape[:-1]) + np.log(self._shares()[k]), axis=-1)

    def _shares(self) -> FloatArray:
        return np.diff(self.ladder, axis=1, prepend=0.0)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it."""
        return {"ladder": self.ladder, "middle": self.middle, "root": self.root}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> ClassPrior:
        """Inverse of `state`; ValueError when its parts do not fit together."""
        made = cls(**state)
        (k, middles, latent) = made.middle.shape
        if made.ladder.shape != (k, middles) or made.root.shape != (k, latent, latent):
            raise ValueError("the latents' distributions do not fit their classes")
        return made
