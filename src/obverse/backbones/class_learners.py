"""What a chain of conditionals learns the chances of classes with: boosted trees, or on few rows a blend.

Boosted trees (XGBoost) need rows. On few of them the mean of a logistic regression and of a forest surprises less than
either, since one is right about trends and the other about everything else, and neither is sure where they differ
(linear opinion pool, Stone 1961).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray
from .bagging import bagged
from .boosters import library, loaded, predicted, saved
from .decision_trees import DecisionTrees

HELD_OUT = 5  # one row in so many chooses the number of rounds
PATIENCE = 10
VECTOR_LEAVES = 8  # classes from which one tree a round serves all of them
FOREST_TREES, FOREST_LEAF = 60, 2
MOST_STEPS = 1_000  # of the logistic regression


class ClassLearner(ABC):
    """Chances of k classes. Rows come twice: as trees read them (x, float32) and as linear models do (design)."""

    @abstractmethod
    def chances(self, x: Array, design: FloatArray | None) -> FloatArray:
        """(n, k), rows sum to 1."""

    @property
    @abstractmethod
    def reads_design(self) -> bool:
        """Whether `chances` needs the design."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Arrays and native files that rebuild it through `from_state`."""


def from_state(state: Mapping[str, Any], width: int) -> ClassLearner:
    """Inverse of `ClassLearner.state`; `width` columns of x."""
    if "booster" in state:
        return BoostedClasses(loaded(state["booster"]))
    trees = DecisionTrees.from_state(state["trees"], width)
    share, weights = state["share"], state["weights"]
    if len(share) != trees.leaves or share.shape[1] != weights.shape[1]:
        raise ValueError("the leaves of a forest of classes do not fit its trees")
    return BlendedClasses(trees, share, weights)


@dataclass(frozen=True)
class ClassBoosting:
    """Settings of boosted classes.

    `stops`: a fifth of the rows chooses one of the depths and how many rounds, `rounds` at most; else there is one.
    `most_trees`: rounds times classes, beyond which there are fewer rounds: bounds time.
    """

    rounds: int
    learning_rate: float
    depths: tuple[int, ...]
    stops: bool
    min_child_weight: float = 1.0
    reg_lambda: float = 1.0
    subsample: float = 0.9
    colsample_bytree: float = 1.0
    max_bin: int = 256
    most_trees: int = 1_000_000

    def settings(self, classes: int, seed: int) -> dict[str, Any]:
        """As XGBoost takes them."""
        return {
            "learning_rate": self.learning_rate, "max_depth": self.depths[0], "min_child_weight": self.min_child_weight,
            "lambda": self.reg_lambda, "subsample": self.subsample, "colsample_bytree": self.colsample_bytree,
            "tree_method": "hist", "max_bin": self.max_bin, "seed": seed, "nthread": 1,
        } | (
            {"objective": "binary:logistic"} if classes == 2 else
            {"objective": "multi:softprob", "num_class": classes}
            | ({"multi_strategy": "multi_output_tree"} if classes >= VECTOR_LEAVES else {})
        )  # fmt: skip


@dataclass(frozen=True)
class BoostedClasses(ClassLearner):
    """XGBoost's model of the classes."""

    booster: Any

    @classmethod
    def fit(cls, x: Array, code: Array, classes: int, boosting: ClassBoosting,
            rng: np.random.Generator) -> BoostedClasses:  # fmt: skip
        """From rows x (n, features) and their class codes (n,)."""
        xgboost = library()
        settings = boosting.settings(classes, int(rng.integers(2**31)))
        rounds = max(1, min(boosting.rounds, boosting.most_trees // classes))
        if not boosting.stops:
            data = xgboost.QuantileDMatrix(x, code, max_bin=boosting.max_bin)
            return cls(xgboost.train(settings, data, rounds))
        out = rng.permutation(len(x)) % HELD_OUT == 0
        if 0 < out.sum() < len(out):
            kept, held = (xgboost.DMatrix(x[m], code[m]) for m in (~out, out))
            trials = [
                (depth, xgboost.train(settings | {"max_depth": depth}, kept, rounds, evals=[(held, "held")],
                                      early_stopping_rounds=PATIENCE, verbose_eval=False))
                for depth in boosting.depths
            ]  # fmt: skip
            depth, best = min(trials, key=lambda t: t[1].best_score)
            settings, rounds = settings | {"max_depth": depth}, best.best_iteration + 1
        return cls(xgboost.train(settings, xgboost.DMatrix(x, code), rounds))

    def chances(self, x: Array, design: FloatArray | None) -> FloatArray:
        """See `ClassLearner`."""
        own = predicted(self.booster, x).reshape(len(x), -1).astype(float)
        if own.shape[1] == 1:
            own = np.hstack([1 - own, own])
        return own / own.sum(axis=1, keepdims=True)

    @property
    def reads_design(self) -> bool:
        """See `ClassLearner`."""
        return False

    def state(self) -> dict[str, Any]:
        """See `ClassLearner`."""
        return {"booster": saved(self.booster)}


@dataclass(frozen=True)
class BlendedClasses(ClassLearner):
    """The mean of a forest and of a logistic regression.

    Attributes:
        trees: of the forest; share: (leaves, k) of the classes in each leaf.
        weights: (width + 1, k) of the logistic regression, the intercepts last.
    """

    trees: DecisionTrees
    share: FloatArray
    weights: FloatArray

    @classmethod
    def fit(cls, x: Array, design: FloatArray, code: Array, classes: int, rng: np.random.Generator) -> BlendedClasses:
        """From the same rows read both ways and their class codes (n,), each of which is met; at least two."""
        from sklearn.linear_model import LogisticRegression

        linear = LogisticRegression(max_iter=MOST_STEPS, tol=1e-3).fit(design, code)
        weights = np.vstack([linear.coef_.T, linear.intercept_])
        if classes == 2:
            weights = np.hstack([np.zeros_like(weights), weights])
        seed = int(rng.integers(2**31))
        grown = bagged(x, np.eye(classes)[code], FOREST_TREES, FOREST_LEAF, seed, max_features="sqrt")
        share = np.concatenate([e.tree_.value[e.tree_.children_left == -1, :, 0] for e in grown])
        trees = DecisionTrees.of(grown, 1)
        return cls(trees, share, weights)

    def chances(self, x: Array, design: FloatArray | None) -> FloatArray:
        """See `ClassLearner`."""
        assert design is not None
        score = design @ self.weights[:-1] + self.weights[-1]
        linear = np.exp(score - score.max(axis=1, keepdims=True))
        count = len(self.trees.root)
        forest = sum(self.share[self.trees.apply(x, np.full(len(x), t))] for t in range(count)) / count
        return (linear / linear.sum(axis=1, keepdims=True) + forest) / 2

    @property
    def reads_design(self) -> bool:
        """See `ClassLearner`."""
        return True

    def state(self) -> dict[str, Any]:
        """See `ClassLearner`."""
        return {"trees": self.trees.state(), "share": self.share, "weights": self.weights}
