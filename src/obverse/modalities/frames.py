"""Whatever users hand in as a table (DataFrame, 2-D array, records, lists) as one DataFrame, and a target beside it."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import Array

ACCEPTED = "give a DataFrame, a 2-D array, a list of dicts or a list of lists"


def to_frame(X: Any) -> tuple[pd.DataFrame, bool]:
    """X as a DataFrame (X itself when it is one), and whether its columns have names of their own.

    Raises:
        BadInput: not a table.
    """
    if isinstance(X, pd.DataFrame):
        return X, True
    if isinstance(X, list | tuple):
        return _from_list(X)
    array = X if isinstance(X, np.ndarray) else np.asarray(X) if hasattr(X, "__array__") else None
    if array is None:
        raise BadInput(f"X is a {type(X).__module__}.{type(X).__qualname__}, not a table; {ACCEPTED}")
    if array.ndim == 1:
        raise BadInput(
            "X has one dimension, not rows and columns. Reshape your data: "
            "X.reshape(-1, 1) when it is one column, X.reshape(1, -1) when it is one row"
        )
    if array.ndim != 2:
        raise BadInput(f"X has {array.ndim} dimensions, not rows and columns; {ACCEPTED}")
    return pd.DataFrame(array), False


def _from_list(X: Sequence[Any]) -> tuple[pd.DataFrame, bool]:
    rows = list(X)
    if rows and all(isinstance(row, dict) for row in rows):
        return pd.DataFrame(rows), True
    if not all(isinstance(row, list | tuple | np.ndarray) for row in rows):
        raise BadInput(f"X is a {type(X).__name__} whose items are not rows. Reshape your data: {ACCEPTED}")
    widths = sorted({len(row) for row in rows})
    if len(widths) > 1:
        raise BadInput(f"the rows of X differ in length ({widths[0]} to {widths[-1]}); {ACCEPTED}")
    return pd.DataFrame([list(row) for row in rows]), False


def column_names(frame: pd.DataFrame) -> tuple[list[str], list[str]]:
    """The frame's column names (`x0`, `x1`, ... when it has only positions), and what is wrong with them."""
    names: list[Any] = list(frame.columns)
    if names == list(range(len(names))):
        return [f"x{i}" for i in names], []
    odd = [repr(name) for name in names if not isinstance(name, str)]
    double = [repr(name) for name, count in Counter(names).items() if count > 1]
    problems = []
    if odd:
        fix = "X.columns = X.columns.map(str) makes them so"
        problems.append(f"column names must be text, not {', '.join(odd[:5])}; {fix}")
    if double:
        problems.append(f"column names appear more than once: {', '.join(double)}; rename or drop them")
    return [str(name) for name in names], problems


def nearest(name: str, names: Iterable[str]) -> str:
    """` (nearest: 'a')` when one of the names resembles `name`, else the empty string."""
    near = difflib.get_close_matches(name, list(names), 1)
    return f" (nearest: {near[0]!r})" if near else ""


def target_series(y: Any, names: Sequence[str], rows: int) -> tuple[str, pd.Series]:
    """A target given beside X as a named Series: its own name, else `y`, else `target` when X has that one.

    Raises:
        BadInput: not one value for each row.
    """
    if isinstance(y, pd.DataFrame) and y.shape[1] == 1:
        y = y.iloc[:, 0]
    if not isinstance(y, pd.Series):
        y = pd.Series(_one_dimensional(y)).infer_objects()
    if len(y) != rows:
        raise BadInput(f"X and y differ in length: {rows:,} rows and {len(y):,} targets")
    wanted = y.name if isinstance(y.name, str) else "y"
    for name in (wanted, "target"):
        if name not in names:
            return name, y
    raise BadInput(f"X has columns {wanted!r} and 'target' already; give y another name: y.rename(...)")


def _one_dimensional(y: Any) -> Any:
    if isinstance(y, pd.Index | pd.api.extensions.ExtensionArray):
        return y
    if isinstance(y, list | tuple):
        if any(isinstance(v, list | tuple | np.ndarray | dict) for v in y):
            raise BadInput("y must hold one value a row, not lists")
        return list(y)
    if not hasattr(y, "__array__"):
        raise BadInput(f"y is a {type(y).__name__}; give a column name of X, a Series, an array or a list")
    array: Array = np.asarray(y)
    if array.ndim == 2 and array.shape[1] == 1:
        return array[:, 0]
    if array.ndim != 1:
        raise BadInput(f"y must have one value a row, not the shape {array.shape}")
    return array
