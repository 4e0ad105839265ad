"""Random forest by scikit-learn: many trees, each on its own draw of the rows; missing cells are native."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, SHARE, Rule, check
from ..backbones.classes import spread
from ..backbones.scale import offsets, shifted
from ..backbones.stored import dumped, loaded
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset, FloatArray, Schema
from ..modalities.table import TABLE

SHARE_OR_NONE = Rule(f"{SHARE.words}, or None", lambda v: v is None or SHARE.holds(v))


class RandomForest(Predicts, Model):
    """P(y|x) of classes, or the conditional mean of a number, as the average over trees of what their leaves hold.

    The answers are those of scikit-learn's RandomForestClassifier and RandomForestRegressor on the numbers as they
    stand, a category being the position of its value in the schema (as in OrdinalEncoder) and an empty cell NaN. Only
    columns further from zero than float32 resolves are centred first.

    Args:
        n_estimators: trees.
        max_depth: most levels of a tree; None grows until leaves are pure.
        min_samples_leaf: fewest rows in a leaf. With scikit-learn's 1 a tree repeats the label of a single row, so
            probabilities come no nearer the truth as rows are added; about 5 lets them.
        max_features: share of the columns tried at each split; None is scikit-learn's own choice, the square root of
            their number for classes and all of them for numbers.
        random_state: seeds the draws of rows and columns; the seed that scikit-learn got is
            `estimator_.random_state`, the first draw of the generator of fitting.
    """

    card = Card(
        key="random_forest",
        title="Random forest",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="trees",
        objective="impurity (classes) or squared error (numbers), averaged over bootstrapped trees",
        log_prob="exact",
        missing="native",
        condition="none",
        references=("Breiman 2001, Random forests", "scikit-learn RandomForestClassifier, RandomForestRegressor"),
        density_tasks=frozenset({"class"}),
        # leaves of one row average noise away no better with more rows, and the battery demands that rows help
        tiny={"n_estimators": 30, "min_samples_leaf": 5},
        avoid_when="probabilities matter and min_samples_leaf is 1: leaves of a single row are too sure, often 0 or 1",
    )

    def __init__(
        self,
        n_estimators: int = 100,
        max_depth: int | None = None,
        min_samples_leaf: int = 1,
        max_features: float | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.max_features = max_features
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        check(self, n_estimators=COUNT, max_depth=COUNT_OR_NONE, min_samples_leaf=COUNT, max_features=SHARE_OR_NONE)
        self.offset_ = offsets(data)
        settings = {
            "n_estimators": self.n_estimators,
            "max_depth": self.max_depth,
            "min_samples_leaf": self.min_samples_leaf,
            "random_state": int(rng.integers(2**31)),
        }
        if self.max_features is not None:
            settings["max_features"] = float(self.max_features)
        x, y = _matrix(data.schema, data.values, self.offset_), data.y
        if data.schema.task == "class":
            self.estimator_ = RandomForestClassifier(**settings).fit(x, y.astype(int))
        else:
            centre = self.offset_[data.schema.target_index]
            self.estimator_ = RandomForestRegressor(**settings).fit(x, y - centre)

    def _predict(self, given: Evidence) -> Prediction:
        column, forest = self.schema_.target_column, self.estimator_
        assert column is not None
        x = _matrix(self.schema_, given.values, self.offset_)
        if column.kind == "number":
            return Prediction(mean=forest.predict(x) + self.offset_[self.schema_.target_index])
        return Prediction(proba=spread(forest.predict_proba(x), forest.classes_, len(column.values)))

    def _state(self) -> dict[str, Any]:
        return {"forest": dumped(self.estimator_), "offset": self.offset_}

    def _restore(self, state: dict[str, Any]) -> None:
        from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor

        column, width = self.schema_.target_column, len(self.schema_.features)
        assert column is not None
        kind = RandomForestClassifier if column.values else RandomForestRegressor
        self.estimator_ = loaded(state["forest"], (kind,), width, len(column.values))
        self.offset_ = state["offset"]


def _matrix(schema: Schema, values: FloatArray, offset: FloatArray) -> FloatArray:
    """The features as the trees read them: codes of categories, centred numbers, NaN where unknown."""
    return shifted(values, offset)[:, list(schema.features)]
