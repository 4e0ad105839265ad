"""Expectation-maximisation for a mixture of products of bins, with smoothing that leave-one-out likelihood chooses.

E-step and M-step are products of a sparse one-hot matrix with the table of the components. In the M-step each column
chooses how wide its frequencies are smoothed over neighbouring bins and how strongly they are shrunk to those of all
rows: the pair under which every row is most probable when it is left out of its own component's counts (deleted
estimation, Jelinek and Mercer 1985). A column that tells components apart keeps sharp frequencies and one of noise is
pooled, without a held-out part and without over-fitting as steps go on.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse

from ..core.schema import Array, FloatArray

BLOCK = 4_096  # rows of one matrix product
RADII = (0, 1, 2, 4, 8)
STRENGTHS = (0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
EVERY = 3  # after so many steps the smoothing is chosen in one of so many
EMPTY_CLASS = 0.01  # imaginary rows of a component
SEED_STRENGTH = 0.15  # how far the first components lie from their seed rows


@dataclass(frozen=True)
class Coded:
    """Rows as bins.

    Attributes:
        code: (n, D) bin of every cell, -1 where it is unknown.
        base: for each column the probabilities of its bins that everything shrinks to, positive.
        chain: for each column the bins, in order, among which neighbours are alike; empty where there is no order.
    """

    code: Array
    base: tuple[FloatArray, ...]
    chain: tuple[Array, ...]
    _kernels: dict[tuple[int, int], FloatArray] = field(default_factory=dict, repr=False, compare=False)

    def kernel(self, j: int, radius: int) -> FloatArray:
        """What spreads the counts of a column over neighbours within the radius; worked out once."""
        if (j, radius) not in self._kernels:
            self._kernels[j, radius] = _kernel(self.chain[j], self.base[j], radius)
        return self._kernels[j, radius]

    @property
    def starts(self) -> Array:
        """First position of every column among all bins, and the number of bins."""
        return np.concatenate([[0], np.cumsum([len(b) for b in self.base])])

    def blocks(self, rows: Array | None = None) -> Iterator[sparse.csr_matrix]:
        """One-hot matrices (at most BLOCK rows, all bins), float32, of the chosen rows in order."""
        rows = np.arange(len(self.code)) if rows is None else rows
        starts = self.starts
        for first in range(0, len(rows), BLOCK):
            code = self.code[rows[first : first + BLOCK]]
            known = code >= 0
            ends = np.concatenate([[0], np.cumsum(known.sum(axis=1))])
            where = (code + starts[:-1])[known]
            one = np.ones(len(where), np.float32)
            yield sparse.csr_matrix((one, where, ends), shape=(len(code), starts[-1]))


def fit_classes(coded: Coded, classes: int, steps: int, rows: Array, rng: np.random.Generator,
                ) -> tuple[FloatArray, list[FloatArray]]:  # fmt: skip
    """Weights (K,) of the components and for each column their table (K, bins), rows summing to one.

    The structure is found on the chosen `rows`; the last step counts all.
    """
    seeds = np.sort(rng.choice(rows, size=min(classes, len(rows)), replace=False))
    onehot = sparse.vstack(list(coded.blocks(seeds))).toarray()
    smoothing = [(0, SEED_STRENGTH)] * len(coded.base)
    tables = [_table(c, coded, j, smoothing[j]) for j, c in enumerate(_split(onehot, coded))]
    weight = np.full(len(seeds), 1.0 / len(seeds))
    smoothing = [(0, 1.0)] * len(coded.base)
    last = -np.inf
    for step in range(steps):
        final = step == steps - 1 and len(rows) < len(coded.code)
        total, counts, fit = _expected(coded, weight, tables, None if final else rows)
        columns = _split(counts, coded)
        if not final and (step < EVERY or step % EVERY == 0):
            smoothing = [_choose(c, coded, j, smoothing[j]) for j, c in enumerate(columns)]
        tables = [_table(c, coded, j, smoothing[j]) for j, c in enumerate(columns)]
        weight = (total + EMPTY_CLASS) / (total + EMPTY_CLASS).sum()
        if not final and fit - last < 1e-3 and len(rows) == len(coded.code):
            break
        last = fit
    return weight, tables


def _expected(coded: Coded, weight: FloatArray, tables: list[FloatArray], rows: Array | None,
              ) -> tuple[FloatArray, FloatArray, float]:  # fmt: skip
    """Rows of every component, (K,), their counts of every bin, (K, bins), and mean log-likelihood of a row."""
    log_table = np.ascontiguousarray(np.log(np.hstack(tables)).T, dtype=np.float32)
    log_weight = np.log(weight).astype(np.float32)
    total, counts, fit, n = np.zeros(len(weight)), np.zeros(log_table.shape), 0.0, 0
    for onehot in coded.blocks(rows):
        share: Array = np.asarray(onehot @ log_table)
        share += log_weight
        top = share.max(axis=1, keepdims=True)
        share -= top
        np.exp(share, out=share)
        mass = share.sum(axis=1, keepdims=True)
        share /= mass
        total += share.sum(axis=0)
        counts += onehot.T @ share
        fit += float((top + np.log(mass)).sum(dtype=float))
        n += len(share)
    return total, counts.T, fit / max(n, 1)


def _split(counts: FloatArray, coded: Coded) -> list[FloatArray]:
    """Columns of counts apart."""
    return np.split(counts, coded.starts[1:-1], axis=1)


def _kernel(chain: Array, base: FloatArray, radius: int) -> FloatArray:
    """(bins, bins) weights that spread a count over its neighbours in the chain, falling linearly.

    Neighbours take part in proportion to their base probability, which spreading all rows therefore leaves as it is.
    """
    spread = np.eye(len(base))
    if radius and len(chain) > 2:
        place = np.arange(len(chain))
        near = np.maximum(0.0, 1.0 - np.abs(place[:, None] - place) / (radius + 1)) * base[chain]
        spread[np.ix_(chain, chain)] = near / near.sum(axis=1, keepdims=True)
    return spread


def _table(count: FloatArray, coded: Coded, j: int, smoothing: tuple[int, float]) -> FloatArray:
    """Smoothed frequencies (K, bins)."""
    radius, strength = smoothing
    spread = count @ coded.kernel(j, radius) if radius else count
    table = (spread + strength * coded.base[j]) / (count.sum(axis=1, keepdims=True) + strength)
    return table / table.sum(axis=1, keepdims=True)


def _choose(count: FloatArray, coded: Coded, j: int, now: tuple[int, float]) -> tuple[int, float]:
    """Radius and strength of the highest leave-one-out likelihood: one at a time, the other as it is."""
    base, rows = coded.base[j].astype(np.float32), count.astype(np.float32)
    total = rows.sum(axis=1, keepdims=True)
    own = np.minimum(rows, 1.0)  # most rows belong to one component with nearly all of their weight

    def left_out(radius: int, strengths: tuple[float, ...]) -> list[float]:
        kernel = coded.kernel(j, radius).astype(np.float32)
        rest = np.maximum((rows @ kernel if radius else rows) - own * np.diag(kernel), 0.0)
        less, floor = total - own, np.float32(1e-30)
        return [float((rows * np.log((rest + s * base) / (less + s) + floor)).sum(dtype=float)) for s in strengths]

    chain = len(coded.chain[j])
    radii = [r for r in RADII if r == 0 or r + 1 < chain]
    radius = radii[int(np.argmax([left_out(r, (now[1],))[0] for r in radii]))] if len(radii) > 1 else 0
    return radius, STRENGTHS[int(np.argmax(left_out(radius, STRENGTHS)))]
