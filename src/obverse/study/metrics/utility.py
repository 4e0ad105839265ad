"""Can created rows stand in for real ones when a predictor is trained? Train on synthetic, test on real."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...core.card import Task
from .cells import as_numbers, as_text, require_columns, with_text_classes
from .predict import r2, roc_auc
from .trees import boosted_trees, features


def utility(
    fit_on: pd.DataFrame, test: pd.DataFrame, target: str, task: Task, *, seed: int = 0, n_jobs: int = 1
) -> float | None:
    """Score on real test rows of boosted trees trained on `fit_on`.

    Called TSTR when `fit_on` was created, TRTR when it is the real training table; created rows are as useful as real
    ones when TSTR reaches TRTR. `class` target: ROC-AUC (mean of each class against the rest when there are more than
    two), best 1, guessing 0.5. `number` target: R², best 1, saying the mean 0. Rows without a target are left out.
    None when it cannot be had: the test rows hold one class only, or `fit_on` lacks one of theirs.
    Source: Esteban, Hyland & Rätsch (2017).
    """
    require_columns(test, fit_on)
    if task == "class":
        fit_on, test = with_text_classes(fit_on, target), with_text_classes(test, target)
    real, seen = test.dropna(subset=[target]), fit_on.dropna(subset=[target])
    (x_seen, x_real), kinds = features(real.drop(columns=target), [seen, real])
    trees = boosted_trees(task, trees=300, seed=seed, n_jobs=n_jobs, kinds=kinds)
    if task == "number":
        if len(seen) == 0 or len(real) < 2:
            return None
        trees.fit(x_seen, as_numbers(seen[target]))
        return r2(as_numbers(real[target]), trees.predict(x_real))
    labels = as_text(real[target])
    classes = pd.Index(sorted(set(labels)), dtype=object)
    codes = classes.get_indexer(pd.Index(as_text(seen[target]), dtype=object))
    known = codes >= 0
    if len(classes) < 2 or len(np.unique(codes[known])) < len(classes):
        return None
    return roc_auc(labels, trees.fit(x_seen[known], codes[known]).predict_proba(x_real), classes)
