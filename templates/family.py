"""Shrunken Gaussians: each class has its own normal for every number and its own frequencies for every category.

This file is a whole family and a start for yours. Copy it, then go through the places marked YOURS:

1. the card: what people and the table of abilities read, without building anything;
2. `__init__`: stores its arguments under their own names and does nothing else;
3. `_fit`, `_state`, `_restore`: learn from an encoded table, and give what was learned as arrays;
4. the hooks you have. Inherit one abstract class for each: `Predicts`, `Samples`, `Scores`, `Imputes`. What follows
   from them exactly need not be written: here `predict` is Bayes' rule and `impute` conditional draws.

Then run `obverse check your_family.py`. A finished family goes into `src/obverse/families/`, or into a package of your
own with an entry point in the group `obverse.families`.

The method: naive Bayes with estimates pulled towards the whole table's (James and Stein 1961), as if every class had
`shrinkage` more rows that look like the table. Columns are independent given the class, so all queries are exact.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from obverse.core.card import Card
from obverse.core.derive import choose, gaussian_log_measure, log_normal_interval
from obverse.core.errors import BadInput
from obverse.core.evidence import Evidence, Region
from obverse.core.model import Model
from obverse.core.queries import Samples, Scores
from obverse.core.rng import RandomState
from obverse.core.schema import Array, Column, Dataset, FloatArray
from obverse.modalities.table import TABLE


class ShrunkenGaussians(Samples, Scores, Model):
    """P(x, y) = P(y) prod_j P(x_j | y), each factor shrunk towards the column's own distribution.

    Args:
        shrinkage: imaginary rows, spread like the whole table, that every class is given.
        random_state: seeds the drawing verbs.
    """

    # YOURS. Declare no more than is true: `obverse check` compares every line with what the family does.
    card = Card(
        key="shrunken_gaussians",  # the name users type: the file's name, or the class's in snake case
        title="Shrunken Gaussians (template)",
        learns=frozenset({"P(x,y)"}),
        modality=TABLE,
        backbone="mixture",
        objective="shrunken maximum likelihood of P(y) and P(x|y)",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=("James and Stein 1961, Estimation with quadratic loss",),
        tasks=frozenset({"class"}),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        needs_target=True,
        avoid_when="columns depend on each other given the class",
    )

    # YOURS. Only store: values are checked in `_fit`, so that copies and grid searches work.
    def __init__(self, shrinkage: float = 2.0, random_state: RandomState = None) -> None:
        self.shrinkage = shrinkage
        self.random_state = random_state

    # YOURS. `data.values` is float64 (n, d), target included: codes of categories, numbers, dates as seconds, NaN where
    # a cell is missing; `data.schema` says what each column is. Names of what is learned end in an underscore.
    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        if self.shrinkage <= 0:
            raise BadInput(f"shrinkage must be above 0, not {self.shrinkage}")
        data = data.take(~np.isnan(data.y))  # unlabelled rows have no class to belong to
        labels = data.schema.target_column
        assert labels is not None
        member = np.eye(len(labels.values))[data.y.astype(int)]
        self.prior_ = member.mean(axis=0)
        self.cells_ = [
            Cells.of(column, data.values[:, j], member, 0.0 if column is labels else self.shrinkage)
            for j, column in enumerate(data.schema.columns)
        ]

    # YOURS. Log-probability of n rows of evidence: cells that are NaN are unknown and summed out (here: left out of the
    # product); a region is a set of values one column is known to lie in, the same for all rows.
    def _log_prob(self, event: Evidence) -> FloatArray:
        return np.logaddexp.reduce(self._joint(event), axis=1)

    # YOURS. n rows that agree with one row of evidence. A NaN in the answer is a missing cell of the sample.
    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        logits = self._joint(given)[0]
        share = np.exp(logits - logits.max())
        label = rng.choice(len(share), size=n, p=share / share.sum())
        rows = np.repeat(given.values, n, axis=0)
        for j, cells in enumerate(self.cells_):
            if np.isnan(given.values[0, j]):
                rows[:, j] = cells.draw(label, given.regions.get(j, Region.everything(cells.column)), rng)
        return rows

    def _joint(self, event: Evidence) -> FloatArray:
        """log P(class, evidence), (n, k)."""
        with np.errstate(divide="ignore"):
            logits = np.tile(np.log(self.prior_), (len(event), 1))
        for j, cells in enumerate(self.cells_):
            known = ~np.isnan(event.values[:, j])
            logits[known] += cells.log_value(event.values[known, j])
            if j in event.regions:
                logits += cells.log_region(event.regions[j])
        return logits

    # YOURS. Arrays, numbers and text only: a model folder holds no code.
    def _state(self) -> dict[str, Any]:
        return {"prior": self.prior_, "cells": [cells.state() for cells in self.cells_]}

    def _restore(self, state: dict[str, Any]) -> None:
        self.prior_ = state["prior"]
        columns = self.schema_.columns  # already set
        self.cells_ = [Cells(column, **arrays) for column, arrays in zip(columns, state["cells"], strict=True)]


@dataclass(frozen=True)
class Cells:
    """The cells of one column given each of k classes: masses at some points, and a normal for other numbers.

    The points are the categories of a category column, or the atoms of a column of decimals. A number on a grid gets
    the mass of half a step on either side: `gaussian_log_measure` follows the schema there.

    Attributes:
        column: its facts.
        points: (m,) values with a mass of their own.
        mass: (k, m) probability of each.
        rest: (k,) probability of all other numbers.
        loc, scale: (k,) mean and standard deviation of those.
        missing: (k,) probability that the cell is empty.
    """

    column: Column
    points: FloatArray
    mass: FloatArray
    rest: FloatArray
    loc: FloatArray
    scale: FloatArray
    missing: FloatArray

    @classmethod
    def of(cls, column: Column, values: FloatArray, member: FloatArray, shrinkage: float) -> Cells:
        """Learn from the column's values (n,) and the class of each row, one-hot (n, k)."""
        category = column.kind == "category"
        atoms = column.atoms if column.step is None else ()
        points = np.arange(len(column.values), dtype=float) if category else np.asarray(atoms, dtype=float)

        def shrunk(x: FloatArray, rows: FloatArray, own: float | FloatArray) -> FloatArray:
            """Mean of x in each class over its rows and the imaginary ones, where it is `own`."""
            weight = rows.sum(axis=0) + max(shrinkage, 1e-9)
            prior = max(shrinkage, 1e-9) * np.broadcast_to(own, x.shape[1:])
            return (rows.T @ x + prior) / weight.reshape(-1, *[1] * (x.ndim - 1))

        known = ~np.isnan(values)
        at_point = values[known][:, None] == points
        mass = shrunk(at_point.astype(float), member[known], at_point.mean(axis=0) if known.any() else 0.0)
        other = known & ~np.isin(values, points)
        pool = values[other] if other.any() else np.zeros(1)
        centre, floor = pool.mean(), max(0.3 * (column.step or 0.0), 1e-6 * abs(pool).max(), 1e-9)
        loc = shrunk(values[other] - centre, member[other], 0.0)
        square = (values[other] - centre - (member[other] @ loc)) ** 2
        scale = np.sqrt(shrunk(square, member[other], pool.var()))
        missing = shrunk((~known).astype(float), member, column.missing)
        rest = np.zeros(len(mass)) if category else 1 - mass.sum(axis=1)
        return cls(column, points, mass, rest, loc + centre, np.maximum(scale, floor), missing)

    def log_value(self, values: FloatArray) -> FloatArray:
        """Log-measure of each value in each class, (n, k); a category never met (-1) is at no point."""
        at_point = values[:, None] == self.points
        with np.errstate(divide="ignore"):
            on, off = np.log(at_point @ self.mass.T), np.log(self.rest)
        normal = gaussian_log_measure(self.column, values[:, None], self.loc, self.scale)
        return np.where(at_point.any(axis=1)[:, None], on, off + normal)

    def log_region(self, region: Region) -> FloatArray:
        """Log-probability of the region in each class, (k,)."""
        with np.errstate(divide="ignore"):
            return np.log(self._pieces(region).sum(axis=1))

    def _pieces(self, region: Region) -> FloatArray:
        """Probability of the parts of a region: the empty cell, each point, each interval; (k, 1 + m + intervals)."""
        empty = self.missing * region.missing
        on = self.mass * region.contains(self.points)
        off = [
            self.rest * np.exp(log_normal_interval((low - self.loc) / self.scale, (high - self.loc) / self.scale))
            for low, high in region.edges(self.column)
        ]
        full = np.column_stack([on, *off]) * (1 - self.missing)[:, None]
        return np.column_stack([empty, full])

    def draw(self, label: Array, region: Region, rng: np.random.Generator) -> FloatArray:
        """One cell for each class label, inside the region; NaN is the empty cell."""
        piece = choose(self._pieces(region)[label], rng).astype(int)
        edges = np.asarray(region.edges(self.column)).reshape(-1, 2)
        out = np.concatenate([[np.nan], self.points, np.zeros(len(edges))])[piece]
        inside = piece > len(self.points)
        low, high = edges[piece[inside] - len(self.points) - 1].T
        loc, scale = self.loc[label[inside]], self.scale[label[inside]]
        a, b = (low - loc) / scale, (high - loc) / scale
        flip = a > 0  # work in the left tail, where the normal distribution function keeps its precision
        a, b = np.where(flip, -b, a), np.where(flip, -a, b)
        z = np.clip(ndtri(ndtr(a) + rng.random(len(a)) * (ndtr(b) - ndtr(a))), a, b)
        out[inside] = np.clip(loc + scale * np.where(flip, -z, z), low, high)
        return out

    def state(self) -> dict[str, Any]:
        """The arrays."""
        return {name: value for name, value in asdict(self).items() if name != "column"}
