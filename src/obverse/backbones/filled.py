"""A table as one matrix without holes: numbers in units of their deviation, categories as the chances of their values.

A cell that is known is certain; what fills a hole may stand for several values at once, so that whoever reads the row
sees how little is known of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray, Schema

MOST_VALUES = 50  # of a category that have a column of the matrix, the commonest: memory is linear in them
FARTHEST = 1e6


@dataclass(frozen=True)
class Filled:
    """How rows of a table are laid out in the matrix.

    Attributes:
        schema: the columns.
        mean, deviation: (d,) of each number column.
        values: for each column the codes that have a column of the matrix, rising; empty for numbers.
    """

    schema: Schema
    mean: FloatArray
    deviation: FloatArray
    values: tuple[Array, ...]

    @classmethod
    def of(cls, schema: Schema, rows: FloatArray) -> Filled:
        """From encoded rows (n, d), NaN where a cell is empty."""
        d = len(schema.columns)
        mean, deviation, values = np.zeros(d), np.ones(d), list[Array]()
        for j, column in enumerate(schema.columns):
            known = rows[~np.isnan(rows[:, j]), j]
            if column.kind == "category":
                count = np.bincount(known[known >= 0].astype(int), minlength=len(column.values))
                common = np.argsort(-count, kind="stable")[:MOST_VALUES]
                values.append(np.sort(common[count[common] > 0]))
                continue
            values.append(np.empty(0, int))
            if len(known):
                mean[j], deviation[j] = _moments(known)
        return cls(schema, mean, deviation, tuple(values))

    def is_category(self, j: int) -> bool:
        """Whether column j holds categories."""
        return self.schema.columns[j].kind == "category"

    @property
    def ends(self) -> Array:
        """(d + 1,) where each column's part of the matrix begins, and the width."""
        width = [len(v) if self.is_category(j) else 1 for j, v in enumerate(self.values)]
        return np.concatenate([[0], np.cumsum(width)])

    def part(self, j: int) -> slice:
        """Column j's part of the matrix."""
        return slice(*self.ends[j : j + 2].tolist())

    def others(self, j: int) -> Array:
        """All of the matrix but column j's part."""
        part = self.part(j)
        return np.delete(np.arange(self.ends[-1]), np.arange(part.start, part.stop))

    def matrix(self, rows: FloatArray) -> Array:
        """Rows without NaN, (n, d), as float32 (n, width)."""
        out = np.zeros((len(rows), self.ends[-1]), np.float32)
        for j, values in enumerate(self.values):
            if self.is_category(j):
                out[:, self.part(j)] = rows[:, [j]] == values
            else:
                out[:, self.part(j)] = self.units(j, rows[:, j])[:, None]
        return out

    def units(self, j: int, numbers: FloatArray) -> FloatArray:
        """Numbers of column j in units of its deviation, as far out as float32 can square."""
        with np.errstate(over="ignore"):
            return np.clip((numbers - self.mean[j]) / self.deviation[j], -FARTHEST, FARTHEST)

    def likeliest(self, j: int, part: FloatArray) -> FloatArray:
        """The part (n, k) of column j with all chance on one value; numbers stay as they are."""
        return np.eye(part.shape[1])[part.argmax(axis=1)] if self.is_category(j) else part

    def cells(self, j: int, part: FloatArray) -> FloatArray:
        """The cell that each row's part (n, k) of column j stands for: its number, or its most probable value."""
        if self.is_category(j):
            return self.values[j][part.argmax(axis=1)].astype(float)
        with np.errstate(over="ignore"):  # beyond the largest number, which bounds then hold
            return part[:, 0] * self.deviation[j] + self.mean[j]

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {"mean": self.mean, "deviation": self.deviation, "values": list(self.values)}

    @classmethod
    def from_state(cls, schema: Schema, state: Mapping[str, Any]) -> Filled:
        """Inverse of `state`; ValueError when it does not fit the columns."""
        made = cls(schema, state["mean"], state["deviation"], tuple(state["values"]))
        if len(made.mean) != len(schema.columns) or made.mean.shape != made.deviation.shape:
            raise ValueError("its numbers do not fit the columns")
        for column, values in zip(schema.columns, made.values, strict=True):
            if len(values) and (values.min() < 0 or values.max() >= len(column.values)):
                raise ValueError(f"a value of {column.name!r} is not there")
        return made


def _moments(known: FloatArray) -> tuple[float, float]:
    """Mean and deviation of numbers of any magnitude; the deviation is above 0."""
    top = float(np.abs(known).max())
    if not known.min() < known.max():
        return float(known[0]), top or 1.0
    share = known / top
    return float(share.mean()) * top, float(share.std()) * top or top
