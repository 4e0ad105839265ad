"""Fitting the parts of a product mixture to rows assigned, wholly or partly, to components.

One function serves every family: a row may belong to one component (naive Bayes) or to several with fractional weights
(EM). Estimates are shrunk by a few imaginary rows: frequencies towards the column's own, a normal towards the column's
mean and spread.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..core.schema import Array, Column, Dataset, FloatArray
from .factors import CategoryFactor, Factor, NumberFactor, slot_of
from .frequencies import Frequencies, counted
from .intervals import Gaussian, Histogram
from .product_mixture import ProductMixture
from .scale import centre_and_spread, unit_of

HISTOGRAM_BINS = 64
UNMET = 1e-9  # imaginary rows of a category that no row holds
SMALLEST_SCALE = 1e-3  # of the column's own standard deviation


@dataclass(frozen=True)
class Assignment:
    """Which rows belong to which components, as matching arrays.

    Attributes:
        row, component: indices, any number of pairs.
        weight: share of the row that belongs to the component.
        components: K.
    """

    row: Array
    component: Array
    weight: FloatArray
    components: int

    def total(self, chosen: Array) -> FloatArray:
        """Weight of every component over the chosen pairs, (K,)."""
        return np.bincount(self.component[chosen], self.weight[chosen], self.components)


def product_mixture(
    data: Dataset, assigned: Assignment, *, strength: float, target_strength: float | None = None
) -> ProductMixture:
    """The mixture whose components fit the rows assigned to them.

    `strength` is the number of imaginary rows each estimate is shrunk by; `target_strength` replaces it for the
    target, where a component may be meant to stand for one class.
    """
    columns = data.schema.columns
    total = assigned.total(np.ones(len(assigned.row), bool))
    parts: list[Factor] = []
    missing = np.empty((assigned.components, len(columns)))
    for j, column in enumerate(columns):
        values = data.values[:, j]
        own = strength if column.name != data.schema.target or target_strength is None else target_strength
        gone = np.isnan(values)[assigned.row]
        missing[:, j] = (assigned.total(gone) + own * column.missing) / (total + own)
        if column.name == data.schema.target:
            missing[:, j] = 0.0  # a row without a label has one all the same: nobody wrote it down
        part = _category if column.kind == "category" else _number
        parts.append(part(column, values, assigned, own))
    return ProductMixture(data.schema, total / total.sum(), missing, tuple(parts))


def _category(column: Column, values: FloatArray, assigned: Assignment, strength: float) -> Factor:
    codes = len(column.values)
    known = ~np.isnan(values)
    base = _base(np.bincount(values[known].astype(int), minlength=codes))
    use = known[assigned.row]
    code = values[assigned.row[use]].astype(int)
    counts = counted(assigned.component[use], code, assigned.weight[use], assigned.components, codes)
    return CategoryFactor(Frequencies(counts, base, strength))


def _base(count: Array) -> FloatArray:
    """Probabilities that frequencies are shrunk to; a value declared and never met keeps just enough to be positive."""
    mass = np.where(count > 0, count + 0.5, UNMET)
    return mass / max(mass.sum(), UNMET)


def _number(column: Column, values: FloatArray, assigned: Assignment, strength: float) -> Factor:
    atoms, slot, known = np.asarray(column.atoms), slot_of(column, values), ~np.isnan(values)
    at_atom, smooth = known & (slot >= 0), known & (slot < 0)
    base = _base(np.bincount(slot[at_atom], minlength=len(atoms)))
    row, k, w, components = assigned.row, assigned.component, assigned.weight, assigned.components
    use = at_atom[row]
    counts = counted(k[use], slot[row[use]], w[use], components, len(atoms))
    discrete = Frequencies(counts, base, strength)
    prior = (smooth.sum() + 0.5) / (smooth.sum() + 0.5 + at_atom.sum())  # the column's own: what `share` shrinks to
    use = smooth[row]
    share = (assigned.total(use) + strength * prior) / (assigned.total(known[row]) + strength)
    pool = values[smooth] if smooth.any() else values[known]
    part = _gaussian(column, pool, values[row[use]], k[use], w[use], components, strength)
    return NumberFactor(column, np.clip(share, 0.0, 1.0), discrete, part)


def _gaussian(column: Column, pool: FloatArray, values: FloatArray, k: Array, w: FloatArray, components: int,
              strength: float) -> Gaussian:  # fmt: skip
    """A normal in every component; `pool` are the column's values, `values` those of the pairs (k, w)."""
    centre, spread = centre_and_spread(pool)
    resolved = 2 * float(np.spacing(abs(centre))) if spread else 1e-12 * abs(centre)
    floor = max(SMALLEST_SCALE * spread, 0.3 * (column.step or 0.0), resolved) or 1e-12
    unit = unit_of(np.array([spread, floor]))  # squares stay in the range of doubles
    floor, spread = floor / unit, max(spread, floor) / unit
    v = (values - centre) / unit
    mass = np.bincount(k, w, components)
    loc = np.bincount(k, w * v, components) / (mass + strength)
    squares = np.bincount(k, w * (v - loc[k]) ** 2, components)
    scale = np.sqrt(np.maximum((squares + strength * spread**2) / (mass + strength), floor**2))
    return Gaussian(loc * unit + centre, scale * unit)


def histograms(data: Dataset) -> ProductMixture:
    """The single-component mixture with the columns' own frequencies and equal-count histograms: the marginals."""
    n = len(data)
    everyone = Assignment(np.arange(n), np.zeros(n, int), np.ones(n), 1)
    mixture = product_mixture(data, everyone, strength=1e-6)
    parts = tuple(
        NumberFactor(f.column, f.share, f.atoms, _histogram(f.column, data.values[:, j]))
        if isinstance(f, NumberFactor)
        else f
        for j, f in enumerate(mixture.factors)
    )
    return ProductMixture(data.schema, mixture.weight, mixture.missing, parts)


def _histogram(column: Column, values: FloatArray) -> Histogram:
    """Equal-count bins over the values that are no atoms.

    A bin as wide as the whole range is added on either side with the mass of half a row, so that a new row a little
    beyond the old ones is improbable and not impossible.
    """
    known = values[~np.isnan(values)]
    smooth = known[slot_of(column, known) < 0]
    pool = smooth if len(smooth) else known if len(known) else np.zeros(1)
    bins = int(np.clip(np.sqrt(len(pool)), 1, HISTOGRAM_BINS))
    inner = np.unique(np.quantile(pool, np.linspace(0, 1, bins + 1)))
    # a little of the outer bins' own width, so that the bounds lie inside and next to no mass beyond them
    outer = np.abs(inner[[0, -1]])
    width = np.diff(inner)[[0, -1]] if len(inner) > 1 else np.where(outer > 0, outer, 1.0)
    margin = np.maximum(1e-9 * width, 4 * np.spacing(outer)) if column.step is None else 0.5 * column.step * np.ones(2)
    core = np.concatenate([[inner[0] - margin[0]], inner[1:-1], [inner[-1] + margin[1]]])
    reach = core[-1] - core[0]
    edges = np.concatenate([[core[0] - reach], core, [core[-1] + reach]])
    mass = np.histogram(pool, edges)[0] + 1e-9
    mass[[0, -1]] = 0.5
    return Histogram(edges[None, :], (mass / mass.sum())[None, :])
