"""How good are made texts? Counts of words, and how a reader tells them from real ones.

A word is a run of letters and digits, or one other sign; small and capital letters are the same. Most figures depend on
how much text there is, so that they are to be read beside those of as many real texts.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from sklearn.metrics import roc_auc_score

from ...core.schema import Array, FloatArray
from .predict import coded

WORD = re.compile(r"\w+|[^\w\s]")
Fit = Callable[[list[str], list[str]], Any]  # texts and their labels to a model with `predict_proba` and `classes_`


def words(text: str) -> list[str]:
    """The words of a text."""
    return WORD.findall(text.lower())


def runs(texts: Sequence[str], n: int) -> Iterator[tuple[str, ...]]:
    """Every run of n words, text by text."""
    for text in texts:
        found = words(text)
        yield from (tuple(found[i : i + n]) for i in range(len(found) - n + 1))


def distinct(texts: Sequence[str], n: int, most: int | None = None) -> float | None:
    """Share of runs of n words that are different from each other, among the first `most` runs; None without a run.

    0 to 1; the longer the texts together, the lower. Source: Li et al. 2016, A diversity-promoting objective function
    for neural conversation models (distinct-n).
    """
    found = list(runs(texts, n))[:most]
    return len(set(found)) / len(found) if found else None


def novelty(texts: Sequence[str], train: Sequence[str], n: int) -> float | None:
    """Share of the runs of n words that do not stand in the training texts; None without a run.

    0 is copied, 1 shares no run. Source: McCoy et al. 2023, How much do language models copy from their training data?
    """
    found = list(runs(texts, n))
    known = set(runs(train, n))
    return sum(run not in known for run in found) / len(found) if found else None


def known_words(texts: Sequence[str], train: Sequence[str]) -> float | None:
    """Share of the words that stand in the training texts; None without a word."""
    missed = novelty(texts, train, 1)
    return None if missed is None else 1 - missed


def copies(texts: Sequence[str], train: Sequence[str]) -> float:
    """Share of texts that equal a training text in every character."""
    known = set(train)
    return sum(text in known for text in texts) / max(1, len(texts))


def bits_per_character(nats: Any, texts: Sequence[str]) -> float | None:
    """-log2 p of all texts over their characters, each text's end counted as one; None where a text is impossible.

    `nats`: (n,) log p(text). Best the entropy of the source.
    """
    total = -float(np.sum(nats)) / math.log(2)
    return total / sum(len(text) + 1 for text in texts) if math.isfinite(total) else None


def told_apart(real: Sequence[str], made: Sequence[str], fit: Fit, rng: np.random.Generator) -> float:
    """ROC-AUC of a reader that tells made texts from real ones, each half judged by what the other half taught.

    0.5: not at all, 1: every time. As many of both for a fair figure. Source: Lopez-Paz and Oquab 2017, Revisiting
    classifier two-sample tests.
    """
    texts = [*real, *made]
    truth = np.repeat(["real", "made"], [len(real), len(made)])
    half = np.concatenate([rng.permutation(len(real)) % 2, rng.permutation(len(made)) % 2])
    figures = []
    for judged in (0, 1):
        learn, ask = np.flatnonzero(half != judged), np.flatnonzero(half == judged)
        model = fit([texts[i] for i in learn], truth[learn].tolist())
        proba = model.predict_proba([texts[i] for i in ask])[:, list(model.classes_).index("made")]
        figures.append(float(roc_auc_score(truth[ask] == "made", proba)))
    return float(np.mean(figures))


def f1(truth: Any, proba: Any, classes: Any) -> float | None:
    """How well the likeliest class finds the rarer of two classes, or on average each of several.

    Best 1, worst 0: the harmonic mean of the share of finds that are right and the share that is found. None where the
    truth has one class. Arguments as in `predict.coded`. Source: van Rijsbergen 1979, Information retrieval.
    """
    codes, p = coded(truth, proba, classes)
    seen, count = np.unique(codes, return_counts=True)
    if len(seen) < 2:
        return None
    said = p.argmax(axis=1)
    each = [_f1(codes == c, said == c) for c in seen]
    return float(np.mean(each)) if len(classes) > 2 else each[int(count.argmin())]


def _f1(truth: Array, said: Array) -> float:
    """2 TP / (2 TP + FP + FN); 0 where nothing is found."""
    return float(2 * (truth & said).sum() / max(1, truth.sum() + said.sum()))


def surprise(nats: Any, texts: Sequence[str]) -> FloatArray:
    """-log p of each text in nats per character, its end counted as one, (n,)."""
    return -np.asarray(nats, dtype=float) / np.array([len(text) + 1 for text in texts])
