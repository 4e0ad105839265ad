"""A table as whole numbers: the bin of every cell on its column's line (`binned`), and one more code for empty cells.

Networks of tables model a vector of codes; what lies inside a bin is the same for all rows and lives on the line, so
that heaps, atoms, grids and bounds come back as they were, and a log-probability of codes plus one inside the bins is a
log-measure of the row.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.schema import Array, Dataset, FloatArray, Schema
from .binned_factor import BinnedFactor
from .forest import category_ranks
from .latent_classes import line_of


@dataclass(frozen=True)
class Coding:
    """See the module docstring.

    Attributes:
        schema: the columns.
        factors: one a column; its table (1, bins) is the share of known cells in each bin.
        empty: (d,) share of empty cells; 0 where they are no code (in the target they say nothing).
    """

    schema: Schema
    factors: tuple[BinnedFactor, ...]
    empty: FloatArray

    @classmethod
    def of(cls, data: Dataset, bins: int) -> Coding:
        """From training rows, with about so many bins for a number."""
        ranks, made = category_ranks(data), []
        for j, column in enumerate(data.schema.columns):
            line, mass = line_of(column, data.values[:, j], ranks[j], bins)
            made.append(BinnedFactor(column, ranks[j], line, mass[None, :]))
        gone = np.isnan(data.values).mean(axis=0)
        if data.schema.target_index is not None:
            gone[data.schema.target_index] = 0.0
        return cls(data.schema, tuple(made), gone)

    @cached_property
    def sizes(self) -> tuple[int, ...]:
        """Codes of each column."""
        return tuple(f.part.bins + bool(e) for f, e in zip(self.factors, self.empty, strict=True))

    @cached_property
    def shares(self) -> tuple[FloatArray, ...]:
        """Share of each code among the training rows, a column each."""
        parts = zip(self.factors, self.empty, strict=True)
        return tuple(np.append(f.table[0] * (1 - e), [e] if e else []) for f, e in parts)

    @cached_property
    def places(self) -> tuple[FloatArray | None, ...]:
        """For columns with an order the middle of each code among the ranks, in 0..1; None for others.

        The empty cell has none (NaN).
        """
        out: list[FloatArray | None] = []
        for factor, empty in zip(self.factors, self.empty, strict=True):
            share = factor.table[0]
            ordered = factor.column.kind == "number" or factor.column.ordered
            out.append(np.append(np.cumsum(share) - share / 2, [np.nan] if empty else []) if ordered else None)
        return tuple(out)

    def codes(self, values: FloatArray, columns: Iterable[int] | None = None) -> Array:
        """int64 (n, d): the code of every cell of encoded rows, -1 where it is unknown or a category never met, and in
        columns that are not asked for."""
        out = np.full(values.shape, -1, np.int64)
        for j in range(len(self.factors)) if columns is None else columns:
            factor = self.factors[j]
            cell = factor.cells(factor.column.on_grid(values[:, j]))
            out[:, j] = np.where(cell < 0, -1, factor.part.bin[cell])
            if self.empty[j]:
                out[np.isnan(values[:, j]), j] = self.sizes[j] - 1
        return out

    def values(self, codes: Array, rng: np.random.Generator, columns: Iterable[int] | None = None) -> FloatArray:
        """Encoded rows (n, d), each cell drawn inside the bin of its code; NaN in columns that are not asked for."""
        out = np.full(codes.shape, np.nan)
        for j in range(len(self.factors)) if columns is None else columns:
            factor = self.factors[j]
            here = np.flatnonzero(codes[:, j] < factor.part.bins)
            which = codes[here, j]
            share = rng.random(len(here)) * factor.part.overlap[which]
            out[here, j] = factor.column.on_grid(factor.values(factor.part.at(which, share)))
        return out

    def with_tables(self, tables: tuple[FloatArray, ...]) -> tuple[BinnedFactor, ...]:
        """The columns' factors with other probabilities of the bins, (K, bins) each."""
        return tuple(replace(f, table=t) for f, t in zip(self.factors, tables, strict=True))

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {"factors": [f.state() for f in self.factors], "empty": self.empty}

    @classmethod
    def from_state(cls, schema: Schema, state: Mapping[str, Any]) -> Coding:
        """Inverse of `state`; ValueError when its parts do not fit together."""
        parts = zip(schema.columns, state["factors"], strict=True)
        made = cls(schema, tuple(BinnedFactor.from_state(c, s) for c, s in parts), state["empty"])
        if made.empty.shape != (len(schema.columns),) or any(len(f.table) != 1 for f in made.factors):
            raise ValueError("the codes do not fit the columns")
        return made
