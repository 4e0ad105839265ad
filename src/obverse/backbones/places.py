"""A table as real numbers for networks that create them: places of ordered cells, indicators of the others.

An ordered cell is a place in (0, 1): the share of the column's known cells below it, spread evenly over a value that
many rows share. So every such column is uniform, whatever its heaps, atoms and grid are, and a made place becomes a
value by the column's own line. A category is one of its codes (`coding`), and so is whether an ordered cell is empty.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray
from .coding import Coding

NEVER = 1e-9  # of the rows: less than a code has that any row held, more than the smoothed share of one that none held


@dataclass(frozen=True)
class Places:
    """See the module docstring; in what follows blocks are the columns' indicators, in order."""

    coding: Coding

    @cached_property
    def ordered(self) -> tuple[int, ...]:
        """Positions of the columns that are places: numbers."""
        return tuple(j for j, f in enumerate(self.coding.factors) if f.column.kind == "number")

    @cached_property
    def blocks(self) -> tuple[tuple[int, int], ...]:
        """(column, codes) of each block of indicators: categories, and emptiness of ordered columns (2 codes)."""
        out: list[tuple[int, int]] = []
        for j, size in enumerate(self.coding.sizes):
            if j not in self.ordered:
                out.append((j, size))
            elif self.coding.empty[j]:
                out.append((j, 2))
        return tuple(out)

    @cached_property
    def shares(self) -> tuple[FloatArray, ...]:
        """Share of each code of each block among the training rows."""
        return tuple(
            np.array([1 - self.coding.empty[j], self.coding.empty[j]]) if j in self.ordered else self.coding.shares[j]
            for j, _ in self.blocks
        )

    def highest(self, block: int, scores: FloatArray) -> Array:
        """int64 (n,): of the codes of a block that some training row held, the one of the highest score (n, codes)."""
        return np.where(self.shares[block] > NEVER, scores, -np.inf).argmax(axis=1)

    def read(self, values: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, Array]:
        """Places (n, ordered), and the code in each block, int64 (n, blocks), of encoded rows.

        A cell without a place (empty) has one by lot, so that it tells nothing; a block without a code (an unknown
        target) takes one by its share.
        """
        places = rng.random((len(values), len(self.ordered)))
        for at, j in enumerate(self.ordered):
            factor, known = self.coding.factors[j], ~np.isnan(values[:, j])
            cell = factor.cells(factor.column.on_grid(values[known, j]))
            which = factor.part.bin[cell]
            mass = factor.part.share * factor.table[0][factor.part.bin]
            before = np.cumsum(mass) - mass
            width = factor.part.high[cell] - factor.part.low[cell]
            inside = rng.random(len(cell))
            if factor.column.step is None:  # a density: where in its cell the value lies
                where = (values[known, j] - factor.part.low[cell]) / np.where(width > 0, width, 1.0)
                inside = np.where(width > 0, np.clip(where, 0.0, 1.0), inside)
            places[known, at] = np.where(which >= 0, before[cell] + inside * mass[cell], places[known, at])
        codes = np.empty((len(values), len(self.blocks)), np.int64)
        whole = self.coding.codes(values, [j for j, _ in self.blocks])
        for at, ((j, size), share) in enumerate(zip(self.blocks, self.shares, strict=True)):
            code = np.isnan(values[:, j]).astype(int) if j in self.ordered else whole[:, j]
            lots = rng.choice(size, size=len(values), p=share / share.sum())
            codes[:, at] = np.where(code < 0, lots, code)
        return np.clip(places, 1e-6, 1 - 1e-6), codes

    def write(self, places: FloatArray, codes: Array, rng: np.random.Generator) -> FloatArray:
        """Encoded rows (n, d) of places and codes."""
        out = np.full((len(places), len(self.coding.sizes)), np.nan)
        for at, j in enumerate(self.ordered):
            factor = self.coding.factors[j]
            zero = np.zeros(len(places), int)
            x = factor.restricted(None).at(zero, np.clip(places[:, at], 0.0, 1.0))
            out[:, j] = factor.column.on_grid(factor.values(x))
        held = [(at, j) for at, (j, _) in enumerate(self.blocks)]
        wide = np.zeros((len(places), len(self.coding.sizes)), np.int64)
        for at, j in held:
            if j in self.ordered:
                out[codes[:, at] == 1, j] = np.nan
            else:
                wide[:, j] = codes[:, at]
        made = self.coding.values(wide, rng, [j for _, j in held if j not in self.ordered])
        return np.where(np.isnan(made), out, made)

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return self.coding.state()

    @classmethod
    def from_state(cls, schema: Any, state: Mapping[str, Any]) -> Places:
        """Inverse of `state`."""
        return cls(Coding.from_state(schema, state))
