"""A seeded uniform sample of rows that pass by once: random keys, the smallest stay (Efraimidis, Spirakis 2006)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Generic, Protocol, Self, TypeVar

import numpy as np
import numpy.typing as npt

from .table import Table

Positions = npt.NDArray[np.int64]


class Block(Protocol):
    """Some rows: an Arrow table, an array of objects."""

    def __len__(self) -> int: ...

    def take(self, indices: Positions, /) -> Self:
        """The rows at these positions."""
        ...


B = TypeVar("B", bound=Block)


class Draw(Generic[B]):
    """Keeps a sample of the rows it is given.

    Each row gets a random key, drawn in the order of the rows; the `rows` smallest stay (the earlier row at equal
    keys), in their original order. So the sample depends on the seed and the rows alone, not on the blocks they come
    in, and at most three times as many rows are held as stay, beside one block.

    Args:
        rows: how many to keep; None keeps all.
        seed: of the keys.
        join: blocks below each other.
    """

    def __init__(self, rows: int | None, seed: int, join: Callable[[Sequence[B]], B]) -> None:
        self._rows, self._join = rows, join
        self._rng = np.random.default_rng(seed)
        self._blocks: list[B] = []
        self._keys: list[npt.NDArray[np.float64]] = []
        self._positions: list[Positions] = []
        self._held, self._highest = 0, np.inf
        self.total = 0

    def add(self, block: B) -> None:
        """The next rows."""
        first, n = self.total, len(block)
        self.total += n
        if self._rows is None:
            self._blocks.append(block)
            return
        keys = self._rng.random(n)
        chosen = np.flatnonzero(keys < self._highest)
        if not len(chosen):
            return
        self._blocks.append(block.take(chosen))
        self._keys.append(keys[chosen])
        self._positions.append(first + chosen)
        self._held += len(chosen)
        if self._held > 2 * self._rows:
            self._prune()

    def kept(self) -> tuple[B | None, Positions]:
        """The sample (None when no row came) and where its rows stood among all, int64, increasing."""
        if self._rows is None:
            return (self._join(self._blocks) if self._blocks else None), np.arange(self.total)
        if not self._blocks:
            return None, np.arange(0)
        self._prune()
        return self._blocks[0], self._positions[0]

    def _prune(self) -> None:
        keys, positions, block = np.concatenate(self._keys), np.concatenate(self._positions), self._join(self._blocks)
        smallest = np.argsort(keys, kind="stable")[: self._rows]  # stable: the earlier row at equal keys
        if len(smallest) == self._rows:
            self._highest = float(keys[smallest[-1]])
        smallest.sort()
        self._blocks, self._keys, self._positions = [block.take(smallest)], [keys[smallest]], [positions[smallest]]
        self._held = len(smallest)


def of_table(table: Table, rows: int | None, seed: int) -> Table:
    """The table with at most `rows` of its rows, drawn with the seed and in their order, and a note that says so."""
    if rows is None or len(table.frame) <= rows:
        return table
    note = f"{rows:,} of {len(table.frame):,} rows, drawn with seed {seed}, stand for the table"
    frame = table.frame.sample(rows, random_state=seed).sort_index().reset_index(drop=True)
    return replace(table, frame=frame, notes=(*table.notes, note))
