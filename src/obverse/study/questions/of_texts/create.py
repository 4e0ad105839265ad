"""Create: are the family's texts like real ones, useful to learn from, and not copies?

Two references stand beside them: real texts in the place of made ones, and words drawn one by one, each by its share in
the training texts of the label. The latter teach a reader that counts words nearly all there is to learn; what they
lack is the order, of which the detector sees pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability, Impossible
from ....data.texts import Texts
from ...metrics import texts as metrics
from ...metrics.predict import roc_auc
from ..question import LEAST_TEXTS, MOST_TEXTS, Answer, Question, Subject, named, shares
from .reader import detector, reader

SCORED = 500  # texts of the test part whose probability is asked for
SHOWN, LONGEST = 4, 200  # texts of each label for the report, and their letters


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("sample", target=task, given="equal" if task else "none")


def _put(subject: Subject) -> Answer:
    made = subject.created
    figures = judged(made, subject.train, subject.test, subject.seed)
    scored = subject.test.take(
        np.sort(np.random.default_rng([subject.seed, 9]).permutation(len(subject.test))[:SCORED])
    )
    figures["bits_per_character"] = None
    if not isinstance(type(subject.model).can("log_prob", target=subject.task), Impossible):
        texts = scored.texts.tolist()
        figures["bits_per_character"] = metrics.bits_per_character(subject.model.log_prob(texts), texts)
    return Answer(figures, {"samples": samples(made)})


def reference(train: Texts, test: Texts, seed: int) -> Answer:
    """Real texts in the place of made ones, and words at random (`random_...`)."""
    rng = np.random.default_rng([seed, 6])
    count = min(MOST_TEXTS, len(train))
    figures = judged(drawn(train, count, rng), train, test, seed)
    unseen = test.texts.tolist()
    figures |= {  # training texts were read and copied by nobody: these are about unseen ones
        "known_words": metrics.known_words(unseen, train.texts.tolist()),
        "novelty_4": metrics.novelty(unseen, train.texts.tolist(), 4),
        "text_copies": metrics.copies(unseen, train.texts.tolist()),
    }
    mixed = judged(at_random(train, count, rng), train, test, seed)
    return Answer(figures | {f"random_{name}": v for name, v in mixed.items()}, {"samples": samples(test)})


def judged(made: Texts, train: Texts, test: Texts, seed: int) -> dict[str, float | None]:
    """All figures of made texts that need no model."""
    rng = np.random.default_rng([seed, 7])
    ours, learned = made.texts.tolist(), train.texts.tolist()
    beside = drawn(test, min(len(made), len(test)), rng)
    count = min(len(beside), len(made))
    some = drawn(made, count, rng) if count < len(made) else made
    pairs = min(sum(1 for _ in metrics.runs(t.texts.tolist(), 2)) for t in (made, beside))
    apart = None
    if count >= 4:
        apart = metrics.told_apart(beside.texts.tolist(), some.texts.tolist(), detector, rng)
    return {
        "detector": apart,
        "tstr_texts": _useful(made, test),
        "known_words": metrics.known_words(ours, learned),
        "novelty_4": metrics.novelty(ours, learned, 4),
        "distinct_2": metrics.distinct(ours, 2, pairs) if pairs else None,
        "text_copies": metrics.copies(ours, learned),
    }


def drawn(texts: Texts, count: int, rng: np.random.Generator) -> Texts:
    """So many of them by lot, of their labels in their shares."""
    if texts.labels is None:
        return texts.take(np.sort(rng.permutation(len(texts))[:count]))
    order, rows = rng.permutation(len(texts)), list[Any]()
    for label, n in shares(texts.labels, count, LEAST_TEXTS).items():
        rows += [i for i in order if texts.told[i] == label][:n]
    return texts.take(np.sort(np.array(rows, dtype=np.int64)))


def at_random(train: Texts, count: int, rng: np.random.Generator) -> Texts:
    """As many words as a training text has, each drawn by its share in the training texts of the same label."""
    like, out = drawn(train, count, rng), list[str]()
    labels = [None] * len(train) if train.labels is None else train.told.tolist()
    known = {label: Counter[str]() for label in set(labels)}
    for text, label in zip(train.texts, labels, strict=True):
        known[label].update(str(text).split())
    for i, text in enumerate(like.texts):
        words = known[None if like.labels is None else like.labels[i]]
        share = np.array(list(words.values()), dtype=float)
        length = max(1, len(str(text).split()))
        out.append(" ".join(rng.choice(list(words), length, p=share / share.sum())) if words else " ")
    return Texts.of(out, like.labels, "words at random")


def _useful(made: Texts, test: Texts) -> float | None:
    if made.labels is None or test.labels is None:
        return None
    model = reader(made.texts.tolist(), made.labels.tolist())
    return roc_auc(test.labels, model.predict_proba(test.texts.tolist()), model.classes_)


def samples(texts: Texts) -> dict[str, list[str]]:
    """A few texts of every label as they came, cut where they are long; under no name without labels."""
    if texts.labels is None:
        return {"": shown(texts.texts[: 2 * SHOWN].tolist())}
    return {
        str(label): shown(texts.texts[np.array([v == label for v in texts.labels])][:SHOWN].tolist())
        for label in named(texts.labels)
    }


def shown(texts: Sequence[str]) -> list[str]:
    """Cut to `LONGEST` letters."""
    return [text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…" for text in texts]


QUESTION = Question(
    key="create",
    title="Create texts",
    ask="Are its texts like real ones, useful to learn from, and not copies?",
    verb="writes the texts that are hardest to tell from real ones",
    metrics=(
        "detector",
        "tstr_texts",
        "known_words",
        "novelty_4",
        "distinct_2",
        "text_copies",
        "bits_per_character",
    ),
    can=_can,
    put=_put,
)
