"""How well are holes filled? Errors over cells that were hidden on purpose, so that the truth is known.

`truth`, `completed`: tables of the same n rows and d columns; `hidden`: bool (n, d), columns in the order of `truth`;
`train`: the table the model was fitted on. A hidden cell whose truth is missing itself is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import BadInput
from .cells import Cells, as_numbers, as_text, is_number


def nrmse(truth: pd.DataFrame, completed: pd.DataFrame, hidden: Any, train: pd.DataFrame) -> float | None:
    """Typical error of a filled number, in standard deviations of its column.

    Best 0, filling in the training mean about 1, no upper limit. Root of the mean squared error over a column's hidden
    cells, divided by the column's standard deviation (population) in `train`; plain mean over the number and date
    columns. Columns with nothing hidden, or constant in `train`, are left out; None when none remains. Raises BadInput
    when a hidden cell was left empty. Source: Oba et al. (2003); Stekhoven & Bühlmann (2012), averaged by column here.
    """
    errors = []
    for true, filled in _hidden_cells(truth, completed, hidden, numbers=True):
        spread = np.nanstd(as_numbers(train[true.name]))
        if spread > 0:
            errors.append(np.sqrt(np.mean((as_numbers(filled) - as_numbers(true)) ** 2)) / spread)
    return float(np.mean(errors)) if errors else None


def impute_accuracy(truth: pd.DataFrame, completed: pd.DataFrame, hidden: Any) -> float | None:
    """Share of hidden categories that were filled in right.

    Best 1, worst 0; mean over the category columns of each one's share. None when no category was hidden. Raises
    BadInput when a hidden cell was left empty. Source: one minus the PFC of Stekhoven & Bühlmann (2012), by column.
    """
    shares = [
        np.mean(as_text(filled) == as_text(true))
        for true, filled in _hidden_cells(truth, completed, hidden, numbers=False)
    ]
    return float(np.mean(shares)) if shares else None


def _hidden_cells(
    truth: pd.DataFrame, completed: pd.DataFrame, hidden: Any, *, numbers: bool
) -> Iterator[tuple[Cells, Cells]]:
    """True and filled hidden cells of each number (or category) column that has some."""
    mask = np.asarray(hidden, dtype=bool) & truth.notna().to_numpy()
    empty = [
        f"column {name}: {gaps} hidden cells are still empty; complete every cell before measuring"
        for j, name in enumerate(truth.columns)
        if (gaps := int(completed[name].isna().to_numpy()[mask[:, j]].sum()))
    ]
    if empty:
        raise BadInput(empty)
    for j, name in enumerate(truth.columns):
        if is_number(truth[name]) == numbers and mask[:, j].any():
            yield truth[name][mask[:, j]], completed[name][mask[:, j]]
