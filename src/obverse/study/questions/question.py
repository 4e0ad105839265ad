"""What a question is: its words, the figures it gives, which families can take it, and how it is put to one of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Prediction
from ...core.schema import Array
from ...data.pictures import Pictures
from ...data.texts import Texts
from ..meter import Meter
from ..region import Region

EACH, MOST = 100, 2_000  # pictures made of every label, and of all together
MOST_TEXTS, LEAST_TEXTS = 600, 10  # texts made of all labels together, by their shares, and at least of each


def fit(model: Model, rows: Any, target: str | None, task: Task | None) -> Model:
    """The model, trained on rows of a table, target included, or on pictures or texts with their labels."""
    return model.fit(rows) if isinstance(rows, Pictures | Texts) else model.fit(rows, target, task=task)


def named(labels: Array) -> Array:
    """The distinct labels, sorted; None is none."""
    known = [v for v in set(labels.tolist()) if v is not None]
    return np.array(sorted(known), dtype=labels.dtype)


@dataclass
class Subject:
    """A fitted family and the two parts of a split: what every question is put to.

    Attributes:
        model: fitted on `train`.
        train, test: the rows of the split, target included; or pictures or texts with their labels.
        target: name of the target column, None without one.
        task: kind of the target.
        seed: of everything drawn for this split; the same for every family, so that hidden cells are the same too.
        meter: measures what the model (not the judging of it) costs.
        make: builds the family once more, not fitted, to learn from these rows.
        region: the part of x that the question of shift trains in, None where there is none.
        folder: of the study, where what is made once for all families is kept.
        split: number of the split.
        elsewhere: texts of another source with their labels, None without.
    """

    model: Model
    train: Any
    test: Any
    target: str | None
    task: Task | None
    seed: int
    meter: Meter
    make: Callable[[Any], Model]
    region: Region | None = None
    folder: Path = Path()
    split: int = 0
    elsewhere: Texts | None = None

    def fitted(self, rows: Any) -> Model:
        """The same family, trained on these rows instead."""
        return fit(self.make(rows), rows, self.target, self.task)

    @cached_property
    def created(self) -> Any:
        """As many new rows as the training part has; or pictures, `EACH` of every label; or `MOST_TEXTS` texts."""
        with self.meter.measure("sample_s"):
            if isinstance(self.train, Texts):
                return _texts(self.model, self.train, self.seed)
            if not isinstance(self.train, Pictures):
                return self.model.sample(len(self.train), seed=self.seed)
            if self.train.labels is None:
                return Pictures(np.asarray(self.model.sample(MOST, seed=self.seed)), None, "made")
            labels = named(self.train.labels)
            each = min(EACH, max(1, MOST // len(labels)))
            made = [self.model.sample(each, given=label, seed=self.seed) for label in labels.tolist()]
            return Pictures(np.concatenate(made), np.repeat(labels, each), "made")

    @property
    def truth(self) -> Any:
        """The target of the test rows."""
        return self.test.labels if isinstance(self.test, Pictures | Texts) else self.test[self.target]

    @cached_property
    def prediction(self) -> Prediction:
        """What the model says of the target of the test rows: probabilities of classes, or the mean of a number."""
        x = _asked(self.test, self.target)
        with self.meter.measure("predict_s"):
            if self.task == "class":
                return Prediction(proba=self.model.predict_proba(x))
            return Prediction(mean=self.model.predict(x))


def _asked(test: Any, target: str | None) -> Any:
    """The test rows without their target."""
    if isinstance(test, Texts):
        return test.texts.tolist()
    return test.pixels if isinstance(test, Pictures) else test.drop(columns=[target])


def shares(labels: Array, most: int, least: int) -> dict[Any, int]:
    """Label -> how many of `most` examples are of it, by its share, and at least so many."""
    known = named(labels).tolist()
    return {label: max(least, round(most * float(np.mean([v == label for v in labels])))) for label in known}


def _texts(model: Model, train: Texts, seed: int) -> Texts:
    """As many as the training part has, up to `MOST_TEXTS`, of its labels in their shares."""
    count = min(MOST_TEXTS, len(train))
    if train.labels is None:
        return Texts.of(model.sample(count, seed=seed), None, "made")
    made, labels = list[str](), list[Any]()
    for label, n in shares(train.labels, count, LEAST_TEXTS).items():
        made += model.sample(n, given={"label": label}, seed=seed)
        labels += [label] * n
    told = np.empty(len(labels), dtype=object)
    told[:] = labels
    return Texts.of(made, told, "made")


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
