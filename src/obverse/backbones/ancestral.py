"""A chain of conditional distributions: p(row) = prod_j p(cell j | cells before it in an order).

Rows are drawn and scored in the order of the chain. A condition cuts each step to what is allowed, and the probability
that the step had of being allowed becomes a weight (likelihood weighting, Fung and Chang 1990). A row that is known up
to some column and unknown after it has an exact answer; an unknown cell before a known one is filled by weighted
copies, whose noise is the same for every row, so that the same question has the same answer.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Evidence, Region
from ..core.schema import Array, FloatArray, Schema
from . import systematic
from .conditional import NOISE, Conditional, Reader
from .conditional_classes import ConditionalClasses
from .conditional_forest import ConditionalForest
from .stacking import Scales
from .threads import side_by_side

ROWS = 50_000  # rows, copies included, worked on at once: bounds memory
DRAWN = 100_000  # the same of rows drawn where there are more: fewer, larger steps leave threads less to wait for
MOST_COMBINATIONS = 256  # values of unknown categories that are summed over instead of drawn


@dataclass(frozen=True)
class Chain:
    """See the module docstring.

    Attributes:
        reader: the columns, and how links read rows.
        links: one for each column, in the order of the chain.
        copies: weighted copies of a row with an unknown cell before a known one.
        seed: of their noise.
    """

    reader: Reader
    links: tuple[Conditional, ...]
    copies: int
    seed: int

    @property
    def schema(self) -> Schema:
        """The columns."""
        return self.reader.schema

    @property
    def order(self) -> Array:
        """Column positions in the order of the chain."""
        return np.array([link.j for link in self.links])

    # ----------------------------------------------------------------------- the walk

    def walk(self, values: FloatArray, regions: Mapping[int, Region], noise: FloatArray,
             steps: int | None = None, even: bool = False) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """Rows with every unknown cell drawn, and the log-weight of each.

        Args:
            values: encoded rows (n, d), NaN = unknown.
            regions: what unknown cells must lie in; beside a known cell it says that the cell is there.
            noise: (n, links, NOISE) numbers in [0, 1).
            steps: number of links to take, None for all.
            even: rows are drawn for their own sake, so that values may be shared out evenly among like ones.
        """
        out, log = values.copy(), np.zeros(len(values))
        ranks: list[FloatArray] = []  # of the columns drawn so far
        for step, link in enumerate(self.links[:steps]):
            region, known = regions.get(link.j), ~np.isnan(values[:, link.j])
            fixed = np.flatnonzero(known)
            free = np.flatnonzero(~known) if len(fixed) else slice(None)  # a slice copies nothing
            if len(fixed):
                log[fixed] += link.log_value(out[fixed], present=region is not None)
            if len(fixed) < len(out):
                alike = systematic.alike([r[free] for r in ranks], len(out) - len(fixed)) if even else None
                out[free, link.j], weight = link.draw(out[free], region, noise[free, step], alike=alike)
                log[free] += weight
            if even:
                ranks.append(systematic.ranks(out[:, link.j]))
        return out, log

    # ---------------------------------------------------------------------- log_prob

    def log_prob(self, event: Evidence) -> FloatArray:
        """Log-measure of every row of evidence, (n,)."""
        regions, out = self._asked(event.regions), np.zeros(len(event))
        for steps, last, rows in self._hidden(event, regions):
            values = event.values[rows]
            few = None if regions else self._combinations(steps)
            if few is None:
                for part in _blocks(rows, self.copies):
                    out[part] = self._estimate(event.values[part], regions, int(last.max()))
                continue
            unknown, cells = self.order[steps], len(few)
            for at in range(0, len(rows), max(1, ROWS // cells)):
                part = slice(at, at + max(1, ROWS // cells))
                full = np.repeat(values[part], cells, axis=0)
                full[:, unknown] = np.tile(few, (len(full) // cells, 1))
                log = self._whole(full, np.repeat(last[part], cells)).reshape(-1, cells)
                out[rows[part]] = np.logaddexp.reduce(log, axis=1)
        return out

    def averages(self, event: Evidence) -> bool:
        """Whether some row's log-measure is an average over copies and no sum."""
        regions = self._asked(event.regions)
        return any(regions or self._combinations(steps) is None for steps, _, _ in self._hidden(event, regions))

    def _hidden(self, event: Evidence, regions: Mapping[int, Region]) -> Iterator[tuple[Array, Array, Array]]:
        """For each pattern of unknown cells before known ones: their steps, the last step asked about and the rows."""
        known = ~np.isnan(event.values[:, self.order])
        asked = known | np.isin(self.order, list(regions))
        steps = np.arange(1, len(self.links) + 1)
        last = (asked * steps).max(axis=1)
        for pattern, rows in _patterns(~known & (steps <= last[:, None])):
            yield np.flatnonzero(pattern), last[rows], rows

    def _combinations(self, steps: Array) -> FloatArray | None:
        """All values together of the columns at these steps, None where they are no few categories always there."""
        columns = [self.schema.columns[j] for j in self.order[steps]]
        if any(c.kind != "category" or self._has_missing(j) for c, j in zip(columns, self.order[steps], strict=True)):
            return None
        if np.prod([len(c.values) for c in columns], dtype=float) > MOST_COMBINATIONS:
            return None
        codes = list(itertools.product(*(range(len(c.values)) for c in columns)))
        return np.array(codes, dtype=float).reshape(len(codes), len(columns))

    def _whole(self, values: FloatArray, last: Array) -> FloatArray:
        """Log-measure of rows known as far as their last step."""
        total = np.zeros(len(values))
        for step, link in enumerate(self.links[: int(last.max(initial=0))]):
            rows = np.flatnonzero(last > step)
            total[rows] += link.log_value(values[rows])
        return total

    def _estimate(self, values: FloatArray, regions: Mapping[int, Region], steps: int) -> FloatArray:
        """Log of the mean weight of the copies of each row."""
        noise = self._noise(len(values), self.copies)
        _, log = self.walk(np.repeat(values, self.copies, axis=0), regions, noise, steps)
        return np.logaddexp.reduce(log.reshape(-1, self.copies), axis=1) - np.log(self.copies)

    def _noise(self, rows: int, copies: int) -> FloatArray:
        """The same noise for the copies of every row, (rows * copies, steps, NOISE), spread evenly over copies."""
        rng = np.random.default_rng(self.seed)
        noise = np.stack([(rng.permuted(np.arange(copies)) + rng.random(copies)) / copies
                          for _ in range(len(self.links) * NOISE)], axis=1)  # fmt: skip
        return np.tile(noise.reshape(1, copies, -1, NOISE), (rows, 1, 1, 1)).reshape(rows * copies, -1, NOISE)

    def _asked(self, regions: Mapping[int, Region]) -> dict[int, Region]:
        """The regions that leave out something a draw can be."""
        columns = self.schema.columns
        return {
            j: region
            for j, region in regions.items()
            if region != Region.everything(columns[j])
            and region != Region.support(columns[j], missing=self._has_missing(j))
        }

    def _has_missing(self, j: int) -> bool:
        return self.schema.columns[j].missing > 0 and j != self.schema.target_index

    # ----------------------------------------------------------------------- drawing

    def proposals(self, n: int, given: Evidence, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """n rows under one row of evidence, and the log-weight of each."""
        most = DRAWN if n > DRAWN else ROWS
        regions = self._asked(given.regions)
        blocks = [np.arange(at, min(n, at + most)) for at in range(0, n, most)]
        seeds = rng.integers(2**63, size=len(blocks))  # so that blocks may be drawn side by side

        def drawn(i: int) -> tuple[FloatArray, FloatArray]:
            rows = len(blocks[i])
            noise = np.random.default_rng(seeds[i]).random((len(self.links), rows, NOISE))  # each step's lies together
            return self.walk(np.repeat(given.values, rows, axis=0), regions, noise.swapaxes(0, 1), even=True)

        parts = (
            side_by_side(drawn, range(len(blocks)), n) if len(blocks) > 1 else [drawn(i) for i in range(len(blocks))]
        )
        empty = np.empty((0, len(self.schema.columns)))
        return np.concatenate([empty, *(p[0] for p in parts)]), np.concatenate([np.empty(0), *(p[1] for p in parts)])

    def is_prefix(self, columns: set[int], exact: bool) -> bool:
        """Whether every proposal under a condition on these columns has the same weight.

        Known cells at the head of the chain leave nothing to weigh; of cells in regions only the very first does.
        """
        head = set(self.order[: len(columns)].tolist())
        return columns == head and (exact or len(columns) <= 1)

    # ----------------------------------------------------------------- imputing, means

    def completed(self, given: Evidence, rng_noise: FloatArray | None, copies: int) -> tuple[FloatArray, FloatArray]:
        """Completed copies of every row, (n, copies, d), without missing cells, and their weights, (n, copies)."""
        holes = {j: Region.support(c, missing=False) for j, c in enumerate(self.schema.columns)}
        noise = self._noise(len(given), copies) if rng_noise is None else rng_noise
        need = {j: r for j, r in holes.items() if self._has_missing(j)}
        out, log = self.walk(np.repeat(given.values, copies, axis=0), need, noise)
        return out.reshape(len(given), copies, -1), _weights(log.reshape(-1, copies))

    def last(self, given: Evidence, classes: int) -> FloatArray:
        """P(last column | known cells), (n, classes); without classes its mean, (n, 1). Its own cells do not count."""
        link, head = self.links[-1], self.order[:-1]
        known = ~np.isnan(given.values[:, head]).any(axis=1)
        out = np.empty((len(given), max(classes, 1)))
        for copies, rows in ((1, np.flatnonzero(known)), (self.copies, np.flatnonzero(~known))):
            for part in _blocks(rows, copies):
                values = np.repeat(given.values[part], copies, axis=0)
                log = np.zeros(len(values))
                if copies > 1:
                    values, log = self.walk(values, {}, self._noise(len(part), copies), len(head))
                log = log.reshape(-1, copies)
                weight = _weights(log)
                answer = self._answer(link, values, classes).reshape(len(part), copies, -1)
                out[part] = (weight[:, :, None] * answer).sum(axis=1)
        return out

    def _answer(self, link: Conditional, values: FloatArray, classes: int) -> FloatArray:
        return link.classes(values, classes) if classes else link.means(values)[:, None]

    # -------------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "links": [link.state() for link in self.links],
            "scales": self.reader.scales.state(), "offset": self.reader.offset, "copies": self.copies,
            "seed": self.seed,
        }  # fmt: skip

    @classmethod
    def from_state(cls, schema: Schema, state: Mapping[str, Any]) -> Chain:
        """Inverse of `state`; ValueError when its parts do not fit together."""
        reader = Reader(schema, Scales(**state["scales"]), state["offset"])
        links: list[Conditional] = [
            (ConditionalClasses if "learner" in s else ConditionalForest).from_state(reader, s) for s in state["links"]
        ]
        made = cls(reader, tuple(links), int(state["copies"]), int(state["seed"]))
        seen: list[int] = []
        for link in links:
            if link.before.tolist() != seen:
                raise ValueError("a link of the chain depends on columns that do not come before it")
            seen.append(link.j)
        if sorted(seen) != list(range(len(schema.columns))):
            raise ValueError("the chain does not hold every column once")
        return made


def _weights(log: FloatArray) -> FloatArray:
    """Weights that sum to 1 in every row of log-weights, even ones where nothing is possible."""
    top = log.max(axis=1, keepdims=True)
    weight = np.exp(log - np.where(np.isfinite(top), top, 0.0))
    total = weight.sum(axis=1, keepdims=True)
    return np.where(total > 0, weight / np.where(total > 0, total, 1.0), 1.0 / log.shape[1])


def _patterns(hidden: Array) -> Iterator[tuple[Array, Array]]:
    """Each pattern of hidden cells, boolean (d,), and the rows that have it."""
    if len(hidden):
        patterns, which = np.unique(hidden, axis=0, return_inverse=True)
        for i, pattern in enumerate(patterns):
            yield pattern, np.flatnonzero(which.ravel() == i)


def _blocks(rows: Array, copies: int) -> Sequence[Array]:
    """The rows in parts small enough to work on at once."""
    size = max(1, ROWS // copies)
    return [rows[at : at + size] for at in range(0, len(rows), size)]
