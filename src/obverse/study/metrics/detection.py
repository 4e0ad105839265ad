"""How good are the boxes? Mean average precision at one overlap, as Pascal VOC has it since 2010.

Detections of a class in all pictures are gone through from the surest down. One is right when it overlaps a box of its
class in its picture that is not taken yet; of several it takes the one it overlaps most, as COCO does (Lin et al.
2014). Precision is made to fall with recall and its whole area is taken (Everingham et al. 2015, The Pascal visual
object classes challenge: a retrospective; COCO samples the same curve at 101 points).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...core.schema import FloatArray
from ...modalities.overlap import intersection_over_union

OVERLAP = 0.5


def average_precision(truth: Sequence[Any], found: Sequence[Any], *, overlap: float = OVERLAP) -> dict[Any, float]:
    """Average precision of each class that occurs in the truth.

    Best 1, worst 0.

    Args:
        truth: for each picture (boxes (k, 4) left, top, right, bottom; labels (k,)).
        found: for each picture (boxes, labels, scores (k,)).
        overlap: intersection over union from which a detection is right.
    """
    if len(truth) != len(found):
        raise ValueError(f"there are {len(truth)} pictures with boxes and {len(found)} with detections")
    return {c: _of_class(c, truth, found, overlap) for c in sorted({c for _, labels in truth for c in labels})}


def mean_average_precision(truth: Sequence[Any], found: Sequence[Any], *, overlap: float = OVERLAP) -> float | None:
    """Plain mean of `average_precision` over the classes that occur in the truth; None when none does."""
    each = average_precision(truth, found, overlap=overlap)
    return float(np.mean(list(each.values()))) if each else None


def _of_class(c: Any, truth: Sequence[Any], found: Sequence[Any], overlap: float) -> float:
    scores, right, there = list[float](), list[bool](), 0
    for (boxes, labels), (said, classes, sure) in zip(truth, found, strict=True):
        own, mine = np.asarray(labels) == c, np.asarray(classes) == c
        there += int(own.sum())
        order = np.argsort(-np.asarray(sure)[mine], kind="stable")
        scores += np.asarray(sure)[mine][order].tolist()
        right += _taken(intersection_over_union(np.asarray(said)[mine][order], np.asarray(boxes)[own]), overlap)
    order = np.argsort(-np.asarray(scores), kind="stable")
    hits = np.cumsum(np.asarray(right, dtype=float)[order])
    return _area(hits / max(there, 1), hits / np.arange(1, len(hits) + 1))


def _taken(share: FloatArray, overlap: float) -> list[bool]:
    """Whether each detection of a picture, surest first, takes a box that is still free."""
    free, right = np.ones(share.shape[1], bool), list[bool]()
    for row in share:
        able = np.where(free, row, -1.0)
        best = int(able.argmax()) if len(able) else -1
        right.append(best >= 0 and able[best] >= overlap)
        if right[-1]:
            free[best] = False
    return right


def _area(recall: FloatArray, precision: FloatArray) -> float:
    """Under precision, made to fall, over recall."""
    falling = np.maximum.accumulate(precision[::-1])[::-1]
    return float((np.diff(recall, prepend=0.0) * falling).sum())
