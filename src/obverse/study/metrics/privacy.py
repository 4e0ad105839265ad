"""Were training rows copied? Distance to the closest record (DCR) against unseen real rows, and exact copies."""

from __future__ import annotations

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

from ...core.schema import Array
from .cells import Cells, as_numbers, as_text, is_number, require_columns, six_digits

TIE = 1e-5


def dcr_share(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    seed: int = 0,
    cap: int = 10_000,
    n_jobs: int = 1,
) -> float:
    """Share of created rows nearer to a training row than to an unseen real row.

    0.5 is best: training rows are no nearer than others; 1: every created row sits next to a training row. Equal
    numbers of training and test rows, at most `cap` created rows, ties (nearer than 1e-5) count half. Euclidean
    distance: numbers as their rank in the training table, 0 to 1, missing ones at 0.5 and half a unit (squared) from
    any known one; a different category counts 1; one the training table does not hold counts as missing.
    Source: Platzer & Reutterer (2021), "Holdout-based empirical assessment of mixed-type synthetic data".
    """
    require_columns(train, test, synthetic)
    n = min(len(train), len(test))
    real = [f.sample(n, random_state=seed) for f in (train, test)]
    created = synthetic.sample(min(cap, len(synthetic)), random_state=seed)
    *points, queries = _points(train, [*real, created])
    with threadpool_limits(n_jobs):  # brute-force neighbours use every core whatever their own n_jobs says
        near, other = (_nearest(p, queries) for p in points)
    tie = np.abs(near - other) < TIE
    return float(np.mean(np.where(tie, 0.5, near < other)))


def exact_copies(train: pd.DataFrame, frame: pd.DataFrame) -> float:
    """Share of the rows of `frame` equal to a training row in every cell.

    0 to 1; best is what unseen real rows have (`exact_copies(train, test)`): 0 where rows are rich, more where they
    repeat by nature. Numbers are equal when their six first significant digits are. Rows are compared by a 64-bit hash.
    """
    require_columns(train, frame)
    return float(np.isin(_row_hashes(train, frame), _row_hashes(train, train)).mean())


def _points(train: pd.DataFrame, frames: list[pd.DataFrame]) -> list[Array]:
    """float32 (rows, width) of each frame, in the space whose Euclidean distance `dcr_share` describes."""
    blocks: list[list[Array]] = []
    for name in train.columns:
        columns = [f[name] for f in frames]
        blocks.append(_ranks(train[name], columns) if is_number(train[name]) else _one_hot(train[name], columns))
    return [np.hstack(block, dtype=np.float32) for block in zip(*blocks, strict=True)]


def _ranks(train: Cells, columns: list[Cells]) -> list[Array]:
    """(rows, 1): mid-rank among the training numbers; (rows, 2) with a mark of missing cells if training has some."""
    known = np.sort(as_numbers(train.dropna()))
    out: list[Array] = []
    for column in columns:
        v = as_numbers(column)
        rank = (np.searchsorted(known, v, "left") + np.searchsorted(known, v, "right")) / (2 * max(len(known), 1))
        gone = np.isnan(v)
        block = [np.where(gone, 0.5, rank)]
        if len(known) < len(train):
            block.append(gone / np.sqrt(2))
        out.append(np.column_stack(block))
    return out


def _one_hot(train: Cells, columns: list[Cells]) -> list[Array]:
    """(rows, values + 1) marks of 1/sqrt(2), so that two different categories are 1 apart.

    Only values found both among the created rows (the last column given) and the real ones need a mark of their own: a
    row with any other value differs from every row of the other side, which one mark a side can say.
    """
    values = pd.Index(pd.unique(as_text(train.dropna())), dtype=object)
    *real, created = (values.get_indexer(pd.Index(as_text(c), dtype=object)) for c in columns)
    shared = np.intersect1d(created, np.concatenate(real))
    out: list[Array] = []
    for codes, side in [*((r, 0) for r in real), (created, 1)]:
        marks = np.zeros((len(codes), len(shared) + 2), np.float32)
        marks[:, :-2] = codes[:, None] == shared
        marks[:, len(shared) + side] = ~marks.any(axis=1)
        out.append(marks / np.sqrt(2))
    return out


def _nearest(points: Array, queries: Array) -> Array:
    """Distance of each query to the nearest point."""
    return NearestNeighbors(n_neighbors=1, algorithm="brute").fit(points).kneighbors(queries)[0][:, 0]


def _row_hashes(train: pd.DataFrame, frame: pd.DataFrame) -> Array:
    """uint64 (rows,): equal for rows that are equal in every column of `train`."""
    cells = [
        six_digits(as_numbers(frame[name])) if is_number(train[name]) else as_text(frame[name])
        for name in train.columns
    ]
    table = pd.DataFrame(dict(enumerate(cells)), index=range(len(frame)))
    return hash_pandas_object(table, index=False).to_numpy()  # pyright: ignore[reportCallIssue]
