"""The cells of one column: from a pandas Series to float64 under a known `Column`, and back in its dtype.

Numbers stay numbers, dates and durations become seconds, categories become codes, a missing cell becomes NaN.
"""

from __future__ import annotations

import datetime
import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import UNSEEN, Array, Column, FloatArray
from .dtypes import dtype_of, numpy_type, time_unit
from .grid import settle

PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}

# ------------------------------------------------------------------- reading


def encode(series: pd.Series, column: Column, unseen: str = "unknown") -> tuple[FloatArray, list[str]]:
    """float64 (n,) of the cells under a fitted column, and notes to say aloud.

    `unseen` says what becomes of a category never met: `unknown` (NaN) or `code` (`UNSEEN`).

    Raises:
        BadInput: a cell of another type than the column's, or an infinite number.
    """
    if column.missing == 1.0 and column.kind == "number":
        return _unheard(series, column)
    if column.kind == "category":
        return _codes(series, column, unseen)
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = pd.Series(np.asarray(series))
    values = _numbers(series, column)
    check_finite(values, column.name)
    return settle(values, column, stored_type(series.dtype)), []


def _unheard(series: pd.Series, column: Column) -> tuple[FloatArray, list[str]]:
    """A column that was empty in training says nothing, whatever it holds now."""
    held = int(series.notna().sum())
    note = f"{_cells(held)} of {column.name!r} ignored: the column was empty in training"
    return np.full(len(series), np.nan), [note] if held else []


def _codes(series: pd.Series, column: Column, unseen: str) -> tuple[FloatArray, list[str]]:
    if series.dtype.kind in "Mm" and series.notna().any():
        raise BadInput(f"column {column.name!r} holds categories such as {column.values[0]!r}, not dates or times")
    codes, met = distinct(series, column.name)
    known = {value: code for code, value in enumerate(column.values)}
    values = np.asarray([*(known.get(value, UNSEEN) for value in met), np.nan])[codes]
    new = values == UNSEEN
    count = int(new.sum())
    if not count:
        return values, []
    fate = "treated as unknown" if unseen == "unknown" else "no model gives them any probability"
    hold = "holds a value" if count == 1 else "hold values"
    if unseen == "unknown":
        values[new] = np.nan
    return values, [f"{_cells(count)} of {column.name!r} {hold} never seen in training; {fate}"]


def _cells(count: int) -> str:
    return f"{count:,} cell{'s' if count != 1 else ''}"


