"""The closed forms worlds are built of: Gaussian densities, categories as codes, sums of logarithms."""

from __future__ import annotations

import numpy as np
import pandas as pd

from obverse.core.errors import BadInput
from obverse.core.schema import Array, FloatArray


def log_normal(x: FloatArray, mean: FloatArray | float, scale: FloatArray | float) -> FloatArray:
    """Log-density of N(mean, scale^2) at x, elementwise."""
    return -0.5 * ((x - mean) / scale) ** 2 - np.log(scale) - 0.5 * np.log(2 * np.pi)


def log_normal_vector(x: FloatArray, mean: FloatArray, covariance: FloatArray) -> FloatArray:
    """(n,): log-density of a d-dimensional Gaussian at the rows of x (n, d)."""
    root = np.linalg.cholesky(covariance)
    z = np.linalg.solve(root, (x - mean).T)
    return -0.5 * (z**2).sum(axis=0) - np.log(np.diag(root)).sum() - 0.5 * len(mean) * np.log(2 * np.pi)


def codes(frame: pd.DataFrame, name: str, values: tuple[str, ...]) -> Array:
    """(n,): position in `values` of each cell of a column; BadInput names the values the world does not have."""
    cells = pd.Index(frame[name])
    found = pd.Index(values).get_indexer(cells)
    if (found < 0).any():
        unknown = sorted({str(cell) for cell in cells[found < 0]})
        raise BadInput(f"column {name!r} takes {', '.join(values)}, not {', '.join(unknown)}")
    return found


def at_class(joint: FloatArray, code: Array) -> FloatArray:
    """(n,): the entry of `joint` (k, n) at each row's own class."""
    return joint[code, np.arange(len(code))]


def log_sum(terms: FloatArray, axis: int = 0) -> FloatArray:
    """log of the sum of exponentials along an axis; -inf where all terms are."""
    return np.logaddexp.reduce(terms, axis=axis)


def draw(probabilities: FloatArray, rng: np.random.Generator) -> Array:
    """(n,): one code a row of `probabilities` (n, k), by inverting the distribution function."""
    return (rng.random((len(probabilities), 1)) > probabilities.cumsum(axis=1)[:, :-1]).sum(axis=1)
