"""Create: are the family's pictures like real ones of the class asked for, as varied, and not copies?"""

from __future__ import annotations

import base64

import numpy as np

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability
from ....core.schema import Array
from ....data.pictures import Pictures, png
from ...judge import Judge, of_split
from ...metrics.pictures import frechet, nearer_to_train, precision_recall, spread
from ..question import Answer, Question, Subject, named

ACROSS, MOST_DOWN = 8, 10  # pictures of a sheet: beside each other, and classes below each other
LARGE = 16  # pixels from which only half as many stand beside each other


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("sample", target=task, given="equal")


def _put(subject: Subject) -> Answer:
    made = subject.created
    judge = of_split(subject.folder, subject.split, subject.train, subject.seed)
    return Answer(figures(judge, made, subject.train, subject.test, subject.seed), {"sheet": sheet(made)})


def reference(judge: Judge, train: Pictures, test: Pictures, seed: int) -> Answer:
    """Real pictures in the place of made ones: unseen ones read and measured, training ones for the distances."""
    out = figures(judge, train, train, test, seed)
    return Answer(out | {"read_as_asked": judge.reads(test), "nearer_share": 0.5}, {"sheet": sheet(test)})


def figures(judge: Judge, made: Pictures, train: Pictures, test: Pictures, seed: int) -> dict[str, float | None]:
    """All figures of made pictures; distances are between as many of every class."""
    rng = np.random.default_rng([seed, 6])
    ours, real = _balanced(made, test, rng)
    ours, real = judge.features(made.pixels[ours]), judge.features(test.pixels[real])
    precision, recall = precision_recall(real, ours)
    return {
        "frechet": frechet(ours, real),
        "read_as_asked": judge.reads(made),
        "spread": spread(made.pixels, made.told, train.pixels, train.told),
        "nearer_share": nearer_to_train(made.pixels, train.pixels, test.pixels, rng),
        "precision": precision,
        "recall": recall,
    }


def _balanced(made: Pictures, test: Pictures, rng: np.random.Generator) -> tuple[Array, Array]:
    """Positions of as many made as real pictures of every class."""
    ours, real = [], []
    for label in named(test.told):
        a, b = (rng.permutation(np.flatnonzero(p.told == label)) for p in (made, test))
        count = min(len(a), len(b))
        ours.append(a[:count])
        real.append(b[:count])
    return np.concatenate(ours), np.concatenate(real)


def sheet(pictures: Pictures) -> dict[str, object]:
    """A few pictures of every class, a class a line, as base64 of a .png, and how large they are."""
    _, height, width, _ = pictures.pixels.shape
    across = ACROSS if max(height, width) <= LARGE else ACROSS // 2
    classes = named(pictures.told)[:MOST_DOWN]
    rows = [np.resize(np.flatnonzero(pictures.told == label), across) for label in classes]
    file = png(pictures.pixels[np.concatenate(rows)], across)
    return {
        "png": base64.b64encode(file).decode("ascii"), "across": across, "down": len(classes),
        "height": height, "width": width, "classes": [str(label) for label in classes],
    }  # fmt: skip


QUESTION = Question(
    key="create",
    title="Create pictures",
    ask="Are its pictures like real ones of the class asked for, as varied, and not copies?",
    verb="creates the most faithful pictures",
    metrics=("frechet", "read_as_asked", "spread", "nearer_share", "precision", "recall"),
    can=_can,
    put=_put,
)
