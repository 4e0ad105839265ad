"""The oddest rows of a table, the cells of them that are suspects, and what the model would have expected there.

Plain data that terminal, page and study show alike; all of it is asked of `Model.anomaly` and `Model.impute`.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.anomaly import By
from ..core.errors import CannotAnswer
from ..core.model import Model
from ..core.queries import Details
from ..core.schema import Array, Column, FloatArray
from .portrait.wording import cell, cut, number

SUSPECT = 0.1  # chance from which a cell is called a suspect
SURE = 0.5  # chance from which a cell is unknown where others are expected from it
MOST = 3  # suspects of a row
COLUMNS = 24  # shown; the suspects' first
LONGEST = 24  # characters of a cell


def oddest(model: Model, rows: pd.DataFrame, top: int, by: By) -> tuple[dict[str, Any], pd.DataFrame, Details]:
    """The `top` oddest rows for people, all scores for programs, and how they were reached.

    Args:
        model: fitted; errors are those of `Model.anomaly`.
        rows: (n, columns), at least the columns that the model knows.
        top: how many rows to describe.
        by: `row`: those with the least probability; `cell`: those with the cells that are most surely wrong.

    Returns:
        A dict with `by`, `looked` (n), `columns` shown, `others` (how many are not) and `rows`, oddest first: `row` is
        its position counted from 0, `anomaly` its surprise in nats, `cells` the texts and `wrong` the chances of the
        columns shown (None where empty), `suspects` at most 3 cells: `name`, `cell`, `wrong` and `expected` (None where
        the family completes no rows).
        A DataFrame with the scores of all rows: `anomaly`, or a column for each cell's chance.
        Details of the scores.
    """
    surprise, how = model.anomaly(rows, details=True)
    if by == "cell":
        scores, how = model.anomaly(rows, by="cell", details=True)
        worst = np.nan_to_num(scores.to_numpy(), nan=-1.0).max(axis=1, initial=-1.0)
        order = np.lexsort((-surprise, -worst))[:top]
    else:
        scores = pd.DataFrame({"anomaly": surprise}, index=rows.index)
        order = np.argsort(-surprise, kind="stable")[:top]
    chances = scores.iloc[order] if by == "cell" else None
    found = described(model, rows.iloc[order], order, surprise[order], chances)
    return {"by": by, "looked": len(rows), **found}, scores, how


def described(model: Model, odd: pd.DataFrame, numbers: Array, surprise: FloatArray,
              chances: pd.DataFrame | None = None) -> dict[str, Any]:  # fmt: skip
    """`columns`, `others` and `rows` of `oddest` for rows already chosen, with the numbers they go by.

    Args:
        model: fitted.
        odd: (n, columns), the rows.
        numbers: int (n,), what each row is called.
        surprise: float64 (n,), `Model.anomaly` of them.
        chances: the same by cell; None asks for it.
    """
    none = pd.DataFrame(columns=odd.columns, dtype=float)
    by_cell: pd.DataFrame = chances if chances is not None else model.anomaly(odd, by="cell") if len(odd) else none
    names, chance = list(by_cell.columns), by_cell.to_numpy(float)
    texts = _texts(model, odd, names)
    found = [(i, j) for i in range(len(odd)) for j in _suspects(chance[i])]
    expected = _expected(model, odd, names, chance, found)
    often = np.bincount([j for _, j in found], minlength=len(names))
    shown = sorted(np.argsort(-often, kind="stable")[:COLUMNS].tolist())
    rows: list[dict[str, Any]] = []
    for i in range(len(odd)):
        blamed = [
            {"name": names[j], "cell": texts[i][j], "wrong": float(chance[i, j]), "expected": said}
            for (k, j), said in zip(found, expected, strict=True)
            if k == i
        ]
        rows.append(
            {
                "row": int(numbers[i]),
                "anomaly": float(surprise[i]),
                "cells": [texts[i][j] for j in shown],
                "wrong": [None if np.isnan(chance[i, j]) else float(chance[i, j]) for j in shown],
                "suspects": blamed,
            }
        )
    return {"columns": [names[j] for j in shown], "others": len(names) - len(shown), "rows": rows}


def _suspects(chance: FloatArray) -> list[int]:
    """Columns of one row's suspects, the surest first."""
    order = np.argsort(-np.nan_to_num(chance, nan=-1.0), kind="stable")[:MOST]
    return [int(j) for j in order if chance[j] >= SUSPECT]


def _expected(model: Model, odd: pd.DataFrame, names: Sequence[str], chance: FloatArray,
              found: Sequence[tuple[int, int]]) -> list[str | None]:  # fmt: skip
    """The model's point for each suspect given the rest of its row, other cells that are surely wrong left out."""
    if not found:
        return []
    rows = odd.iloc[[i for i, _ in found]].reset_index(drop=True)[list(names)]
    hidden = np.nan_to_num(chance[[i for i, _ in found]]) >= SURE
    hidden[np.arange(len(found)), [j for _, j in found]] = True
    whole = {str(name): "Int64" for name in rows.select_dtypes("int64")}  # whose holes have no room in int64
    truth = {str(name): "boolean" for name in rows.select_dtypes("bool")}
    holed = rows.astype(whole | truth).mask(hidden)
    try:
        filled = model.impute(holed)
    except CannotAnswer:
        return [None] * len(found)
    texts = _texts(model, filled, names)
    return [texts[k][j] for k, (_, j) in enumerate(found)]


def _texts(model: Model, rows: pd.DataFrame, names: Sequence[str]) -> list[list[str]]:
    """Every cell as people write it."""
    values = model.card.modality.read(rows, model.schema_, need="some", unseen="code")[0].values
    columns = [model.schema_[name] for name in names]
    return [
        [
            _text(values[i, model.schema_.index(name)], rows[name].iloc[i], column)
            for name, column in zip(names, columns, strict=True)
        ]
        for i in range(len(rows))
    ]


def _text(value: float, raw: Any, column: Column) -> str:
    """A number as its column spells it, unless it is none that the column could hold; a category as it stands."""
    if np.isnan(value):
        return ""
    if column.kind == "category":
        return cell(value, column, longest=LONGEST) if value >= 0 else cut(str(raw), LONGEST)
    if column.is_date or column.on_grid(np.array([value]))[0] == value:
        return cell(value, column, longest=LONGEST)
    return number(value)
