"""Continuous distributions on the line, one per component, that know the probability of any interval.

`Gaussian` is a normal; `Histogram` is piecewise uniform. Arguments named `k` are component indices, one for each entry
of the other arguments.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.derive import log_normal_interval
from ..core.schema import Array, FloatArray

LOG_ROOT_2PI = 0.5 * np.log(2 * np.pi)


class Continuous(ABC):
    """K distributions on the real line."""

    @abstractmethod
    def log_density(self, x: FloatArray, k: Array) -> FloatArray:
        """Log-density of component k at x, in the data's own units."""

    @abstractmethod
    def log_interval(self, low: FloatArray, high: FloatArray, k: Array) -> FloatArray:
        """Log-probability that component k lies between low and high."""

    @abstractmethod
    def draw(self, low: FloatArray, high: FloatArray, k: Array, rng: np.random.Generator) -> FloatArray:
        """One draw of component k between low and high (an interval of positive probability)."""

    @abstractmethod
    def mean(self) -> FloatArray:
        """Mean of every component, (K,)."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""


@dataclass(frozen=True)
class Gaussian(Continuous):
    """Normal(loc, scale), each (K,)."""

    loc: FloatArray
    scale: FloatArray

    def log_density(self, x: FloatArray, k: Array) -> FloatArray:
        """See `Continuous`."""
        with np.errstate(over="ignore"):  # so far out that the density is zero
            return -0.5 * self._standardised(x, k) ** 2 - np.log(self.scale[k]) - LOG_ROOT_2PI

    def log_interval(self, low: FloatArray, high: FloatArray, k: Array) -> FloatArray:
        """See `Continuous`."""
        a, b = self._standardised(low, k), self._standardised(high, k)
        return np.where(b > a, log_normal_interval(a, np.maximum(a, b)), -np.inf)

    def draw(self, low: FloatArray, high: FloatArray, k: Array, rng: np.random.Generator) -> FloatArray:
        """Inverse-CDF draw on the log scale, in whichever tail keeps precision."""
        from scipy.special import log_ndtr, ndtri_exp

        a, b = self._standardised(low, k), self._standardised(high, k)
        flip = a > 0
        a, b = np.where(flip, -b, a), np.where(flip, -a, b)
        upper = log_ndtr(b)
        share = np.exp(np.where(a == -np.inf, -np.inf, log_ndtr(a) - upper))
        u = rng.random(len(k))
        z = np.clip(ndtri_exp(upper + np.log(share + u * (1 - share))), a, b)
        return self.loc[k] + self.scale[k] * np.where(flip, -z, z)

    def mean(self) -> FloatArray:
        """See `Continuous`."""
        return self.loc

    def _standardised(self, x: FloatArray, k: Array) -> FloatArray:
        with np.errstate(over="ignore"):  # limits may lie further out than a double counts spreads
            return (x - self.loc[k]) / self.scale[k]

    def state(self) -> dict[str, Any]:
        """See `Continuous`."""
        return {"kind": "gaussian", "loc": self.loc, "scale": self.scale}


@dataclass(frozen=True)
class Histogram(Continuous):
    """Piecewise uniform: `edges` (K, B+1) rising, `mass` (K, B) summing to one in each row."""

    edges: FloatArray
    mass: FloatArray

    @cached_property
    def _cumulative(self) -> FloatArray:
        return np.hstack([np.zeros((len(self.mass), 1)), np.cumsum(self.mass, axis=1)])

    def _bin(self, x: FloatArray, k: Array) -> Array:
        return np.clip((x[:, None] > self.edges[k]).sum(axis=1) - 1, 0, self.mass.shape[1] - 1)

    def _cdf(self, x: FloatArray, k: Array) -> FloatArray:
        x = np.clip(x, self.edges[k, 0], self.edges[k, -1])
        b = self._bin(x, k)
        left, right = self.edges[k, b], self.edges[k, b + 1]
        return self._cumulative[k, b] + self.mass[k, b] * (x - left) / (right - left)

    def log_density(self, x: FloatArray, k: Array) -> FloatArray:
        """See `Continuous`."""
        b = self._bin(x, k)
        inside = (x >= self.edges[k, 0]) & (x <= self.edges[k, -1])
        width = self.edges[k, b + 1] - self.edges[k, b]  # may be so small that a mass over it overflows
        with np.errstate(divide="ignore"):
            return np.where(inside, np.log(self.mass[k, b]) - np.log(width), -np.inf)

    def log_interval(self, low: FloatArray, high: FloatArray, k: Array) -> FloatArray:
        """See `Continuous`."""
        with np.errstate(divide="ignore"):
            return np.log(np.maximum(self._cdf(high, k) - self._cdf(low, k), 0.0))

    def draw(self, low: FloatArray, high: FloatArray, k: Array, rng: np.random.Generator) -> FloatArray:
        """Inverse of the piecewise linear CDF."""
        a, b = self._cdf(low, k), self._cdf(high, k)
        p = a + rng.random(len(k)) * (b - a)
        cell = np.clip((p[:, None] > self._cumulative[k]).sum(axis=1) - 1, 0, self.mass.shape[1] - 1)
        mass = self.mass[k, cell]
        inside = np.where(mass > 0, (p - self._cumulative[k, cell]) / np.where(mass > 0, mass, 1.0), 0.5)
        left, right = self.edges[k, cell], self.edges[k, cell + 1]
        return np.clip(left + inside * (right - left), low, high)

    def mean(self) -> FloatArray:
        """Mean of the bin centres."""
        return (self.mass * (self.edges[:, 1:] + self.edges[:, :-1]) / 2).sum(axis=1)

    def state(self) -> dict[str, Any]:
        """See `Continuous`."""
        return {"kind": "histogram", "edges": self.edges, "mass": self.mass}


def from_state(state: dict[str, Any]) -> Continuous:
    """Inverse of `Continuous.state`."""
    arrays = {name: value for name, value in state.items() if name != "kind"}
    return Gaussian(**arrays) if state["kind"] == "gaussian" else Histogram(**arrays)
