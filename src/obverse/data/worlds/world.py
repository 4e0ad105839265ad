"""The one abstract class of worlds: sample from the truth, and ask it for log-probabilities and the best prediction."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import ClassVar, Literal

import numpy as np
import pandas as pd

from obverse.core.errors import BadInput, CannotAnswer
from obverse.core.schema import FloatArray


class World(ABC):
    """A joint distribution of a few columns that is known in closed form.

    Attributes:
        name: of the world, and of its module.
        features: the columns of x, in order.
        target: the column y, last in a sampled frame.
        task: `class` or `number`; None when no column is singled out to be predicted.
        classes: the target's values in sorted order, empty unless the task is `class`.
        finite: there are finitely many rows, so every sum can be taken.

    Log-probabilities are log-measures in nats: masses of category, boolean and integer columns times densities of
    decimal ones, in the units of the data.
    """

    name: ClassVar[str]
    features: ClassVar[tuple[str, ...]]
    target: ClassVar[str]
    task: ClassVar[Literal["class", "number"] | None]
    classes: ClassVar[tuple[str, ...]] = ()
    finite: ClassVar[bool] = False

    def sample(self, n: int, seed: int) -> pd.DataFrame:
        """n independent rows, features then target; the same seed gives the same rows."""
        return self._sample(n, np.random.default_rng(seed))

    def log_prob(self, frame: pd.DataFrame) -> FloatArray:
        """(n,): log p(x, y) of complete rows; BadInput when a column or a cell is missing."""
        return self._log_prob(self._complete(frame, (*self.features, self.target)))

    def log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        """(n,): log p(x), the target summed out; BadInput when a feature or a cell of one is missing."""
        return self._log_prob_x(self._complete(frame, self.features))

    def proba(self, frame: pd.DataFrame) -> FloatArray:
        """(n, k): P(y | x) in the order of `classes`; CannotAnswer when the target is no class."""
        if self.task != "class":
            raise CannotAnswer(f"the target of world {self.name} is not a class", instead="ask its mean")
        return self._predict(self._complete(frame, self.features))

    def mean(self, frame: pd.DataFrame) -> FloatArray:
        """(n,): E(y | x), in the target's units; CannotAnswer when the target is no number."""
        if self.task != "number":
            raise CannotAnswer(f"the target of world {self.name} is not a number", instead="ask its proba")
        return self._predict(self._complete(frame, self.features))

    @abstractmethod
    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        """n rows."""

    @abstractmethod
    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        """(n,): log p(x, y) of complete rows."""

    @abstractmethod
    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        """(n,): log p(x) of complete features."""

    @abstractmethod
    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        """(n, k) P(y | x) for a class, (n,) E(y | x) for a number."""

    def _complete(self, frame: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
        with_holes = frame.columns[frame.isna().any()]
        problems = [f"column {c!r} is absent" for c in columns if c not in frame.columns]
        problems += [f"column {c!r} has missing cells" for c in columns if c in with_holes]
        if problems:
            raise BadInput([f"world {self.name} knows the truth of complete rows only: {p}" for p in problems])
        return frame.loc[:, list(columns)]
