"""A distribution of one column given the columns before it: one link of a chain (`ancestral`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, FloatArray, Schema
from .partition import ranked
from .scale import shifted
from .stacking import Scales

BLOCK = 50_000  # rows worked on at once: bounds memory
NOISE = 5  # numbers in [0, 1) that decide one draw
SHARED = 4  # which of them seeds what rows share


class Conditional(ABC):
    """P(cell j | cells of the columns before); rows are encoded, (n, d), and NaN before j is an empty cell."""

    j: int
    before: Array

    @abstractmethod
    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """Log-measure of the known cell j of each row; with `present` including that it is there at all."""

    @abstractmethod
    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray, *,
             alike: Array | None = None) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """A cell for each row, NaN where it is empty, and the log-probability that it could lie in the region.

        `noise` (n, NOISE) decides, so that the same noise gives the same draw whatever rows stand beside it. Where
        there is no region, rows in the order of `alike` share values out among like ones instead (`systematic`).
        """

    def classes(self, rows: FloatArray, count: int) -> FloatArray:
        """Probability of each of so many categories where there is one, (n, count)."""
        wide = np.repeat(rows, count, axis=0)
        wide[:, self.j] = np.tile(np.arange(count), len(rows))
        return np.exp(self.log_value(wide)).reshape(-1, count)

    @abstractmethod
    def means(self, rows: FloatArray) -> FloatArray:
        """Mean of a number column for each row."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Arrays and native files that rebuild it."""


@dataclass(frozen=True)
class Reader:
    """How the links of a chain read rows: as trees do, and as linear models do."""

    schema: Schema
    scales: Scales
    offset: FloatArray

    @classmethod
    def plain(cls, schema: Schema) -> Reader:
        """For links that read neither trees' nor linear models' columns."""
        zero = np.zeros(len(schema.columns))
        return cls(schema, Scales(zero, zero, zero, zero + 1), zero)


def category_orders(schema: Schema, values: FloatArray, before: Array, outputs: FloatArray) -> tuple[Array, ...]:
    """For each column before, the ranks of its categories by the outputs' main direction (Fisher's ordering)."""
    centred = outputs - outputs.mean(axis=0)
    score = centred @ np.linalg.eigh(centred.T @ centred)[1][:, -1]
    orders: list[Array] = []
    for c in before:
        column = schema.columns[c]
        if column.kind == "number" or column.ordered:
            orders.append(np.arange(len(column.values)))
            continue
        known = ~np.isnan(values[:, c])
        codes = values[known, c].astype(int)
        count = np.bincount(codes, minlength=len(column.values))
        # a rare category stays near the middle, where it does least harm
        mean = np.bincount(codes, score[known], len(column.values)) / (count + 5)
        rank = np.empty(len(column.values), int)
        rank[np.argsort(mean, kind="stable")] = np.arange(len(column.values))
        orders.append(rank)
    return tuple(orders)


def cells_of(values: FloatArray, before: Array, order: tuple[Array, ...], offset: FloatArray) -> Array:
    """What trees read, float32 (n, k): ranks of categories, centred numbers, NaN where empty."""
    return shifted(ranked(values[:, before], order), offset[before]).astype(np.float32)


def blocks(rows: int) -> Iterator[slice]:
    """Slices of at most `BLOCK` rows."""
    return (slice(at, at + BLOCK) for at in range(0, rows, BLOCK))
