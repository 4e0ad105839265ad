"""Latent classes: a mixture of products whose columns are frequencies of bins (McLachlan and Peel 2000).

With a few hundred components and bins that share one fine distribution inside, such a mixture is a faithful and exactly
tractable model of a table: a shallow probabilistic circuit.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.evidence import Evidence, Region
from ..core.schema import Array, Column, Dataset, FloatArray, Schema
from .binned import Line, bins_for, category_line, number_line
from .binned_factor import BinnedFactor
from .class_em import Coded, fit_classes
from .product_mixture import ProductMixture

STRUCTURE_ROWS = 100_000  # rows that components are grown on; all are counted
SPIKE = 3.0  # a bin so many times heavier than both neighbours is no neighbour of theirs
GAP = 0.02  # a bin with less than so much of its due share is no neighbour of any
BLOCK = 4_096
SURE = 1e-9  # least probability of a full or an empty cell where the data had both


@dataclass(frozen=True)
class LatentClasses:
    """A product mixture of `BinnedFactor`s, answered for whole rows of components at a time."""

    mixture: ProductMixture

    @cached_property
    def columns(self) -> tuple[BinnedFactor, ...]:
        """The factors, which are all of frequencies of bins."""
        return tuple(f for f in self.mixture.factors if isinstance(f, BinnedFactor))

    @property
    def schema(self) -> Schema:
        """The columns, in the order of the factors."""
        return self.mixture.schema

    @property
    def weight(self) -> FloatArray:
        """(K,) probabilities of the components."""
        return self.mixture.weight

    @property
    def missing(self) -> FloatArray:
        """(K, d) probability that the component leaves the cell empty."""
        return self.mixture.missing

    def log_joint(self, event: Evidence) -> FloatArray:
        """log w_k prod_j f_kj(cell or region j), (n, K)."""
        out = np.tile(np.log(self.weight), (len(event), 1))
        for j, factor in enumerate(self.columns):
            known = ~np.isnan(event.values[:, j])
            if known.all():
                out += factor.log_values(event.values[:, j])
            elif known.any():
                out[known] += factor.log_values(event.values[known, j])
            region = event.regions.get(j)
            if region is not None and not known.all():
                out[~known] += self._log_region(j, region)
            if region is not None and known.any():
                with np.errstate(divide="ignore"):
                    out[known] += np.log1p(-self.missing[:, j])
        return out

    def posterior(self, event: Evidence) -> tuple[FloatArray, FloatArray]:
        """P(component | what is known), (n, K), and the log-measure of every row, (n,).

        A row without any probability falls back on the components' own weights.
        """
        logit = self.log_joint(event)
        top = logit.max(axis=1, keepdims=True)
        lost = ~np.isfinite(top[:, 0])
        share = np.exp(logit - np.where(lost[:, None], 0.0, top))
        share[lost] = self.weight
        total = share.sum(axis=1, keepdims=True)
        return share / total, np.where(lost, -np.inf, (top + np.log(total))[:, 0])

    def completed(self, values: FloatArray, rng: np.random.Generator) -> FloatArray:
        """A copy with every hole filled by a draw given the rest of its row."""
        out = values.copy()
        holes = np.isnan(values)
        rows = np.flatnonzero(holes.any(axis=1))
        for start in range(0, len(rows), BLOCK):
            part = rows[start : start + BLOCK]
            share, _ = self.posterior(Evidence(values[part]))
            k = drawn(share, rng)
            for j, factor in enumerate(self.columns):
                here = holes[part, j]
                if here.any():
                    out[part[here], j] = factor.draw(k[here], None, rng)
        return out

    def log_prob(self, event: Evidence) -> FloatArray:
        """Log-measure of every row of evidence, (n,) nats."""
        starts = range(0, len(event), BLOCK)
        parts = (Evidence(event.values[s : s + BLOCK], event.regions) for s in starts)
        out = np.concatenate([np.zeros(0), *(self.posterior(part)[1] for part in parts)])
        out[self.off_grid(event.values)] = -np.inf
        return out

    def off_grid(self, values: FloatArray) -> Array:
        """Rows, boolean (n,), with a number between two points of its grid, which has no probability."""
        off = np.zeros(len(values), bool)
        for j, column in enumerate(self.schema.columns):
            if column.step is not None:
                v = values[:, j]
                off |= np.abs(column.on_grid(v) - v) > 1e-6 * column.step + 4 * np.spacing(np.abs(v))
        return off

    def _log_region(self, j: int, region: Region) -> FloatArray:
        """Log-probability in every component that the cell is in the region, (K,): empty, or full and inside."""
        empty, inside = self.missing[:, j], self.columns[j].restricted(region).total if region.holds_values else 0.0
        with np.errstate(divide="ignore"):
            return np.log(np.minimum(empty * region.missing + (1 - empty) * inside, 1.0))

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return self.mixture.state()

    @classmethod
    def from_state(cls, schema: Schema, state: dict[str, Any]) -> LatentClasses:
        """Inverse of `state`; ValueError unless the parts fit together."""
        parts = zip(schema.columns, state["factors"], strict=True)
        rebuilt = tuple(BinnedFactor.from_state(column, part) for column, part in parts)
        made = ProductMixture(schema, state["weight"], state["missing"], rebuilt)
        components = len(made.weight)
        if made.missing.shape != (components, len(rebuilt)) or any(len(f.table) != components for f in rebuilt):
            raise ValueError("its columns are of different numbers of components")
        return cls(made)


def drawn(share: FloatArray, rng: np.random.Generator) -> Array:
    """One column of every row, drawn with the row's probabilities."""
    ladder = np.cumsum(share, axis=1)
    goal = rng.random(len(share)) * ladder[:, -1]
    return np.minimum((ladder <= goal[:, None]).sum(axis=1), share.shape[1] - 1)


