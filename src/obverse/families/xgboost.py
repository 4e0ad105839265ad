"""Gradient-boosted trees by the XGBoost library (Chen and Guestrin 2016); categories and missing cells are native."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_ZERO, NOT_NEGATIVE, POSITIVE, SHARE, check
from ..backbones.boosters import loaded, saved
from ..backbones.scale import offsets, shifted
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset, FloatArray, Schema
from ..modalities.table import TABLE


class XGBoost(Predicts, Model):
    """P(y|x) of classes, or the conditional mean of a number, as a sum of trees.

    Args:
        n_estimators, learning_rate, max_depth, min_child_weight, subsample, colsample_bytree, reg_lambda: XGBoost's
            own, with its defaults. Number columns further from zero than float32 resolves are centred first; on
            other data the answers are those of XGBoost called directly.
        random_state: seeds subsampling.
    """

    card = Card(
        key="xgboost",
        title="XGBoost",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="trees",
        objective="cross-entropy (classes) or squared error (numbers), boosted",
        log_prob="exact",
        missing="native",
        condition="none",
        references=("Chen and Guestrin 2016, XGBoost: a scalable tree boosting system", "xgboost 3"),
        density_tasks=frozenset({"class"}),
        tiny={"n_estimators": 30},
        avoid_when="very few rows: its probabilities are overconfident there",
    )

    def __init__(
        self,
        n_estimators: int = 100,
        learning_rate: float = 0.3,
        max_depth: int = 6,
        min_child_weight: float = 1.0,
        subsample: float = 1.0,
        colsample_bytree: float = 1.0,
        reg_lambda: float = 1.0,
        random_state: RandomState = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.learning_rate = learning_rate
        self.max_depth = max_depth
        self.min_child_weight = min_child_weight
        self.subsample = subsample
        self.colsample_bytree = colsample_bytree
        self.reg_lambda = reg_lambda
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        import xgboost

        check(
            self, n_estimators=COUNT, learning_rate=POSITIVE, max_depth=COUNT_OR_ZERO, min_child_weight=NOT_NEGATIVE,
            subsample=SHARE, colsample_bytree=SHARE, reg_lambda=NOT_NEGATIVE,
        )  # fmt: skip
        column = data.schema.target_column
        assert column is not None
        self.offset_ = offsets(data)
        self.classes_seen_ = len(column.values)
        settings = {
            "learning_rate": self.learning_rate,
            "max_depth": self.max_depth,
            "min_child_weight": self.min_child_weight,
            "subsample": self.subsample,
            "colsample_bytree": self.colsample_bytree,
            "lambda": self.reg_lambda,
            "tree_method": "hist",
            "seed": int(rng.integers(2**31)),
            **_objective(self.classes_seen_),
        }
        matrix = _matrix(data.schema, shifted(data.values, self.offset_), target=True)
        self.booster_ = xgboost.train(settings, matrix, num_boost_round=self.n_estimators)

    def _predict(self, given: Evidence) -> Prediction:
        rows = shifted(given.values, self.offset_)
        answer = self.booster_.predict(_matrix(self.schema_, rows)).astype(float)
        if self.classes_seen_ == 0:
            return Prediction(mean=answer + self.offset_[self.schema_.target_index])
        if self.classes_seen_ == 2:
            return Prediction(proba=np.stack([1 - answer, answer], axis=1))
        return Prediction(proba=answer / answer.sum(axis=1, keepdims=True))

    def _state(self) -> dict[str, Any]:
        return {"booster": saved(self.booster_), "classes": self.classes_seen_, "offset": self.offset_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.booster_ = loaded(state["booster"])
        self.classes_seen_, self.offset_ = state["classes"], state["offset"]


def _objective(classes: int) -> dict[str, Any]:
    if classes == 0:
        return {"objective": "reg:squarederror"}
    if classes == 2:
        return {"objective": "binary:logistic"}
    return {"objective": "multi:softprob", "num_class": classes}


def _matrix(schema: Schema, values: FloatArray, target: bool = False) -> Any:
    """The features as XGBoost's own matrix; codes of category columns are categorical there, NaN is missing."""
    import xgboost

    features = list(schema.features)
    kinds = ["c" if schema.columns[j].kind == "category" else "q" for j in features]
    y = values[:, schema.target_index] if target else None
    return xgboost.DMatrix(values[:, features], y, feature_types=kinds, enable_categorical=True)
