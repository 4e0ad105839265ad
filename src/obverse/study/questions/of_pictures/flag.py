"""Flag: does it notice pictures of another kind?

They are made of the test pictures themselves, so that no single pixel gives them away: the left half of one beside the
right half of one of another class, and whole pictures upside down. A family that knows the probability of a picture
rates it by that; one that only predicts, by how sure it is of its class (Hendrycks and Gimpel 2017).
"""

from __future__ import annotations

import numpy as np
from sklearn.metrics import roc_auc_score

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability, Impossible, Scores
from ....core.schema import Array, FloatArray
from ....data.pictures import Pictures
from ..question import Answer, Question, Subject

PICTURES = 300  # looked at, of each kind


def _can(family: type[Model], task: Task | None) -> Ability:
    ability = family.can("log_prob", target=task)
    return family.can("predict", target=task) if isinstance(ability, Impossible) else ability


def halves(pictures: Pictures, rng: np.random.Generator) -> Array:
    """As many pictures, each the left half of one and the right half of another of another class."""
    out = pictures.pixels.copy()
    middle = out.shape[2] // 2
    for i, label in enumerate(pictures.told):
        other = rng.choice(np.flatnonzero(pictures.told != label))
        out[i, :, middle:] = pictures.pixels[other, :, middle:]
    return out


def _put(subject: Subject) -> Answer:
    rng = np.random.default_rng([subject.seed, 7])
    some = subject.test.take(np.sort(rng.permutation(len(subject.test))[:PICTURES]))
    real = _oddity(subject.model, some.pixels)
    odd = {"flag_halves": halves(some, rng), "flag_upside_down": some.pixels[:, ::-1]}
    truth = np.repeat([0, 1], len(some))
    return Answer(
        {name: float(roc_auc_score(truth, np.concatenate([real, _oddity(subject.model, made)])))
         for name, made in odd.items()}
    )  # fmt: skip


def _oddity(model: Model, pixels: Array) -> FloatArray:
    if isinstance(model, Scores) and "P(y|x)" not in model.card.learns:
        return -np.asarray(model.log_prob(pixels))
    return 1 - np.asarray(model.predict_proba(pixels)).max(axis=1)


QUESTION = Question(
    key="flag",
    title="Flag what is odd",
    ask="Does it notice pictures put together from two classes, and pictures upside down?",
    verb="notices odd pictures best",
    metrics=("flag_halves", "flag_upside_down"),
    can=_can,
    put=_put,
)
