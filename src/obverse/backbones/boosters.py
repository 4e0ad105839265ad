"""Asking XGBoost's models: as many threads as the rows are worth, whatever they were trained with.

One question at a time: naming the threads changes the model, which must not happen while another thread asks it.
"""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from ..core.schema import Array
from .threads import threads

_asking = threading.Lock()


def predicted(booster: Any, x: Array) -> Array:
    """What the booster says of rows x, float32 (n, features)."""
    with _asking:
        booster.set_param({"nthread": threads(len(x))})
        return booster.inplace_predict(x)


def first_leaf(booster: Any, x: Array) -> Array:
    """(n,) the leaf of each row in the last tree of the first round."""
    import xgboost

    with _asking:
        every = booster.predict(xgboost.DMatrix(x), pred_leaf=True, iteration_range=(0, 1))
    return np.reshape(every, (len(x), -1))[:, -1]
