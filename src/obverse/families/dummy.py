"""The prior: class frequencies, or the mean and spread of a numeric target, whatever x is. What others must beat."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.scale import centre_and_spread
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.table import TABLE


class Dummy(Predicts, Model):
    """P(y), ignoring x."""

    card = Card(
        key="dummy",
        title="Prior of the target (baseline)",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="none",
        objective="frequencies of the target",
        log_prob="exact",
        missing="native",
        condition="none",
        references=("scikit-learn DummyClassifier(strategy='prior'), DummyRegressor",),
        avoid_when="always, except as the line others must beat",
        weak=True,
    )

    def __init__(self, random_state: RandomState = None) -> None:
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        column = data.schema.target_column
        assert column is not None
        if column.kind == "category":
            count = np.bincount(data.y.astype(int), minlength=len(column.values))
            self.proba_, self.mean_, self.scale_ = count / count.sum(), 0.0, 0.0
        else:
            centre, spread = centre_and_spread(data.y)
            self.proba_, self.mean_, self.scale_ = np.zeros(0), centre, spread or 1e-12 * abs(centre) or 1e-12

    def _predict(self, given: Evidence) -> Prediction:
        n = len(given)
        if len(self.proba_):
            return Prediction(proba=np.tile(self.proba_, (n, 1)))
        return Prediction(mean=np.full(n, self.mean_), scale=np.full(n, self.scale_))

    def _state(self) -> dict[str, Any]:
        return {"proba": self.proba_, "mean": self.mean_, "scale": self.scale_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.proba_, self.mean_, self.scale_ = state["proba"], state["mean"], state["scale"]