def distinct(series: pd.Series, name: str) -> tuple[Array, list[Any]]:
    """Codes (n,), -1 where missing, into the list of distinct values as plain Python scalars, in no special order."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.cat.codes.to_numpy(), series.cat.categories.tolist()
    try:
        codes, met = pd.factorize(series)
    except TypeError:
        row = next(i for i, cell in enumerate(series) if not pd.api.types.is_hashable(cell))
        held = f"column {name!r} holds a {type(series.iloc[row]).__name__} in row {row}"
        raise BadInput(f"{held}; cells must be text, numbers or true/false") from None
    return codes, [value.item() if isinstance(value, np.generic) else value for value in met.tolist()]


def _numbers(series: pd.Series, column: Column) -> FloatArray:
    dtype, own = series.dtype, dtype_of(column).kind
    if dtype.kind == "O" or pd.api.types.is_string_dtype(dtype):
        return _from_objects(series, column)
    if own in "Mm" and dtype.kind == own:
        return seconds(series)
    if own not in "Mm" and dtype.kind in "biuf":
        return to_float(series)
    _refuse(series, column, lambda _: False)
    return np.full(len(series), np.nan)


def stored_type(dtype: Any) -> np.dtype[Any]:
    """The numpy type that limits the precision of numbers that come in `dtype`; float64 for times and objects."""
    return numpy_type(dtype) if dtype.kind in "iuf" else np.dtype(np.float64)


def to_float(series: pd.Series) -> FloatArray:
    """float64 (n,) of any real-number or truth dtype, NaN where missing."""
    return series.to_numpy(dtype=np.float64, na_value=np.nan)


def seconds(series: pd.Series) -> FloatArray:
    """float64 (n,) of dates (since 1970-01-01 UTC; naive times count as UTC) or durations, NaN where missing."""
    if series.dtype.kind == "M":
        times = pd.to_datetime(series)
        times = times.dt.tz_convert(None) if times.dt.tz is not None else times
        ticks = times.to_numpy()
    else:
        ticks = series.to_numpy(dtype=numpy_type(series.dtype))
    unit = np.datetime_data(ticks.dtype)[0]
    whole, rest = np.divmod(ticks.view(np.int64), PER_SECOND[unit])
    return np.where(np.isnat(ticks), np.nan, whole + rest / PER_SECOND[unit])


def _from_objects(series: pd.Series, column: Column) -> FloatArray:
    """Mixed cells: real numbers for a number column; dates, durations or their ISO text for a time column."""
    kind = dtype_of(column).kind
    if kind not in "Mm":
        _refuse(series, column, _is_number)
        return to_float(series)
    date = kind == "M"
    _refuse(series, column, lambda v: isinstance(v, str | datetime.date if date else str | datetime.timedelta))
    cells = series.astype(object)
    if date:
        times = pd.to_datetime(cells, utc=True, errors="coerce", format="ISO8601")
    else:
        times = pd.to_timedelta(cells, errors="coerce")
    unread = set(cells[times.isna() & cells.notna()])
    _refuse(series, column, lambda v: v not in unread)
    return seconds(times)


def _is_number(cell: Any) -> bool:
    """A real number or truth value that float64 can hold; infinity is refused later, under its own name."""
    return abs(cell) < 2**1023 if isinstance(cell, int) else isinstance(cell, numbers.Real)


def _refuse(series: pd.Series, column: Column, fits: Callable[[Any], bool]) -> None:
    """BadInput that names the first cell whose value does not fit."""
    codes, met = distinct(series, column.name)
    wrong = np.isin(codes, [code for code, value in enumerate(met) if not fits(value)])
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        holds = {"M": "dates", "m": "durations"}.get(dtype_of(column).kind, "numbers")
        more = f" (and {wrong.sum() - 1:,} more cells like it)" if wrong.sum() > 1 else ""
        raise BadInput(f"column {column.name!r} holds {holds}, but row {row} has {met[codes[row]]!r}{more}")


def check_finite(values: FloatArray, name: str) -> None:
    """BadInput when a number is infinite."""
    rows = np.flatnonzero(np.isinf(values))
    if rows.size:
        more = f" and {rows.size - 1:,} more" if rows.size > 1 else ""
        raise BadInput(f"column {name!r} is infinite in row {rows[0]}{more}; use a missing cell or a finite number")


# ------------------------------------------------------------------- writing


def decode(cells: FloatArray, column: Column, dtype: Any = None) -> pd.Series:
    """The cells as a Series of the column's own dtype (or of another dtype of the same kind).

    Numbers are put on the column's grid and within its bounds.

    Raises:
        ValueError: a missing cell in a dtype that has none (a column without missing cells never has one drawn).
    """
    dtype = dtype_of(column) if dtype is None else dtype
    missing = np.isnan(cells)
    if missing.any() and isinstance(dtype, np.dtype) and dtype.kind in "biu":
        raise ValueError(f"column {column.name!r} of dtype {dtype} was given a missing cell, which it cannot hold")
    if missing.all() or column.missing == 1.0:
        return pd.Series([None] * len(cells), dtype=dtype)
    if column.kind == "category":
        array = _labels(np.where(missing, -1, cells).astype(np.intp), column, dtype)
    elif dtype.kind in "Mm":
        array = _times(column.snap(cells), column, dtype)
    else:
        array = _plain(column.snap(cells), dtype)
    return pd.Series(array, dtype=dtype, copy=False)  # dtype said, since pandas reads objects that are all text as str


def _labels(codes: Array, column: Column, dtype: Any) -> Any:
    if isinstance(dtype, pd.CategoricalDtype):
        return pd.Categorical.from_codes(codes, dtype=dtype)
    if pd.api.types.is_object_dtype(dtype):
        return np.asarray([*column.values, None], dtype=object)[codes]
    labels = pd.Series(list(column.values), dtype=object).astype(dtype).array
    return labels.take(codes, allow_fill=bool((codes < 0).any()))


def _plain(cells: FloatArray, dtype: Any) -> Any:
    if isinstance(dtype, np.dtype) and dtype.kind not in "iu":
        return cells.astype(dtype)
    missing = np.isnan(cells)
    held, stored = np.where(missing, 0.0, cells), numpy_type(dtype)
    if stored.kind in "iu":
        limits = np.iinfo(stored)  # doubles just inside them, since the limit itself may round up and overflow
        held = np.rint(np.clip(held, float(limits.min), np.nextafter(float(limits.max), 0)))
    array = pd.array(held.astype(stored), dtype=dtype)
    if missing.any():
        array[missing] = pd.NA
    return array.to_numpy() if isinstance(dtype, np.dtype) else array


def _times(cells: FloatArray, column: Column, dtype: Any) -> Any:
    """Seconds as dates or durations, without the digits that a double of this size cannot hold.

    Where the shorter time would be another double it keeps its digits: `seconds` gives back the cells that were here.
    """
    unit, missing = time_unit(dtype), np.isnan(cells)
    largest = np.nanmax(np.abs([column.low, column.high, 1.0]))
    known = np.where(missing, 0.0, cells)
    whole = np.floor(known)
    short = np.round(known - whole, int(-np.log10(np.spacing(largest))))
    rest = np.where(whole + short == known, short, known - whole)
    ticks = whole.astype(np.int64) * PER_SECOND[unit] + np.rint(rest * PER_SECOND[unit]).astype(np.int64)
    ticks[missing] = np.iinfo(np.int64).min  # numpy's NaT
    times = pd.Series(ticks.view(f"{dtype.kind}8[{unit}]"))
    zone = getattr(getattr(dtype, "pyarrow_dtype", dtype), "tz", None)
    if zone is not None:
        times = times.dt.tz_localize("UTC").dt.tz_convert(zone)
    return times.astype(dtype).array


# ------------------------------------------------------------------- filling


def fill_holes(series: pd.Series, holes: Array, cells: FloatArray, column: Column) -> pd.Series:
    """A copy of `series` whose cells at `holes` (boolean (n,)) are the encoded `cells`; its dtype and other cells stay.

    A column without a single observed cell takes the schema's dtype where its own cannot hold the new values. A column
    that was empty in training keeps its holes: nothing is known about it.

    Raises:
        BadInput: its dtype cannot hold them (a category dtype without the category, say).
    """
    if column.missing == 1.0:
        return series.copy()
    dtype, own = series.dtype, dtype_of(column)
    both_plain = column.kind == "number" and dtype.kind in "iuf" and own.kind in "iuf"
    both_times = column.kind == "number" and dtype.kind in "Mm" and dtype.kind == own.kind
    new = decode(cells, column, dtype if both_plain or both_times else None)
    if new.dtype != dtype:
        converted = _converted(new, dtype)
        if converted is None and series.isna().all():
            return decode(_spread(holes, cells), column).set_axis(series.index).rename(series.name)
        if converted is None:
            raise BadInput(
                f"column {column.name!r} is {dtype} here and cannot hold {new.iloc[0]!r}; convert it to {own}"
            )
        new = converted
    filled = series.copy()
    filled.iloc[np.flatnonzero(holes)] = new.array
    return filled


def _converted(new: pd.Series, dtype: Any) -> pd.Series | None:
    """The same values in another dtype, None where that would change one."""
    plain = new.astype(object)
    if isinstance(dtype, pd.CategoricalDtype) and not plain.isin(dtype.categories).all():
        return None
    try:
        converted = plain.astype(dtype)
    except (TypeError, ValueError):
        return None
    same = all(a is not pd.NA and a == b for a, b in zip(converted.astype(object), plain, strict=True))
    return converted if same else None


def _spread(holes: Array, cells: FloatArray) -> FloatArray:
    out = np.full(len(holes), np.nan)
    out[holes] = cells
    return out
