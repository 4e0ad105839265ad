"""The boosted trees (XGBoost; Chen & Guestrin 2016) that fidelity and utility measure with, and the tables they take.

One fixed setting for every comparison: strong enough not to saturate, quick enough to run for every split.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.card import Task
from ...core.schema import FloatArray
from .cells import as_categories, as_numbers, is_number


def boosted_trees(task: Task, *, trees: int, seed: int, n_jobs: int, kinds: list[str]) -> Any:
    """An unfitted XGBoost classifier or regressor; the answer does not depend on `n_jobs`. `kinds`: see `features`."""
    import xgboost

    kind = xgboost.XGBClassifier if task == "class" else xgboost.XGBRegressor
    return kind(
        n_estimators=trees,
        max_depth=6,
        learning_rate=0.1,
        subsample=0.9,
        colsample_bytree=0.9,
        tree_method="hist",
        enable_categorical=True,
        feature_types=kinds,
        max_cat_to_onehot=8,
        random_state=seed,
        n_jobs=n_jobs,
    )


def features(like: pd.DataFrame, frames: list[pd.DataFrame]) -> tuple[list[FloatArray], list[str]]:
    """The columns of `like` in each frame, float64 (n, d) with NaN for missing, and each column's kind for XGBoost.

    `like` says which columns are numbers (`q`); the others are text (`c`) and become codes into the sorted values that
    all frames hold. A text column without a single value is left out, because XGBoost cannot take it. Plain arrays
    spare XGBoost the reading of data frames, which costs as much as growing a fifth of the trees.
    """
    out: list[list[FloatArray]] = [[] for _ in frames]
    kinds: list[str] = []
    for name in like.columns:
        columns = [f[name] for f in frames]
        if is_number(like[name]):
            cells, kind = [as_numbers(c) for c in columns], "q"
        else:
            categories, kind = as_categories(columns), "c"
            if not len(categories[0].categories):
                continue
            cells = [np.where(c.codes < 0, np.nan, c.codes) for c in categories]
        kinds.append(kind)
        for table, cell in zip(out, cells, strict=True):
            table.append(cell)
    return [np.column_stack(t) if t else np.empty((len(f), 0)) for t, f in zip(out, frames, strict=True)], kinds
