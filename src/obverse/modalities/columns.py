"""What a column of training data is: one `Column` and its cells as float64."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import Array, Column, FloatArray
from .cells import check_finite, decode, distinct, seconds, stored_type, to_float
from .dtypes import dtype_name
from .grid import find_atoms, find_step, settle

MOST_CLASSES = 20  # distinct whole numbers up to which a target is taken for class labels
LARGEST_EXACT = 2.0**53

Role = Literal["feature", "target", "class", "number"]


@dataclass(frozen=True)
class Inferred:
    """A column's facts, its cells (float64 (n,)) and what has to be said aloud about it."""

    column: Column
    values: FloatArray
    notes: tuple[str, ...] = ()


def infer(name: str, series: pd.Series, role: Role = "feature") -> Inferred:
    """Read one column. `role` is `feature`, `target` (its kind is inferred), or a target of kind `class` or `number`.

    Raises:
        BadInput: a dtype or a cell that cannot be modelled.
    """
    try:
        dtype = dtype_name(series.dtype)
    except BadInput as error:
        raise BadInput(f"column {name!r} {error}") from None
    draft = Column(name, "number", dtype, missing=float(series.isna().mean()))
    kind = _kind(series, name)
    if draft.missing == 1.0 and not (isinstance(series.dtype, pd.CategoricalDtype) and len(series.cat.categories)):
        return Inferred(draft, np.full(len(series), np.nan), (f"column {name!r} has no value in any row",))
    if role == "number" and kind == "category":
        raise BadInput(f"the target {name!r} holds categories ({series.dtype}); task='number' needs numbers")
    if kind == "category":
        return _category(draft, series)
    if role == "class" and series.dtype.kind in "Mm":
        raise BadInput(f"the target {name!r} holds dates or durations, which cannot be classes; use task='number'")
    return _number(draft, series, role)


def _kind(series: pd.Series, name: str) -> Literal["category", "number"]:
    dtype = series.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if dtype.kind == "c":
        raise BadInput(f"Complex data not supported: column {name!r} is {dtype}; give its real and imaginary part")
    if not isinstance(dtype, pd.SparseDtype):
        if dtype.kind == "b":
            return "category"
        if dtype.kind in "iufMm":
            return "number"
    if pd.api.types.is_string_dtype(dtype):
        return "category"
    if series.isna().all():
        return "number"
    raise BadInput(f"column {name!r} has dtype {dtype}, which Obverse cannot model; convert it with .astype or drop it")


# ------------------------------------------------------------------ categories


def _category(draft: Column, series: pd.Series) -> Inferred:
    dtype, notes = series.dtype, ()
    if dtype.kind == "b":
        values, codes = (False, True), series.to_numpy(dtype=np.float64, na_value=np.nan)
        return Inferred(replace(draft, kind="category", values=values), codes)
    codes, met = distinct(series, draft.name)
    _check_scalars(met, codes, draft.name)
    ordered = False
    if isinstance(dtype, pd.CategoricalDtype):
        ordered = bool(dtype.ordered)
    else:
        if dtype.kind == "O" and len(met) > MOST_CLASSES and all(isinstance(v, int | float) for v in met):
            notes = (f"column {draft.name!r} holds numbers as objects, read as categories; pd.to_numeric changes that",)
        order = sorted(range(len(met)), key=lambda i: (type(met[i]).__name__, met[i]))
        rank = np.empty(len(met), np.intp)
        rank[order] = np.arange(len(met))
        met, codes = [met[i] for i in order], np.where(codes < 0, -1, rank[codes])
    column = replace(draft, kind="category", values=tuple(met), ordered=ordered)
    return Inferred(column, np.where(codes < 0, np.nan, codes), notes)


def _check_scalars(met: list[Any], codes: Array, name: str) -> None:
    """BadInput when a category is not text, a finite number or a truth value."""
    for code, value in enumerate(met):
        if isinstance(value, str | int) or (isinstance(value, float) and np.isfinite(value)):
            continue
        rows = np.flatnonzero(codes == code)
        where = f" in row {rows[0]}" if rows.size else ""
        raise BadInput(
            f"column {name!r} holds {value!r} ({type(value).__name__}){where}; categories must be text, numbers or "
            "true/false: convert it (pd.to_datetime, pd.to_numeric, .astype(str)) or drop the column"
        )


# --------------------------------------------------------------------- numbers


def _number(draft: Column, series: pd.Series, role: Role) -> Inferred:
    is_time = series.dtype.kind in "Mm"
    stored = stored_type(series.dtype)
    values = seconds(series) if is_time else to_float(series)
    check_finite(values, draft.name)
    numbers, counts = _tally(values)
    if role == "class" or (role == "target" and not is_time and _are_labels(numbers)):
        return _classes(draft, series, values, numbers)
    column = replace(draft, step=find_step(numbers, stored))
    if column.step is not None:
        values = settle(values, column, stored)
        numbers, counts = _tally(values)
    atoms = find_atoms(numbers, counts, column.step)
    column = replace(column, low=float(numbers[0]), high=float(numbers[-1]), atoms=atoms)
    return Inferred(column, values, _loss(column, series, values))


def _tally(values: FloatArray) -> tuple[FloatArray, Array]:
    """The distinct numbers, sorted, and how many rows hold each."""
    return np.unique(values[~np.isnan(values)], return_counts=True)


def _are_labels(numbers: FloatArray) -> bool:
    """Few distinct whole numbers are taken for class labels."""
    return len(numbers) <= MOST_CLASSES and bool((numbers == np.rint(numbers)).all())


def _classes(draft: Column, series: pd.Series, values: FloatArray, numbers: FloatArray) -> Inferred:
    if stored_type(series.dtype).kind in "iu":
        return _category(draft, series)  # exact also beyond 2**53
    codes = np.searchsorted(numbers, values).astype(np.float64)
    codes[np.isnan(values)] = np.nan
    return Inferred(replace(draft, kind="category", values=tuple(float(v) for v in numbers)), codes)


def _loss(column: Column, series: pd.Series, values: FloatArray) -> tuple[str, ...]:
    """What float64 cannot keep of 64-bit whole numbers and of fine times."""
    if series.dtype.kind in "iu" and max(-column.low, column.high) > LARGEST_EXACT:
        return (f"column {column.name!r} holds whole numbers beyond 2**53, whose last digits are lost: an identifier?",)
    if series.dtype.kind in "Mm" and not (decode(values, column).dropna() == series.array.dropna()).all():
        return (f"column {column.name!r} holds times finer than a double keeps; they come back rounded",)
    return ()
