"""Gaussian copula of the bulk of the rows: how improbable a row is among mostly ordinary ones.

The nonparanormal (Liu, Lafferty and Wasserman 2009): every column keeps the distribution it has, and normal scores of
the ranks depend on each other as a normal distribution says. Where it differs from the usual fit is what an oddity
needs: odd rows among the training rows do not shape the dependence (trimmed likelihood, `backbones.trimmed`), and all
columns are looked at with the same sharpness. A density of a column with decimals, the mass of a heap in it and the
mass of a category are numbers of different kinds; added up they let the columns with many decimals decide. Here each
cell has the probability that its column comes as near as a quarter of a standard deviation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from scipy.special import ndtri

from ..backbones.arguments import NOT_NEGATIVE, SHARE, check
from ..backbones.trimmed import TrimmedNormal
from ..core.card import Card
from ..core.errors import CannotAnswer
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Scores
from ..core.rng import RandomState
from ..core.schema import Column, Dataset, FloatArray
from ..modalities.table import TABLE

MOST = 20_000  # values of a column that are kept; of more, evenly spaced order statistics


class GaussianCopula(Scores, Model):
    """P(x) up to a constant: the probability of each cell's neighbourhood, times a Gaussian copula of most rows.

    `log_prob` is on a scale of its own, in nats but not in the schema's measure: rows of one model compare, models do
    not. Unknown cells are marginalised exactly. Categories enter the copula in the order of their frequency, ordered
    ones in their own. The model holds the values of each column, sorted.

    Args:
        keep: share of the rows, the ones most alike, that the dependence is learned from.
        resolution: how near a number counts as the same, in standard deviations of its column.
        random_state: seeds nothing.
    """

    card = Card(
        key="gaussian_copula",
        title="Gaussian copula, trimmed (for odd rows)",
        learns=frozenset({"P(x)"}),
        modality=TABLE,
        backbone="copula",
        objective="trimmed likelihood of normal scores, frequencies of each column",
        log_prob="unnormalised",
        missing="marginalised",
        condition="none",
        references=(
            "Liu, Lafferty and Wasserman 2009, The nonparanormal",
            "Rousseeuw and Van Driessen 1999, A fast algorithm for the minimum covariance determinant estimator",
            "Neykov and Neytchev 1990, A robust alternative of the maximum likelihood estimators",
            "Ledoit and Wolf 2004, A well-conditioned estimator for large-dimensional covariance matrices",
        ),
        tasks=frozenset(),
        density_tasks=frozenset(),
        avoid_when="rows are to be created or completed, or columns depend on each other in bends or by groups",
        by_name=True,
    )

    def __init__(self, keep: float = 0.75, resolution: float = 0.25, random_state: RandomState = None) -> None:
        self.keep = keep
        self.resolution = resolution
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, keep=SHARE, resolution=NOT_NEGATIVE)
        values = data.values
        self.margins_ = [
            Margin.of(column, values[:, j], self.resolution) for j, column in enumerate(data.schema.columns)
        ]
        self.normal_ = TrimmedNormal.of(self._normal_scores(values), self.keep)

    def _normal_scores(self, values: FloatArray) -> FloatArray:
        """z-scores of the ranks (n, d), NaN where unknown."""
        return np.column_stack([margin.z(values[:, j]) for j, margin in enumerate(self.margins_)])

    def _log_prob(self, event: Evidence) -> FloatArray:
        if event.regions:
            raise CannotAnswer(
                f"{self.card.key} rates rows of values, not ranges of them", instead="ask a joint family, joint_forest"
            )
        z = self._normal_scores(event.values)
        nats = np.nansum(
            np.column_stack([margin.log_mass(event.values[:, j]) for j, margin in enumerate(self.margins_)]), axis=1
        )
        return nats + self.normal_.log_density(z) + 0.5 * np.nansum(z**2, axis=1)

    def _state(self) -> dict[str, Any]:
        return {
            "margins": [margin.state() for margin in self.margins_],
            "location": self.normal_.location,
            "covariance": self.normal_.covariance,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        d = len(self.schema_.columns)
        self.margins_ = [Margin.restored(**kept) for kept in state["margins"]]
        self.normal_ = TrimmedNormal(state["location"], state["covariance"])
        if len(self.margins_) != d or self.normal_.location.shape != (d,) or self.normal_.covariance.shape != (d, d):
            raise ValueError("its parts do not fit its columns")


@dataclass(frozen=True)
class Margin:
    """One column: where a cell stands in it, and how much of it is near.

    Attributes:
        places: for a category, the place of each code in the order used; empty for a number.
        values: the observed values, or places, sorted.
        near: how far from a cell its neighbourhood reaches.
        centre, scale: mean and standard deviation of the normal scores; scale 0 where all values are the same.
    """

    places: FloatArray
    values: FloatArray
    near: float
    centre: float
    scale: float

    @classmethod
    def of(cls, column: Column, cells: FloatArray, resolution: float) -> Self:
        """Learn from the column's cells (n,), NaN where unknown."""
        known, places, near = cells[~np.isnan(cells)], np.empty(0), 0.0
        if column.kind == "category":
            count = np.bincount(known.astype(int), minlength=len(column.values))
            order = np.arange(len(count)) if column.ordered else np.argsort(-count, kind="stable")
            places = np.empty(len(count))
            places[order] = np.arange(len(count))
            known = places[known.astype(int)]
        elif len(known):
            largest = float(np.abs(known).max()) or 1.0  # squares of very large numbers overflow
            near = resolution * float((known / largest).std()) * largest
        values = np.sort(known)
        if len(values) > MOST:
            values = values[np.linspace(0, len(values) - 1, MOST).round().astype(int)]
        raw = cls(places, values, near, 0.0, 1.0).z_of_places(values)
        scale = float(raw.std()) if len(raw) else 0.0
        return cls(places, values, near, float(raw.mean()) if len(raw) else 0.0, scale if scale > 1e-9 else 0.0)

    @classmethod
    def restored(cls, places: FloatArray, values: FloatArray, near: float, centre: float, scale: float) -> Self:
        """From `state`."""
        return cls(places, values, float(near), float(centre), float(scale))

    def state(self) -> dict[str, Any]:
        """Arrays and numbers."""
        return dict(vars(self))

    def _placed(self, cells: FloatArray) -> FloatArray:
        """Cells as what `values` holds; a category never met comes after all others."""
        if not len(self.places):
            return cells
        out, met = np.where(np.isnan(cells), np.nan, float(len(self.places))), cells >= 0
        out[met] = self.places[cells[met].astype(int)]
        return out

    def z(self, cells: FloatArray) -> FloatArray:
        """Standardised normal scores (n,), NaN where unknown; 0 in a column that holds one value."""
        placed = self._placed(cells)
        z = (self.z_of_places(placed) - self.centre) / self.scale if self.scale else np.zeros(len(cells))
        return np.where(np.isnan(placed), np.nan, z)

    def z_of_places(self, placed: FloatArray) -> FloatArray:
        """Normal scores of mid-ranks, (n,)."""
        below, upto = (np.searchsorted(self.values, placed, side) for side in ("left", "right"))
        return ndtri(((below + upto) / 2 + 0.5) / (len(self.values) + 1))

    def log_mass(self, cells: FloatArray) -> FloatArray:
        """Log of the share of the column that is near each cell (n,), NaN where unknown; -inf only for a category
        never met."""
        placed = self._placed(cells)
        count = np.searchsorted(self.values, placed + self.near, "right") - np.searchsorted(
            self.values, placed - self.near, "left"
        )
        share = np.where(np.isnan(placed), np.nan, np.log((count + 0.5) / (len(self.values) + 1)))
        return np.where(cells < 0, -np.inf, share) if len(self.places) else share
