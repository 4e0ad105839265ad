"""Grafted: p(x) of a generative family times p(y|x) of a discriminative one (Lasserre, Bishop and Minka 2006).

Each half does what it is best at: the discriminative one predicts, exactly as it would alone, and the generative one
knows what rows look like. In the words of the paper this is the hybrid without ties between the two sets of parameters,
the discriminative end of their scale, with p(x) kept.

What is exact, and what is not. A row whose x is known has log p(x) + log p(y|x); where y is unknown it has log p(x).
Where y is known and cells of x are not, p(y | what is known) is a sum over those cells: an exact one when they are
categories with few values together, else an average over draws of the generative half, which on average understates
the logarithm, so the card says `lower_bound` (Burda, Grosse and Salakhutdinov 2016). `predict` is the predictor's own
answer, its way with missing cells included, and so is not that sum when cells are missing.
"""

# pyright: reportPrivateUsage=false
# (the hooks of the two halves)

from __future__ import annotations

from collections.abc import Callable, Mapping, Set
from typing import Any

import numpy as np

from ..backbones import nested
from ..backbones.arguments import COUNT, at_least, check
from ..backbones.completions import Completions, candidates, centre, on_grid, pick
from ..backbones.nested import evidence_of_x, joined, target_of
from ..backbones.rejection import reweighted
from ..backbones.residuals import Residuals, cross_fitted_folds
from ..core import derive
from ..core.card import Card
from ..core.conditions import Cost
from ..core.errors import BadInput
from ..core.evidence import Evidence, Region
from ..core.model import Model
from ..core.queries import Details, Drawn, Honoured, Imputes, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Column, Dataset, FloatArray, Given
from ..modalities.table import TABLE

CANDIDATES = 64  # completions that are weighted where y is known
BLOCK = 1_000  # rows completed together
FOLDS = at_least(2)


