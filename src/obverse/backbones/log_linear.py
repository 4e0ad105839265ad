"""A number as a product of powers of others: linear regression of its logarithm on their logarithms.

Sizes, counts and incomes multiply rather than add, and trees cannot say what lies beyond their largest leaf. What the
mean of a logarithm leaves out comes back as the mean over quantiles of the residuals (smearing, Duan 1983).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

START = 0.1  # in deviations, added to what a cell lies above the column's smallest: keeps logarithms in reach
QUANTILES = 9  # of the residuals


@dataclass(frozen=True)
class LogLinear:
    """See the module docstring.

    Attributes:
        low: (width,) smallest cell of each column it reads.
        weights: (width + 1, 1) of their logarithms, the intercept last.
        bounds: (2,) smallest and largest number it learned from.
        residuals: (QUANTILES,) of the logarithm, rising.
    """

    low: FloatArray
    weights: FloatArray
    bounds: FloatArray
    residuals: FloatArray

    @classmethod
    def fit(cls, x: Array, y: FloatArray, regression: Callable[[FloatArray, FloatArray], FloatArray]) -> LogLinear:
        """From rows x (n, width) and numbers (n,), both in units of about a deviation; `regression` of z (n, width) and
        t (n,) gives weights (width + 1, 1)."""
        low, bounds = x.min(axis=0).astype(float), np.array([y.min(), y.max()])
        z, t = _logarithms(x, low), np.log(y - bounds[0] + START)
        weights = regression(z, t)
        rest = t - (z @ weights[:-1] + weights[-1])[:, 0]
        return cls(low, weights, bounds, np.quantile(rest, (np.arange(QUANTILES) + 0.5) / QUANTILES))

    def answer(self, x: Array) -> FloatArray:
        """The mean of the number for rows (m, width), within the bounds, (m, 1)."""
        middle = _logarithms(x, self.low) @ self.weights[:-1] + self.weights[-1]
        most = np.log(self.bounds[1] - self.bounds[0] + START)
        spread = np.exp(np.minimum(middle + self.residuals, most)).mean(axis=1, keepdims=True)
        return np.clip(spread - START + self.bounds[0], *self.bounds)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it."""
        return {"low": self.low, "weights": self.weights, "bounds": self.bounds, "residuals": self.residuals}

    @classmethod
    def from_state(cls, state: Mapping[str, Any], width: int) -> LogLinear:
        """Inverse of `state`; ValueError when it does not fit `width` columns."""
        made = cls(state["low"], state["weights"], state["bounds"], state["residuals"])
        if made.low.shape != (width,) or made.weights.shape != (width + 1, 1) or made.bounds.shape != (2,):
            raise ValueError("a log-linear equation does not fit its columns")
        return made


def _logarithms(x: Array, low: FloatArray) -> FloatArray:
    return np.log(np.maximum(x - low, 0.0) + START)
