"""The scale of number columns: means and spreads of any size, and what survives single precision.

Squares of 1e200 overflow and squares of 1e-200 vanish, so spreads are taken in units of the largest deviation. XGBoost
and scikit-learn's trees hold numbers as float32, about seven digits: a column far from zero is centred before the cast.
"""

from __future__ import annotations

import numpy as np

from ..core.errors import BadInput
from ..core.schema import Dataset, FloatArray

LARGEST_SINGLE = 1e37
FAR = 1e4  # spreads away from zero where float32 begins to blur the column


def unit_of(deviations: FloatArray) -> float:
    """The power of two just above the largest absolute deviation (1 when all are zero): dividing by it is exact."""
    reach = float(np.abs(deviations).max(initial=0.0))
    return float(np.ldexp(1.0, min(int(np.frexp(reach)[1]), 1023))) if reach else 1.0


def centre_and_spread(values: FloatArray) -> tuple[float, float]:
    """Mean and standard deviation of known numbers, exact where all are equal; zeros without any."""
    if not len(values):
        return 0.0, 0.0
    if values.min() == values.max():  # a mean of equal numbers may be off by a rounding error, which counts at 1e300
        return float(values[0]), 0.0
    unit = unit_of(values)
    centre = float((values / unit).mean() * unit)
    unit = unit_of(values - centre)
    return centre, float(((values - centre) / unit).std() * unit)


def offsets(data: Dataset) -> FloatArray:
    """(d,) what to subtract from each column before a cast to float32: its mean where it lies far from zero, else 0.

    Raises:
        BadInput: numbers too large for single precision, every such column named.
    """
    out, problems = np.zeros(len(data.schema.columns)), list[str]()
    for j, column in enumerate(data.schema.columns):
        if column.kind != "number":
            continue
        known = data.values[~np.isnan(data.values[:, j]), j]
        if np.abs(known).max(initial=0.0) > LARGEST_SINGLE:
            problems.append(f"column {column.name!r} has numbers beyond 1e37, too large for float32; rescale it")
            continue
        centre, spread = centre_and_spread(known)
        out[j] = centre if abs(centre) >= FAR * spread else 0.0
    if problems:
        raise BadInput(problems)
    return out


def shifted(values: FloatArray, offset: FloatArray) -> FloatArray:
    """Encoded rows less their offsets, within what float32 can hold."""
    return np.clip(values - offset, -LARGEST_SINGLE, LARGEST_SINGLE)
