"""How good are the predictions? Accuracy and ROC-AUC of classes, R² and RMSE of numbers, all as scikit-learn has them.

Rows whose true target is missing are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import accuracy_score, r2_score, roc_auc_score, root_mean_squared_error

from ...core.schema import FloatArray

IntArray = npt.NDArray[np.intp]


def accuracy(truth: Any, predicted: Any) -> float:
    """Share of rows whose class was predicted right.

    Best 1, worst 0. `truth` and `predicted` are n labels of any dtype. Source: scikit-learn, `accuracy_score`.
    """
    known = _known(truth)
    labels = _objects(truth)[known]
    classes = labels.unique()
    return float(accuracy_score(classes.get_indexer(labels), classes.get_indexer(_objects(predicted)[known])))


def roc_auc(truth: Any, proba: Any, classes: Any) -> float | None:
    """Chance that a row of a class is ranked above a row of another class.

    Best 1, guessing 0.5, worst 0. Two classes: of the second class. More: the plain mean over the classes of each
    against the rest. None when it is undefined because a class does not occur in `truth`. Arguments as in `coded`.
    Source: scikit-learn, `roc_auc_score` (macro, one against the rest).
    """
    codes, p = coded(truth, proba, classes)
    k = p.shape[1]
    if k < 2 or len(np.unique(codes)) < k:
        return None
    if k == 2:
        return float(roc_auc_score(codes, p[:, 1]))
    return float(roc_auc_score(codes, p, multi_class="ovr", average="macro", labels=np.arange(k)))


def r2(truth: Any, predicted: Any) -> float | None:
    """Share of the target's variance that the predictions explain.

    Best 1, always saying the mean 0, no lower limit. None with fewer than two known rows. `truth` and `predicted` are
    n numbers. Source: scikit-learn, `r2_score`.
    """
    a, b = _numbers(truth, predicted)
    return float(r2_score(a, b)) if len(a) > 1 else None


def rmse(truth: Any, predicted: Any) -> float:
    """Typical size of a prediction error: the root of the mean squared error, in the target's own units.

    Best 0, no upper limit. `truth` and `predicted` are n numbers. Source: scikit-learn, `root_mean_squared_error`.
    """
    return float(root_mean_squared_error(*_numbers(truth, predicted)))


def coded(truth: Any, proba: Any, classes: Any) -> tuple[IntArray, FloatArray]:
    """Codes of the true classes and the probabilities that go with them, rows without a true class left out.

    `truth`: n labels; `proba`: float (n, k), rows sum to 1; `classes`: the k labels in the order of `proba`'s columns.
    A class the model has never met had probability 0: all such rows share one extra last column of zeros.
    """
    known = _known(truth)
    codes = _objects(classes).get_indexer(_objects(truth)[known])
    p = np.asarray(proba, dtype=np.float64)[known]
    if (codes < 0).any():
        codes = np.where(codes < 0, p.shape[1], codes)
        p = np.column_stack([p, np.zeros(len(p))])
    return codes, p


def _known(truth: Any) -> npt.NDArray[np.bool_]:
    return pd.Series(truth).notna().to_numpy()


def _objects(labels: Any) -> pd.Index:
    """Labels whose equality does not depend on the dtype that holds them."""
    return pd.Index(pd.Series(labels).astype(object), dtype=object)


def _numbers(truth: Any, predicted: Any) -> tuple[FloatArray, FloatArray]:
    known = _known(truth)
    a, b = (pd.Series(v).to_numpy(dtype=np.float64, na_value=np.nan)[known] for v in (truth, predicted))
    return a, b
