"""Predictions of one number column from others, made out of fold: features for a learner that sees them next.

A forest is good at the shape of a distribution and slow at following a smooth trend; linear and boosted models are the
reverse. Their predictions for rows they were not fitted to are honest columns for a forest to split on (Wolpert 1992,
Stacked generalization). A new row takes the models of one fold, as the training rows did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, Dataset, FloatArray, Schema
from .boosters import library, loaded, predicted, saved, trained
from .threads import side_by_side

RIDGE = 3.0
MOST_INDICATORS = 30  # categories of a column that the linear model sees
TAIL = 0.005  # share of the rows beyond which a number counts as the limit itself


@dataclass(frozen=True)
class Scales:
    """How the linear model reads cells: limits, centre and spread of each column (1 for categories), each (d,)."""

    low: FloatArray
    high: FloatArray
    centre: FloatArray
    spread: FloatArray

    @classmethod
    def of(cls, data: Dataset) -> Scales:
        """From training rows."""
        out = np.tile(np.array([[0.0], [0.0], [0.0], [1.0]]), (1, len(data.schema.columns)))
        for j, column in enumerate(data.schema.columns):
            known = data.values[~np.isnan(data.values[:, j]), j]
            if column.kind == "number" and len(known):
                low, high = np.quantile(known, [TAIL, 1 - TAIL])
                unit = max(abs(low), abs(high), 1e-300)
                inside = np.clip(known, low, high) / unit
                out[:, j] = low, high, inside.mean() * unit, (inside.std() or 1.0) * unit
        return cls(*out)

    def standardised(self, values: FloatArray, j: int) -> FloatArray:
        """Column j of encoded rows, limited, centred and scaled; an empty cell is at the centre."""
        z = (np.clip(values[:, j], self.low[j], self.high[j]) - self.centre[j]) / self.spread[j]
        return np.where(np.isnan(z), 0.0, z)

    def design(self, schema: Schema, values: FloatArray, columns: Array) -> FloatArray:
        """The linear model's matrix: each number and its signed root, an indicator a category and an empty cell."""
        parts: list[FloatArray] = []
        for j in columns:
            column, cells = schema.columns[j], values[:, j]
            if column.kind == "category":
                parts += [(cells == code).astype(float) for code in range(min(len(column.values), MOST_INDICATORS))]
                continue
            z = self.standardised(values, j)
            parts += [z, np.sign(z) * np.sqrt(np.abs(z))]
            if column.missing:
                parts.append(np.isnan(cells).astype(float))
        return np.column_stack(parts)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Boosting:
    """Settings of the boosted model; no rounds = the linear model alone."""

    rounds: int
    learning_rate: float = 0.15
    max_depth: int = 5

    def settings(self, seed: int) -> dict[str, Any]:
        """As XGBoost takes them."""
        return {
            "learning_rate": self.learning_rate, "max_depth": self.max_depth, "min_child_weight": 5, "subsample": 0.8,
            "max_bin": 128, "tree_method": "hist", "seed": seed, "nthread": 1,
        }  # fmt: skip


@dataclass(frozen=True)
class Stack:
    """Linear and boosted models of one number column, a pair for each fold.

    Attributes:
        columns: positions of the columns they read.
        weights: (folds, width + 1) of the linear models, the intercept last.
        boosters: XGBoost models, one for each fold, or none.
    """

    columns: Array
    weights: FloatArray
    boosters: tuple[Any, ...]

    @classmethod
    def fit(cls, data: Dataset, j: int, columns: Array, scales: Scales, x: Array, boosting: Boosting, fold: Array,
            seed: int) -> tuple[Stack, FloatArray]:  # fmt: skip
        """The models and their out-of-fold predictions, (n, 1 or 2).

        `x` float32 (n, k) is what trees read of the same rows; `fold` (n,) says which fold each row belongs to.
        """
        target = scales.standardised(data.values, j)
        known = ~np.isnan(data.values[:, j])
        design = scales.design(data.schema, data.values, columns)
        weights = np.stack([_ridge(design[use], target[use]) for use in _others(fold, known)])
        linear = _linear(design, weights, fold)
        if not boosting.rounds:
            return cls(columns, weights, ()), linear[:, None]
        xgboost = library()

        settings = boosting.settings(seed) | {"objective": "reg:squarederror"}
        wide = np.column_stack([x, linear]).astype(np.float32)

        def boosted(use: Array) -> Any:
            return trained(settings, xgboost.QuantileDMatrix(wide[use], target[use], max_bin=128), boosting.rounds)

        made = cls(columns, weights, tuple(side_by_side(boosted, _others(fold, known), len(x))))
        return made, np.column_stack([linear, made._boosted(wide, fold)])

    @property
    def folds(self) -> int:
        """Number of folds."""
        return len(self.weights)

    def predict(self, schema: Schema, values: FloatArray, scales: Scales, x: Array, fold: Array) -> FloatArray:
        """Predictions for encoded rows by the models of the fold named for each, (n, 1 or 2)."""
        linear = _linear(scales.design(schema, values, self.columns), self.weights, fold)
        if not self.boosters:
            return linear[:, None]
        wide = np.column_stack([x, linear]).astype(np.float32)
        return np.column_stack([linear, self._boosted(wide, fold)])

    def _boosted(self, wide: Array, fold: Array) -> FloatArray:
        out = np.empty(len(wide))
        for f, booster in enumerate(self.boosters):
            mine = fold == f
            if mine.any():
                out[mine] = predicted(booster, wide[mine])
        return out

    def state(self) -> dict[str, Any]:
        """Arrays and XGBoost's own files that rebuild it through `from_state`."""
        files = [saved(b) for b in self.boosters]
        return {"columns": self.columns, "weights": self.weights, "boosters": files}

    @classmethod
    def from_state(cls, state: Mapping[str, Any]) -> Stack:
        """Inverse of `state`."""
        boosters = [loaded(blob) for blob in state["boosters"]]
        if boosters and len(boosters) != len(state["weights"]):
            raise ValueError("a fold of a column's predictions has no boosted model")
        return cls(state["columns"], state["weights"], tuple(boosters))


def _others(fold: Array, known: Array) -> list[Array]:
    """For each fold the rows with a known target outside it, or all of them where that leaves none."""
    masks = [known & (fold != f) for f in range(int(fold.max()) + 1)]
    return [mask if mask.any() else np.ones(len(fold), bool) for mask in masks]


def _ridge(design: FloatArray, target: FloatArray) -> FloatArray:
    """Weights of a ridge regression and its intercept."""
    centre, level = design.mean(axis=0), float(target.mean())
    x = design - centre
    weights = np.linalg.solve(x.T @ x + RIDGE * np.eye(x.shape[1]), x.T @ (target - level))
    return np.append(weights, level - centre @ weights)


def _linear(design: FloatArray, weights: FloatArray, fold: Array) -> FloatArray:
    every = design @ weights[:, :-1].T + weights[:, -1]
    return np.take_along_axis(every, fold[:, None], axis=1)[:, 0]
