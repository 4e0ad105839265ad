"""The prediction measured again under other conditions: one figure, ROC-AUC of classes or R² of numbers."""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...core.card import Task
from ...core.model import Model
from ...core.queries import Prediction
from ..metrics.predict import r2, roc_auc
from .question import Subject


def names(conditions: tuple[str, ...]) -> tuple[str, ...]:
    """Metric names under these conditions, for classes and then for numbers."""
    return tuple(f"{short}_{condition}" for short in ("auc", "r2") for condition in conditions)


def name(task: Task | None, condition: str) -> str:
    """The metric's name for that kind of target."""
    return f"{'auc' if task == 'class' else 'r2'}_{condition}"


def figure(truth: Any, said: Prediction, model: Model) -> float | None:
    """How well the predictions `said` by `model` fit the true targets (n,)."""
    return r2(truth, said.mean) if said.proba is None else roc_auc(truth, said.proba, model.classes_)


def asked(model: Model, subject: Subject, rows: pd.DataFrame) -> float | None:
    """The figure of the model on rows that hold the target; None without rows."""
    if not len(rows):
        return None
    x = rows.drop(columns=[subject.target])
    said = Prediction(proba=model.predict_proba(x)) if subject.task == "class" else Prediction(mean=model.predict(x))
    return figure(rows[subject.target], said, model)
