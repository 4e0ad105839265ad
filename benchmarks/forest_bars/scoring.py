"""Figures of predictions as scikit-learn has them: ROC-AUC or R2, and log-loss."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def auc(truth: pd.Series, proba: Floats, classes: Any) -> float:
    """ROC-AUC; of more than two classes the plain mean of each against the rest."""
    from sklearn.metrics import roc_auc_score

    code = codes(truth, classes)
    if len(classes) == 2:
        return float(roc_auc_score(code, proba[:, 1]))
    return float(roc_auc_score(code, proba, multi_class="ovr", average="macro", labels=np.arange(len(classes))))


def log_loss(truth: pd.Series, proba: Floats, classes: Any) -> float:
    """Nats at the true class."""
    from sklearn.metrics import log_loss as sklearn_log_loss

    return float(sklearn_log_loss(codes(truth, classes), proba, labels=np.arange(len(classes))))


def codes(truth: pd.Series, classes: Any) -> npt.NDArray[np.intp]:
    """Positions of the true labels among the classes, which must hold them all."""
    code = pd.Index(np.asarray(classes, dtype=object)).get_indexer(truth.astype(object))
    if (code < 0).any():
        raise ValueError(f"labels the model has not met: {sorted(set(truth[code < 0]))[:5]}")
    return code


def figures(model: Any, rows: pd.DataFrame, target: str) -> dict[str, Any]:
    """What one fitted model gets on rows that hold the truth: the target is hidden from it."""
    asked, truth = rows.drop(columns=target), rows[target]
    if hasattr(model, "classes_"):
        proba = model.predict_proba(asked)
        return {"roc_auc": auc(truth, proba, model.classes_), "log_loss": log_loss(truth, proba, model.classes_)}
    from sklearn.metrics import r2_score

    return {"r2": float(r2_score(truth, model.predict(asked)))}


def main_figure(cell: dict[str, Any]) -> float | None:
    """ROC-AUC or R2, whichever the cell has."""
    return cell.get("roc_auc", cell.get("r2"))
