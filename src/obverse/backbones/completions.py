"""What a generative model lets another model say about rows with unknown cells.

`Completions.log_mean` averages a score of complete rows over the unknown cells: as an exact sum where those are
categories with few values together, else over draws from a seed of its own, so that the same question has the same
answer, alone or among others. `candidates` and the two functions after it choose among drawn completions by weight
(sampling-importance-resampling, Rubin 1987).
"""

# pyright: reportPrivateUsage=false
# (the hooks of the model inside)

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core import derive
from ..core.evidence import Evidence
from ..core.schema import Array, FloatArray, Schema

MOST_COMBINATIONS = 256  # values of the unknown categories of a row that are summed over
REGION_DRAWS = 2_000  # for conditions, which are one row
ROWS_AT_ONCE = 200_000  # complete rows that are scored together: bounds memory

Score = Callable[[Array, Array], FloatArray]  # complete rows (m, d), the row of evidence each belongs to (m,) -> (m,)


@dataclass(frozen=True)
class Completions:
    """The unknown cells of rows under a fitted generative model with `_sample` and `_log_prob`."""

    model: Any
    draws: int
    seed: int

    def log_mean(self, event: Evidence, score: Score) -> FloatArray:
        """log E[exp score(row)] over the unknown cells of each row of evidence, given the known and the regions."""
        schema: Schema = self.model.schema_
        holes = np.isnan(event.values)
        out = np.zeros(len(event))
        for pattern, rows in _patterns(holes):
            unknown = np.flatnonzero(pattern)
            if not len(unknown):
                out[rows] = np.concatenate([score(event.values[part], part) for part in _blocks(rows, 1)])
            elif (sums := _combinations(schema, unknown, event)) is not None:
                for part in _blocks(rows, len(sums)):
                    out[part] = self._summed(event, part, unknown, sums, score)
            else:
                out[rows] = self._drawn(event, rows, score)
        return out

    def _summed(self, event: Evidence, rows: Array, unknown: Array, sums: Array, score: Score) -> FloatArray:
        """Over all values of the unknown categories, (k, holes)."""
        k = len(sums)
        full = np.repeat(event.values[rows], k, axis=0)
        full[:, unknown] = np.tile(sums, (len(rows), 1))
        log_p = self.model._log_prob(Evidence(full)).reshape(len(rows), k)
        total = np.logaddexp.reduce(log_p, axis=1)
        with np.errstate(invalid="ignore"):
            scored = log_p + score(full, np.repeat(rows, k)).reshape(len(rows), k)
        possible = np.isfinite(total)
        top = np.logaddexp.reduce(np.where(np.isneginf(log_p), -np.inf, scored), axis=1)
        return np.where(possible, top - np.where(possible, total, 0.0), 0.0)

    def _drawn(self, event: Evidence, rows: Array, score: Score) -> FloatArray:
        """Over draws; rows that know the same share theirs."""
        out = np.empty(len(rows))
        count = REGION_DRAWS if event.regions else self.draws
        distinct, which = _distinct(event.values[rows])
        at_once = max(1, ROWS_AT_ONCE // count)
        for start in range(0, len(distinct), at_once):
            some = distinct[start : start + at_once]
            drawn = [self._completed(Evidence(row[None, :], event.regions), count) for row in some]
            place = np.flatnonzero((which >= start) & (which < start + len(some)))
            full = np.concatenate([drawn[which[i] - start] for i in place])
            log = score(full, np.repeat(rows[place], count)).reshape(len(place), count)
            out[place] = np.logaddexp.reduce(log, axis=1) - np.log(count)
        return out

    def _completed(self, row: Evidence, count: int) -> Array:
        return on_grid(self.model.schema_, self.model._sample(count, row, np.random.default_rng(self.seed)))


def on_grid(schema: Schema, rows: Array) -> Array:
    """Drawn rows (..., d) with their numbers as data have them: another model learned from rounded ones."""
    return np.stack([column.on_grid(rows[..., j]) for j, column in enumerate(schema.columns)], axis=-1)


def _patterns(holes: Array) -> Iterator[tuple[Array, Array]]:
    """Each pattern of unknown cells, boolean (d,), and the rows that have it."""
    if not len(holes):
        return
    patterns, which = np.unique(holes, axis=0, return_inverse=True)
    for i, pattern in enumerate(patterns):
        yield pattern, np.flatnonzero(which.ravel() == i)


def _blocks(rows: Array, each: int) -> Iterator[Array]:
    """The rows in parts, where a row takes `each` complete ones."""
    size = max(1, ROWS_AT_ONCE // each)
    for start in range(0, len(rows), size):
        yield rows[start : start + size]


def _combinations(schema: Schema, unknown: Array, event: Evidence) -> Array | None:
    """All values of the unknown columns together, None where they are no few categories."""
    columns = [schema.columns[j] for j in unknown]
    if any(c.kind != "category" for c in columns) or any(j in event.regions for j in unknown):
        return None
    if not 0 < np.prod([len(c.values) for c in columns], dtype=float) <= MOST_COMBINATIONS:
        return None
    return np.array(list(itertools.product(*(range(len(c.values)) for c in columns))), dtype=float)


def _distinct(rows: Array) -> tuple[Array, Array]:
    """The rows without repeats, NaN equal to NaN, and where each is among them."""
    keys = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return rows[first], which


# ------------------------------------------------------------------ choosing among candidates


def candidates(model: Any, given: Evidence, count: int, rng: np.random.Generator) -> Array:
    """Completed copies of the rows by a generative model, (count, n, d)."""
    return on_grid(model.schema_, np.stack(derive.impute(model, given, count, rng)[0]))


def pick(log_weight: FloatArray, draws: int, rng: np.random.Generator) -> Array:
    """For each row the candidates to keep, (draws, n), by weight (count, n), all different where there are enough.

    Gumbel noise added to log weights: the largest are a weighted draw without replacement.
    """
    count, n = log_weight.shape
    if draws > count:
        return np.stack([pick(log_weight, 1, rng)[0] for _ in range(draws)])
    noise = rng.gumbel(size=(count, n))
    return np.argsort(-(np.maximum(log_weight, -1e300) + noise), axis=0, kind="stable")[:draws]


def centre(schema: Schema, copies: Array, log_weight: FloatArray) -> Array:
    """The weighted mean of numbers and the weightiest category over the candidates (count, n, d), as rows (n, d)."""
    weight = derive.normalised(log_weight.T).T
    out = (weight[:, :, None] * copies).sum(axis=0)
    for j, column in enumerate(schema.columns):
        if column.kind == "category" and len(column.values):
            best = np.full(copies.shape[1], -1.0)
            for code in range(len(column.values)):
                mass = (weight * (copies[:, :, j] == code)).sum(axis=0)
                out[mass > best, j] = code
                best = np.maximum(best, mass)
    return out
