"""How much more probable a row is in the data than in a generator's draws, by boosted trees that tell the two apart.

d(row), the probability of being real, gives the ratio of densities p_data / p_generator = d / (1 - d) (Sugiyama, Suzuki
and Kanamori 2012). Three things keep it from pointing at the training rows: trees that end in leaves of many rows, a
number of rounds chosen on rows that the trees do not see, and a scale of the logits (Platt 1999) fitted to rows that
were scored by the trees of the other folds only. The ratio is clipped at a ceiling, which bounds the work of sampling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray, Schema
from .boosters import library, loaded, saved
from .residuals import cross_fitted_folds
from .scale import shifted
from .threads import threads

MOST_ROUNDS, PATIENCE = 400, 15
SETTINGS = {
    "objective": "binary:logistic",
    "tree_method": "hist",
    "learning_rate": 0.3,
    "max_depth": 5,
    "subsample": 0.8,
    "colsample_bytree": 0.8,
    "lambda": 5.0,
    "base_score": 0.5,
}


@dataclass(frozen=True)
class Discriminator:
    """The mean logit of the folds' trees, scaled, as a log ratio of densities of at most log `ceiling`.

    Attributes:
        schema: of all columns.
        offset: (d,) taken off each column before single precision.
        boosters: one for each fold.
        slope, intercept: of the calibration.
        ceiling: largest ratio.
    """

    schema: Schema
    offset: FloatArray
    boosters: tuple[Any, ...]
    slope: float
    intercept: float
    ceiling: float

    @classmethod
    def fitted(
        cls,
        schema: Schema,
        offset: FloatArray,
        real: Array,
        drawn: Array,
        groups: Array | None,
        *,
        folds: int,
        min_child_weight: float,
        ceiling: float,
        rng: np.random.Generator,
    ) -> Discriminator:
        """Learn from data (n, d) and draws (m, d); rows of a group are seen together or not at all."""
        xgboost = library()

        rows, is_real = np.vstack([real, drawn]), np.repeat([1.0, 0.0], [len(real), len(drawn)])
        weight = np.repeat([len(rows) / (2 * len(real)), len(rows) / (2 * len(drawn))], [len(real), len(drawn)])
        fold = np.concatenate(
            [cross_fitted_folds(len(real), groups, folds, rng), cross_fitted_folds(len(drawn), None, folds, rng)]
        )
        settings = {**SETTINGS, "min_child_weight": min_child_weight, "seed": int(rng.integers(2**31))}
        settings["nthread"] = threads(len(rows))
        boosters, unseen = list[Any](), np.zeros(len(rows))
        for k in range(int(fold.max()) + 1):
            inside, outside = (
                matrix(schema, shifted(rows[part], offset), is_real[part], weight[part])
                for part in (fold != k, fold == k)
            )
            booster = xgboost.train(
                settings,
                inside,
                MOST_ROUNDS,
                evals=[(outside, "unseen")],
                early_stopping_rounds=PATIENCE,
                verbose_eval=False,
            )
            booster = booster[: booster.best_iteration + 1]
            boosters.append(booster)
            unseen[fold == k] = booster.predict(outside, output_margin=True)
        slope, intercept = _calibrated(unseen, is_real, weight)
        return cls(schema, offset, tuple(boosters), slope, intercept, ceiling)

    def log_ratio(self, rows: Array) -> FloatArray:
        """log of p_data / p_generator at each row, (n,)."""
        if not len(rows):
            return np.zeros(0)
        table = matrix(self.schema, shifted(rows, self.offset))
        logit = np.mean([booster.predict(table, output_margin=True) for booster in self.boosters], axis=0, dtype=float)
        return np.minimum(self.slope * logit + self.intercept, np.log(self.ceiling))

    def state(self) -> dict[str, Any]:
        """What rebuilds it through `from_state`."""
        boosters = [saved(booster) for booster in self.boosters]
        rest = {"slope": self.slope, "intercept": self.intercept, "ceiling": self.ceiling}
        return {"boosters": boosters, "offset": self.offset, **rest}

    @classmethod
    def from_state(cls, schema: Schema, state: dict[str, Any]) -> Discriminator:
        """Inverse of `state`; ValueError when a file holds no trees of these columns."""
        boosters = [loaded(blob) for blob in state["boosters"]]
        for booster in boosters:
            if booster.num_features() != len(schema.columns):
                raise ValueError(f"its discriminator knows {booster.num_features()} columns, not {len(schema.columns)}")
        rest = {name: float(state[name]) for name in ("slope", "intercept", "ceiling")}
        return cls(schema, state["offset"], tuple(boosters), **rest)


def matrix(schema: Schema, rows: FloatArray, label: Any = None, weight: Any = None) -> Any:
    """Rows as XGBoost's own matrix: codes of categories are categorical there, NaN is missing."""
    xgboost = library()

    kinds = ["c" if column.kind == "category" else "q" for column in schema.columns]
    codes = [j for j, kind in enumerate(kinds) if kind == "c"]
    rows = np.array(rows)
    rows[:, codes] = np.where(rows[:, codes] < 0, np.nan, rows[:, codes])  # never met: unknown
    return xgboost.DMatrix(rows, label, weight=weight, feature_types=kinds, enable_categorical=True)


def _calibrated(logit: FloatArray, is_real: FloatArray, weight: FloatArray) -> tuple[float, float]:
    """Slope, within 0..1, and intercept of the logistic regression of the truth on logits by trees of other folds."""
    from scipy.optimize import minimize
    from scipy.special import expit

    sign = 2 * is_real - 1

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        z = sign * (at[0] * logit + at[1])
        back = -weight * sign * expit(-z)
        return float((weight * np.logaddexp(0.0, -z)).mean()), np.array([(back * logit).mean(), back.mean()])

    found = minimize(loss, np.array([1.0, 0.0]), jac=True, bounds=[(0.0, 1.0), (-5.0, 5.0)], method="L-BFGS-B")
    return float(found.x[0]), float(found.x[1])
