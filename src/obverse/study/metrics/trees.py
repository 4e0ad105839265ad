"""The boosted trees (XGBoost; Chen & Guestrin 2016) that fidelity and utility measure with, and the tables they take.

One fixed setting for every comparison: strong enough not to saturate, quick enough to run for every split.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from ...core.card import Task
from .cells import as_categories, as_numbers, is_number


def boosted_trees(task: Task, *, trees: int, seed: int, n_jobs: int) -> Any:
    """An unfitted XGBoost classifier or regressor; the answer does not depend on `n_jobs`."""
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
        max_cat_to_onehot=8,
        random_state=seed,
        n_jobs=n_jobs,
    )


def features(kinds: pd.DataFrame, frames: list[pd.DataFrame]) -> list[pd.DataFrame]:
    """The columns of `kinds` in each frame: float64, or text as a pandas category over the values all frames hold.

    `kinds` says which columns are numbers. Columns get plain names, because XGBoost refuses some characters; a text
    column without a single value is left out, because XGBoost cannot take it.
    """
    out: list[dict[str, Any]] = [{} for _ in frames]
    for i, name in enumerate(kinds.columns):
        columns = [f[name] for f in frames]
        if is_number(kinds[name]):
            cells = [as_numbers(c) for c in columns]
        else:
            cells = as_categories(columns)
            if not len(cells[0].categories):
                continue
        for table, cell in zip(out, cells, strict=True):
            table[f"column {i}"] = cell
    return [pd.DataFrame(table, index=range(len(f))) for table, f in zip(out, frames, strict=True)]
