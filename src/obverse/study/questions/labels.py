"""Predict from few labels: the same family trained on 20, 50, 100, ... labelled rows, and on all.

Every smaller part is contained in the next, and holds every class of the training rows at least once. Families that
learn how whole rows come about are also trained with the other training rows added, without their targets: whether
that helps is a question, not a fact (it can hurt when the model is wrong; Cozman and Cohen 2002).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability
from ..failures import FAILURES
from ..metrics import LABELS
from . import again
from .question import Answer, Question, Subject

MOST_UNLABELLED = 100  # labels up to which the unlabelled rows are worth the time


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task)


def order(train: pd.DataFrame, target: str, task: Task | None, seed: int) -> Any:
    """Positions of the labelled training rows in the order they are given to learn from; depends on the seed alone."""
    labels = train[target]
    shuffled = np.random.default_rng([seed, 2]).permutation(np.flatnonzero(labels.notna()))
    if task != "class":
        return shuffled
    _, first = np.unique(pd.factorize(labels.iloc[shuffled])[0], return_index=True)
    return np.concatenate([shuffled[np.sort(first)], np.delete(shuffled, first)])


def _put(subject: Subject) -> Answer:
    target, task = str(subject.target), subject.task
    known = order(subject.train, target, task, subject.seed)
    sizes = [n for n in LABELS if n < len(known)]
    uses_unlabelled = "P(x,y)" in subject.model.card.learns and not subject.model.card.weak
    figures: dict[str, float | None] = {}
    unlabelled: list[float | None] = []
    for n in sizes:
        rows = subject.train.iloc[known[:n]]
        figures[again.name(task, str(n))] = _learnt(subject, rows)
        if uses_unlabelled:
            holds = np.isin(np.arange(len(subject.train)), known[:n])
            rows = subject.train.assign(**{target: subject.train[target].where(holds)})
            unlabelled.append(_learnt(subject, rows) if n <= MOST_UNLABELLED else None)
    figures[again.name(task, "all")] = again.figure(subject.test[target], subject.prediction, subject.model)
    extra: dict[str, Any] = {"sizes": [*sizes, len(known)]}
    return Answer(figures, extra | ({"unlabelled": [*unlabelled, None]} if uses_unlabelled else {}))


def _learnt(subject: Subject, rows: pd.DataFrame) -> float | None:
    """The figure of a family trained on these rows; None when it cannot learn from so few."""
    try:
        return again.asked(subject.fitted(rows), subject, subject.test)
    except FAILURES:
        return None


QUESTION = Question(
    key="labels",
    title="Few labels",
    ask="How right is it when only a few rows with their targets can be learned from?",
    verb="learns most from the fewest labels",
    metrics=again.names((*map(str, LABELS), "all")),
    can=_can,
    put=_put,
)