def latent_classes(data: Dataset, rank: tuple[Array, ...], classes: int, steps: int,
                   rng: np.random.Generator) -> LatentClasses:  # fmt: skip
    """The mixture of so many components that fits the data.

    Whether a cell is missing is one more column of the mixture, except in the target: a row without a label has one
    all the same, nobody wrote it down.
    """
    columns, bins = data.schema.columns, bins_for(len(data))
    lines, bases = zip(*(line_of(c, data.values[:, j], rank[j], bins) for j, c in enumerate(columns)), strict=True)
    empty = [np.zeros((1, part.bins)) for part in lines]
    blank = [BinnedFactor(c, r, p, e) for c, r, p, e in zip(columns, rank, lines, empty, strict=True)]
    code = []
    for j, factor in enumerate(blank):
        cell = factor.cells(data.values[:, j])
        code.append(np.where(cell < 0, -1, factor.part.bin[cell]))
    chains = [_chain(c, base) for c, base in zip(columns, bases, strict=True)]
    holed = [j for j, c in enumerate(columns) if 0 < c.missing < 1 and c.name != data.schema.target]
    for j in holed:
        code.append(np.isnan(data.values[:, j]).astype(int))
        chains.append(np.zeros(0, int))
    shares = [np.array([1 - columns[j].missing, columns[j].missing]) for j in holed]
    coded = Coded(np.stack(code, axis=1), (*bases, *shares), tuple(chains))
    rows = np.arange(len(data))
    if len(rows) > STRUCTURE_ROWS:
        rows = np.sort(rng.choice(len(rows), STRUCTURE_ROWS, replace=False))
    weight, tables = fit_classes(coded, classes, steps, rows, rng)
    missing = np.zeros((len(weight), len(columns)))
    for j, column in enumerate(columns):
        missing[:, j] = float(column.missing == 1 and column.name != data.schema.target)
    for j, table in zip(holed, tables[len(columns) :], strict=True):
        missing[:, j] = np.clip(table[:, 1], SURE, 1 - SURE)
    factors = tuple(BinnedFactor(f.column, f.rank, f.part, t) for f, t in zip(blank, tables, strict=False))
    return LatentClasses(ProductMixture(data.schema, weight, missing, factors))


def line_of(column: Column, values: FloatArray, rank: Array, bins: int) -> tuple[Line, FloatArray]:
    """The column's line, and the share of the known cells in each of its bins."""
    known = values[~np.isnan(values)]
    if column.kind != "category":
        return number_line(column, known, bins)
    count = np.bincount(known[known >= 0].astype(int), minlength=len(column.values))
    return category_line(count, rank, max(bins, 32))


def _chain(column: Column, base: FloatArray) -> Array:
    """The bins among which neighbours are alike: those of numbers and ordered categories, save spikes and gaps."""
    if column.kind == "category" and not column.ordered:
        return np.zeros(0, int)
    near = np.concatenate([[0.0], base, [0.0]])
    alike = (base <= SPIKE * np.maximum(near[:-2], near[2:])) & (base > GAP / len(base))
    if column.kind == "number":
        alike[[0, -1]] = False  # beyond the observed bounds
    return np.flatnonzero(alike)
