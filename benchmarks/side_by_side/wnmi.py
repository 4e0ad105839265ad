"""The weighted error of normalised mutual information between columns: does a made table keep who depends on whom?

As defined by Scassola, Ponsford et al., "A Sobering Look at Tabular Data Generation via Probabilistic Circuits"
(arXiv 2603.23016, 2026) and in their code. Numbers with more than ten values are cut into ten bins of equal width over
the real training table's range. Of each pair of columns the mutual information by counting, divided by the mean of the
two entropies, is N: 0 where one says nothing about the other, 1 where each gives the other. The error of a pair is
|N real - N made|, and pairs are weighted by N real + N made: pairs that depend in neither table, of which most tables
have many, would otherwise make every model look good.

Here besides: cells outside the real range fall into the outer bins, a missing cell is a value of its own, and so are
all values that the training table does not have, together.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

BINS = 10
Codes = npt.NDArray[np.intp]


def wnmi_error(real: pd.DataFrame, made: pd.DataFrame) -> float:
    """0 where every pair of columns depends as in the real table; independent columns get the mean N, N-weighted.

    Args:
        real, made: tables of the same columns, (n, d) and (m, d); d at least 2.

    Raises:
        ValueError: fewer than two columns.
    """
    if real.shape[1] < 2:
        raise ValueError(f"mutual information is between two columns; the table has {real.shape[1]}")
    pairs = [codes(real[name], made[name]) for name in real.columns]
    a, b = (normalised([pair[side] for pair in pairs]) for side in (0, 1))
    at = np.tril_indices(len(pairs), k=-1)
    weights = a[at] + b[at]
    return float((weights * np.abs(a[at] - b[at])).sum() / weights.sum()) if weights.any() else 0.0


def codes(real: pd.Series[Any], made: pd.Series[Any]) -> tuple[Codes, Codes]:
    """Bins or values of a column as numbers from 0, the same for both tables."""
    if pd.api.types.is_numeric_dtype(real) and not pd.api.types.is_bool_dtype(real) and real.nunique() > BINS:
        known = real.dropna().to_numpy(float)
        edges = np.histogram_bin_edges(known, bins=BINS)[1:-1]
        return _binned(real, edges), _binned(made, edges)
    values = pd.Index(real.dropna().unique())
    return _coded(real, values), _coded(made, values)


def _binned(column: pd.Series[Any], edges: npt.NDArray[np.float64]) -> Codes:
    cells = column.to_numpy(float)
    # on an edge a cell belongs to the bin below, as in the definition's code
    return np.where(np.isnan(cells), BINS, np.searchsorted(edges, cells, side="left"))


def _coded(column: pd.Series[Any], values: pd.Index[Any]) -> Codes:
    at = values.get_indexer(pd.Index(column))
    return np.where(column.isna(), len(values) + 1, np.where(at < 0, len(values), at))


def normalised(columns: list[Codes]) -> npt.NDArray[np.float64]:
    """Mutual information of every pair of coded columns over the mean of their entropies, (d, d)."""
    rows = len(columns[0])
    entropy = [_entropy(np.bincount(column), rows) for column in columns]
    out = np.eye(len(columns))
    for i, a in enumerate(columns):
        for j, b in enumerate(columns[:i]):
            joint = _entropy(np.bincount(a * (b.max() + 1) + b), rows)
            both = entropy[i] + entropy[j]
            out[i, j] = out[j, i] = 2 * max(both - joint, 0.0) / both if both > 0 else 0.0
    return out


def _entropy(counts: npt.NDArray[np.intp], rows: int) -> float:
    share = counts[counts > 0] / rows
    return float(-(share * np.log(share)).sum())
