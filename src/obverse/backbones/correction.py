"""What the mean of a number is off by once rows are re-weighted: boosted trees on weighted residuals.

The base predicts E[y | x] under its own distribution. Under base(row) r(row) the mean is another one; the difference
is the weighted mean of y minus that prediction, which small boosted trees learn from weighted draws of the base. The
number of rounds is chosen on draws they do not see, and is none where nothing is gained.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray, Schema
from .boosters import library, loaded, saved
from .discriminator import matrix
from .scale import centre_and_spread, shifted
from .threads import threads

MOST_ROUNDS, PATIENCE, UNSEEN = 200, 10, 0.25
SETTINGS = {"tree_method": "hist", "learning_rate": 0.15, "max_depth": 4, "min_child_weight": 20, "base_score": 0.0}


@dataclass(frozen=True)
class Correction:
    """`unit` times a sum of trees of x; no trees where there is nothing to correct."""

    schema: Schema
    offset: FloatArray
    booster: Any | None
    unit: float

    @classmethod
    def fitted(
        cls, schema: Schema, offset: FloatArray, rows: Array, weight: FloatArray, mean: FloatArray, rng: Any
    ) -> Correction:
        """Learn from draws of the base (n, d), their weights and the base's predictions of their target, both (n,)."""
        xgboost = library()

        gap = rows[:, schema.target_index] - mean
        unit = centre_and_spread(gap)[1] or 1.0
        unseen = rng.random(len(rows)) < UNSEEN
        x = _without_target(schema, shifted(rows, offset))
        inside, outside = (
            matrix(schema, x[part], gap[part] / unit, weight[part] / weight.mean()) for part in (~unseen, unseen)
        )
        booster = xgboost.train(
            {**SETTINGS, "seed": int(rng.integers(2**31)), "nthread": threads(len(rows))},
            inside,
            MOST_ROUNDS,
            evals=[(outside, "unseen")],
            early_stopping_rounds=PATIENCE,
            verbose_eval=False,
        )
        square = float(np.average((gap[unseen] / unit) ** 2, weights=weight[unseen]))
        gains = booster.best_score**2 < square
        return cls(schema, offset, booster[: booster.best_iteration + 1] if gains else None, unit)

    def at(self, rows: Array) -> FloatArray:
        """What to add to the base's prediction, (n,)."""
        if self.booster is None or not len(rows):
            return np.zeros(len(rows))
        x = _without_target(self.schema, shifted(rows, self.offset))
        return self.unit * self.booster.predict(matrix(self.schema, x)).astype(float)

    def state(self) -> dict[str, Any]:
        """What rebuilds it through `from_state`."""
        booster = None if self.booster is None else saved(self.booster)
        return {"booster": booster, "unit": self.unit, "offset": self.offset}

    @classmethod
    def from_state(cls, schema: Schema, state: dict[str, Any]) -> Correction:
        """Inverse of `state`."""
        booster = None if state["booster"] is None else loaded(state["booster"])
        return cls(schema, state["offset"], booster, float(state["unit"]))


def _without_target(schema: Schema, rows: Array) -> Array:
    """The rows with an empty target: trees of all columns that never see it."""
    out = rows.copy()
    out[:, schema.target_index] = np.nan
    return out
