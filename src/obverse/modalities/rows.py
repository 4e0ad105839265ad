"""The work of the table modality, which needs pandas: imported with the first table, not with the first card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.schema import Array, Dataset, Schema
from .cells import decode, encode, fill_holes, seconds, stored_type
from .columns import Inferred, Role, infer
from .dtypes import dtype_of
from .frames import column_names, nearest, target_series, to_frame


def learn(X: Any, y: Any, *, group: str | None, order: str | None, task: str | None) -> Dataset:
    """See `TableModality.learn`."""
    frame, _ = to_frame(X)
    names, problems = column_names(frame)
    problems += _shape_problems(frame) + role_problems(names, y, group, order, task)
    series = [(name, column) for name, (_, column) in zip(names, frame.items(), strict=True)]
    if not isinstance(X, pd.DataFrame):
        series = [(name, column.infer_objects()) for name, column in series]
    carried = {name: column.to_numpy() for name, column in series if name in (group, order)}
    series = [(name, column) for name, column in series if name not in carried]
    target = y if isinstance(y, str) else None
    if y is not None and target is None:
        try:
            target, labels = target_series(y, names, len(frame))
            series.append((target, labels))
        except BadInput as error:
            problems += error.problems
    found = _infer_all(series, target, task, problems) if len(frame) else []
    if problems:
        raise BadInput(problems)
    columns = tuple(f.column for f in found)
    notes = tuple(note for f in found for note in f.notes)
    schema = Schema(columns, target=target, group=group, order=order, rows=len(frame), notes=notes)
    values = np.column_stack([f.values for f in found])
    groups, times = (None if name is None else carried[name] for name in (group, order))
    return Dataset(schema, values, groups=groups, order=times)


def read(X: Any, schema: Schema, *, need: str | Sequence[str], unseen: str) -> tuple[Evidence, list[str]]:
    """See `TableModality.read`."""
    frame, names, problems = _query_frame(X, schema)
    problems += _shape_problems(frame) + _absences(names, schema, need)
    notes: list[str] = []
    values = np.full((len(frame), len(schema.columns)), np.nan)
    for name, (_, cells) in zip(names, frame.items(), strict=True):
        if name in schema:
            i = schema.index(name)
            try:
                values[:, i], said = encode(cells, schema.columns[i], unseen)
                notes += said
            except BadInput as error:
                problems += error.problems
        elif name not in (schema.group, schema.order):
            notes.append(f"column {name!r} ignored: it was not in training{nearest(name, schema.names)}")
    if problems:
        raise BadInput(problems)
    return Evidence(values), notes


def write(values: Array, schema: Schema) -> pd.DataFrame:
    """See `TableModality.write`."""
    return pd.DataFrame({c.name: decode(values[:, i], c) for i, c in enumerate(schema.columns)}, copy=False)


def fill(X: Any, completed: Array, schema: Schema) -> Any:
    """See `TableModality.fill`."""
    frame, names, problems = _query_frame(X, schema)
    filled = frame.copy()
    for j, name in enumerate(names):
        if name not in schema:
            continue
        series, cells = frame.iloc[:, j], completed[:, schema.index(name)]
        holes = series.isna().to_numpy() & ~np.isnan(cells)
        if holes.any():
            try:
                filled.isetitem(j, fill_holes(series, holes, cells[holes], schema[name]))
            except BadInput as error:
                problems += error.problems
    if problems:
        raise BadInput(problems)
    return filled.to_numpy(dtype=X.dtype) if isinstance(X, np.ndarray) else filled


def tidy(values: Array, schema: Schema) -> Array:
    """See `Modality.tidy`."""
    out = values.copy()
    for j, column in enumerate(schema.columns):
        if column.kind == "number" and column.low <= column.high:
            out[:, j] = column.snap(values[:, j])
            stored = stored_type(dtype_of(column))
            if column.step is None and dtype_of(column).kind in "Mm":
                out[:, j] = seconds(decode(out[:, j], column))
            elif column.step is None:  # to the precision of the dtype; grid points stay spelt in full
                out[:, j] = np.rint(out[:, j]) if stored.kind in "iu" else out[:, j].astype(stored)
    return out


# ----------------------------------------------------------------- for learn


def _infer_all(
    series: list[tuple[str, pd.Series]], target: str | None, task: str | None, problems: list[str]
) -> list[Inferred]:
    """Every column's facts; the problems of those that have none are added to `problems`."""
    target_role: Role = "class" if task == "class" else "number" if task == "number" else "target"
    found: list[Inferred] = []
    for name, column in series:
        try:
            found.append(infer(name, column, target_role if name == target else "feature"))
        except BadInput as error:
            problems += error.problems
    return found


def _shape_problems(frame: pd.DataFrame) -> list[str]:
    """No rows or no columns, in the words scikit-learn uses."""
    for count, things in zip(frame.shape, ("sample(s)", "feature(s)"), strict=True):
        if count == 0:
            return [f"X has 0 {things} (shape={frame.shape}) while a minimum of 1 is required."]
    return []


def role_problems(names: list[str], y: Any, group: str | None, order: str | None, task: str | None) -> list[str]:
    """Columns named as target, group or order that are not there or are named twice, and unknown tasks."""
    named = {"y": y if isinstance(y, str) else None, "group": group, "order": order}
    used = {role: name for role, name in named.items() if name is not None}
    absent = {role: name for role, name in used.items() if name not in names}
    problems = [f"{role}={name!r} is not a column of X{nearest(name, names)}" for role, name in absent.items()]
    if len(set(used.values())) < len(used):
        problems.append(f"y, group and order must be different columns, not {', '.join(map(repr, used.values()))}")
    if names and set(names) <= set(used.values()):
        problems.append("no feature is left beside the target, group and order columns; add columns to X")
    if task not in (None, "class", "number"):
        problems.append(f"task must be 'class', 'number' or None, not {task!r}")
    return problems


# ------------------------------------------------------------ for read and fill


def _query_frame(X: Any, schema: Schema) -> tuple[pd.DataFrame, list[str], list[str]]:
    """X as a DataFrame, the schema's names of its columns (by position for arrays and lists), and problems."""
    if isinstance(X, dict):
        X = [X]
    elif isinstance(X, pd.Series):
        X = [X.to_dict()]
    frame, named = to_frame(X)
    if named:
        return frame, *column_names(frame)
    width, features = frame.shape[1], [schema.names[i] for i in schema.features]
    if width == len(features):
        return frame, features, []
    if width == len(schema.columns):
        return frame, list(schema.names), []
    target = "" if schema.target is None else f" (or {len(schema.columns)} with the target {schema.target!r})"
    raise BadInput(f"X has {width} features, but obverse is expecting {len(features)} features as input{target}")


def _absences(names: list[str], schema: Schema, need: str | Sequence[str]) -> list[str]:
    """What X must have and has not."""
    if need == "some":
        seen = ", ".join(map(repr, schema.names[:8]))
        return [] if any(name in schema for name in names) else [f"X has none of the columns seen in training: {seen}"]
    features = [schema.names[i] for i in schema.features]
    wanted = schema.names if need == "all" else features if need == "features" else need
    return [f"column {name!r} is not in X{nearest(name, names)}" for name in wanted if name not in names]
