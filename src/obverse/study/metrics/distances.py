"""The space in which rows of a table are near or far, and how far each row is from the nearest of others.

Euclidean distance: numbers as their rank in the training table, 0 to 1, missing ones at 0.5 and half a unit (squared)
from any known one; a different category counts 1; one the training table does not hold counts as missing.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from ...core.schema import Array, FloatArray
from .cells import Cells, as_numbers, as_text, is_number

BLOCK = 1 << 20  # distances held at once


def points(train: pd.DataFrame, frames: list[pd.DataFrame]) -> list[FloatArray]:
    """float64 (rows, width) of each frame; distances between the last of them and each of the others are right.

    Not those among the others: values that the last frame does not hold are not told apart (see `_one_hot`).
    """
    blocks: list[list[Array]] = []
    for name in train.columns:
        columns = [f[name] for f in frames]
        blocks.append(_ranks(train[name], columns) if is_number(train[name]) else _one_hot(train[name], columns))
    return [np.hstack(block, dtype=np.float64) for block in zip(*blocks, strict=True)]


def nearest(queries: FloatArray, others: FloatArray, *, n_jobs: int = 1) -> tuple[FloatArray, FloatArray]:
    """Distance of each query to the nearest of the others, and of each of those to the nearest query.

    float64 (n,) and (m,), both at least 1, from (n, width) and (m, width): all n * m distances, block by block.
    """
    there, back = np.empty(len(queries)), np.full(len(others), np.inf)
    left, right = (np.column_stack([x, np.einsum("ij,ij->i", x, x), np.ones(len(x))]) for x in (queries, others))
    left[:, :-2] *= -2  # |a - b|^2 = |a|^2 + |b|^2 - 2 ab as one product
    right = np.ascontiguousarray(right[:, [*range(right.shape[1] - 2), -1, -2]].T)
    step = max(1, BLOCK // len(others))
    with threadpool_limits(n_jobs):  # or a matrix product takes every core
        for start in range(0, len(queries), step):
            squared = left[start : start + step] @ right
            there[start : start + step] = squared.min(axis=1)
            np.minimum(back, squared.min(axis=0), out=back)
    return np.sqrt(np.maximum(there, 0)), np.sqrt(np.maximum(back, 0))


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
