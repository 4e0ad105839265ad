"""One column of a product mixture: its distribution in every component, exact for values, sets and ranges.

A category column is a table of frequencies. A number column is a mixture of its atoms (values that hold a visible
share of the rows) and a continuous part; on a grid column a value stands for the cell of half a step on either side,
so that log-probabilities are masses there and densities elsewhere, as the schema says.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.derive import choose
from ..core.evidence import Region
from ..core.schema import Array, Column, FloatArray
from . import intervals
from .frequencies import DENSE_CELLS, Frequencies
from .intervals import Continuous


class Factor(ABC):
    """The distribution of one column given the component, conditional on the cell not being missing."""

    @abstractmethod
    def log_value(self, values: FloatArray, k: Array) -> FloatArray:
        """Log-measure of each value in its component."""

    @abstractmethod
    def log_region(self, region: Region) -> FloatArray:
        """Log-probability of the region's values in every component, (K,)."""

    @abstractmethod
    def draw(self, k: Array, region: Region | None, rng: np.random.Generator) -> FloatArray:
        """One value a component, inside the region."""

    @abstractmethod
    def centre(self, weights: sparse.csr_matrix) -> FloatArray:
        """Best single value for every row of component weights: the mode of categories, the mean of numbers."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""


@dataclass(frozen=True)
class CategoryFactor(Factor):
    """A category column."""

    frequencies: Frequencies

    def log_value(self, values: FloatArray, k: Array) -> FloatArray:
        """See `Factor`."""
        with np.errstate(divide="ignore"):
            return np.log(self.frequencies.probability(values.astype(int), k))

    def log_region(self, region: Region) -> FloatArray:
        """See `Factor`."""
        if all(region.codes or ()):
            return np.zeros(self.frequencies.components)
        with np.errstate(divide="ignore"):
            return np.log(self.frequencies.of_set(np.asarray(region.codes)))

    def draw(self, k: Array, region: Region | None, rng: np.random.Generator) -> FloatArray:
        """See `Factor`."""
        chosen = None if region is None or all(region.codes or ()) else np.asarray(region.codes)
        return self.frequencies.draw(k, chosen, rng).astype(float)

    def centre(self, weights: sparse.csr_matrix) -> FloatArray:
        """See `Factor`."""
        block = max(1, DENSE_CELLS // max(1, len(self.frequencies.base)))
        starts = range(0, weights.shape[0], block)
        modes = [self.frequencies.averaged(weights[i : i + block]).argmax(axis=1) for i in starts]
        return np.concatenate([np.zeros(0), *modes])

    def state(self) -> dict[str, Any]:
        """See `Factor`."""
        return {"frequencies": self.frequencies.state()}


@dataclass(frozen=True)
class NumberFactor(Factor):
    """A number column.

    Attributes:
        column: its facts; the atoms are in rising order.
        share: (K,) probability of the continuous part; the rest is on atoms.
        atoms: distribution over the column's atoms, given that the value is one of them.
        part: the continuous part.
    """

    column: Column
    share: FloatArray
    atoms: Frequencies
    part: Continuous

    @cached_property
    def _points(self) -> FloatArray:
        return np.asarray(self.column.atoms, dtype=float)

    @cached_property
    def _logs(self) -> tuple[FloatArray, FloatArray]:
        """log P(continuous part), log P(atoms), each (K,)."""
        with np.errstate(divide="ignore"):
            return np.log(self.share), np.log1p(-self.share)

    def log_value(self, values: FloatArray, k: Array) -> FloatArray:
        """See `Factor`."""
        smooth, discrete = self._logs
        step, slot = self.column.step, slot_of(self.column, values)
        if step is None:
            continuous = smooth[k] + self.part.log_density(values, k)
        else:
            continuous = smooth[k] + self.part.log_interval(values - step / 2, values + step / 2, k)
        if not len(self._points):
            return continuous
        with np.errstate(divide="ignore"):
            atom = np.where(slot < 0, -np.inf, discrete[k] + np.log(self.atoms.probability(slot, k)))
        return np.where(slot < 0, continuous, atom) if step is None else np.logaddexp(atom, continuous)

    def log_region(self, region: Region) -> FloatArray:
        """See `Factor`."""
        smooth, discrete = self._logs
        everything = np.arange(len(self.share))
        with np.errstate(divide="ignore"):
            total = discrete + np.log(self.atoms.of_set(region.contains(self._points)))
        for low, high in region.edges(self.column):
            limits = np.full(len(everything), low), np.full(len(everything), high)
            total = np.logaddexp(total, smooth + self.part.log_interval(*limits, everything))
        return total

    def draw(self, k: Array, region: Region | None, rng: np.random.Generator) -> FloatArray:
        """See `Factor`."""
        region = Region.everything(self.column) if region is None else region
        chosen, edges = region.contains(self._points), region.edges(self.column)
        pieces = np.empty((len(k), 1 + len(edges)))
        pieces[:, 0] = ((1 - self.share) * self.atoms.of_set(chosen))[k]
        for i, (low, high) in enumerate(edges, start=1):
            inside = self.part.log_interval(np.full(len(k), low), np.full(len(k), high), k)
            pieces[:, i] = self.share[k] * np.exp(inside)
        which = choose(pieces, rng).astype(int)
        out = np.empty(len(k))
        on_atom = which == 0
        if on_atom.any():
            out[on_atom] = self._points[self.atoms.draw(k[on_atom], chosen, rng)]
        for i, (low, high) in enumerate(edges, start=1):
            here = which == i
            m = int(here.sum())
            if m:
                out[here] = self.part.draw(np.full(m, low), np.full(m, high), k[here], rng)
        return out

    @cached_property
    def means(self) -> FloatArray:
        """Mean of every component, (K,)."""
        return self.share * self.part.mean() + (1 - self.share) * self.atoms.average_of(self._points)

    def centre(self, weights: sparse.csr_matrix) -> FloatArray:
        """See `Factor`."""
        return np.asarray(weights @ self.means).ravel()

    def state(self) -> dict[str, Any]:
        """See `Factor`."""
        return {"share": self.share, "atoms": self.atoms.state(), "part": self.part.state()}


def slot_of(column: Column, values: FloatArray) -> Array:
    """Position among the column's atoms of each value, -1 where it is none of them."""
    atoms = np.asarray(column.atoms)
    if not len(atoms):
        return np.full(len(values), -1)
    right = np.clip(np.searchsorted(atoms, values), 0, len(atoms) - 1)
    left = np.maximum(right - 1, 0)
    near = np.where(np.abs(atoms[left] - values) < np.abs(atoms[right] - values), left, right)
    tolerance = 0.0 if column.step is None else column.step * 1e-6
    return np.where(np.abs(atoms[near] - values) <= tolerance, near, -1)


def from_state(column: Column, state: dict[str, Any]) -> Factor:
    """Inverse of `Factor.state`; the column decides which factor it is."""
    if column.kind == "category":
        return CategoryFactor(Frequencies.from_state(state["frequencies"]))
    atoms, part = Frequencies.from_state(state["atoms"]), intervals.from_state(state["part"])
    return NumberFactor(column, state["share"], atoms, part)
