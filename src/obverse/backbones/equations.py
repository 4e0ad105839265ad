"""A column predicted from all others by a mean of learners: one equation of a chain (`chained_equations`).

A number has two ridge regressions (Hoerl and Kennard 1970), plain and of logarithms, boosted trees, a forest and a
kernel, a category the latter three. What each is worth shows on held-out rows (stacked regressions, Breiman 1996): the
linear ones know trends and ratios, boosted trees know steps, a deep forest knows places, the kernel what many columns
say together. Of a number, boosted trees read what the regressions say beside the columns: where that falls short shows
as steps along it. The kernel, the slowest to answer, must earn its place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray
from .bagging import bagged
from .boosters import library, loaded, predicted, saved, trained
from .decision_trees import DecisionTrees
from .laplace_kernel import MOST_CENTRES, LaplaceKernel
from .log_linear import LogLinear
from .threads import side_by_side

WEIGHED_CENTRES = 1_200  # of the kernel while learners are weighed
PILOT_CENTRES = 600  # of one that first shows, in a quarter of the time, whether a kernel is of any use here
HELD_OUT = 5  # one row in so many weighs the learners
LEAST_WEIGHT = 0.05  # below it a learner is left out
GAIN = 0.02  # share of the error that the kernel must save: it answers more slowly than the others
PRIOR = 0.3  # pull of the weights of a number towards equal ones, in the root of its rows
PENALTY = 30.0  # of the ridge regression, in rows
FOREST_TREES, CLASS_LEAF, NUMBER_LEAF, NUMBER_FEATURES = 20, 1, 4, 0.5
ROUNDS, CLASS_ROUNDS = 100, 40  # of boosting
MOST_TREES = 400  # rounds times classes, beyond which there are fewer rounds: bounds time
VECTOR_LEAVES = 7  # classes from which one tree a round serves all of them
NUMBER = {"learning_rate": 0.06, "max_depth": 5, "colsample_bynode": 0.5, "min_child_weight": 5.0}
CLASS = {"learning_rate": 0.125, "max_depth": 5, "colsample_bynode": 0.4, "min_child_weight": 1.0}
ROW_COST = 4  # of learning from a row, in rows of the tasks that `threads` thinks of
BOTH = {"subsample": 0.8, "tree_method": "hist", "max_bin": 64, "nthread": 1}
LEARNERS = ("linear", "logarithmic", "boosted", "forest", "kernel")


@dataclass(frozen=True)
class Equation:
    """See the module docstring.

    Attributes:
        weights: (5,) of `LEARNERS`, summing to 1; a learner without weight is None or empty.
        linear: (width + 1, 1) of the ridge regression, the intercept last.
        logarithmic: the one of logarithms.
        booster: XGBoost's model.
        trees, leaf: of the forest, and what each of its leaves says, (leaves, k).
        bounds: (2,) between which a number is kept.
        kernel: of like rows.
    """

    weights: FloatArray
    linear: FloatArray
    logarithmic: LogLinear | None
    booster: Any
    trees: DecisionTrees | None
    leaf: FloatArray
    bounds: FloatArray
    kernel: LaplaceKernel | None

    @classmethod
    def fit(cls, x: Array, y: FloatArray, classes: int, weights: FloatArray, rng: np.random.Generator,
            centres: int = MOST_CENTRES) -> Equation:  # fmt: skip
        """From rows x, float32 (n, width), and their numbers or codes 0..classes-1, (n,); `classes` is 0 for numbers.

        Only learners that have a weight are fitted, and the regressions that boosted trees read.
        """
        seed, used = int(rng.integers(2**31)), weights > 0
        if not classes and used[2]:
            used = used | (np.arange(len(LEARNERS)) < 2)
        linear, logarithmic, trees, leaf = np.empty((0, 1)), None, None, np.empty((0, max(classes, 1)))
        if used[0]:
            linear = _ridge(x, y)
        if used[1]:
            logarithmic = LogLinear.fit(x, y, _ridge)
        tasks: list[Callable[[], Any]] = [
            lambda: _boosted(_beside(x, linear, logarithmic), y, classes, seed) if used[2] else None,
            lambda: _grown(x, y, classes, seed) if used[3] else None,
            lambda: (
                LaplaceKernel.fit(x, _outputs(y, classes), np.random.default_rng(seed), centres) if used[4] else None
            ),
        ]
        booster, grown, kernel = side_by_side(lambda task: task(), tasks, ROW_COST * len(x))
        if grown:
            leaf = np.concatenate([e.tree_.value[e.tree_.children_left == -1, :, 0] for e in grown])
            trees = DecisionTrees.of(grown, 1, keep=True)
        bounds = np.array([0.0, 1.0] if classes else [y.min(), y.max()])
        return cls(weights, linear, logarithmic, booster, trees, leaf, bounds, kernel)

    @classmethod
    def weighed(cls, x: Array, y: FloatArray, classes: int, rng: np.random.Generator) -> Equation:
        """The same from four fifths of the rows, each learner weighted by what it is worth on the others.

        The kernel has a weight only where the others without it err more by at least `GAIN`.
        """
        able = np.array([not classes, not classes, True, True, False])
        equal = able / able.sum()
        out = rng.permutation(len(x)) % HELD_OUT == 0
        if not 0 < out.sum() < len(out):
            return cls.fit(x, y, classes, equal, rng)
        made = cls.fit(x[~out], y[~out], classes, equal, rng)
        middle = 0.0 if classes else float(y[~out].mean())  # a weight of a number shrinks it to its mean
        truth = _outputs(y[out], classes) - middle
        said = np.stack([answer for answer in made._each(x[out]) if answer is not None], axis=-1) - middle
        weights = np.zeros(len(LEARNERS))
        weights[able], without = _shares(said, truth)
        for centres, gain in ((PILOT_CENTRES, 0.0), (WEIGHED_CENTRES, GAIN)):
            kernel = LaplaceKernel.fit(x[~out], _outputs(y[~out], classes), rng.spawn(1)[0], centres)
            made = replace(made, kernel=kernel)
            share, error = _shares(np.concatenate([said, made._by_kernel(x[out])[..., None] - middle], axis=-1), truth)
            if error >= (1 - gain) * without:
                return replace(made, kernel=None, weights=weights)
        weights[able], weights[-1] = share[:-1], share[-1]
        return replace(made, weights=weights)

    def answer(self, x: Array) -> FloatArray:
        """Chances of the classes, (n, k), or the mean of the number, (n, 1)."""
        parts = zip(self.weights, self._each(x), strict=True)
        total = sum((w * part for w, part in parts if w > 0 and part is not None), np.zeros((len(x), 1)))
        return np.clip(total, *self.bounds)

    def _each(self, x: Array) -> list[FloatArray | None]:
        """What every learner says, (n, k) each."""
        linear = None if not len(self.linear) else np.clip(_linear(x, self.linear), *self.bounds)
        logarithmic = None if self.logarithmic is None else self.logarithmic.answer(x)
        boosted = None
        if self.booster is not None:
            read = _beside(x, self.linear, self.logarithmic)
            boosted = predicted(self.booster, read).reshape(len(x), -1).astype(float)
        if boosted is not None and boosted.shape[1] < self.leaf.shape[1]:  # of two classes it gives the second
            boosted = np.hstack([1 - boosted, boosted])
        forest = None
        if self.trees is not None:
            leaves = self.trees.apply_all(x).T  # summed in turn: a row alone has the sum that it has among others
            forest = sum((self.leaf[own] for own in leaves), np.zeros((len(x), 1))) / len(leaves)
        kernel = None if self.kernel is None else self._by_kernel(x)
        return [linear, logarithmic, boosted, forest, kernel]  # pyright: ignore[reportReturnType]

    def _by_kernel(self, x: Array) -> FloatArray:
        """What the kernel says, (n, k)."""
        assert self.kernel is not None
        said = np.clip(self.kernel.answer(x), *self.bounds)
        if said.shape[1] > 1:  # before the cut they sum to 1, so not to less now
            said /= said.sum(axis=1, keepdims=True)
        return said

    def state(self) -> dict[str, Any]:
        """Arrays and native files that rebuild it."""
        return {
            "weights": self.weights, "linear": self.linear, "leaf": self.leaf, "bounds": self.bounds,
            "logarithmic": None if self.logarithmic is None else self.logarithmic.state(),
            "booster": None if self.booster is None else saved(self.booster),
            "trees": None if self.trees is None else self.trees.state(),
            "kernel": None if self.kernel is None else self.kernel.state(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: Mapping[str, Any], width: int) -> Equation:
        """Inverse of `state`; ValueError when its parts do not fit `width` columns."""
        trees = None if state["trees"] is None else DecisionTrees.from_state(state["trees"], width)
        if trees is not None and len(state["leaf"]) != trees.leaves:
            raise ValueError("the leaves of a forest do not fit its trees")
        if len(state["linear"]) not in (0, width + 1) or len(state["weights"]) != len(LEARNERS):
            raise ValueError("a linear equation does not fit its columns")
        booster = None if state["booster"] is None else loaded(state["booster"])
        logarithmic = None if state["logarithmic"] is None else LogLinear.from_state(state["logarithmic"], width)
        kernel = None if state["kernel"] is None else LaplaceKernel.from_state(state["kernel"], width)
        return cls(
            state["weights"], state["linear"], logarithmic, booster, trees, state["leaf"], state["bounds"], kernel
        )


def _shares(said: FloatArray, truth: FloatArray) -> tuple[FloatArray, float]:
    """Weights of the learners, summing to 1, for what they said, (n, k, learners), of the truth, (n, k), and the sum of
    squared errors that is left."""
    from scipy.optimize import nnls

    count = said.shape[-1]
    design = said.reshape(-1, count)
    prior = PRIOR * np.sqrt(len(said)) * np.eye(count)
    found, _ = nnls(np.vstack([design, prior]), np.append(truth.ravel(), prior.sum(axis=0) / count))
    error = float(np.sum((design @ found - truth.ravel()) ** 2))
    share = found / found.sum() if found.sum() > 0 else np.full(count, 1 / count)
    share = np.where(share < LEAST_WEIGHT, 0.0, share)
    return share / share.sum(), error


def _ridge(x: Array, y: FloatArray) -> FloatArray:
    """Coefficients, the intercept last, (width + 1, 1)."""
    middle, spread = x.mean(axis=0, dtype=float), x.std(axis=0, dtype=float) + 1e-6
    z, mean = (x - middle) / spread, float(y.mean())
    weight = np.linalg.solve(z.T @ z + PENALTY * np.eye(z.shape[1]), z.T @ (y - mean)) / spread
    return np.append(weight, mean - middle @ weight)[:, None]


def _linear(x: Array, weights: FloatArray) -> FloatArray:
    return x @ weights[:-1] + weights[-1]


def _beside(x: Array, linear: FloatArray, logarithmic: LogLinear | None) -> Array:
    """What boosted trees read: the columns, and of a number what the regressions say."""
    if logarithmic is None:
        return x
    return np.column_stack([x, _linear(x, linear), logarithmic.answer(x)]).astype(np.float32)


def _outputs(y: FloatArray, classes: int) -> FloatArray:
    """Indicators of the classes, or the number, (n, k)."""
    return np.eye(classes)[y.astype(int)] if classes else y[:, None]


def _grown(x: Array, y: FloatArray, classes: int, seed: int) -> list[Any]:
    outputs = _outputs(y, classes)
    least, features = (CLASS_LEAF, "sqrt") if classes else (NUMBER_LEAF, NUMBER_FEATURES)
    return bagged(x, outputs, FOREST_TREES, least, seed, max_features=features)


def _boosted(x: Array, y: FloatArray, classes: int, seed: int) -> Any:
    settings: dict[str, Any] = BOTH | (CLASS if classes else NUMBER) | {"seed": seed}
    rounds = min(CLASS_ROUNDS, max(10, MOST_TREES // classes)) if classes else ROUNDS
    if classes == 2:
        settings["objective"] = "binary:logistic"
    elif classes:
        settings |= {"objective": "multi:softprob", "num_class": classes}
        settings["multi_strategy"] = "multi_output_tree" if classes >= VECTOR_LEAVES else "one_output_per_tree"
    return trained(settings, library().QuantileDMatrix(x, y, max_bin=BOTH["max_bin"]), rounds)
