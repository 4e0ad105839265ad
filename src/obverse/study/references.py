"""What a family's figures are read against, once a split: real rows in the place of created ones, and naive filling.

The other two references are families: `dummy`, the prior of the target, and `marginals`, rows without dependence.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..core.card import Task
from .metrics.cells import as_numbers, is_number, with_text_classes
from .metrics.fidelity import c2st
from .metrics.privacy import exact_copies, privacy
from .metrics.utility import utility
from .questions.fill import hide, judged


@dataclass(frozen=True)
class Reference:
    """A line of a table that is no family.

    Attributes:
        name: shown.
        meaning: one sentence.
        question: whose table it stands in.
        metrics: metric of the table -> name of the figure in the results.
    """

    name: str
    meaning: str
    question: str
    metrics: dict[str, str]


_OF_TEXTS = ("detector", "tstr_texts", "known_words", "novelty_4", "distinct_2", "text_copies")
REFERENCES = (
    Reference(
        "fresh real rows",
        "Half of the unseen real rows, judged as if they had been created: the best that can be expected.",
        "create",
        {m: m for m in ("c2st", "dcr_share", "near_copies", "exact_copies", "membership_auc")},
    ),
    Reference(
        "training rows",
        "Boosted trees trained on the real training rows (TRTR): what TSTR should reach.",
        "create",
        {"tstr": "trtr"},
    ),
    Reference(
        "real pictures",
        "Unseen real pictures read and counted, and training ones measured against them: the floor of the distance.",
        "create",
        {m: m for m in ("frechet", "read_as_asked", "spread", "nearer_share", "precision", "recall")},
    ),
    Reference(
        "real texts",
        "Real training texts in the place of made ones; unseen ones for known words, novel runs and copies.",
        "create",
        {m: m for m in _OF_TEXTS},
    ),
    Reference(
        "words at random",
        "Words drawn one by one, by their shares in the training texts of the label: right words without an order.",
        "create",
        {m: f"random_{m}" for m in _OF_TEXTS},
    ),
    Reference(
        "mean picture",
        "Every hidden number filled with its mean over the training pictures.",
        "fill",
        {"fill_rmse": "fill_rmse"},
    ),
    Reference(
        "column mean or mode",
        "Every hole filled with its column's training mean, or most frequent value.",
        "fill",
        {"nrmse": "nrmse", "impute_accuracy": "impute_accuracy"},
    ),
)


def figures(
    question: str, train: pd.DataFrame, test: pd.DataFrame, target: str | None, task: Task | None, seed: int
) -> dict[str, float | None]:
    """Reference figures of a question (one of `questions.WITH_REFERENCES`) by name."""
    if question == "fill":
        truth, hidden = hide(test, seed)
        return judged(truth, _naively_filled(truth.mask(hidden), train), hidden, train).metrics
    if target is not None and task == "class":
        train, test = with_text_classes(train, target), with_text_classes(test, target)
    order = np.random.default_rng(seed).permutation(len(test))
    other, fresh = test.iloc[order[: len(test) // 2]], test.iloc[order[len(test) // 2 :]]
    trtr = None
    if target is not None and task is not None:
        trtr = utility(train, test, target, task, seed=seed)
    return {
        "c2st": c2st(other, fresh, seed=seed),
        **privacy(train, other, fresh, seed=seed),
        "exact_copies": exact_copies(train, test),
        "trtr": trtr,
    }


def _naively_filled(holed: pd.DataFrame, train: pd.DataFrame) -> pd.DataFrame:
    """Holes of numbers and dates (in seconds since 1970) get the training mean, all others the most frequent value."""
    out = {}
    for name in holed.columns:
        column, known = holed[name], train[name].dropna()
        if is_number(train[name]):
            cells = as_numbers(column)
            out[name] = np.where(np.isnan(cells), as_numbers(known).mean(), cells)
        else:
            cells = column.astype(object)
            out[name] = cells.where(cells.notna(), known.mode().iloc[0])
    return pd.DataFrame(out, index=holed.index)
