"""Predict: how right is the family about the label of texts it has never seen?"""

from __future__ import annotations

from ...metrics.predict import accuracy, roc_auc
from ...metrics.texts import f1
from ..predict import QUESTION as OF_ROWS
from ..question import Answer, Question, Subject


def _put(subject: Subject) -> Answer:
    said, classes = subject.prediction.proba, subject.model.classes_
    assert said is not None
    return Answer(
        {
            "roc_auc": roc_auc(subject.truth, said, classes),
            "f1": f1(subject.truth, said, classes),
            "accuracy": accuracy(subject.truth, classes[said.argmax(axis=1)]),
        }
    )


QUESTION = Question(
    key=OF_ROWS.key,
    title=OF_ROWS.title,
    ask="How right is it about the label of texts it has never seen?",
    verb=OF_ROWS.verb,
    metrics=("roc_auc", "f1", "accuracy"),
    can=OF_ROWS.can,
    put=_put,
)
