"""Predict: how right is the family about the target of rows it has never seen?"""

from __future__ import annotations

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability
from ..metrics.predict import accuracy, r2, rmse, roc_auc
from .question import Answer, Question, Subject


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task)


def _put(subject: Subject) -> Answer:
    truth, said = subject.truth, subject.prediction
    if said.proba is None:
        return Answer({"r2": r2(truth, said.mean), "rmse": rmse(truth, said.mean)})
    classes = subject.model.classes_
    return Answer(
        {
            "roc_auc": roc_auc(truth, said.proba, classes),
            "accuracy": accuracy(truth, classes[said.proba.argmax(axis=1)]),
        }
    )


QUESTION = Question(
    key="predict",
    title="Predict",
    ask="How right is it about the target of rows it has never seen?",
    verb="predicts best",
    metrics=("roc_auc", "accuracy", "r2", "rmse"),
    can=_can,
    put=_put,
)
