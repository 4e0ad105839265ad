"""Do created rows look like real ones? The classifier two-sample test (C2ST), with boosted trees as the classifier."""

from __future__ import annotations

import numpy as np
import pandas as pd
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

from .cells import require_columns, six_digits
from .trees import boosted_trees, features

FOLDS = 5


def c2st(
    real: pd.DataFrame, synthetic: pd.DataFrame, *, seed: int = 0, cap: int = 10_000, n_jobs: int = 1
) -> float | None:
    """How well boosted trees tell created rows from real ones.

    ROC-AUC of rows held out in 5-fold cross-validation, equal numbers of either side, at most `cap`. 0.5 is perfect:
    nobody can tell. 1: told apart every time. Clearly below 0.5: the created rows repeat rows of `real`. Numbers are
    rounded to six significant digits first, so that the precision they are printed with does not give them away. None
    with fewer than 5 rows on a side. Source: Lopez-Paz & Oquab (2017), "Revisiting classifier two-sample tests".
    """
    require_columns(real, synthetic)
    n = min(len(real), len(synthetic), cap)
    if n < FOLDS:
        return None
    sides = [f.sample(n, random_state=seed) for f in (real, synthetic)]
    arrays, kinds = features(real, sides)
    x = np.concatenate(arrays)
    numbers = np.array(kinds) == "q"
    x[:, numbers] = six_digits(x[:, numbers].ravel()).reshape(len(x), -1)
    created = np.repeat([0, 1], n)
    trees = boosted_trees("class", trees=150, seed=seed, n_jobs=n_jobs, kinds=kinds)
    folds = StratifiedKFold(FOLDS, shuffle=True, random_state=seed)
    proba = np.asarray(cross_val_predict(trees, x, created, cv=folds, method="predict_proba"))
    return float(roc_auc_score(created, proba[:, 1]))
