"""A mixture of products: p(row) = sum_k w_k prod_j f_kj(cell j). One engine behind four families.

Given the component the columns are independent, so unknown cells are simply left out of the product, a set or a range
multiplies by its probability, and conditioning re-weights the components: every query is exact. Naive Bayes has one
component a class, a Gaussian mixture a few, a joint forest hundreds, the marginals a single one.

Missing cells: component k leaves column j empty with probability m_kj, independently of its value. Evidence that a
cell is known does not use m_kj (an unknown cell is unknown, not a value); regions do, because a comparison with a
missing cell is false.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.evidence import Evidence, Region
from ..core.queries import Imputes, Prediction, Predicts, Samples, Scores
from ..core.schema import Array, FloatArray, Schema
from . import factors
from .factors import CategoryFactor, Factor

PAIRS = 2_000_000  # (row, component) pairs worked on at once: bounds memory
SMALLEST_SHARE = 1e-12  # posterior weights below are dropped


@dataclass(frozen=True)
class ProductMixture:
    """See the module docstring.

    Attributes:
        schema: the columns, in the order of the factors.
        weight: (K,) probabilities of the components.
        missing: (K, d) probability that the component leaves the cell empty.
        factors: one for each column.
    """

    schema: Schema
    weight: FloatArray
    missing: FloatArray
    factors: tuple[Factor, ...]

    @cached_property
    def _log_weight(self) -> FloatArray:
        with np.errstate(divide="ignore"):
            return np.log(self.weight)

    # -------------------------------------------------------------- the four queries

    def log_prob(self, event: Evidence) -> FloatArray:
        """Log-measure of every row of evidence, (n,) nats."""
        distinct, which = distinct_rows(event)
        out = np.full(len(distinct), -np.inf)
        for rows, row, _, logit in self._joint(distinct):
            out[rows] = _log_sum(row, logit, rows.stop - rows.start)
        out[self._off_grid(distinct.values)] = -np.inf
        return out[which]

    def predict(self, given: Evidence) -> Prediction:
        """P(target | known cells): class probabilities, or the mean of a numeric target."""
        t = self.schema.target_index
        assert t is not None
        factor, parts = self.factors[t], []
        distinct, which = distinct_rows(given)
        for _, weights, _ in self._posteriors(distinct):
            if isinstance(factor, CategoryFactor):
                parts.append(factor.frequencies.averaged(weights))
            else:
                parts.append(factor.centre(weights))
        answer = np.concatenate(parts)[which]
        if isinstance(factor, CategoryFactor):
            return Prediction(proba=answer / answer.sum(axis=1, keepdims=True))
        return Prediction(mean=answer)

    def sample(self, n: int, given: Evidence, rng: np.random.Generator) -> FloatArray:
        """n rows that satisfy one row of evidence; NaN where the model leaves a cell empty."""
        out = np.full((n, len(self.factors)), np.nan)
        if n == 0:
            return out
        (_, _, component, logit), *_ = self._joint(given)
        share = np.exp(logit - logit.max())
        k = np.repeat(component, rng.multinomial(n, share / share.sum()))
        k = k[rng.permutation(n)]
        for j, factor in enumerate(self.factors):
            if not np.isnan(given.values[0, j]):
                out[:, j] = given.values[0, j]
                continue
            region = given.regions.get(j)
            full = rng.random(n) >= self._empty_share(j, region)[k]
            out[full, j] = factor.draw(k[full], region, rng)
        return out

    def impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Completed copies: the point (mean or mode), or draws from P(holes | the rest)."""
        copies = [given.values.copy() for _ in range(draws or 1)]
        holes = np.isnan(given.values)
        for rows, weights, _ in self._posteriors(given):
            for copy in copies:
                k = None if draws is None else _choose(weights, rng)
                for j, factor in enumerate(self.factors):
                    here = np.flatnonzero(holes[rows, j])
                    if not len(here):
                        continue
                    if k is None:
                        copy[rows.start + here, j] = factor.centre(weights[here])
                    else:
                        support = Region.support(self.schema.columns[j], missing=False)
                        copy[rows.start + here, j] = factor.draw(k[here], support, rng)
        return copies

    # -------------------------------------------------------------------- machinery

    def _joint(self, event: Evidence) -> Iterator[tuple[slice, Array, Array, FloatArray]]:
        """Blocks of (rows, row in block, component, log w_k prod f)."""
        common = self._log_weight + sum(
            (self._log_region(j, region) for j, region in event.regions.items()), np.zeros(len(self.weight))
        )
        block = max(1, PAIRS // len(self.weight))
        for start in range(0, len(event), block):
            rows = slice(start, min(start + block, len(event)))
            row, component, logit = self._all_pairs(event.values[rows])
            yield rows, row, component, logit + common[component]

    def _off_grid(self, values: FloatArray) -> Array:
        """Rows, boolean (n,), with a number that its column cannot hold: between two points of its grid."""
        off = np.zeros(len(values), bool)
        for j, column in enumerate(self.schema.columns):
            if column.step is not None:
                v = values[:, j]
                off |= np.abs(column.on_grid(v) - v) > 1e-6 * column.step + 4 * np.spacing(np.abs(v))
        return off

    def _all_pairs(self, values: FloatArray) -> tuple[Array, Array, FloatArray]:
        """Every row with every component; each distinct value of a column is worked out once."""
        k = np.arange(len(self.weight))
        logit = np.zeros((len(values), len(k)))
        for j, factor in enumerate(self.factors):
            known = ~np.isnan(values[:, j])
            distinct, which = np.unique(values[known, j], return_inverse=True)
            if len(distinct):
                log = factor.log_value(np.repeat(distinct, len(k)), np.tile(k, len(distinct)))
                logit[known] += log.reshape(len(distinct), len(k))[which]
        return np.repeat(np.arange(len(values)), len(k)), np.tile(k, len(values)), logit.ravel()

    def _log_region(self, j: int, region: Region) -> FloatArray:
        """Log-probability that the cell is in the region: empty and allowed to be, or full and inside."""
        with np.errstate(divide="ignore"):
            empty, full = np.log(self.missing[:, j]), np.log1p(-self.missing[:, j])
        inside = full + self.factors[j].log_region(region) if region.holds_values else np.full(len(full), -np.inf)
        return np.logaddexp(inside, empty) if region.missing else inside

    def _empty_share(self, j: int, region: Region | None) -> FloatArray:
        """P(the cell is empty | the cell is in the region), (K,)."""
        if region is None or not region.missing:
            return np.zeros(len(self.weight))
        if not region.holds_values:
            return np.ones(len(self.weight))
        inside = (1 - self.missing[:, j]) * np.exp(self.factors[j].log_region(region))
        total = self.missing[:, j] + inside
        return np.where(total > 0, self.missing[:, j] / np.where(total > 0, total, 1.0), 1.0)

    def _posteriors(self, given: Evidence) -> Iterator[tuple[slice, sparse.csr_matrix, FloatArray]]:
        """Blocks of (rows, P(component | known cells) as a sparse (rows, K) matrix, log-measure of each row).

        Numbers between grid points count as the nearest one. A row the model gives no probability at all falls back on
        the components' own weights.
        """
        settled = [c.on_grid(given.values[:, j]) for j, c in enumerate(self.schema.columns)]
        for rows, row, component, logit in self._joint(Evidence(np.column_stack(settled), given.regions)):
            n = rows.stop - rows.start
            total = _log_sum(row, logit, n)
            lost = ~np.isfinite(total)
            share = np.exp(logit - np.where(lost, 0.0, total)[row])
            keep = share > SMALLEST_SHARE
            weights = sparse.csr_matrix((share[keep], (row[keep], component[keep])), shape=(n, len(self.weight)))
            if lost.any():
                blank = sparse.csr_matrix(lost.astype(float)[:, None]) @ sparse.csr_matrix(self.weight[None, :])
                weights = sparse.csr_matrix(weights + blank)
            yield rows, weights, total

    def expectation(self, given: Evidence) -> tuple[sparse.csr_matrix, FloatArray]:
        """P(component | known cells), sparse (n, K), and the log-measure of every row, (n,): the E-step."""
        blocks = list(self._posteriors(given))
        return sparse.vstack([w for _, w, _ in blocks], format="csr"), np.concatenate([t for *_, t in blocks])

    # ------------------------------------------------------------------------ state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "weight": self.weight,
            "missing": self.missing,
            "factors": [factor.state() for factor in self.factors],
        }

    @classmethod
    def from_state(cls, schema: Schema, state: dict[str, Any]) -> ProductMixture:
        """Inverse of `state`."""
        rebuilt = tuple(factors.from_state(c, s) for c, s in zip(schema.columns, state["factors"], strict=True))
        return cls(schema, state["weight"], state["missing"], rebuilt)


