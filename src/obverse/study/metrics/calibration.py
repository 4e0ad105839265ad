"""Can the probabilities be trusted? Log-loss, Brier score, expected calibration error and the reliability curve.

Arguments are those of `predict.coded`: n true labels, float (n, k) probabilities, the k classes in column order. Rows
without a true label are left out; a class the model has never met counts as given probability 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.metrics import brier_score_loss
from sklearn.metrics import log_loss as sklearn_log_loss

from ...core.schema import FloatArray
from .predict import coded

BINS = 15


def log_loss(truth: Any, proba: Any, classes: Any) -> float:
    """Surprise at the true class under the predicted probabilities, in nats, averaged over rows.

    Best 0; saying 1/k always gives log k; at most 36.04, because scikit-learn keeps probabilities away from 0 and 1 by
    the float64 epsilon. Source: scikit-learn, `log_loss`; Good (1952).
    """
    codes, p = coded(truth, proba, classes)
    return float(sklearn_log_loss(codes, p, labels=np.arange(p.shape[1])))


def brier(truth: Any, proba: Any, classes: Any) -> float:
    """Squared gap between the predicted probabilities and what happened, averaged over rows.

    Best 0, worst 1. Summed over the classes and halved, for any number of classes, so that two classes give
    scikit-learn's binary `brier_score_loss`. Source: Brier (1950).
    """
    codes, p = coded(truth, proba, classes)
    return float(brier_score_loss(codes, p, labels=np.arange(p.shape[1]), scale_by_half=True))  # pyright: ignore[reportArgumentType]


def ece(truth: Any, proba: Any, classes: Any) -> float:
    """How far the stated confidence is from the share of correct answers, on average.

    Best 0, worst 1. Confidence is the probability of the likeliest class (top label); 15 bins of equal width, closed
    on the right; bins weighted by their rows. Biased upwards on few rows. Source: Guo et al. (2017), "On calibration of
    modern neural networks".
    """
    curve = reliability(truth, proba, classes)
    filled = curve.count > 0
    gaps = np.abs(curve.accuracy[filled] - curve.confidence[filled])
    return float(np.average(gaps, weights=curve.count[filled]))


@dataclass(frozen=True)
class Reliability:
    """A reliability curve: how often the likeliest class was right, by how likely it was said to be.

    Attributes:
        edges: float64 (bins + 1,), limits of the bins of confidence, 0 to 1.
        confidence: float64 (bins,), mean confidence in the bin, NaN where it is empty.
        accuracy: float64 (bins,), share of correct answers in the bin, NaN where it is empty.
        count: int (bins,), rows in the bin.
    """

    edges: FloatArray
    confidence: FloatArray
    accuracy: FloatArray
    count: npt.NDArray[np.intp]


def reliability(truth: Any, proba: Any, classes: Any, bins: int = BINS) -> Reliability:
    """The curve behind `ece`: top label, `bins` bins of equal width, closed on the right. Source: as `ece`."""
    codes, p = coded(truth, proba, classes)
    confidence, right = p.max(axis=1), p.argmax(axis=1) == codes
    edges = np.linspace(0, 1, bins + 1)
    bin_of = np.clip(np.searchsorted(edges, confidence, side="left") - 1, 0, bins - 1)
    count = np.bincount(bin_of, minlength=bins)
    rows = np.where(count > 0, count, np.nan)
    return Reliability(
        edges,
        np.bincount(bin_of, weights=confidence, minlength=bins) / rows,
        np.bincount(bin_of, weights=right, minlength=bins) / rows,
        count,
    )
