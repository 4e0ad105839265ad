"""Refined: a generative family's draws, re-weighted by a discriminator (Azadi et al. 2019; Grover et al. 2019).

Boosted trees learn to tell the rows of the data from draws of the base. Their odds r(row), calibrated on rows they did
not see and clipped at a ceiling, are how much more probable a row is in the data than in the base, so that
p(row) = base(row) r(row) / Z is nearer to the data wherever the two can be told apart.

* Draws are rejected with chance 1 - r / ceiling: they are independent, no row is repeated, and Details say which share
  was kept. Conditions go to the base, and the weights come after.
* `log_prob` is log base + log r - log Z. Z is an average over draws, taken at the upper end of what that leaves open,
  and unknown cells are summed out as in `backbones.completions`: a lower bound.
* `predict` of a class is base(y|x) r(x, y), normalised over the classes: Bayes' rule where x is complete; cells that
  are not known are left to each half's own way with them. A numeric target's mean is the base's, plus what weighted
  draws show it to be off by.
* `impute` chooses among completions by the base, by weight.
"""

# pyright: reportPrivateUsage=false
# (the hooks of the base)

from __future__ import annotations

from collections.abc import Mapping, Set
from typing import Any

import numpy as np

from ..backbones import nested
from ..backbones.arguments import COUNT, NOT_NEGATIVE, Rule, at_least, check
from ..backbones.completions import Completions, candidates, centre, pick
from ..backbones.correction import Correction
from ..backbones.discriminator import Discriminator
from ..backbones.nested import target_of
from ..backbones.rejection import reweighted
from ..backbones.scale import offsets
from ..core import derive
from ..core.card import Card
from ..core.conditions import Cost
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Drawn, Honoured, Imputes, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray, Given
from ..modalities.table import TABLE

LEAST_DRAWS, MOST_DRAWS = 2_000, 100_000  # of the base, for the discriminator to learn from
WEIGHED_DRAWS = 20_000  # of the base, for Z and the correction of the mean
SURE = 4.0  # standard errors that log Z is set above its estimate
CANDIDATES = 32  # completions that are weighted
BLOCK = 1_000  # rows completed together
FOLDS = at_least(2)
ABOVE_ONE = Rule("a number above 1", lambda v: NOT_NEGATIVE.holds(v) and v > 1)


