"""Discrete distributions over shared categories, one per component, shrunk towards a common base.

p_k(c) = (N_kc + s b_c) / (N_k + s): the component's own counts plus `strength` s imaginary rows spread like the base b.
Counts are kept sparse once K x C grows, so memory follows the rows, not the number of categories squared.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.schema import Array, FloatArray

DENSE_CELLS = 4_000_000


@dataclass(frozen=True)
class Frequencies:
    """K distributions over C categories.

    Attributes:
        counts: (K, C) sparse matrix of (possibly fractional) counts.
        base: (C,) probabilities everything shrinks to; positive.
        strength: imaginary rows, > 0.
    """

    counts: sparse.csr_matrix
    base: FloatArray
    strength: float

    @property
    def components(self) -> int:
        """K."""
        return self.counts.shape[0]

    @cached_property
    def _total(self) -> FloatArray:
        return np.asarray(self.counts.sum(axis=1)).ravel() + self.strength

    @cached_property
    def table(self) -> FloatArray:
        """All probabilities, dense (K, C); for targets and small tables."""
        return (self.counts.toarray() + self.strength * self.base) / self._total[:, None]

    @cached_property
    def _small(self) -> bool:
        return self.counts.shape[0] * self.counts.shape[1] <= DENSE_CELLS

    def probability(self, code: Array, k: Array) -> FloatArray:
        """p_k(code) for matching arrays of codes and components; a code below 0 (never met) has none."""
        if not len(self.base):
            return np.zeros(len(k))
        met = code >= 0
        code = np.maximum(code, 0)
        if self._small:
            return np.where(met, self.table[k, code], 0.0)
        own = np.asarray(self.counts[k, code]).ravel() if len(k) else np.zeros(0)
        return np.where(met, (own + self.strength * self.base[code]) / self._total[k], 0.0)

    def of_set(self, chosen: Array) -> FloatArray:
        """Probability of a set of categories (boolean mask (C,)) in every component, (K,)."""
        return self.average_of(chosen.astype(float))

    def average_of(self, numbers: FloatArray) -> FloatArray:
        """Mean of numbers attached to the categories, in every component, (K,)."""
        if self._small:
            return self.table @ numbers
        return (np.asarray(self.counts @ numbers).ravel() + self.strength * (self.base @ numbers)) / self._total

    def draw(self, k: Array, chosen: Array | None, rng: np.random.Generator) -> Array:
        """One code a component, among the chosen categories (which must have probability there)."""
        components, where = np.unique(k, return_inverse=True)
        out = np.empty(len(k), dtype=int)
        u = rng.random(len(k))
        block = max(1, DENSE_CELLS // max(len(self.base), 1))
        for start in range(0, len(components), block):
            part = components[start : start + block]
            rows = np.flatnonzero((where >= start) & (where < start + len(part)))
            ladder = np.cumsum(self._rows(part) * (1.0 if chosen is None else chosen), axis=1)
            # one search over all ladders laid end to end: ladder i occupies (i, i+1]
            flat = (ladder / ladder[:, -1:] + np.arange(len(part))[:, None]).ravel()
            at = np.searchsorted(flat, u[rows] + (where[rows] - start), side="right")
            out[rows] = np.minimum(at - (where[rows] - start) * ladder.shape[1], ladder.shape[1] - 1)
        return out

    def _rows(self, k: Array) -> FloatArray:
        """Probabilities of some components, dense (len(k), C)."""
        if self._small:
            return self.table[k]
        return (self.counts[k].toarray() + self.strength * self.base) / self._total[k, None]

    def averaged(self, weights: sparse.csr_matrix) -> FloatArray:
        """Mixture of the components for every row of weights (n, K): dense (n, C)."""
        if self._small:
            return np.asarray(weights @ self.table)
        scaled = sparse.csr_matrix(weights.multiply(1.0 / self._total))
        prior = self.strength * np.asarray(scaled.sum(axis=1)) * self.base
        return np.asarray((scaled @ self.counts).todense()) + prior

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "data": self.counts.data, "indices": self.counts.indices, "indptr": self.counts.indptr,
            "base": self.base, "strength": self.strength,
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Frequencies:
        """Inverse of `state`."""
        shape = (len(state["indptr"]) - 1, len(state["base"]))
        counts = sparse.csr_matrix((state["data"], state["indices"], state["indptr"]), shape=shape)
        counts.check_format()  # an index beyond the shape would be followed into memory
        return cls(counts, state["base"], state["strength"])


def counted(k: Array, code: Array, weight: FloatArray, components: int, categories: int) -> sparse.csr_matrix:
    """Weighted counts of (component, code) pairs, (components, categories)."""
    if not categories:
        return sparse.csr_matrix((components, 0))
    matrix = sparse.coo_matrix((weight, (k, code)), shape=(components, categories)).tocsr()
    matrix.sort_indices()
    return matrix
