"""Predict under shift: texts that were mistyped, disguised, thinned or cut short after training was over, and texts of
another source where one is named.

Each change comes in several strengths; what it does to a text depends on the seed alone, so all families see the same.
Mistyping is what happens to texts by hand, disguising what is done to them to get past a reader, and losing words or
the end is what machines do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability
from ....data.texts import Texts
from ...metrics.predict import accuracy
from ..question import Answer, Question, Subject, named

TEXTS, FEWEST = 200, 5  # of the test part, looked at; of a class, at least
ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")  # of a keyboard
BESIDE = {c: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in ROWS for i, c in enumerate(row)}
ALIKE = dict(zip("aegiloszbt", "4391105287", strict=True))
Change = Callable[[str, float, np.random.Generator], str]


def mistyped(text: str, rate: float, rng: np.random.Generator) -> str:
    """That share of the letters is, by lot, left out, doubled, swapped with the next sign, or hit beside."""
    out, i = list[str](), 0
    for _ in range(len(text)):
        if i >= len(text):
            break
        here, hit, way = text[i], rng.random() < rate, int(rng.integers(4))
        i += 1
        if not (hit and here.isalpha()):
            out.append(here)
        elif way == 1:
            out += [here, here]
        elif way == 2 and i < len(text):
            out += [text[i], here]
            i += 1
        elif way == 3 and here.lower() in BESIDE:
            other = str(rng.choice(list(BESIDE[here.lower()])))
            out.append(other.upper() if here.isupper() else other)
    return "".join(out) or text


def disguised(text: str, share: float, rng: np.random.Generator) -> str:
    """That share of the letters that have one is replaced by the figure that looks like it."""
    lots = rng.random(len(text))
    return "".join(
        ALIKE[c.lower()] if c.lower() in ALIKE and lot < share else c for c, lot in zip(text, lots, strict=True)
    )


def thinned(text: str, share: float, rng: np.random.Generator) -> str:
    """That share of the words is lost; one stays."""
    words = text.split(" ")
    lost = rng.permutation(len(words))[: min(len(words) - 1, round(share * len(words)))]
    return " ".join(word for i, word in enumerate(words) if i not in set(lost.tolist())) or text


def cut_short(text: str, share: float, rng: np.random.Generator) -> str:
    """That share is missing at the end; one sign stays."""
    return text[: max(1, round((1 - share) * len(text)))]


CHANGES: dict[str, tuple[Change, tuple[float, ...], str]] = {
    "typos": (mistyped, (0.02, 0.05, 0.1, 0.2), "share of letters mistyped"),
    "disguised": (disguised, (0.2, 0.5, 0.8), "share of look-alikes (0 for o, 1 for i)"),
    "lost": (thinned, (0.2, 0.4, 0.6), "share of words lost"),
    "cut": (cut_short, (0.5, 0.75, 0.88), "share missing at the end"),
}

TITLES = {"typos": "Typos", "disguised": "Letters disguised", "lost": "Words lost", "cut": "Cut short"}


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task)


def looked_at(test: Texts, seed: int) -> Texts:
    """Some of the test part, as many of every class as there are, by lot."""
    rng = np.random.default_rng([seed, 4])
    labels, order = named(test.told), rng.permutation(len(test))
    each = max(FEWEST, TEXTS // len(labels))
    rows = [[i for i in order if test.told[i] == label][:each] for label in labels]
    return test.take(np.sort(np.concatenate(rows).astype(np.int64)))


def _put(subject: Subject) -> Answer:
    some = looked_at(subject.test, subject.seed)

    def right(texts: list[str], of: Texts = some) -> float:
        return accuracy(of.told, subject.model.predict(texts))

    plain = right(some.texts.tolist())
    figures: dict[str, float | None] = {"right_plain": plain}
    curves: dict[str, dict[str, Any]] = {}
    for i, (name, (change, strengths, meaning)) in enumerate(CHANGES.items()):
        rights = []
        for k, strength in enumerate(strengths):
            rng = np.random.default_rng([subject.seed, 5, i, k])
            rights.append(right([change(str(text), strength, rng) for text in some.texts]))
        figures[f"right_{name}"] = float(np.mean(rights))
        curves[name] = {"strength": [0.0, *strengths], "accuracy": [plain, *rights], "meaning": meaning}
        curves[name] |= {"title": TITLES[name]}
    every = [right for kind in curves.values() for right in kind["accuracy"][1:]]
    figures["right_changed"] = float(np.mean(every))
    if subject.elsewhere is not None:
        other = looked_at(subject.elsewhere, subject.seed)
        figures["right_elsewhere"] = right(other.texts.tolist(), other)
    return Answer(figures, {"changes": curves})


QUESTION = Question(
    key="shift",
    title="Predict elsewhere",
    ask="How right is it about texts that are mistyped, disguised, or have lost words or their end?",
    verb="bears changed texts best",
    metrics=("right_changed", "right_plain", "right_elsewhere", *(f"right_{name}" for name in CHANGES)),
    can=_can,
    put=_put,
)
