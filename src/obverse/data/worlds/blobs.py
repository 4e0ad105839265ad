"""Two correlated Gaussians in the plane, one a class, with the same covariance.

p(y = a) = 0.6 and p(x | y) = N(mean_y, S), so the log-odds are linear in x:

    log P(b | x) / P(a | x) = w . x + c,   w = S^-1 (mean_b - mean_a),
    c = log(0.4 / 0.6) - (mean_a + mean_b) . w / 2
"""

from __future__ import annotations

from typing import final

import numpy as np
import pandas as pd

from obverse.core.schema import FloatArray

from .pieces import at_class, codes, log_normal_vector, log_sum
from .world import World

PRIOR = np.array([0.6, 0.4])
MEANS = np.array([[0.0, 0.0], [1.5, 1.0]])
COVARIANCE = np.array([[1.0, 0.6], [0.6, 1.5]])


@final
class Blobs(World):
    """Linear class boundary; a full-covariance Gaussian per class is exact, independent columns are wrong."""

    name = "blobs"
    features = ("u", "v")
    target = "blob"
    task = "class"
    classes = ("a", "b")

    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        y = (rng.random(n) < PRIOR[1]).astype(int)
        x = MEANS[y] + rng.standard_normal((n, 2)) @ np.linalg.cholesky(COVARIANCE).T
        return pd.DataFrame({"u": x[:, 0], "v": x[:, 1], "blob": np.array(self.classes)[y]})

    def _joint(self, frame: pd.DataFrame) -> FloatArray:
        """(k, n): log p(x, y) for each class y."""
        x = frame[["u", "v"]].to_numpy(float)
        return np.stack([np.log(p) + log_normal_vector(x, m, COVARIANCE) for p, m in zip(PRIOR, MEANS, strict=True)])

    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        return at_class(self._joint(frame), codes(frame, "blob", self.classes))

    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        return log_sum(self._joint(frame))

    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        w = np.linalg.solve(COVARIANCE, MEANS[1] - MEANS[0])
        c = np.log(PRIOR[1] / PRIOR[0]) - 0.5 * MEANS.sum(axis=0) @ w
        b = 1 / (1 + np.exp(-(frame[["u", "v"]].to_numpy(float) @ w + c)))
        return np.column_stack([1 - b, b])
