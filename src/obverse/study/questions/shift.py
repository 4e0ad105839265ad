"""Predict under shift: trained in one region of x, asked about another."""

from __future__ import annotations

import numpy as np

from ...core.card import Task
from ...core.errors import BadInput
from ...core.model import Model
from ...core.queries import Ability
from . import again
from .question import Answer, Question, Subject


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task)


def _put(subject: Subject) -> Answer:
    if subject.region is None:
        raise BadInput("the plan has no region; start another study")
    inside, _ = subject.region.sides(subject.train)
    home, away = subject.region.sides(subject.test)
    model = subject.fitted(subject.train.iloc[np.flatnonzero(inside)])
    figures = {side: subject.test.iloc[np.flatnonzero(rows)] for side, rows in (("outside", away), ("inside", home))}
    return Answer({again.name(subject.task, side): again.asked(model, subject, rows) for side, rows in figures.items()})


QUESTION = Question(
    key="shift",
    title="Predict elsewhere",
    ask="How right is it about rows unlike those it was trained on?",
    verb="predicts best where it was never trained",
    metrics=again.names(("outside", "inside")),
    can=_can,
    put=_put,
)
