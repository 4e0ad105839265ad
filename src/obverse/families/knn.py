"""Nearest neighbours (Fix and Hodges 1951; Cover and Hart 1967) on z-scores and one-hot categories; scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_ZERO, check
from ..backbones.classes import spread
from ..backbones.linear import Design
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset, FloatArray
from ..modalities.table import TABLE


class KNN(Predicts, Model):
    """P(y|x) as the share of each class among the nearest training rows, or the mean of their numbers.

    The answers are those of scikit-learn's KNeighborsClassifier and -Regressor after StandardScaler. The model holds
    the training rows: whoever gets its folder gets the data.

    Args:
        n_neighbors: rows that answer, all of them when there are fewer.
        max_levels: most one-hot columns a category column gets.
        random_state: seeds nothing in the fit; seeds draws of the target.
    """

    card = Card(
        key="knn",
        title="Nearest neighbours",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="neighbours",
        objective="none: the training rows are kept and looked up",
        log_prob="exact",
        missing="imputed",
        condition="none",
        references=(
            "Fix and Hodges 1951, Discriminatory analysis: nonparametric discrimination",
            "Cover and Hart 1967, Nearest neighbor pattern classification",
            "scikit-learn KNeighborsClassifier, KNeighborsRegressor",
        ),
        density_tasks=frozenset({"class"}),
        avoid_when="the training rows are private (it keeps them), or most columns say nothing of the target",
    )

    def __init__(self, n_neighbors: int = 5, max_levels: int = 100, random_state: RandomState = None) -> None:
        self.n_neighbors = n_neighbors
        self.max_levels = max_levels
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, n_neighbors=COUNT, max_levels=COUNT_OR_ZERO)
        self.design_ = Design.of(data, self.max_levels)
        self._remember(data.values, data.schema.target_index, data.schema.task == "class")

    def _remember(self, rows: FloatArray, target: int | None, is_class: bool) -> None:
        """Index the encoded training rows (n, d), whose column `target` holds the answers."""
        from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor

        self.rows_ = rows
        x, y, count = self.design_.matrix(rows), rows[:, target], min(self.n_neighbors, len(rows))
        if is_class:
            self.estimator_ = KNeighborsClassifier(count).fit(x, y.astype(int))
        else:
            self.estimator_ = KNeighborsRegressor(count).fit(x, y)

    def _predict(self, given: Evidence) -> Prediction:
        column, neighbours = self.schema_.target_column, self.estimator_
        assert column is not None
        x = self.design_.matrix(given.values)
        if column.kind == "number":
            return Prediction(mean=neighbours.predict(x))
        return Prediction(proba=spread(neighbours.predict_proba(x), neighbours.classes_, len(column.values)))

    def _state(self) -> dict[str, Any]:
        return {"design": self.design_.state(), "rows": self.rows_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.design_ = Design.from_state(state["design"])
        rows, column, target = state["rows"], self.schema_.target_column, self.schema_.target_index
        assert column is not None
        answers, classes = rows[:, target], len(column.values)
        fit = np.isin(answers, np.arange(classes)) if classes else np.isfinite(answers)
        if rows.shape[1] != len(self.schema_.columns) or not fit.all():
            raise ValueError("its rows do not fit its columns")
        self._remember(rows, target, classes > 0)
