"""Fill: how near the truth are the cells it puts into holes?"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Impossible
from ...core.schema import Array
from ..metrics.impute import impute_accuracy, nrmse
from .question import Answer, Question, Subject

ROWS = 3_000
SHARE = 0.3


def _can(family: type[Model], task: Task | None) -> Ability:
    if family.card.side == "discriminative":
        return Impossible(f"{family.card.key} learns P(y|x): it can fill its target only", "ask predict")
    return family.can("impute", target=task)


def hide(test: pd.DataFrame, seed: int) -> tuple[pd.DataFrame, Array]:
    """At most `ROWS` of the test rows, and bool (n, d): which of their cells to hide.

    `SHARE` of the observed cells, the target's included. Rows and cells depend on the seed alone.
    """
    truth = test.sample(min(ROWS, len(test)), random_state=seed)
    drawn = np.random.default_rng(seed).random(truth.shape) < SHARE
    return truth, drawn & truth.notna().to_numpy()


def judged(truth: pd.DataFrame, completed: pd.DataFrame, hidden: Array, train: pd.DataFrame) -> Answer:
    """Errors over the hidden cells."""
    return Answer(
        {
            "nrmse": nrmse(truth, completed, hidden, train),
            "impute_accuracy": impute_accuracy(truth, completed, hidden),
        }
    )


def _put(subject: Subject) -> Answer:
    truth, hidden = hide(subject.test, subject.seed)
    completed = subject.model.impute(truth.mask(hidden), seed=subject.seed)
    return judged(truth, completed, hidden, subject.train)


QUESTION = Question(
    key="fill",
    title="Fill holes",
    ask="How near the truth are the cells it fills in, when 30 % of a new row's cells are hidden?",
    verb="fills holes best",
    metrics=("nrmse", "impute_accuracy"),
    can=_can,
    put=_put,
)
