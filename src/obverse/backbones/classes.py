"""Class probabilities of an estimator that met only some of the declared classes."""

from __future__ import annotations

import numpy as np

from ..core.schema import Array, FloatArray


def spread(own: FloatArray, seen: Array, width: int) -> FloatArray:
    """(n, width): the probabilities `own` (n, k) of the classes met in training, put at their codes `seen` (k,).

    A class may be declared (a categorical dtype) and never met, and an estimator then has no column for it: its
    probability is 0.
    """
    proba = np.zeros((len(own), width))
    proba[:, seen.astype(int)] = own
    return proba
