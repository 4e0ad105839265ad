"""Logistic regression for classes, ridge regression with Gaussian noise for numbers; scikit-learn fits both."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import expit, softmax

from ..backbones.arguments import COUNT, COUNT_OR_ZERO, POSITIVE, check
from ..backbones.linear import Design
from ..backbones.scale import unit_of
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.table import TABLE


class Logistic(Predicts, Model):
    """P(y|x) = softmax(W x + b), or Normal(w x + b, sigma) for a numeric target.

    Args:
        C: inverse strength of the L2 penalty, as in scikit-learn.
        max_iter: most steps of the solver.
        max_levels: most one-hot columns a category column gets; rarer categories share the intercept.
        random_state: seeds nothing in the fit (the problem is convex); seeds draws of the target.
    """

    card = Card(
        key="logistic",
        title="Logistic / linear regression",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="linear",
        objective="cross-entropy (classes) or squared error (numbers), L2 penalty",
        log_prob="exact",
        missing="imputed",
        condition="none",
        references=("Cox 1958, The regression analysis of binary sequences", "scikit-learn LogisticRegression, Ridge"),
        avoid_when="the boundary is far from linear in the columns as they stand",
    )

    def __init__(
        self, C: float = 1.0, max_iter: int = 2000, max_levels: int = 100, random_state: RandomState = None
    ) -> None:
        self.C = C
        self.max_iter = max_iter
        self.max_levels = max_levels
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, C=POSITIVE, max_iter=COUNT, max_levels=COUNT_OR_ZERO)
        self.design_ = Design.of(data, self.max_levels)
        x = self.design_.matrix(data.values)
        if data.schema.task == "class":
            self._fit_classes(x, data)
        else:
            self._fit_number(x, data)

    def _fit_classes(self, x: np.ndarray, data: Dataset) -> None:
        from sklearn.linear_model import LogisticRegression

        solver = LogisticRegression(C=self.C, max_iter=self.max_iter).fit(x, data.y.astype(int))
        column = data.schema.target_column
        assert column is not None
        # a class may be declared (categorical dtype) and never seen: it keeps probability zero
        self.seen_ = solver.classes_.astype(int)
        self.width_ = len(column.values)
        # laid out as a loaded model's are: the order of a sum is part of its last bit
        self.coef_, self.intercept_, self.scale_ = np.ascontiguousarray(solver.coef_), solver.intercept_, 0.0

    def _fit_number(self, x: np.ndarray, data: Dataset) -> None:
        from sklearn.linear_model import Ridge

        unit = unit_of(data.y)  # a power of two: squares of large targets stay in the range of doubles, no bit changes
        y = data.y / unit
        solver = Ridge(alpha=1.0 / self.C).fit(x, y)
        residual = y - solver.predict(x)
        freedom = max(len(x) - x.shape[1] - 1, 1)
        floor = 1e-6 * max(float(np.std(y)), 1e-9 / unit)
        self.seen_, self.width_ = np.zeros(0, int), 0
        self.coef_, self.intercept_ = unit * solver.coef_[None, :], unit * np.atleast_1d(solver.intercept_)
        self.scale_ = unit * max(float(np.sqrt((residual**2).sum() / freedom)), floor)

    def _predict(self, given: Evidence) -> Prediction:
        score = self.design_.matrix(given.values) @ self.coef_.T + self.intercept_
        if not self.width_:
            return Prediction(mean=score[:, 0], scale=np.full(len(score), self.scale_))
        own = np.hstack([1 - expit(score), expit(score)]) if score.shape[1] == 1 else softmax(score, axis=1)
        proba = np.zeros((len(score), self.width_))
        proba[:, self.seen_] = own
        return Prediction(proba=proba)

    def _state(self) -> dict[str, Any]:
        names = ("seen_", "width_", "coef_", "intercept_", "scale_")
        return {"design": self.design_.state()} | {name: getattr(self, name) for name in names}

    def _restore(self, state: dict[str, Any]) -> None:
        self.design_ = Design.from_state(state["design"])
        for name in state.keys() - {"design"}:
            setattr(self, name, state[name])
