"""A product mixture made of noisy counts: epsilon-differentially private where the columns were declared.

Each row is counted in one cell of each table: one table for the component (the class, or the bin of a numeric target)
and one for each column, component by bin. A row more or less changes one count of each table by one, so discrete
Laplace noise of rate epsilon / tables on every count gives epsilon for all of them together (delta 0). Bins are made of
declared facts alone. What follows uses nothing but the noisy counts and therefore costs nothing: counts are moved to
the nearest non-negative ones with the right sum (norm-sub; Wang et al. 2020), then shrunk as in naive Bayes.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.errors import BadInput
from ..core.schema import Array, Column, Dataset, FloatArray, Privacy, Schema
from .arguments import Rule, check
from .discrete_laplace import DiscreteLaplace
from .factors import CategoryFactor, Factor, NumberFactor, slot_of
from .frequencies import Frequencies
from .intervals import Histogram
from .product_mixture import ProductMixture

BINS = 20  # equally wide ones of a number
MOST_COUNTS = 1_000_000  # noise is drawn one by one, exactly
SMALLEST, LARGEST = 1e-6, 1e6
NOISE_ROWS = 4.0  # imaginary rows for each standard deviation of the noise (docs/lab/differential_privacy.md)
TINY = 1e-6  # imaginary rows behind the target's frequencies, as in `mixture_em`

EPSILON = Rule(
    f"None or a number from {SMALLEST:g} to {LARGEST:g}",
    lambda v: v is None or (isinstance(v, int | float) and not isinstance(v, bool) and SMALLEST <= v <= LARGEST),
)
SEED = Rule(
    "None or a whole number from 0",
    lambda v: v is None or (isinstance(v, int) and not isinstance(v, bool) and v >= 0),
)


def asked(model: Any) -> Privacy | None:
    """The guarantee that a family's arguments `epsilon`, `domain` and `noise_seed` ask for, None without epsilon.

    Raises:
        BadInput: an argument that cannot be used, or one that would do nothing without epsilon.
    """
    check(model, epsilon=EPSILON, noise_seed=SEED)
    if model.epsilon is not None:
        return Privacy(float(model.epsilon), secret=model.noise_seed is None)
    idle = [name for name in ("domain", "noise_seed") if getattr(model, name) is not None]
    if idle:
        raise BadInput(f"{' and '.join(idle)} would protect nothing without epsilon; set it, or leave this out")
    return None


@dataclass(frozen=True)
class Bins:
    """The cells of one column, from declared facts: categories, or atoms and then intervals; then the empty cell.

    Attributes:
        column: its facts.
        edges: (B + 1,) rising ends of the intervals; empty for categories.
        empty: whether the empty cell is counted.
    """

    column: Column
    edges: FloatArray
    empty: bool

    @classmethod
    def of(cls, column: Column, cuts: Sequence[float], bins: int, *, empty: bool) -> Bins:
        """`cuts` are where intervals begin; without any, so many equally wide ones, or one for each grid point."""
        if column.kind == "category":
            return cls(column, np.zeros(0), empty)
        low, high, step = column.low, column.high, column.step
        if step is None:
            blur = 0.0 if low < high else max(1e-6 * abs(low), 1e-6)  # observed, and all the same
            inner = np.asarray(cuts) if cuts else np.linspace(low - blur, high + blur, bins + 1)[1:-1]
            return cls(column, np.array([low - blur, *inner, high + blur]), empty)
        points = round((high - low) / step) + 1
        if cuts:
            places = np.unique(np.ceil((np.asarray(cuts) - low) / step - 1e-6))
            places = np.array([0, *places[(places > 0) & (places < points)], points])
        else:
            places = np.round(np.linspace(0, points, min(bins, points) + 1))
        return cls(column, low + (places - 0.5) * step, empty)

    @cached_property
    def values(self) -> int:
        """Cells that hold a value."""
        if self.column.kind == "category":
            return len(self.column.values)
        return len(self.column.atoms) + len(self.edges) - 1

    @property
    def cells(self) -> int:
        """All cells."""
        return self.values + self.empty

    def cell(self, values: FloatArray) -> Array:
        """int (n,): the cell of each encoded value, each by itself; -1 for an empty one that is not counted."""
        gone = np.isnan(values)
        if self.column.kind == "category":
            found = np.where(gone, 0, values).astype(int)
        else:
            slot = slot_of(self.column, values)
            inside = np.searchsorted(self.edges, values, side="left") - 1
            found = np.where(slot >= 0, slot, len(self.column.atoms) + np.clip(inside, 0, len(self.edges) - 2))
        return np.where(gone, self.values if self.empty else -1, found)

    def factor(self, counts: FloatArray, strength: float) -> Factor:
        """The column's distribution in every component, from cleaned counts of its values (K, values).

        As much as the domain is wide lies on either side of it with half a row's mass, so that a new row from beyond is
        improbable and not impossible; no sample leaves the domain.
        """
        pooled = counts.sum(axis=0) + 0.5
        if self.column.kind == "category":
            return CategoryFactor(_frequencies(counts, pooled, strength))
        a, rows = len(self.column.atoms), counts.sum()
        atoms, smooth = counts[:, :a], counts[:, a:]
        share = (smooth.sum(axis=1) + strength * pooled[a:].sum() / pooled.sum()) / (counts.sum(axis=1) + strength)
        mass = smooth + strength * pooled[a:] / pooled[a:].sum()
        beyond = np.full((len(mass), 1), 0.5 / (rows + 1))  # alike in every component, so that it favours none
        mass = np.hstack([beyond, mass / mass.sum(axis=1, keepdims=True), beyond])
        reach = self.edges[-1] - self.edges[0]
        edges = np.array([self.edges[0] - reach, *self.edges, self.edges[-1] + reach])
        part = Histogram(np.tile(edges, (len(mass), 1)), mass / mass.sum(axis=1, keepdims=True))
        share = share if a else np.ones(len(mass))
        return NumberFactor(self.column, np.clip(share, 0.0, 1.0), _frequencies(atoms, pooled[:a], strength), part)


def private_mixture(data: Dataset, *, by_target: bool, strength: float, bins: int = BINS,
                    noise_seed: int | None = None) -> ProductMixture:  # fmt: skip
    """One component a class or bin of the target (`by_target`), else one alone, from noisy counts.

    Args:
        data: as `TableModality.learn_privately` encodes them; rows without a label are left out when `by_target`.
        by_target: naive Bayes; otherwise marginals, the target a column like any other.
        strength: imaginary rows that each estimate is shrunk by, on top of those that the noise asks for.
        bins: of numbers that have no declared cuts.
        noise_seed: makes the noise repeatable, and the guarantee void.

    Raises:
        BadInput: there would be too many counts, or the data were not encoded under declared columns.
    """
    schema, t = data.schema, data.schema.target_index
    if schema.privacy is None:
        raise BadInput("epsilon protects a family that is fitted by itself, not one inside another; leave it out")
    layout = [
        Bins.of(c, cuts, bins, empty=c.missing > 0 and j != t)
        for j, (c, cuts) in enumerate(zip(schema.columns, schema.privacy.cuts, strict=True))
    ]
    component, components = np.zeros(len(data), int), 1
    if by_target:
        assert t is not None
        component, components = layout[t].cell(data.y), layout[t].values
    tables = [_table(component, components, b.cell(data.values[:, j]), b.cells) for j, b in enumerate(layout)]
    if by_target:
        assert t is not None
        tables[t] = _table(component * 0, 1, component, components)
    rate = Fraction(schema.privacy.epsilon) / len(tables)
    noisy = _noisy(tables, rate, noise_seed)
    strength += NOISE_ROWS * _deviation(float(rate))
    rows = max(_rows(noisy), 0.0)
    totals = _projected(noisy[t if by_target and t is not None else 0].sum(axis=0 if by_target else 1), max(rows, 1.0))
    factors: list[Factor] = []
    missing, columns = np.zeros((components, len(layout))), list(schema.columns)
    for j, (b, table) in enumerate(zip(layout, noisy, strict=True)):
        if by_target and j == t:
            factors.append(b.factor(np.diag(np.maximum(totals, 1.0)), TINY))
            continue
        counts = np.stack([_projected(row, total) for row, total in zip(table, totals, strict=True)])
        factors.append(b.factor(counts[:, : b.values], strength))
        if b.empty:
            gone = counts[:, -1]
            share = float((gone.sum() + 0.5) / (totals.sum() + 1.0))
            missing[:, j] = (gone + strength * share) / (totals + strength)
            columns[j] = replace(columns[j], missing=share)
    privacy = replace(schema.privacy, tables=len(tables))
    told = replace(schema, columns=tuple(columns), rows=round(rows), privacy=privacy)
    weight = totals + strength / components
    return ProductMixture(told, weight / weight.sum(), missing, _told(told, factors))


def _table(component: Array, components: int, cell: Array, cells: int) -> Array:
    """Counts of (component, cell), int64 (components, cells); pairs with a -1 are left out."""
    use = (component >= 0) & (cell >= 0)
    flat = np.bincount(component[use] * cells + cell[use], minlength=components * cells)
    return flat.reshape(components, cells)


def _noisy(tables: Sequence[Array], rate: Fraction, noise_seed: int | None) -> list[FloatArray]:
    """The tables with discrete Laplace noise of this rate on every count, also on those of zero."""
    counts = sum(table.size for table in tables)
    if counts > MOST_COUNTS:
        raise BadInput(f"the declared domain has {counts:,} counts, beyond {MOST_COUNTS:,}; merge categories or cuts")
    noise = DiscreteLaplace(rate, None if noise_seed is None else random.Random(int(noise_seed)))
    return [np.array([int(n) + noise.draw() for n in table.flat], float).reshape(table.shape) for table in tables]


def _deviation(rate: float) -> float:
    """Standard deviation of discrete Laplace noise."""
    return float(np.sqrt(2 * np.exp(-rate)) / -np.expm1(-rate))


def _rows(noisy: Sequence[Array]) -> float:
    """How many rows there are, by the sums of all tables; the more cells, the noisier the sum."""
    sizes = np.array([table.size for table in noisy])
    return float(np.average([table.sum() for table in noisy], weights=1 / sizes))


def _projected(noisy: FloatArray, total: float) -> FloatArray:
    """The nearest non-negative numbers (least squares) whose sum is `total`."""
    falling = np.sort(noisy)[::-1]
    shift = (np.cumsum(falling) - total) / np.arange(1, len(noisy) + 1)
    return np.maximum(noisy - shift[np.flatnonzero(falling > shift)[-1]], 0.0) if total > 0 else np.zeros(len(noisy))


def _frequencies(counts: FloatArray, pooled: FloatArray, strength: float) -> Frequencies:
    return Frequencies(sparse.csr_matrix(counts), pooled / pooled.sum(), strength)


def _told(schema: Schema, factors: Sequence[Factor]) -> tuple[Factor, ...]:
    """The factors with the columns of the published schema."""
    return tuple(
        replace(f, column=c) if isinstance(f, NumberFactor) else f for c, f in zip(schema.columns, factors, strict=True)
    )
