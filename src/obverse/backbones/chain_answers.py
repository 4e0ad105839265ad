"""The four hooks of a family whose `chain_` is a `Chain`, whatever its links are."""

from __future__ import annotations

from collections.abc import Set

import numpy as np

from ..core.errors import ImpossibleCondition
from ..core.evidence import Evidence
from ..core.queries import Details, Drawn, Honoured, Imputes, Prediction, Predicts, Samples, Scores
from ..core.schema import Array, FloatArray, Given, Schema
from .ancestral import Chain
from .conditional import NOISE

TELLING = 64  # proposals that show whether a condition weighs rows differently
LEAST_PROPOSALS, MOST_PROPOSALS = 2_000, 16  # weighted proposals: at least, and for each row asked for
POINT_COPIES = 64


class AnswersByChain(Predicts, Samples, Scores, Imputes):
    """The hooks; `copies` of a row stand for an unknown cell before a known one."""

    chain_: Chain
    schema_: Schema
    copies: int

    def _log_prob(self, event: Evidence) -> FloatArray:
        return self.chain_.log_prob(event)

    def _reached(self, event: Evidence) -> Details | None:
        copies = f"average over {self.copies} weighted copies of a row"
        return Details(copies) if self.chain_.averages(event) else None

    def _predict(self, given: Evidence) -> Prediction:
        column = self.schema_.target_column
        assert column is not None
        answer = self.chain_.last(given, len(column.values))
        if column.kind == "number":
            return Prediction(mean=answer[:, 0])
        return Prediction(proba=answer / answer.sum(axis=1, keepdims=True))

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self._draw(n, given, rng).rows

    def _draw(self, n: int, given: Evidence, rng: np.random.Generator) -> Drawn:
        free = not given.regions and np.isnan(given.values).all()
        # one proposal cannot show whether weights differ
        rows, log = self.chain_.proposals(n if free or not n else max(n, TELLING), given, rng)
        if n == 0 or (log == log[0]).all() or (np.isfinite(log).all() and np.ptp(log) < 1e-9):
            if n and log[0] == -np.inf:
                raise ImpossibleCondition("the condition has no probability under the model; widen it")
            return Drawn(rows[:n])
        return self._resampled(n, given, rows, log, rng)

    def _resampled(self, n: int, given: Evidence, rows: Array, log: FloatArray, rng: np.random.Generator) -> Drawn:
        """n of many proposals by their weights, as many as are worth n draws."""
        most = max(MOST_PROPOSALS * n, LEAST_PROPOSALS)
        while (worth := _worth(log)) < n and len(rows) < most:
            wanted = int(np.clip(1.2 * n * len(rows) / max(worth, 1.0), LEAST_PROPOSALS, min(most, 4 * len(rows))))
            more, weights = self.chain_.proposals(max(wanted, LEAST_PROPOSALS) - len(rows), given, rng)
            rows, log = np.concatenate([rows, more]), np.concatenate([log, weights])
        if not np.isfinite(log).any():
            raise ImpossibleCondition("the condition has no probability under the model; widen it")
        weight = np.exp(log - log.max())
        ladder = np.cumsum(weight / weight.sum())  # systematic resampling: a row comes twice only if its weight says so
        chosen = np.searchsorted(ladder, (rng.random() + np.arange(n)) / n, side="right").clip(0, len(log) - 1)
        how = Details(f"importance, {len(rows):,} proposals", ess=min(worth, float(n)))
        return Drawn(rows[rng.permutation(chosen)], how)

    def _honours(self, asked: Set[Given], columns: Set[int]) -> Honoured:
        return "exact" if self.chain_.is_prefix(set(columns), asked <= {"equal"}) else "weighted"

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        copies = POINT_COPIES if draws is None else max(self.copies, 4 * draws)
        out = [given.values.copy() for _ in range(draws or 1)]
        holed = np.flatnonzero(np.isnan(given.values).any(axis=1))
        for at in range(0, len(holed), 1_000):
            rows = holed[at : at + 1_000]
            noise = None if draws is None else rng.random((len(rows) * copies, len(self.chain_.links), NOISE))
            full, weight = self.chain_.completed(Evidence(given.values[rows]), noise, copies)
            if draws is None:
                out[0][rows] = _centre(self.schema_, given.values[rows], full, weight)
                continue
            for copy in out:
                ladder = np.cumsum(weight, axis=1)
                k = (rng.random(len(rows))[:, None] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, copies - 1)
                copy[rows] = full[np.arange(len(rows)), k]
        return out


def _worth(log: FloatArray) -> float:
    """Effective sample size of log-weights."""
    weight = np.exp(log - (log.max() if np.isfinite(log).any() else 0.0))
    return float(weight.sum() ** 2 / max(float((weight**2).sum()), 1e-300))


def chain_order(schema: Schema) -> Array:
    """The target last, so that its prediction is one link of the chain; the others as they stand."""
    t = schema.target_index
    return np.array([j for j in range(len(schema.columns)) if j != t] + ([] if t is None else [t]))


def _centre(schema: Schema, values: FloatArray, full: FloatArray, weight: FloatArray) -> FloatArray:
    """Weighted mean of the copies for numbers, weighted mode for categories; known cells stay."""
    out = values.copy()
    for j, column in enumerate(schema.columns):
        rows = np.flatnonzero(np.isnan(values[:, j]))
        if not len(rows):
            continue
        if column.kind == "number":
            out[rows, j] = (full[rows, :, j] * weight[rows]).sum(axis=1)
            continue
        copies = full.shape[1]
        same = full[rows, :, None, j] == full[rows, None, :, j]
        votes = (same * weight[rows][:, None, :]).sum(axis=2)
        out[rows, j] = full[rows, votes.argmax(axis=1) % copies, j]
    return out
