"""P(cell j | cells before it) by a network over codes: one link of a chain (`ancestral`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, FloatArray
from .binned_factor import BinnedFactor
from .coding import Coding
from .conditional import Conditional, blocks
from .order_net import OrderNet


@dataclass(frozen=True)
class ConditionalBins(Conditional):
    """See the module docstring. Every row is a component of a `BinnedFactor`, whose table the network fills.

    Attributes:
        coding: rows as codes.
        net: the network.
        j: position of the column; before: of those it depends on.
    """

    coding: Coding
    net: OrderNet
    j: int
    before: Array

    def _read(self, rows: FloatArray) -> tuple[BinnedFactor, FloatArray]:
        """The distribution of a known cell of each row, and the probability that the cell is empty, (n,)."""
        chance = np.empty((len(rows), self.coding.sizes[self.j]))
        for part in blocks(len(rows)):
            chance[part] = self.net.chances(self.coding.codes(rows[part], self.before), self.j)
        bins = self.coding.factors[self.j].part.bins
        gone = chance[:, bins:].sum(axis=1)
        full = chance[:, :bins] / chance[:, :bins].sum(axis=1, keepdims=True)
        factor = self.coding.factors[self.j]
        return BinnedFactor(factor.column, factor.rank, factor.part, full), gone

    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """See `Conditional`."""
        factor, gone = self._read(rows)
        cells, column = rows[:, self.j], factor.column
        log = factor.log_value(column.on_grid(cells), np.arange(len(rows)))
        if column.step is not None:  # between two points of its grid
            off = np.abs(column.on_grid(cells) - cells) > 1e-6 * column.step + 4 * np.spacing(np.abs(cells))
            log = np.where(off, -np.inf, log)
        return log + np.log1p(-gone) if present else log

    def classes(self, rows: FloatArray, count: int) -> FloatArray:
        """See `Conditional`."""
        factor, _ = self._read(rows)
        cell = factor.rank[:count]
        return factor.table[:, factor.part.bin[cell]] * factor.part.share[cell]

    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray, *,
             alike: Array | None = None) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """See `Conditional`; rows draw by themselves, alike or not."""
        factor, gone = self._read(rows)
        n = len(rows)
        cells, log = np.full(n, np.nan), np.zeros(n)
        holds = region is None or region.holds_values
        inside = factor.restricted(region) if holds else None
        full = (1 - gone) * inside.total if inside is not None else np.zeros(n)
        empty = gone if region is None or region.missing else np.zeros(n)
        total = full + empty
        if region is not None:
            with np.errstate(divide="ignore"):
                log = np.log(np.minimum(total, 1.0))
        held = np.flatnonzero(noise[:, 0] * total < full)
        if inside is not None and len(held):
            goal = noise[held, 1] * inside.total[held]
            cells[held] = factor.column.on_grid(factor.values(inside.at(held, goal)))
        return cells, log

    def means(self, rows: FloatArray) -> FloatArray:
        """See `Conditional`."""
        factor, _ = self._read(rows)
        return factor.table @ factor.part.middles

    def state(self) -> dict[str, Any]:
        """See `Conditional`; the coding and the network are kept once by whoever made the chain."""
        return {"j": self.j, "before": self.before}
