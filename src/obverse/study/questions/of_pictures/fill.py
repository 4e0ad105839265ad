"""Fill: how near the truth is what it puts where a quarter of a picture is gone?"""

from __future__ import annotations

import numpy as np

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability, Impossible
from ....core.schema import Array
from ....data.pictures import Pictures
from ..question import Answer, Question, Subject

PICTURES = 200


def _can(family: type[Model], task: Task | None) -> Ability:
    if family.card.side == "discriminative":
        return Impossible(f"{family.card.key} learns P(y|x): it can fill its target only", "ask predict")
    return family.can("impute", target=task)


def hide(test: Pictures, seed: int) -> tuple[Pictures, Array]:
    """Some of the test pictures, and bool (n, h, w, c): a square of half of each side, somewhere."""
    rng = np.random.default_rng([seed, 8])
    some = test.take(np.sort(rng.permutation(len(test))[:PICTURES]))
    n, height, width, _ = some.pixels.shape
    hole, (high, wide) = np.zeros(some.pixels.shape, bool), ((height + 1) // 2, (width + 1) // 2)
    for one, top, left in zip(hole, rng.integers(height - high + 1, size=n), rng.integers(width - wide + 1, size=n),
                              strict=True):  # fmt: skip
        one[top : top + high, left : left + wide] = True
    return some, hole


def judged(some: Pictures, filled: Array, hole: Array) -> Answer:
    """Root of the mean squared error of the hidden numbers, in grey levels."""
    error = (filled.astype(float) - some.pixels)[hole]
    return Answer({"fill_rmse": float(np.sqrt((error**2).mean()))})


def reference(train: Pictures, test: Pictures, seed: int) -> Answer:
    """Every hidden number filled with its mean over the training pictures."""
    some, hole = hide(test, seed)
    return judged(some, np.where(hole, train.pixels.mean(axis=0), some.pixels), hole)


def _put(subject: Subject) -> Answer:
    some, hole = hide(subject.test, subject.seed)
    holed = np.where(hole, np.nan, some.pixels)
    return judged(some, np.asarray(subject.model.impute(holed, seed=subject.seed)), hole)


QUESTION = Question(
    key="fill",
    title="Fill holes",
    ask="How near the truth is what it fills in, when a square of a quarter of the picture is hidden?",
    verb="fills holes best",
    metrics=("fill_rmse",),
    can=_can,
    put=_put,
)
