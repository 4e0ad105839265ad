"""Boosted trees on histograms, as LightGBM grows them, by scikit-learn; categories and missing cells are native."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, at_least, check
from ..backbones.classes import spread
from ..backbones.scale import FAR, centre_and_spread, unit_of
from ..backbones.stored import dumped, loaded
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset, FloatArray, Schema
from ..modalities.table import TABLE

MOST_LEVELS = 255  # of a category column in scikit-learn's histograms

LEAVES = at_least(2)


class HistGradientBoosting(Predicts, Model):
    """P(y|x) of classes, or the conditional mean of a number, as a sum of trees grown leaf by leaf on histograms.

    On tables of numbers the answers are those of scikit-learn's HistGradientBoostingClassifier and -Regressor with
    `early_stopping=False`. A category column with more than 255 values keeps its 254 most frequent ones; the others
    count as one.

    Args:
        learning_rate, max_iter, max_leaf_nodes, max_depth, min_samples_leaf, l2_regularization: scikit-learn's own,
            with its defaults. All `max_iter` rounds are run: stopping early would hold back a tenth of the rows and
            needs two rows of each class.
        random_state: seeds the rows from which the histograms' bins of more than 200,000 rows are read; the seed that
            scikit-learn got is `estimator_.random_state`, the first draw of the generator of fitting.
    """

    card = Card(
        key="hist_gradient_boosting",
        title="Histogram gradient boosting",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="trees",
        objective="cross-entropy (classes) or squared error (numbers), boosted",
        log_prob="exact",
        missing="native",
        condition="none",
        references=(
            "Ke et al. 2017, LightGBM: a highly efficient gradient boosting decision tree",
            "scikit-learn HistGradientBoostingClassifier, HistGradientBoostingRegressor",
        ),
        density_tasks=frozenset({"class"}),
        tiny={"max_iter": 30},
        avoid_when="fewer than a hundred rows: leaves of 20 rows leave nothing to split",
    )

    def __init__(
        self,
        learning_rate: float = 0.1,
        max_iter: int = 100,
        max_leaf_nodes: int = 31,
        max_depth: int | None = None,
        min_samples_leaf: int = 20,
        l2_regularization: float = 0.0,
        random_state: RandomState = None,
    ) -> None:
        self.learning_rate = learning_rate
        self.max_iter = max_iter
        self.max_leaf_nodes = max_leaf_nodes
        self.max_depth = max_depth
        self.min_samples_leaf = min_samples_leaf
        self.l2_regularization = l2_regularization
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        check(
            self, learning_rate=POSITIVE, max_iter=COUNT, max_leaf_nodes=LEAVES, max_depth=COUNT_OR_NONE,
            min_samples_leaf=COUNT, l2_regularization=NOT_NEGATIVE,
        )  # fmt: skip
        schema = data.schema
        self.levels_ = tuple(_levels(data.values[:, j], len(schema.columns[j].values)) for j in _split(schema)[0])
        settings = {
            "learning_rate": float(self.learning_rate),
            "max_iter": self.max_iter,
            "max_leaf_nodes": self.max_leaf_nodes,
            "max_depth": self.max_depth,
            "min_samples_leaf": self.min_samples_leaf,
            "l2_regularization": float(self.l2_regularization),
            "early_stopping": False,
            "categorical_features": list(range(len(self.levels_))) or None,
            "random_state": int(rng.integers(2**31)),
        }
        x = self._matrix(schema, data.values)
        x[:, np.isnan(x).all(axis=0)] = 0.0  # no bins can be read off an empty column
        if schema.task == "class":
            self.centre_, self.unit_ = 0.0, 1.0
            self.estimator_ = HistGradientBoostingClassifier(**settings).fit(x, data.y.astype(int))
        else:
            self.centre_, self.unit_ = _centre_and_unit(data.y)
            self.estimator_ = HistGradientBoostingRegressor(**settings).fit(x, (data.y - self.centre_) / self.unit_)
        # it would recode categories that `_matrix` has coded already, and is nothing that can be saved safely
        self.estimator_._preprocessor = None

    def _matrix(self, schema: Schema, values: FloatArray) -> FloatArray:
        """Category columns first, coded 0, 1, ... over the values met in training, then the numbers; NaN is unknown."""
        categories, numbers = _split(schema)
        x = values[:, categories + numbers]
        for i, table in enumerate(self.levels_):
            known = ~np.isnan(x[:, i])
            x[known, i] = table[x[known, i].astype(int)]
        return x

    def _predict(self, given: Evidence) -> Prediction:
        column, boosting = self.schema_.target_column, self.estimator_
        assert column is not None
        x = self._matrix(self.schema_, given.values)
        if column.kind == "number":
            return Prediction(mean=boosting.predict(x) * self.unit_ + self.centre_)
        return Prediction(proba=spread(boosting.predict_proba(x), boosting.classes_, len(column.values)))

    def _state(self) -> dict[str, Any]:
        target = {"centre": self.centre_, "unit": self.unit_}
        return {"boosting": dumped(self.estimator_), "levels": list(self.levels_), **target}

    def _restore(self, state: dict[str, Any]) -> None:
        from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

        column, width = self.schema_.target_column, len(self.schema_.features)
        assert column is not None
        kind = HistGradientBoostingClassifier if column.values else HistGradientBoostingRegressor
        self.levels_ = tuple(state["levels"])
        self.centre_, self.unit_ = float(state["centre"]), float(state["unit"])
        self.estimator_ = loaded(state["boosting"], (kind,), width, len(column.values))


def _split(schema: Schema) -> tuple[list[int], list[int]]:
    """Positions of the category features and of the number features."""
    categories = [j for j in schema.features if schema.columns[j].kind == "category"]
    return categories, [j for j in schema.features if j not in categories]


def _levels(codes: FloatArray, width: int) -> FloatArray:
    """(width,) what each code becomes: its rank among the codes met, at most 255 of them, and NaN for one not met."""
    count = np.bincount(codes[~np.isnan(codes)].astype(int), minlength=width)
    met = np.flatnonzero(count)
    table = np.full(width, np.nan)
    if len(met) > MOST_LEVELS:
        table[met] = MOST_LEVELS - 1  # the rare ones together
        met = np.sort(np.argsort(-count, kind="stable")[: MOST_LEVELS - 1])
    table[met] = np.arange(len(met))
    return table


def _centre_and_unit(y: FloatArray) -> tuple[float, float]:
    """What brings a numeric target into the reach of float32 gradients: a shift where it lies far off, a power of two.

    Dividing by a power of two is exact, so the trees of ordinary data are those of scikit-learn.
    """
    centre, sd = centre_and_spread(y)
    centre = centre if abs(centre) >= FAR * sd else 0.0
    return centre, unit_of(y - centre)
