"""Asking and keeping XGBoost's models: as many threads as the rows are worth, whatever they were trained with.

One question at a time: naming the threads changes the model, which must not happen while another thread asks it.
"""

from __future__ import annotations

import threading
from typing import Any

from ..core.schema import Array
from ..core.store import Blob
from .imports import collector_paused
from .threads import threads

_asking = threading.Lock()


def library() -> Any:
    """XGBoost, which imports scikit-learn too."""
    with collector_paused():
        import xgboost
    return xgboost


def predicted(booster: Any, x: Array) -> Array:
    """What the booster says of rows x, float32 (n, features)."""
    with _asking:
        booster.set_param({"nthread": threads(len(x))})
        return booster.inplace_predict(x)


def trained(settings: dict[str, Any], data: Any, rounds: int) -> Any:
    """What `xgboost.train` gives, without its calls between rounds: on small tables a tenth of the time."""
    booster = library().Booster(settings, [data])
    for i in range(rounds):
        booster.update(data, i)
    return booster


def saved(booster: Any) -> Blob:
    """XGBoost's own file of the model."""
    return Blob("ubj", bytes(booster.save_raw("ubj")))


def loaded(blob: Blob) -> Any:
    """Inverse of `saved`."""
    booster = library().Booster()
    booster.load_model(bytearray(blob.data))
    return booster
