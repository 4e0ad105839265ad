"""Create: are the family's new rows like real ones, useful, and not copies?"""

from __future__ import annotations

import numpy as np

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Impossible
from ..metrics.cells import with_text_classes
from ..metrics.fidelity import c2st
from ..metrics.privacy import membership_auc_model, privacy
from ..metrics.utility import utility
from .question import Answer, Question, Subject

ROWS = 1_000  # rows on either side of the attack on the model


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("sample", target=task)


def _put(subject: Subject) -> Answer:
    """As many rows as the training part has, against the test rows it never saw."""
    train, test, seed = subject.train, subject.test, subject.seed
    created = subject.created
    if subject.target is not None and subject.task == "class":  # class labels that are numbers are no numbers
        train, test, created = (with_text_classes(f, subject.target) for f in (train, test, created))
    useful = None
    if subject.target is not None and subject.task is not None:
        useful = utility(created, test, subject.target, subject.task, seed=seed)
    return Answer(
        {
            "c2st": c2st(test, created, seed=seed),
            "tstr": useful,
            **privacy(train, test, created, seed=seed),
            "membership_auc_model": _given_away(subject),
        }
    )


def _given_away(subject: Subject) -> float | None:
    """What the saved model says of who was in training, by log p(x) of whole rows; None where it has none."""
    if isinstance(type(subject.model).can("log_prob", target=subject.task), Impossible):
        return None
    n = min(ROWS, len(subject.train), len(subject.test))
    rows = [f.sample(n, random_state=subject.seed) for f in (subject.train, subject.test)]
    return membership_auc_model(*(np.asarray(subject.model.log_prob(f)) for f in rows))


QUESTION = Question(
    key="create",
    title="Create rows",
    ask="Are its new rows like real ones, useful to learn from, and not copies?",
    verb="creates the most faithful rows",
    metrics=("c2st", "tstr", "dcr_share", "near_copies", "exact_copies", "membership_auc", "membership_auc_model"),
    can=_can,
    put=_put,
)
