"""Predict from few labels: the same family trained on 20, 50, 100, ... labelled pictures, and on all."""

from __future__ import annotations

from typing import Any

import numpy as np

from ....core.model import Model
from ....core.queries import Prediction
from ....core.schema import Array
from ....data.pictures import Pictures
from ...failures import FAILURES
from .. import again
from ..labels import QUESTION as OF_ROWS
from ..question import Answer, Question, Subject

SIZES = (20, 100, 500)  # labels: a network is trained for each


def order(labels: Array, seed: int) -> Array:
    """Positions of the labelled pictures in the order they are given to learn from, one of every class first."""
    known = np.array([label is not None for label in labels])
    shuffled = np.random.default_rng([seed, 2]).permutation(np.flatnonzero(known))
    _, first = np.unique(labels[shuffled].astype(str), return_index=True)
    return np.concatenate([shuffled[np.sort(first)], np.delete(shuffled, first)])


def _put(subject: Subject) -> Answer:
    known = order(subject.train.told, subject.seed)
    sizes = [n for n in SIZES if n < len(known)]
    figures: dict[str, float | None] = {
        again.name("class", str(n)): _learnt(subject, subject.train.take(known[:n])) for n in sizes
    }
    figures[again.name("class", "all")] = again.figure(subject.truth, subject.prediction, subject.model)
    extra: dict[str, Any] = {"sizes": [*sizes, len(known)]}
    return Answer(figures, extra)


def _learnt(subject: Subject, few: Pictures) -> float | None:
    """The figure of a family trained on these pictures; None when it cannot learn from so few."""
    try:
        model: Model = subject.fitted(few)
        said = Prediction(proba=model.predict_proba(subject.test.pixels))
    except FAILURES:
        return None
    return again.figure(subject.truth, said, model)


QUESTION = Question(
    key=OF_ROWS.key,
    title=OF_ROWS.title,
    ask="How right is it when only a few pictures with their labels can be learned from?",
    verb=OF_ROWS.verb,
    metrics=OF_ROWS.metrics,
    can=OF_ROWS.can,
    put=_put,
)