class Refined(Predicts, Samples, Scores, Imputes, Model):
    """P(x, y) or P(x) as that of another family times a learned, bounded ratio.

    Args:
        base: key of the generative family.
        base_params: its constructor arguments, as a dict; None is its defaults.
        ceiling: largest ratio; sampling keeps about one proposal in `ceiling`.
        folds: parts of the rows; the trees of each fold stop, and are calibrated, by rows of the others.
        min_child_weight: XGBoost's own, of the discriminator: larger leaves see less of single rows.
        draws: completions of a row that log_prob is averaged over where unknown cells are not summed out exactly.
        random_state: seeds the base, the discriminator, and the drawing verbs.
    """

    card = Card(
        key="refined",
        title="Refined: a generative family re-weighted by a discriminator",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="the base's own, then cross-entropy of data against the base's draws",
        log_prob="lower_bound",
        missing="native",
        condition="row",
        references=(
            "Azadi, Olsson, Darrell, Goodfellow and Odena 2019, Discriminator rejection sampling",
            "Grover et al. 2019, Bias correction of learned generative models by likelihood-free importance weighting",
        ),
        avoid_when="draws must be quick: most proposals of the base are rejected",
        tiny={"base_params": {"n_estimators": 10}, "folds": 2, "draws": 32},
    )

    def __init__(
        self,
        base: str = "joint_forest",
        base_params: Mapping[str, Any] | None = None,
        ceiling: float = 5.0,
        folds: int = 3,
        min_child_weight: float = 10.0,
        draws: int = 64,
        random_state: RandomState = None,
    ) -> None:
        self.base = base
        self.base_params = base_params
        self.ceiling = ceiling
        self.folds = folds
        self.min_child_weight = min_child_weight
        self.draws = draws
        self.random_state = random_state

    # ------------------------------------------------------------------------- fit

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, ceiling=ABOVE_ONE, folds=FOLDS, min_child_weight=NOT_NEGATIVE, draws=COUNT)
        schema = data.schema
        base = nested.family_of(self.base, "base", "sample", _is_generative)
        if schema.target_column is not None and schema.task not in base.card.tasks:
            raise BadInput(
                f"base={self.base!r} does not take a {schema.task} target such as {schema.target_column.name!r}; "
                "choose another"
            )
        offset = offsets(data)
        self.base_ = nested.fitted(base, nested.arguments_of(base, self.base_params, "base_params"), data, rng)
        drawn = self._proposals(int(np.clip(len(data), LEAST_DRAWS, MOST_DRAWS)), rng)
        if schema.target is not None:  # draws have a target, data may lack labels, and that is no sign of being real
            drawn[rng.random(len(drawn)) < 1 - data.labelled.mean(), schema.target_index] = np.nan
        self.discriminator_ = Discriminator.fitted(
            schema, offset, data.values, drawn, data.groups,
            folds=self.folds, min_child_weight=self.min_child_weight, ceiling=self.ceiling, rng=rng,
        )  # fmt: skip
        fresh = self._proposals(int(np.clip(len(data), LEAST_DRAWS, WEIGHED_DRAWS)), rng)
        weight = np.exp(self.discriminator_.log_ratio(fresh))
        mean, error = weight.mean(), weight.std() / np.sqrt(len(weight))
        self.log_total_ = float(np.log(mean + SURE * error))
        self.correction_ = None
        if schema.task == "number":
            self.correction_ = Correction.fitted(schema, offset, fresh, weight, self._plain_mean(fresh), rng)
        self.completions_ = Completions(self.base_, self.draws, int(rng.integers(2**31)))

    def _proposals(self, n: int, rng: np.random.Generator) -> Array:
        """Rows of the base as people would see them."""
        schema = self.base_.schema_
        return TABLE.tidy(self.base_._draw(n, TABLE.blank(schema), rng).rows, schema)

    def _plain_mean(self, rows: Array) -> FloatArray:
        """The base's own prediction of a numeric target."""
        schema = self.base_.schema_
        mean = derive.predict(self.base_, Evidence(rows).without([target_of(schema)]))[0].mean
        assert mean is not None
        return mean

    # --------------------------------------------------------------------- queries

    def _predict(self, given: Evidence) -> Prediction:
        schema, rows = self.schema_, given.values
        if self.correction_ is not None:
            return Prediction(mean=self._plain_mean(rows) + self.correction_.at(rows))
        plain = derive.predict(self.base_, given)[0].proba
        assert plain is not None
        codes = range(plain.shape[1])
        ratio = [self.discriminator_.log_ratio(given.with_value(target_of(schema), code).values) for code in codes]
        with np.errstate(divide="ignore"):
            return Prediction(proba=derive.normalised(np.log(plain) + np.stack(ratio, axis=1)))

    def _log_prob(self, event: Evidence) -> FloatArray:
        total = np.array(self.base_._log_prob(event))
        rows = np.flatnonzero(np.isfinite(total))
        if len(rows):
            part = Evidence(event.values[rows], event.regions)
            total[rows] += self.completions_.log_mean(part, lambda full, _: self.discriminator_.log_ratio(full))
        return total - self.log_total_

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        cost, schema, log_ceiling = Cost(), self.schema_, np.log(self.discriminator_.ceiling)
        found = reweighted(
            n,
            lambda m: cost.of(self.base_._draw(m, given, rng)),
            lambda rows: self.discriminator_.log_ratio(TABLE.tidy(rows, schema)) - log_ceiling,
            rng,
            "what the discriminator takes for real",
        )
        return Drawn(found.rows, cost.added_to(found.how, n))

    def _honours(self, asked: Set[Given], columns: Set[int]) -> Honoured:
        """Whatever the base honours."""
        return "no" if self.base_._honours(asked, columns) == "no" else "weighted"

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        copies = [given.values.copy() for _ in range(draws or 1)]
        holed = np.flatnonzero(np.isnan(given.values).any(axis=1))
        for rows in np.array_split(holed, max(1, -(-len(holed) // BLOCK))) if len(holed) else ():
            for copy, filled in zip(copies, self._weighted(given.values[rows], draws, rng), strict=True):
                copy[rows] = filled
        t = self.schema_.target_index
        blank = np.flatnonzero(np.isnan(given.values[:, t])) if t is not None and draws is None else ()
        if len(blank):  # the point of the target is what predict says
            said = self._predict(Evidence(given.values[blank]))
            copies[0][blank, t] = said.mean if said.proba is None else said.proba.argmax(axis=1)
        return copies

    # ------------------------------------------------------------------- machinery

    def _weighted(self, rows: Array, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Completions chosen among the base's by their ratio."""
        copies = candidates(self.base_, Evidence(rows), max(CANDIDATES, draws or 1), rng)
        count, n, d = copies.shape
        weight = self.discriminator_.log_ratio(copies.reshape(-1, d)).reshape(count, n)
        if draws is None:
            return [np.where(np.isnan(rows), centre(self.schema_, copies, weight), rows)]
        return [copies[which, np.arange(n)] for which in pick(weight, draws, rng)]

    # ----------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        return {
            "base": nested.state_of(self.base_),
            "discriminator": self.discriminator_.state(),
            "correction": None if self.correction_ is None else self.correction_.state(),
            "log_total": self.log_total_,
            "seed": self.completions_.seed,
        }

    def _restore(self, state: dict[str, Any]) -> None:
        self.base_ = nested.restored(state["base"], self.schema_)
        self.discriminator_ = Discriminator.from_state(self.schema_, state["discriminator"])
        learned = state["correction"]
        self.correction_ = None if learned is None else Correction.from_state(self.schema_, learned)
        self.log_total_ = float(state["log_total"])
        self.completions_ = Completions(self.base_, self.draws, state["seed"])


def _is_generative(family: type[Model]) -> bool:
    """It can be the base."""
    card = family.card
    fits = "P(x)" in card.learns and not card.needs_target and card.log_prob in ("exact", "lower_bound")
    return fits and "P(x,y)" in card.learns and issubclass(family, Samples) and issubclass(family, Scores)
