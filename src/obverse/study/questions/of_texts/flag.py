"""Flag: does it notice texts that do not belong, and wrong labels?

They are made of the test texts themselves, so that no single word gives them away: the words of a text in another
order, the halves of two texts behind each other, and labels of another text. A family that knows the probability of a
text rates it by that, for each of its characters; one that only predicts, by how sure it is of its class (Hendrycks and
Gimpel 2017). The oddest of the real texts, and the labels it doubts most, are kept for the report.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability, Impossible, Scores
from ....core.schema import Array, FloatArray
from ....data.texts import Texts
from ...metrics.texts import surprise
from ..question import Answer, Question, Subject
from .create import shown

TEXTS, SHOWN = 300, 5  # looked at, of each kind; real ones for the report
WORDS = 4  # from which a text has an order worth disturbing
LEAST = 1e-9  # probability of a label that stands for impossible


def _can(family: type[Model], task: Task | None) -> Ability:
    ability = family.can("log_prob", target=task)
    return family.can("predict", target=task) if isinstance(ability, Impossible) and task else ability


def shuffled(texts: list[str], rng: np.random.Generator) -> list[str | None]:
    """Each with its words in another order; None for those of too few words."""
    out = list[str | None]()
    for text in texts:
        words = text.split(" ")
        out.append(" ".join(words[i] for i in rng.permutation(len(words))) if len(set(words)) >= WORDS else None)
    return out


def joined(texts: Texts, rng: np.random.Generator) -> list[str]:
    """Each one's first half before the second half of another, of another class where there are labels."""
    out = list[str]()
    for i, text in enumerate(texts.texts):
        others = [
            k for k in range(len(texts)) if k != i and (texts.labels is None or texts.labels[k] != texts.labels[i])
        ]
        out.append(_half(str(text), first=True) + _half(str(texts.texts[int(rng.choice(others))]), first=False))
    return out


def _half(text: str, *, first: bool) -> str:
    """Up to, or from, the space nearest to the middle."""
    spaces = [i for i, c in enumerate(text) if c == " "]
    at = min(spaces, key=lambda i: abs(i - len(text) / 2)) if spaces else len(text) // 2
    return text[:at] if first else text[at:] or text


def _put(subject: Subject) -> Answer:
    rng = np.random.default_rng([subject.seed, 8])
    some = subject.test.take(np.sort(rng.permutation(len(subject.test))[:TEXTS]))
    texts = some.texts.tolist()
    real = _oddity(subject.model, texts)
    other = shuffled(texts, rng)
    moved = [i for i, text in enumerate(other) if text is not None]
    figures: dict[str, float | None] = {"flag_shuffled": None, "flag_joined": None, "flag_labels": None}
    if moved:
        figures["flag_shuffled"] = _auc(real[moved], _oddity(subject.model, [str(other[i]) for i in moved]))
    if len(some) > 1:
        figures["flag_joined"] = _auc(real, _oddity(subject.model, joined(some, rng)))
    extra: dict[str, Any] = {}
    if _by_probability(subject.model):
        most = np.argsort(-real, kind="stable")[:SHOWN]
        extra["odd_texts"] = [
            {"text": text, "surprise": float(real[i])}
            for i, text in zip(most, shown([texts[i] for i in most]), strict=True)
        ]
    if subject.target is not None:
        right, wrong, doubts = _labels(subject, some, rng)
        figures["flag_labels"], extra["doubted"] = _auc(right, wrong), doubts
    return Answer(figures, extra)


def _by_probability(model: Model) -> bool:
    return isinstance(model, Scores) and "P(y|x)" not in model.card.learns


def _oddity(model: Model, texts: list[str]) -> FloatArray:
    if _by_probability(model):
        return surprise(model.log_prob(texts), texts)
    return 1 - np.asarray(model.predict_proba(texts)).max(axis=1)


def _auc(real: Array, odd: Array) -> float:
    rated = np.nan_to_num(np.concatenate([real, odd]), posinf=1e9)
    return float(roc_auc_score(np.repeat([0, 1], [len(real), len(odd)]), rated))


def _labels(
    subject: Subject, some: Texts, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, list[dict[str, Any]]]:
    """-log p of the true and of another label of each text, and the true ones that are doubted most."""
    classes = list(subject.model.classes_)
    proba = np.asarray(subject.model.predict_proba(some.texts.tolist()))
    truth = np.array([classes.index(v) if v in classes else -1 for v in some.told])
    known = np.flatnonzero(truth >= 0)
    proba, truth = proba[known], truth[known]
    other = (truth + rng.integers(1, max(2, len(classes)), size=len(truth))) % len(classes)
    nats = -np.log(np.maximum(proba, LEAST))
    rows = np.arange(len(truth))
    right, wrong = nats[rows, truth], nats[rows, other]
    most = [i for i in np.argsort(-right, kind="stable")[:SHOWN] if proba[i].argmax() != truth[i]]
    texts = shown([str(some.texts[known[i]]) for i in most])
    doubts = [
        {"text": text, "label": str(classes[truth[i]]), "said": str(classes[int(proba[i].argmax())]),
         "chance": float(proba[i, truth[i]])}
        for i, text in zip(most, texts, strict=True)
    ]  # fmt: skip
    return right, wrong, doubts


QUESTION = Question(
    key="flag",
    title="Flag what is odd",
    ask="Does it notice texts whose words were shuffled or that were put together from two, and wrong labels?",
    verb="notices shuffled texts best",
    metrics=("flag_shuffled", "flag_joined", "flag_labels"),
    can=_can,
    put=_put,
)
