"""Create: are the family's new rows like real ones, useful, and not copies?"""

from __future__ import annotations

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability
from ..metrics.cells import with_text_classes
from ..metrics.fidelity import c2st
from ..metrics.privacy import dcr_share, exact_copies
from ..metrics.utility import utility
from .question import Answer, Question, Subject


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
            "dcr_share": dcr_share(train, test, created, seed=seed),
            "exact_copies": exact_copies(train, created),
        }
    )


QUESTION = Question(
    key="create",
    title="Create rows",
    ask="Are its new rows like real ones, useful to learn from, and not copies?",
    verb="creates the most faithful rows",
    metrics=("c2st", "tstr", "dcr_share", "exact_copies"),
    can=_can,
    put=_put,
)