class AnswersByMixture(Predicts, Samples, Scores, Imputes):
    """The four hooks of a family whose `mixture_` is a ProductMixture."""

    mixture_: ProductMixture
    schema_: Schema

    def _predict(self, given: Evidence) -> Prediction:
        return self.mixture_.predict(given)

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return self.mixture_.sample(n, given, rng)

    def _log_prob(self, event: Evidence) -> FloatArray:
        return self.mixture_.log_prob(event)

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        return self.mixture_.impute(given, draws, rng)

    def _state(self) -> dict[str, Any]:
        return self.mixture_.state()

    def _restore(self, state: dict[str, Any]) -> None:
        self.mixture_ = ProductMixture.from_state(self.schema_, state)


def distinct_rows(evidence: Evidence) -> tuple[Evidence, Array]:
    """The rows without repeats, and where each row is among them. Bytes are compared, so that NaN equals NaN."""
    if not evidence.values.size:
        return evidence, np.arange(len(evidence))
    rows = np.ascontiguousarray(evidence.values)
    keys = rows.view(np.dtype((np.void, rows.itemsize * rows.shape[1]))).ravel()
    _, first, which = np.unique(keys, return_index=True, return_inverse=True)
    return Evidence(rows[first], evidence.regions), which


def _log_sum(row: Array, logit: FloatArray, n: int) -> FloatArray:
    """log sum exp of the entries of each row; rows are sorted, a row without entries gets -inf."""
    out = np.full(n, -np.inf)
    if not len(row):
        return out
    present, start = np.unique(row, return_index=True)
    top = np.maximum.reduceat(logit, start)
    safe = np.where(np.isfinite(top), top, 0.0)
    scaled = np.exp(logit - np.repeat(safe, np.diff(np.append(start, len(row)))))
    with np.errstate(divide="ignore"):
        out[present] = np.log(np.add.reduceat(scaled, start)) + safe
    return out


def _choose(weights: sparse.csr_matrix, rng: np.random.Generator) -> Array:
    """One component a row, drawn with the row's weights."""
    ladder = np.cumsum(weights.data)
    ends = ladder[weights.indptr[1:] - 1]
    starts = np.concatenate([[0.0], ends[:-1]])
    at = np.searchsorted(ladder, starts + rng.random(weights.shape[0]) * (ends - starts), side="right")
    return weights.indices[np.clip(at, weights.indptr[:-1], weights.indptr[1:] - 1)]
