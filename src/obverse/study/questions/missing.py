"""Predict with holes: 30 % of the cells are hidden; leave the holes to the model, or fill them first?

A joint model can sum over everything a hidden cell may hold (marginalise), which is the right answer if the model is
right. Filling first, the common practice, treats a guess as if it had been seen. Both ways are measured.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Ability, Impossible
from ..metrics.cells import is_number
from . import again
from .fill import SHARE
from .question import Answer, Question, Subject

ROWS = 3_000
WAYS = ("holes", "filled", "own", "full")


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task, given="partial_input")


def holed(test: pd.DataFrame, target: str, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """At most `ROWS` of the test rows, and the same with `SHARE` of their cells hidden, the target's excepted.

    Both depend on the seed alone.
    """
    rows = test.sample(min(ROWS, len(test)), random_state=seed)
    drawn = np.random.default_rng([seed, 1]).random(rows.shape) < SHARE
    drawn[:, rows.columns.get_loc(target)] = False
    return rows, rows.mask(drawn)


def filled(rows: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Holes of numbers and dates filled with the training mean, all others with the commonest training value.

    Whole numbers become real ones, because their mean is. Source: scikit-learn's `SimpleImputer`.
    """
    out = {}
    for name in rows.columns:
        cells, known = rows[name], train[name].dropna()
        if not len(known):
            out[name] = cells
        elif is_number(train[name]):
            real = cells.dtype.kind in "Mm"
            out[name] = (cells if real else cells.astype("float64")).fillna(known.mean())
        else:
            out[name] = cells.fillna(known.mode().iloc[0])
    return pd.DataFrame(out, index=rows.index)


def _put(subject: Subject) -> Answer:
    target = str(subject.target)
    whole, rows = holed(subject.test, target, subject.seed)
    features = rows.drop(columns=target)
    simply = filled(features, subject.train).assign(**{target: rows[target]})
    own = None
    if not isinstance(_imputes(type(subject.model), subject.task), Impossible):
        own = subject.model.impute(features, seed=subject.seed).assign(**{target: rows[target]})
    figures = {
        "holes": again.asked(subject.model, subject, rows),
        "filled": again.asked(subject.model, subject, simply),
        "own": None if own is None else again.asked(subject.model, subject, own),
        "full": again.asked(subject.model, subject, whole),
    }
    return Answer({again.name(subject.task, way): value for way, value in figures.items()})


def _imputes(family: type[Model], task: Task | None) -> Ability:
    if family.card.side == "discriminative":
        return Impossible(f"{family.card.key} cannot fill features")
    return family.can("impute", target=task)


QUESTION = Question(
    key="missing",
    title="Predict with holes",
    ask="How right is it when 30 % of a new row's cells are hidden: left to the model, or filled first?",
    verb="predicts best when holes are left to it",
    metrics=again.names(WAYS),
    can=_can,
    put=_put,
)
