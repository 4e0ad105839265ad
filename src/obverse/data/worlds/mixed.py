"""Category, whole number, decimal number and boolean, independent of each other given the class.

p(x, y) = p(y) Cat(region | y) Binomial(visits | 8, y) N(weight | y) Bernoulli(smoker | y), so P(y | x) follows by
Bayes' rule from four one-dimensional pieces: naive Bayes is exact here.
"""

from __future__ import annotations

from math import comb
from typing import final

import numpy as np
import pandas as pd

from obverse.core.schema import FloatArray

from .pieces import at_class, codes, draw, log_normal, log_sum
from .world import World

REGIONS = ("east", "north", "south")
VISITS = 8
PRIOR = np.array([0.3, 0.7])
REGION = np.array([[0.2, 0.5, 0.3], [0.5, 0.1, 0.4]])
VISIT_RATE = np.array([0.6, 0.35])
WEIGHT_MEAN = np.array([82.0, 71.0])
WEIGHT_SCALE = np.array([12.0, 9.0])
SMOKER = np.array([0.55, 0.2])

_K = np.arange(VISITS + 1)
_CHOOSE = np.array([comb(VISITS, int(k)) for k in _K], dtype=float)
VISIT_MASS = _CHOOSE * VISIT_RATE[:, None] ** _K * (1 - VISIT_RATE[:, None]) ** (VISITS - _K)  # (2, 9)


@final
class Mixed(World):
    """One column of each kind a table has."""

    name = "mixed"
    features = ("region", "visits", "weight", "smoker")
    target = "outcome"
    task = "class"
    classes = ("ill", "well")

    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        y = (rng.random(n) < PRIOR[1]).astype(int)
        return pd.DataFrame(
            {
                "region": np.array(REGIONS)[draw(REGION[y], rng)],
                "visits": rng.binomial(VISITS, VISIT_RATE[y]),
                "weight": rng.normal(WEIGHT_MEAN[y], WEIGHT_SCALE[y]),
                "smoker": rng.random(n) < SMOKER[y],
                "outcome": np.array(self.classes)[y],
            }
        )

    def _joint(self, frame: pd.DataFrame) -> FloatArray:
        """(k, n): log p(x, y) for each class y."""
        visits = pd.Index(_K).get_indexer(pd.Index(frame["visits"]))  # -1 for a count that cannot be: mass zero
        smoker = frame["smoker"].to_numpy(bool)
        weight = frame["weight"].to_numpy(float)
        return (
            np.log(PRIOR)[:, None]
            + np.log(REGION)[:, codes(frame, "region", REGIONS)]
            + np.where(visits < 0, -np.inf, np.log(VISIT_MASS)[:, visits])
            + log_normal(weight, WEIGHT_MEAN[:, None], WEIGHT_SCALE[:, None])
            + np.where(smoker, np.log(SMOKER)[:, None], np.log1p(-SMOKER)[:, None])
        )

    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        return at_class(self._joint(frame), codes(frame, "outcome", self.classes))

    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        return log_sum(self._joint(frame))

    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        joint = self._joint(frame)
        return np.exp(joint - log_sum(joint)).T
