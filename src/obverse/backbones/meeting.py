"""Vectors of tokens such that a token of the sources lies near those of the targets that it meets more than by chance.

The positive mutual information of source and target tokens that stand in one pair (Church and Hanks 1990), less where
they met a few times only, is cut down to its largest singular vectors (Deerwester et al. 1990; of two languages:
Littman et al. 1998). An encoder–decoder that begins there need not learn first which words mean the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray

SURE = 5  # meetings from which on they count in full
AGAIN = 2  # meetings below which they do not count
OWN = 0.5  # length of the part of a vector that is its own, by lot, beside that of the rest


def vectors(sources: Sequence[Array], targets: Sequence[Array], size: int, width: int,
            rng: np.random.Generator) -> FloatArray:  # fmt: skip
    """float64 (size, width): a vector for each token, of mean square 1; shorter for tokens that met no other.

    Args:
        sources, targets: int64 (length,) tokens of each.
        size: kinds of token.
        width: numbers of a vector.
        rng: draws what is each token's own, and turns them all.
    """
    from sklearn.utils.extmath import randomized_svd

    read, written = (_in_pairs(texts, size) for texts in (sources, targets))
    met = (read @ written.T).tocoo()
    often = met.data >= AGAIN
    row, column, count = met.row[often], met.col[often], met.data[often]
    own, other = (np.asarray(one.sum(axis=1)).ravel() for one in (read, written))
    told = np.maximum(np.log(count * len(sources) / (own[row] * other[column])), 0.0)
    met = type(met)((told * np.minimum(1.0, count / SURE), (row, column)), shape=met.shape).tocsr()
    kept = min(width, size - 1)
    left, share, right = randomized_svd(met, kept, random_state=int(rng.integers(2**31)))
    out = np.zeros((size, width))
    out[:, :kept] = (left + right.T) * np.sqrt(share)
    length = np.sqrt((out**2).mean(axis=1, keepdims=True))
    out = np.divide(out, length, out=np.zeros_like(out), where=length > 1e-6)  # a token that met none has its own only
    turn = np.linalg.qr(rng.standard_normal((width, width)))[0]
    return (out @ turn + OWN * rng.standard_normal((size, width))) / np.sqrt(1 + OWN**2)


def _in_pairs(texts: Sequence[Array], size: int) -> Any:
    """Sparse (size, texts): 1 where a token stands in a text."""
    from scipy.sparse import csr_matrix

    each = [np.unique(text) for text in texts]
    column = np.repeat(np.arange(len(each)), [len(one) for one in each])
    row = np.concatenate(each) if each else column
    return csr_matrix((np.ones(len(row)), (row, column)), shape=(size, len(each)))
