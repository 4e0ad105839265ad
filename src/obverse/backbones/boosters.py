"""Asking XGBoost's models: as many threads as the rows are worth, whatever it was trained with."""

from __future__ import annotations

from typing import Any

from ..core.schema import Array
from .threads import threads


def predicted(booster: Any, x: Array) -> Array:
    """What the booster says of rows x, float32 (n, features)."""
    booster.set_param({"nthread": threads(len(x))})
    return booster.inplace_predict(x)
