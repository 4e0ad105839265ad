"""A normal distribution of the bulk of the rows: location and covariance by trimmed likelihood, shrunk, with holes.

Rows that do not belong are left out while it is estimated (Rousseeuw 1985; Neykov and Neytchev 1990): concentration
steps (Rousseeuw and Van Driessen 1999) alternate between the normal of the rows kept and keeping the share of rows
that is nearest to it. The covariance is pulled towards a sphere as far as the rows kept call for (Ledoit and Wolf
2004), and taken from the pairs of cells that are both there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ..core.schema import Array, FloatArray

STEPS = 30
FLOOR = 1e-6  # least eigenvalue, of z-scores


@dataclass(frozen=True)
class TrimmedNormal:
    """Attributes: `location` (d,) and `covariance` (d, d)."""

    location: FloatArray
    covariance: FloatArray

    @classmethod
    def of(cls, z: FloatArray, share: float) -> TrimmedNormal:
        """Learn from z-scores (n, d), NaN where unknown, of which a `share` in (0, 1] is kept."""
        n, d = z.shape
        count = min(n, max(int(share * n), d + 2))
        far = np.where(np.isnan(z), 1.0, z**2).sum(axis=1)
        kept: Array | None = None
        fitted = cls(np.zeros(d), np.eye(d))
        for _ in range(STEPS):
            nearest = np.sort(np.argsort(far, kind="stable")[:count])
            if kept is not None and np.array_equal(nearest, kept):
                break
            kept = nearest
            fitted = cls._of_all(z[kept])
            far = fitted.distance(z)
        return fitted

    @classmethod
    def _of_all(cls, z: FloatArray) -> TrimmedNormal:
        """The shrunk normal of these rows."""
        from sklearn.covariance import ledoit_wolf_shrinkage

        there = ~np.isnan(z)
        location = np.where(there, z, 0.0).sum(axis=0) / np.maximum(there.sum(axis=0), 1)
        centred = np.where(there, z - location, 0.0)
        pairs = there.T.astype(float) @ there
        covariance = centred.T @ centred / np.maximum(pairs, 1.0)
        pull = float(ledoit_wolf_shrinkage(centred, assume_centered=True)) if len(z) > 1 else 1.0
        variance = np.trace(covariance) / len(covariance)
        covariance = (1 - pull) * covariance + pull * variance * np.eye(len(covariance))
        values, vectors = np.linalg.eigh(covariance)  # of pairs it need not be positive
        return cls(location, (vectors * np.maximum(values, FLOOR)) @ vectors.T)

    def distance(self, z: FloatArray) -> FloatArray:
        """Squared Mahalanobis distance (n,); an unknown cell counts as what is expected of one, 1."""
        out = np.empty(len(z))
        for rows, square, _, known in self._patterns(z):
            out[rows] = square + z.shape[1] - known
        return out

    def log_density(self, z: FloatArray) -> FloatArray:
        """Log-density (n,) of the known cells, up to half of log(2 pi) a cell."""
        out = np.empty(len(z))
        for rows, square, log_volume, _ in self._patterns(z):
            out[rows] = -0.5 * square - log_volume
        return out

    def _patterns(self, z: FloatArray) -> Iterator[tuple[Array, FloatArray, float, int]]:
        """Rows with the same cells known: which, their distances, log-volume of the normal there, number of cells."""
        patterns, of = np.unique(~np.isnan(z), axis=0, return_inverse=True)
        for i, there in enumerate(patterns):
            rows = np.flatnonzero(of.ravel() == i)
            root = np.linalg.cholesky(self.covariance[np.ix_(there, there)])
            white = np.linalg.solve(root, (z[np.ix_(rows, there)] - self.location[there]).T)
            yield rows, (white**2).sum(axis=0), float(np.log(np.diag(root)).sum()), int(there.sum())
