"""Support vector machine with a Gaussian kernel and a sigmoid for probabilities, by scikit-learn."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_ZERO, POSITIVE, check
from ..backbones.classes import spread
from ..backbones.linear import Design
from ..backbones.scale import centre_and_spread
from ..backbones.stored import dumped, loaded
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE

FOLDS = 5


class SVM(Predicts, Model):
    """P(y|x) of classes by a sigmoid of the machine's decision, or the value of a number; z-scores, one-hot categories.

    Up to `exact_rows` rows this is scikit-learn's SVC (in `CalibratedClassifierCV(ensemble=False)`, which fits the
    sigmoid to decisions on held-out folds) or SVR, after StandardScaler on the columns and, for SVR, on the target.
    Beyond, where the kernel's time grows with the square of the rows, a Nystroem map with a linear machine stands in.

    The sigmoid has five folds, fewer where the rarest class has fewer rows. With a class of a single row no fold can
    be held out; the sigmoid is then fitted to the decisions on the training rows themselves, which are too sure.

    Args:
        C: inverse strength of the penalty, as in scikit-learn. The kernel's width is scikit-learn's `gamma="scale"`.
        exact_rows: most training rows for the exact kernel.
        components: training rows that span the Nystroem map.
        max_levels: most one-hot columns a category column gets.
        random_state: seeds the choice of the map's rows. The seed that scikit-learn got is the first draw of the
            generator of fitting; the exact machine does not depend on it.
    """

    card = Card(
        key="svm",
        title="Support vector machine",
        learns=frozenset({"P(y|x)"}),
        modality=TABLE,
        backbone="kernel",
        objective="hinge loss and a sigmoid on top (classes) or epsilon-insensitive loss (numbers), L2 penalty",
        log_prob="exact",
        missing="imputed",
        condition="none",
        references=(
            "Cortes and Vapnik 1995, Support-vector networks",
            "Platt 1999, Probabilistic outputs for support vector machines",
            "Williams and Seeger 2001, Using the Nystroem method to speed up kernel machines",
            "scikit-learn SVC, SVR, Nystroem, CalibratedClassifierCV",
        ),
        density_tasks=frozenset({"class"}),
        avoid_when="columns of very unequal weight: all z-scores count alike in its distances",
    )

    def __init__(
        self,
        C: float = 1.0,
        exact_rows: int = 10_000,
        components: int = 200,
        max_levels: int = 100,
        random_state: RandomState = None,
    ) -> None:
        self.C = C
        self.exact_rows = exact_rows
        self.components = components
        self.max_levels = max_levels
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, C=POSITIVE, exact_rows=COUNT_OR_ZERO, components=COUNT, max_levels=COUNT_OR_ZERO)
        self.design_ = Design.of(data, self.max_levels)
        x = self.design_.matrix(data.values)
        machine = self._machine(x, data.schema.task == "class", int(rng.integers(2**31)))
        if data.schema.task == "class":
            self.centre_, self.scale_ = 0.0, 1.0
            self.estimator_ = _with_probabilities(machine, x, data.y.astype(int))
        else:
            self.centre_, scale = centre_and_spread(data.y)
            self.scale_ = scale or 1.0
            self.estimator_ = machine.fit(x, (data.y - self.centre_) / self.scale_)

    def _machine(self, x: FloatArray, is_class: bool, seed: int) -> Any:
        """The exact machine, or its approximation for many rows."""
        from sklearn.kernel_approximation import Nystroem
        from sklearn.pipeline import make_pipeline
        from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

        C = float(self.C)
        if len(x) <= self.exact_rows:
            return SVC(C=C, random_state=seed) if is_class else SVR(C=C)
        gamma = 1.0 / (x.shape[1] * (x.var() or 1.0))
        rows = min(self.components, len(x) // 2)  # a fold of the sigmoid has at least half of them
        primal: Any = False  # the dual may stop before it has converged
        if is_class:
            linear = LinearSVC(C=C, dual=primal, random_state=seed)
        else:
            linear = LinearSVR(C=C, dual=primal, loss="squared_epsilon_insensitive", random_state=seed)
        return make_pipeline(Nystroem(gamma=gamma, n_components=rows, random_state=seed), linear)

    def _predict(self, given: Evidence) -> Prediction:
        column, machine = self.schema_.target_column, self.estimator_
        assert column is not None
        x = self.design_.matrix(given.values)
        if column.kind == "number":
            return Prediction(mean=machine.predict(x) * self.scale_ + self.centre_)
        return Prediction(proba=spread(machine.predict_proba(x), machine.classes_, len(column.values)))

    def _state(self) -> dict[str, Any]:
        target = {"centre": self.centre_, "scale": self.scale_}
        return {"design": self.design_.state(), "machine": dumped(self.estimator_), **target}

    def _restore(self, state: dict[str, Any]) -> None:
        from sklearn.calibration import CalibratedClassifierCV
        from sklearn.pipeline import Pipeline
        from sklearn.svm import SVR

        self.design_ = Design.from_state(state["design"])
        self.centre_, self.scale_ = float(state["centre"]), float(state["scale"])
        width = self.design_.matrix(np.zeros((1, len(self.schema_.columns)))).shape[1]
        column = self.schema_.target_column
        assert column is not None
        kinds = (CalibratedClassifierCV,) if column.values else (SVR, Pipeline)
        self.estimator_ = loaded(state["machine"], kinds, width, len(column.values))


def _with_probabilities(machine: Any, x: FloatArray, y: Array) -> Any:
    """The machine with a sigmoid on its decisions, held-out ones where every class has two rows."""
    from sklearn.calibration import CalibratedClassifierCV

    rarest, rows = int(np.unique(y, return_counts=True)[1].min()), np.arange(len(x))
    folds: Any = min(FOLDS, rarest) if rarest > 1 else [(rows, rows)]
    # scikit-learn gives `ensemble` the default "auto" and no type
    calibrated = CalibratedClassifierCV(machine, cv=folds, ensemble=False)  # pyright: ignore[reportArgumentType]
    return calibrated.fit(x, y)
