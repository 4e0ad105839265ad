"""Training rows encoded under declared columns, each cell by itself.

Differential privacy compares a table with the same table less one row, so no row may change how another one is read:
nothing is inferred, a cell that the domain does not hold is moved to the nearer bound or counts as missing instead of
being an error, and text is read by its spelling (`domain.spelling`).
"""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput, OutsideDomain
from ..core.schema import Array, Column, Dataset, FloatArray, Privacy, Schema
from . import domain as domains
from . import rows
from .cells import distinct, seconds, to_float
from .frames import column_names, nearest, target_series, to_frame


def learn(X: Any, y: Any, domain: Any, privacy: Privacy, *, task: str | None = None, group: str | None = None,
          order: str | None = None) -> Dataset:  # fmt: skip
    """See `TableModality.learn_privately`."""
    if group is not None:
        raise BadInput(f"epsilon counts each row as one person, and group={group!r} ties rows; keep one row a group")
    if isinstance(domain, str) and domain == "observed":
        return _observed(rows.learn(X, y, group=None, order=order, task=task), privacy)
    series, target = _series(X, y, order, task)
    if domain is None:
        numbers = {n for n, s in series.items() if s.dtype.kind in "iufMm" and n != target}
        raise BadInput(
            f"epsilon needs the public domain of {len(series)} columns, known without looking at the rows: "
            f"{domains.template(list(series), numbers)}, or the path of a JSON file; or domain='observed', which "
            "leaves bounds and categories unprotected"
        )
    columns, cuts = _columns(domains.read(domain), list(series), target, task)
    read = [_cells(series[c.name], c, target) for c in columns]
    _tell([text for _, text in read if text])
    schema = Schema(columns, target=target, order=order, privacy=replace(privacy, cuts=cuts))
    return Dataset(schema, np.column_stack([values for values, _ in read]))


def _observed(data: Dataset, privacy: Privacy) -> Dataset:
    """Columns as they were read off the data, without what noisy counts will tell: shares of missing cells and rows."""
    empty = [repr(c.name) for c in data.schema.columns if c.missing == 1.0]
    if empty:
        raise BadInput(f"no row has a value of {', '.join(empty)}; leave it out or declare what it may hold")
    target = data.schema.target
    columns = tuple(
        replace(c, missing=domains.SOME_MISSING if c.missing and c.name != target else 0.0) for c in data.schema.columns
    )
    declared = replace(privacy, declared=False, cuts=((),) * len(columns))
    return replace(data, schema=replace(data.schema, columns=columns, rows=0, notes=(), privacy=declared))


def _series(X: Any, y: Any, order: str | None, task: str | None) -> tuple[dict[str, pd.Series], str | None]:
    """The columns to model, the target's included, and its name."""
    frame, _ = to_frame(X)
    names, problems = column_names(frame)
    problems += rows.role_problems(names, y, None, order, task)
    if problems:
        raise BadInput(problems)
    series = {name: column for name, (_, column) in zip(names, frame.items(), strict=True) if name != order}
    if y is None or isinstance(y, str):
        return series, y
    target, labels = target_series(y, names, len(frame))
    return {**series, target: labels}, target


def _columns(said: dict[str, Any], names: list[str], target: str | None, task: str | None
             ) -> tuple[tuple[Column, ...], tuple[tuple[float, ...], ...]]:  # fmt: skip
    absent = [name for name in names if name not in said]
    problems = [f"domain says nothing of {', '.join(map(repr, absent))}; declare or drop them"] if absent else []
    problems += [f"domain has {n!r}, which is no column of the data{nearest(n, names)}" for n in said if n not in names]
    made: list[tuple[Column, tuple[float, ...]]] = []
    for name in names:
        try:
            made += [domains.column(name, said[name], target=name == target)] if name in said else []
        except BadInput as error:
            problems += [f"domain: {text}" for text in error.problems]
    for column, _ in made:
        if column.name == target and task is not None and (column.kind == "category") != (task == "class"):
            problems.append(f"the domain of {target!r} is that of a {column.kind}, and task is {task!r}")
    if problems:
        raise BadInput(problems)
    return tuple(c for c, _ in made), tuple(cuts for _, cuts in made)


def _cells(series: pd.Series, column: Column, target: str | None) -> tuple[FloatArray, str]:
    """float64 (n,), and how many cells the domain does not hold."""
    gone, may_miss = series.isna().to_numpy(), column.missing > 0
    values = _codes(series, column) if column.kind == "category" else _numbers(series, column)
    strange = _counted(np.isnan(values) & ~gone, column, "counted as missing" if may_miss else "left out")
    if not may_miss:
        fate = "unlabelled" if column.name == target else 'empty and left out (declare "missing": true)'
        strange = ", ".join(filter(None, (strange, _counted(gone, column, fate))))
    if column.kind == "category":
        return values, strange
    near = np.clip(column.on_grid(values), column.low, column.high)
    moved = _counted((near == column.low) & (values < column.low - (column.step or 0) / 2)
                     | (near == column.high) & (values > column.high + (column.step or 0) / 2),
                     column, "moved to the nearer bound")  # fmt: skip
    return near, ", ".join(filter(None, (strange, moved)))


def _codes(series: pd.Series, column: Column) -> FloatArray:
    codes, met = distinct(series, column.name)
    known = {domains.spelling(value): float(code) for code, value in enumerate(column.values)}
    return np.asarray([*(known.get(domains.spelling(value), np.nan) for value in met), np.nan])[codes]


def _numbers(series: pd.Series, column: Column) -> FloatArray:
    """Numbers or seconds, NaN where a cell is neither; infinities stay, to be clipped."""
    kind = series.dtype.kind
    if column.is_date and kind == "M":
        return seconds(series)
    if not column.is_date and kind in "biuf" and not isinstance(series.dtype, pd.SparseDtype):
        return to_float(series)
    codes, met = distinct(series, column.name)
    if column.is_date:
        cells = pd.Series([v if isinstance(v, str) or hasattr(v, "isoformat") else None for v in met], dtype=object)
        found = seconds(pd.to_datetime(cells, utc=True, errors="coerce", format="ISO8601"))
    else:
        found = np.asarray([domains.number(v) for v in met], dtype=np.float64)
    return np.append(found, np.nan)[codes]


def _counted(cells: Array, column: Column, fate: str) -> str:
    count = int(cells.sum())
    return f"{count:,} of {column.name!r} {fate}" if count else ""


def _tell(texts: list[str]) -> None:
    if texts:
        told = (
            f"cells outside the declared domain: {', '.join(texts)} (for your eyes only: the model does not hold this)"
        )
        warnings.warn(told, OutsideDomain, stacklevel=6)
