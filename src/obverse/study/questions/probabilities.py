"""Trust the probabilities: when the family says 80 %, does it happen in 80 of 100 cases?"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability
from ..metrics.calibration import brier, ece, log_loss, reliability
from ..metrics.cells import as_numbers
from .question import Answer, Question, Subject


def _can(family: type[Model], task: Task | None) -> Ability:
    """Classes need predicted probabilities; a number needs a density of it."""
    return family.can("predict" if task == "class" else "log_prob", target=task)


def _put(subject: Subject) -> Answer:
    return _classes(subject) if subject.task == "class" else _number(subject)


def _classes(subject: Subject) -> Answer:
    said = (subject.truth, subject.prediction.proba, subject.model.classes_)
    curve = reliability(*said)
    bins = [
        {"confidence": float(c), "accuracy": float(a), "count": int(n)} if n else {"count": 0}
        for c, a, n in zip(curve.confidence, curve.accuracy, curve.count, strict=True)
    ]
    return Answer({"log_loss": log_loss(*said), "brier": brier(*said), "ece": ece(*said)}, {"reliability": bins})


def _number(subject: Subject) -> Answer:
    """Mean surprise at the true number, in nats, given the rest of the row.

    A row that the family holds impossible would make it infinite whatever the others are. As `log_loss` does for
    classes, density is kept away from 0 by the float64 epsilon, here per standard deviation of the training target.
    """
    target = str(subject.target)
    known = subject.test[subject.test[target].notna()]
    rest = [name for name in known.columns if name != target]
    surprise: Any = -subject.model.log_prob(known, of=[target], given=rest)
    spread = max(np.nanstd(as_numbers(subject.train[target])), np.finfo(float).tiny)
    most = np.log(spread) - np.log(np.finfo(float).eps)
    return Answer({"nll": float(np.minimum(surprise, most).mean())}, {"impossible_rows": int(np.isinf(surprise).sum())})


QUESTION = Question(
    key="probabilities",
    title="Trust the probabilities",
    ask="When it says 80 %, does it happen in 80 of 100 cases?",
    verb="gives the most trustworthy probabilities",
    metrics=("log_loss", "brier", "ece", "nll"),
    can=_can,
    put=_put,
)
