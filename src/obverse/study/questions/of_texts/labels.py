"""Predict from few labels: the same family trained on 20, 50, 100, 500 labelled texts, and on all."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....data.texts import Texts
from ...failures import FAILURES
from ...metrics.texts import f1
from ..labels import QUESTION as OF_ROWS
from ..of_pictures.labels import order
from ..question import Answer, Question, Subject

SIZES = (20, 50, 100, 500)  # labels: a network is trained for each


def _put(subject: Subject) -> Answer:
    known = order(subject.train.told, subject.seed)
    sizes = [n for n in SIZES if n < len(known)]
    figures = {f"f1_{n}": _learnt(subject, subject.train.take(known[:n])) for n in sizes}
    figures["f1_all"] = f1(subject.truth, subject.prediction.proba, subject.model.classes_)
    extra: dict[str, Any] = {"sizes": [*sizes, len(known)]}
    return Answer(figures, extra)


def _learnt(subject: Subject, few: Texts) -> float | None:
    """The figure of a family trained on these texts; None when it cannot learn from so few."""
    try:
        model = subject.fitted(few)
        proba = np.asarray(model.predict_proba(subject.test.texts.tolist()))
    except FAILURES:
        return None
    return f1(subject.truth, proba, model.classes_)


QUESTION = Question(
    key=OF_ROWS.key,
    title=OF_ROWS.title,
    ask="How right is it when only a few texts with their labels can be learned from?",
    verb=OF_ROWS.verb,
    metrics=(*(f"f1_{n}" for n in SIZES), "f1_all"),
    can=OF_ROWS.can,
    put=_put,
)
