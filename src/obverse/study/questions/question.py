"""What a question is: its words, the figures it gives, which families can take it, and how it is put to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Prediction
from ..meter import Meter
from ..region import Region


@dataclass
class Subject:
    """A fitted family and the two parts of a split: what every question is put to.

    Attributes:
        model: fitted on `train`.
        train, test: the rows of the split, target included.
        target: name of the target column, None without one.
        task: kind of the target.
        seed: of everything drawn for this split; the same for every family, so that hidden cells are the same too.
        meter: measures what the model (not the judging of it) costs.
        make: builds the family once more, not fitted.
        region: the part of x that the question of shift trains in, None where there is none.
    """

    model: Model
    train: pd.DataFrame
    test: pd.DataFrame
    target: str | None
    task: Task | None
    seed: int
    meter: Meter
    make: Callable[[], Model]
    region: Region | None = None

    def fitted(self, rows: pd.DataFrame) -> Model:
        """The same family, trained on these rows instead."""
        return self.make().fit(rows, self.target, task=self.task)

    @cached_property
    def created(self) -> pd.DataFrame:
        """As many new rows as the training part has."""
        with self.meter.measure("sample_s"):
            return self.model.sample(len(self.train), seed=self.seed)

    @cached_property
    def prediction(self) -> Prediction:
        """What the model says of the target of the test rows: probabilities of classes, or the mean of a number."""
        x = self.test.drop(columns=[self.target])
        with self.meter.measure("predict_s"):
            if self.task == "class":
                return Prediction(proba=self.model.predict_proba(x))
            return Prediction(mean=self.model.predict(x))


@dataclass(frozen=True)
class Answer:
    """Figures by metric name (None where undefined), and whatever else the report shows."""

    metrics: dict[str, float | None]
    extra: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Question:
    """One question of a study.

    Attributes:
        key: in plans and results.
        title: for headings.
        ask: the question as a full sentence.
        verb: what the best family does, for the verdict: `<family> <verb>`; empty where nobody is declared best.
        metrics: names in `METRICS`, the decisive one first; those nobody has a figure for (another kind of target) are
            left out, and the first that remains decides.
        can: what a family can do about it, by its class and the kind of target alone.
        put: puts it to one fitted family.
    """

    key: str
    title: str
    ask: str
    verb: str
    metrics: tuple[str, ...]
    can: Callable[[type[Model], Task | None], Ability]
    put: Callable[[Subject], Answer]
