"""What the table metrics see of a cell: a float64 number (dates: seconds since 1970) or a text; NaN or None if missing.

Going through these two forms makes the figures independent of the dtypes a table happens to have.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from ...core.errors import BadInput
from ...core.schema import Array, FloatArray
from ...modalities.cells import seconds

Cells = Any  # one column, a pandas Series: pandas' own types do not know that frame[name] is one

# Powers of ten that float64 holds exactly.
_TEN = np.array([float(10**k) for k in range(23)])


def is_number(column: Cells) -> bool:
    """Whether the cells count as numbers: numbers, dates and durations do; truth values and categories do not."""
    numeric = pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column)
    return numeric or column.dtype.kind in "Mm"


def as_numbers(column: Cells) -> FloatArray:
    """float64 (n,); what cannot be read as a number is missing."""
    if column.dtype.kind in "Mm":
        return seconds(column)
    return pd.Series(pd.to_numeric(column, errors="coerce")).to_numpy(dtype=np.float64, na_value=np.nan)


def as_text(column: Cells) -> Array:
    """Object (n,) of str, None where missing."""
    codes, values = pd.factorize(column)
    return np.array([*map(str, values), None], dtype=object)[codes]


def as_categories(columns: list[Cells]) -> list[Any]:
    """Each column as a pandas Categorical of text, over one shared and sorted set of categories."""
    texts = [as_text(c) for c in columns]
    values = sorted({t for text in texts for t in pd.unique(text) if t is not None})
    return [pd.Categorical(text, categories=pd.Index(values, dtype="str")) for text in texts]


def with_text_classes(frame: pd.DataFrame, target: str) -> pd.DataFrame:
    """The frame with its class target as text, so that no metric takes the codes of classes for numbers.

    A number reads the same whichever dtype holds it (1 and 1.0).
    """
    labels = frame[target]
    if not is_number(labels):
        return frame
    text = [None if np.isnan(v) else f"{v:g}" for v in as_numbers(labels)]
    return frame.assign(**{target: pd.Series(text, index=frame.index, dtype=object)})


def require_columns(like: pd.DataFrame, *frames: pd.DataFrame) -> None:
    """BadInput when a frame lacks columns of `like`."""
    lacking = [str(c) for c in like.columns if any(c not in f.columns for f in frames)]
    if lacking:
        raise BadInput(f"the created table lacks columns {', '.join(lacking)}: give it every column of the real one")


def six_digits(numbers: FloatArray) -> FloatArray:
    """Numbers rounded to six significant digits, exactly as printing with `.6g` and reading back would round them.

    Scaled so that the sixth digit is the unit, rounded and scaled back: whole numbers below 2**53 and powers of ten up
    to 10**22 are exact, so the last step rounds correctly. Near a tie, and far from 1, the text itself decides.
    """
    out = numbers.copy()
    at = np.flatnonzero(np.isfinite(numbers) & (numbers != 0))
    v = numbers[at]
    power = np.floor(np.log10(np.abs(v))).astype(int) - 5
    ten = _TEN[np.minimum(np.abs(power), 22)]
    up, down = np.where(power < 0, ten, 1), np.where(power < 0, 1, ten)
    scaled = v * up / down
    whole = np.rint(scaled)
    out[at] = whole / up * down
    doubt = (np.abs(power) > 22) | (np.abs(np.abs(scaled - whole) - 0.5) < 1e-6)
    out[at[doubt]] = [float(f"{x:.6g}") for x in v[doubt]]
    return out
