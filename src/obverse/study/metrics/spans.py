"""How good are the spans? Precision, recall and F1 of spans that are right in start, end and label.

The definition of CoNLL 2003 (Tjong Kim Sang and De Meulder 2003), counted over all texts together, as `conlleval` and
the library seqeval have it: a span is right or wrong as a whole, and one that is told twice is right once.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Agreement:
    """Shares from 0 to 1; 0 where there is nothing to divide by.

    Attributes:
        precision: of the spans that are told, those that are right.
        recall: of the true spans, those that are told.
        f1: harmonic mean of both, 2 right / (told + true).
        right, told, true: how many there are.
    """

    precision: float
    recall: float
    f1: float
    right: int
    told: int
    true: int


def agreement(truth: Sequence[Any], found: Sequence[Any], *, label: Any = None) -> Agreement:
    """Of the spans of texts.

    Args:
        truth: for each text a list of (start, end, label).
        found: for each text the same, as `predict` answers.
        label: only spans of this label are looked at; None: all.
    """
    if len(truth) != len(found):
        raise ValueError(f"there are {len(truth)} texts with spans and {len(found)} with answers")
    right = told = true = 0
    for own, said in zip(truth, found, strict=True):
        one, other = (Counter(tuple(s) for s in spans if label is None or s[2] == label) for spans in (own, said))
        right += (one & other).total()
        told += other.total()
        true += one.total()
    return Agreement(right / max(1, told), right / max(1, true), 2 * right / max(1, told + true), right, told, true)
