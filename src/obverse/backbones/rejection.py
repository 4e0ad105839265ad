"""Draws re-weighted inside a family: by rejection, and where that takes too long by importance resampling.

Rejection (von Neumann 1951) keeps a proposal with a chance of its own, and the rows kept are independent draws. When
too many proposals would be needed, rows are taken from those made, by weight and none twice: the weighted sampling of
Efraimidis and Spirakis (2006), by Gumbel noise on log weights. Only where the proposals are worth fewer draws than are
asked for do rows repeat; the effective sample size (Kish 1965) says what they are worth.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter

import numpy as np

from ..core.errors import ImpossibleCondition
from ..core.queries import Details, Drawn
from ..core.schema import Array, FloatArray

FIRST_BATCH, LARGEST_BATCH = 500, 50_000
PROPOSALS_PER_ROW, LEAST_PROPOSALS = 200, 20_000
SECONDS = 20.0  # after which no further proposals are made


def reweighted(
    n: int,
    propose: Callable[[int], Array],
    log_chance: Callable[[Array], FloatArray],
    rng: np.random.Generator,
    what: str,
) -> Drawn:
    """n rows whose density is that of `propose` times exp(log_chance), which is at most 1.

    Raises:
        ImpossibleCondition: no proposal has any chance; `what` completes "the condition on ...".
    """
    if n == 0:
        return Drawn(propose(0))
    pool = _Pool(max(n, LEAST_PROPOSALS), rng)
    found: list[Array] = []
    have = tried = 0
    start, limit = perf_counter(), max(LEAST_PROPOSALS, PROPOSALS_PER_ROW * n)
    while have < n:
        if tried >= limit or (tried >= LEAST_PROPOSALS and perf_counter() - start > SECONDS):
            return pool.chosen(n, what)
        rate = max(have, 1) / tried if tried else 1.0
        batch = int(np.clip((n - have) / rate * 1.1, FIRST_BATCH, max(FIRST_BATCH, min(LARGEST_BATCH, 9 * tried))))
        rows = propose(batch)
        tried += len(rows)
        log = log_chance(rows)
        pool.add(rows, log)
        rows = rows[np.log(rng.random(len(rows))) < log]
        have += len(rows)
        found.append(rows)
    return Drawn(np.concatenate(found)[:n], Details("rejection", acceptance=have / tried, ess=float(n)))


class _Pool:
    """The proposals so far with the largest keys, log weight plus Gumbel noise, and the sums of all weights."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.size, self.rng = size, rng
        self.rows: Array | None = None
        self.log = self.key = np.empty(0)
        self.top, self.total, self.squares, self.count = -np.inf, 0.0, 0.0, 0

    def add(self, rows: Array, log: FloatArray) -> None:
        """Take in proposals and their log weights."""
        top = max(self.top, float(log.max(initial=-np.inf)))
        if np.isfinite(top):
            shrink = np.exp(self.top - top)
            weight = np.exp(log - top)
            self.total = self.total * shrink + float(weight.sum())
            self.squares = self.squares * shrink**2 + float((weight**2).sum())
        self.top, self.count = top, self.count + len(rows)
        self.rows = rows if self.rows is None else np.concatenate([self.rows, rows])
        self.key = np.append(self.key, log + self.rng.gumbel(size=len(log)))
        self.log = np.append(self.log, log)
        if len(self.rows) > 2 * self.size:
            self._trim()

    def _trim(self) -> None:
        assert self.rows is not None
        order = np.argsort(-self.key, kind="stable")[: self.size]
        self.rows, self.log, self.key = self.rows[order], self.log[order], self.key[order]

    def chosen(self, n: int, what: str) -> Drawn:
        """n rows by weight."""
        if not np.isfinite(self.top):
            raise ImpossibleCondition(
                f"the condition on {what} has no probability: none of {self.count:,} proposals can meet it; widen it"
            )
        self._trim()
        assert self.rows is not None
        worth = self.total**2 / self.squares
        if worth >= n:
            at = np.arange(n)
        else:
            weight = np.exp(self.log - self.top)
            at = self.rng.choice(len(weight), size=n, p=weight / weight.sum())
        rows = self.rows[self.rng.permutation(at)]
        return Drawn(rows, Details(f"importance, {self.count:,} proposals", ess=min(worth, float(n))))