class Grafted(Predicts, Samples, Scores, Imputes, Model):
    """P(x, y) = p(x) p(y|x), the first by a generative family, the second by a discriminative one.

    Args:
        base: key of the family of p(x).
        predictor: key of the family of p(y|x). Of a number it need only predict the mean: its density is that of
            cross-fitted residuals around it (see `backbones.residuals`).
        base_params, predictor_params: their constructor arguments, as dicts; None is their defaults.
        folds: parts of the rows for the residuals of a numeric target.
        draws: completions of a row that p(y | some cells of x) is averaged over where it is not summed exactly.
        random_state: seeds both halves, and the drawing verbs. The predictor is fitted first, so that it is the one
            that the same seed gives alone.
    """

    card = Card(
        key="grafted",
        title="Grafted: p(x) of one family, p(y|x) of another",
        learns=frozenset({"P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="p(x) by maximum likelihood and p(y|x) discriminatively, apart",
        log_prob="lower_bound",
        missing="native",
        condition="row",
        references=(
            "Lasserre, Bishop and Minka 2006, Principled hybrids of generative and discriminative models",
            "Burda, Grosse and Salakhutdinov 2016, Importance weighted autoencoders",
        ),
        needs_target=True,
        avoid_when="rows of a rare class are to be sampled: draws given y are found by rejection",
        tiny={"base_params": {"n_estimators": 10}, "predictor_params": {"n_estimators": 30}, "folds": 2, "draws": 32},
    )

    def __init__(
        self,
        base: str = "joint_forest",
        predictor: str = "xgboost",
        base_params: Mapping[str, Any] | None = None,
        predictor_params: Mapping[str, Any] | None = None,
        folds: int = 5,
        draws: int = 64,
        random_state: RandomState = None,
    ) -> None:
        self.base = base
        self.predictor = predictor
        self.base_params = base_params
        self.predictor_params = predictor_params
        self.folds = folds
        self.draws = draws
        self.random_state = random_state

    # ------------------------------------------------------------------------- fit

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, folds=FOLDS, draws=COUNT)
        base = nested.family_of(self.base, "base", "sample", _has_density_of_x)
        predictor = nested.family_of(self.predictor, "predictor", "predict", _is_discriminative)
        task, column = data.schema.task, data.schema.target_column
        assert column is not None
        if task not in predictor.card.tasks:
            raise BadInput(
                f"predictor={self.predictor!r} does not take a {task} target such as {column.name!r}; choose another"
            )
        about_base = nested.arguments_of(base, self.base_params, "base_params")
        about_y = nested.arguments_of(predictor, self.predictor_params, "predictor_params")
        labelled = data.take(data.labelled)
        self.predictor_ = nested.fitted(predictor, about_y, labelled, rng)
        self.base_ = nested.fitted(base, about_base, nested.x_of(data), rng)
        self.residuals_ = None
        if task == "number":
            seen = self._cross_fitted(labelled, lambda part: nested.fitted(predictor, about_y, part, rng), rng)
            self.residuals_ = Residuals.of(column, seen, labelled.y)
        self.completions_ = Completions(self.base_, self.draws, int(rng.integers(2**31)))

    def _cross_fitted(self, data: Dataset, fit: Callable[[Dataset], Any], rng: np.random.Generator) -> FloatArray:
        """Predictions of all rows, each by a model that did not see the row."""
        fold = cross_fitted_folds(len(data), data.groups, self.folds, rng)
        mean = np.full(len(data), data.y.mean())
        for k in np.unique(fold) if fold.max() else ():
            rows = Evidence(data.values[fold == k]).without([target_of(data.schema)])
            mean[fold == k] = fit(data.take(fold != k))._predict(rows).mean
        return mean

    # --------------------------------------------------------------------- queries

    def _predict(self, given: Evidence) -> Prediction:
        return self.predictor_._predict(given)

    def _log_prob(self, event: Evidence) -> FloatArray:
        x, y = evidence_of_x(event, self.schema_), event.values[:, target_of(self.schema_)]
        region = self._asked(event)
        total = np.array(self.base_._log_prob(x))
        rows = np.flatnonzero((~np.isnan(y) | (region is not None)) & np.isfinite(total))
        if not len(rows):
            return total
        part = Evidence(x.values[rows], x.regions if region is not None else _of_unknown(x))
        total[rows] += self.completions_.log_mean(part, lambda full, i: self._log_of_y(full, y[rows[i]], region))
        return total

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        """x from the base and y from the predictor; what is asked of y is met by rejection, exactly."""
        x, y, cost = evidence_of_x(given, self.schema_), given.values[0, target_of(self.schema_)], Cost()
        region = self._asked(given)

        def propose(m: int) -> Array:
            return TABLE.tidy(cost.of(self.base_._draw(m, x, rng)), self.base_.schema_)

        if np.isnan(y) and region is None:
            rows, how = propose(n), Details()
        else:
            bound = 0.0 if self.residuals_ is None else self.residuals_.log_bound(y, region)
            chance = lambda rows: self._log_of_y(rows, np.full(len(rows), y), region) - bound  # noqa: E731
            found = reweighted(n, propose, chance, rng, f"the target {self._target.name!r}")
            rows, how = found.rows, found.how
        whole = joined(self.schema_, rows, np.full(len(rows), y) if not np.isnan(y) else self._y_of(rows, region, rng))
        return Drawn(whole, cost.added_to(how, n))

    def _honours(self, asked: Set[Given], columns: Set[int]) -> Honoured:
        """As the base does, where y is not asked about."""
        place = {j: i for i, j in enumerate(self.schema_.features)}
        own = self.base_._honours(asked, frozenset(place[j] for j in columns if j in place))
        return own if target_of(self.schema_) not in columns or own == "no" else "weighted"

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """x by the base given all that is known, y included by weight; then y by the predictor given x."""
        copies = [given.values.copy() for _ in range(draws or 1)]
        features, t = np.array(self.schema_.features), target_of(self.schema_)
        x, y = given.values[:, features], given.values[:, t]
        holed, known = np.isnan(x).any(axis=1), ~np.isnan(y)
        free = np.flatnonzero(holed & ~known)
        if len(free):
            filled, _ = derive.impute(self.base_, Evidence(x[free]), draws, rng)
            for copy, rows in zip(copies, filled, strict=True):
                copy[np.ix_(free, features)] = on_grid(self.base_.schema_, rows)
        tied = np.flatnonzero(holed & known)
        for rows in np.array_split(tied, max(1, -(-len(tied) // BLOCK))) if len(tied) else ():
            for copy, filled in zip(copies, self._weighted(x[rows], y[rows], draws, rng), strict=True):
                copy[np.ix_(rows, features)] = filled
        blank = np.flatnonzero(~known)
        for copy in copies if len(blank) else ():
            copy[blank, t] = (
                self._likeliest(given.values[blank])
                if draws is None
                else self._y_of(copy[np.ix_(blank, features)], Region.support(self._target, missing=False), rng)
            )
        return copies

    # ------------------------------------------------------------------- machinery

    @property
    def _target(self) -> Column:
        column = self.schema_.target_column
        assert column is not None
        return column

    def _asked(self, event: Evidence) -> Region | None:
        """The region of y, None where any y is in it."""
        region = event.regions.get(target_of(self.schema_))
        everything = Region.everything(self._target, missing=True)
        if region is None or (region.codes, region.intervals) == (everything.codes, everything.intervals):
            return None
        return region

    def _about(self, x: Array) -> Prediction:
        return self.predictor_._predict(Evidence(joined(self.schema_, x, np.nan)))

    def _log_of_y(self, x: Array, y: FloatArray, region: Region | None) -> FloatArray:
        """log p(y|x), and the log-probability that y is in the region where it is not known."""
        said, known = self._about(x), ~np.isnan(y)
        inside = np.zeros(len(y))
        if self.residuals_ is None:
            assert said.proba is not None
            out = derive.log_conditional(self.schema_, said, y)
            if region is not None:
                with np.errstate(divide="ignore"):
                    inside = np.log(np.minimum(said.proba @ np.asarray(region.codes, dtype=float), 1.0))
        else:
            assert said.mean is not None
            out = np.where(known, self.residuals_.log_value(said.mean, np.where(known, y, 0.0)), 0.0)
            if region is not None:
                inside = self.residuals_.log_region(said.mean, region)
        return out if region is None else np.where(known, out, inside)

    def _y_of(self, x: Array, region: Region | None, rng: np.random.Generator) -> FloatArray:
        """One y a row, in the region."""
        if not len(x):
            return np.empty(0)
        said = self._about(x)
        if self.residuals_ is None:
            assert said.proba is not None
            return derive.choose(said.proba * (1.0 if region is None else np.asarray(region.codes, dtype=float)), rng)
        assert said.mean is not None
        return self.residuals_.draw(said.mean, region or Region.everything(self._target, missing=False), rng)

    def _likeliest(self, rows: Array) -> FloatArray:
        """The class or mean that `predict` says."""
        said = self._predict(Evidence(rows).without([target_of(self.schema_)]))
        if said.proba is not None:
            return said.proba.argmax(axis=1).astype(float)
        assert said.mean is not None
        return said.mean

    def _weighted(self, x: Array, y: FloatArray, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Completions of x given y as well: candidates given x alone, weighted by p(y|x)."""
        copies = candidates(self.base_, Evidence(x), max(CANDIDATES, draws or 1), rng)
        count, n, d = copies.shape
        weight = self._log_of_y(copies.reshape(-1, d), np.tile(y, count), None).reshape(count, n)
        if draws is None:
            return [np.where(np.isnan(x), centre(self.base_.schema_, copies, weight), x)]
        return [copies[which, np.arange(n)] for which in pick(weight, draws, rng)]

    # ----------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        return {
            "base": nested.state_of(self.base_),
            "predictor": nested.state_of(self.predictor_),
            "residuals": None if self.residuals_ is None else self.residuals_.state(),
            "seed": self.completions_.seed,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.base_ = nested.restored(state["base"], nested.features_only(self.schema_))
        self.predictor_ = nested.restored(state["predictor"], self.schema_)
        learned = state["residuals"]
        self.residuals_ = None if learned is None else Residuals(self._target, **learned)
        self.completions_ = Completions(self.base_, self.draws, state["seed"])


def _has_density_of_x(family: type[Model]) -> bool:
    """It can be the base."""
    card = family.card
    fits = "P(x)" in card.learns and not card.needs_target and card.log_prob in ("exact", "lower_bound")
    return fits and issubclass(family, Samples) and issubclass(family, Scores)


def _is_discriminative(family: type[Model]) -> bool:
    """It can be the predictor."""
    return issubclass(family, Predicts) and family.card.side == "discriminative"


def _of_unknown(x: Evidence) -> dict[int, Region]:
    """The regions of columns that some row does not know: the others say no more than their values."""
    return {j: r for j, r in x.regions.items() if np.isnan(x.values[:, j]).any()}
