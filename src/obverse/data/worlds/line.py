"""A number that is linear in two correlated numbers, plus Gaussian noise: the whole row is one Gaussian.

x ~ N(0, S),  y | x ~ N(1 + 2 a - 1.5 b, 0.5^2),  p(x, y) = p(x) p(y | x)
"""

from __future__ import annotations

from typing import final

import numpy as np
import pandas as pd

from obverse.core.schema import FloatArray

from .pieces import log_normal, log_normal_vector
from .world import World

COVARIANCE = np.array([[1.0, 0.5], [0.5, 1.0]])
INTERCEPT = 1.0
SLOPES = np.array([2.0, -1.5])
NOISE = 0.5


@final
class Line(World):
    """Linear regression and one full-covariance Gaussian are exact."""

    name = "line"
    features = ("a", "b")
    target = "y"
    task = "number"

    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        x = rng.standard_normal((n, 2)) @ np.linalg.cholesky(COVARIANCE).T
        frame = pd.DataFrame(x, columns=list(self.features))
        return frame.assign(y=self._predict(frame) + NOISE * rng.standard_normal(n))

    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        return self._log_prob_x(frame) + log_normal(frame["y"].to_numpy(float), self._predict(frame), NOISE)

    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        return log_normal_vector(frame[["a", "b"]].to_numpy(float), np.zeros(2), COVARIANCE)

    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        return INTERCEPT + frame[["a", "b"]].to_numpy(float) @ SLOPES
