"""pandas dtypes as strings in `Column.dtype`, and back.

A dtype's own name is kept wherever pandas reads it back as an equal dtype. Three names do not survive: `category`
(its categories live in `Column.values`; their dtype is added in brackets when pandas would not infer it), text that is
stored by pandas' non-default engine, and Arrow's `string`, which pandas reads as its own text dtype.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import pandas_dtype

from ..core.errors import BadInput
from ..core.schema import Column

ARROW_TEXT = "utf8[pyarrow]"  # Arrow's other name of `string`


def dtype_name(dtype: Any) -> str:
    """The string that `dtype_of` turns into an equal dtype.

    Raises:
        BadInput: pandas cannot read this dtype from a string (lists, decimals, ...).
    """
    if isinstance(dtype, pd.CategoricalDtype):
        inner = dtype.categories.dtype
        inferred = pd.Index(dtype.categories.tolist()).dtype
        return "category" if inner == inferred else f"category[{dtype_name(inner)}]"
    candidates = [str(dtype), ARROW_TEXT]
    if isinstance(dtype, pd.StringDtype):
        candidates.append(f"string[{dtype.storage}]")
    for name in candidates:
        if _reads_back(name, dtype):
            return name
    if isinstance(dtype, pd.StringDtype):  # missing is NaN, stored by the other engine: the same to its users
        return "str"
    raise BadInput(f"has dtype {dtype}, which Obverse cannot give back; convert it with .astype or drop the column")


def _reads_back(name: str, dtype: Any) -> bool:
    try:
        return pandas_dtype(name) == dtype
    except (TypeError, ValueError, NotImplementedError, ImportError):
        return False


_named = lru_cache(pandas_dtype)  # parsing a name takes longer than reading a hundred cells


def dtype_of(column: Column) -> Any:
    """The pandas or numpy dtype that a column's cells are given back in."""
    if column.dtype.startswith("category"):
        inner = column.dtype[len("category[") : -1] or None
        return pd.CategoricalDtype(pd.Index(list(column.values), dtype=inner), ordered=column.ordered)
    return _named(column.dtype)


def numpy_type(dtype: Any) -> np.dtype[Any]:
    """The numpy dtype behind a numeric or time dtype, whether numpy's own, nullable, Arrow's or with a time zone."""
    return np.dtype(getattr(dtype, "numpy_dtype", None) or dtype.base)


def time_unit(dtype: Any) -> str:
    """`s`, `ms`, `us` or `ns`: the unit of a date or duration dtype."""
    return np.datetime_data(numpy_type(dtype))[0]
