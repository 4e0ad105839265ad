"""P(class | columns before it) by a learner of chances (`class_learners`): one link of a chain.

A class is a category, or a number of a column that holds few of them. An empty cell is one more class, but in the
target, where it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Dataset, FloatArray
from . import class_learners, systematic
from .class_learners import BlendedClasses, BoostedClasses, ClassBoosting, ClassLearner
from .conditional import SHARED, Conditional, Reader, blocks, category_orders, cells_of
from .rank_space import RankSpace


@dataclass(frozen=True)
class ConditionalClasses(Conditional):
    """See the module docstring.

    Attributes:
        reader: how rows are read; j: position of the class; before: of the columns it depends on.
        order: for each of `before` the rank of every category code (empty for numbers), as the trees read them.
        space: the column as ranks; it knows the numbers that are classes, and what is kept for others.
        share: (k + 1,) share of each class among the rows, one imaginary row spread over all of them, and last of
            empty cells.
        met: the classes that were met, k for empty cells.
        learner: of their chances.
    """

    reader: Reader
    j: int
    before: Array
    order: tuple[Array, ...]
    space: RankSpace
    share: FloatArray
    met: Array
    learner: ClassLearner

    @classmethod
    def fit(cls, data: Dataset, j: int, before: Array, reader: Reader, boosting: ClassBoosting | None,
            rng: np.random.Generator) -> ConditionalClasses:  # fmt: skip
        """Boosted, or without `boosting` blended. Column j must hold two classes or more."""
        is_target, column = j == data.schema.target_index, data.schema.columns[j]
        if is_target:
            data = data.take(~np.isnan(data.values[:, j]))
        space, _ = RankSpace.of(column, data.values[:, j])
        gone, k = np.isnan(data.values[:, j]), len(column.values) or len(space.value)
        held = data.values[:, j] if column.kind == "category" else space.index_of(data.values[:, j])
        cells = np.where(gone, k, held).astype(int)
        count = np.bincount(cells, minlength=k + 1)
        share = (count + np.append(np.full(k, 1 / k), 0.0)) / (count.sum() + 1)
        met = np.flatnonzero(count)
        code = np.searchsorted(met, cells)
        order = category_orders(data.schema, data.values, before, np.eye(len(met))[code])
        x = cells_of(data.values, before, order, reader.offset)
        learner: ClassLearner
        if boosting is not None:
            learner = BoostedClasses.fit(x, code, len(met), boosting, rng)
        else:
            design = reader.scales.design(data.schema, data.values, before)
            learner = BlendedClasses.fit(x, design, code, len(met), rng)
        return cls(reader, j, before, order, space, share, met, learner)

    @property
    def _is_category(self) -> bool:
        return self.space.column.kind == "category"

    @property
    def _values(self) -> FloatArray:
        """The cell that each class stands for, (k,)."""
        return np.arange(len(self.share) - 1.0) if self._is_category else self.space.value

    @property
    def _unmet(self) -> float:
        """Probability kept for numbers never met; categories never met are classes."""
        return 0.0 if self._is_category else self.space.unmet

    def _read(self, rows: FloatArray) -> tuple[Array, FloatArray | None]:
        x = cells_of(rows, self.before, self.order, self.reader.offset)
        design = self.reader.scales.design(self.reader.schema, rows, self.before) if self.learner.reads_design else None
        return x, design

    def _chances(self, rows: FloatArray) -> FloatArray:
        """(n, k + 1), the empty cell last; classes never met share what a single row would have."""
        out = np.empty((len(rows), len(self.share)))
        unmet = 1 - self.share[self.met].sum()
        for part in blocks(len(rows)):
            out[part] = self.share
            out[part, self.met] = (1 - unmet) * self.learner.chances(*self._read(rows[part]))
        return out

    def probabilities(self, rows: FloatArray) -> FloatArray:
        """Of each class where there is one, (n, k)."""
        full = self._chances(rows)[:, :-1]
        return full / full.sum(axis=1, keepdims=True)

    def classes(self, rows: FloatArray, count: int) -> FloatArray:
        """See `Conditional`."""
        return self.probabilities(rows)

    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """See `Conditional`."""
        cells = rows[:, self.j]
        code = cells.astype(int) if self._is_category else self.space.index_of(cells)
        chance = self._chances(rows)[:, :-1] if present else self.probabilities(rows)
        own = np.where(code >= 0, chance[np.arange(len(rows)), np.maximum(code, 0)], 0.0)
        with np.errstate(divide="ignore"):
            if self._is_category:
                return np.log(own)
            other = np.log(self._unmet) + self.space.log_unmet(cells) + (np.log(chance.sum(axis=1)) if present else 0.0)
            return np.logaddexp(np.log1p(-self._unmet) + np.log(own), other)

    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray, *,
             alike: Array | None = None) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """See `Conditional`."""
        chance, values = self._chances(rows), self._values
        if region is None:  # what was never met has a probability, and is drawn only where it is asked for
            chance = chance * np.isin(np.arange(len(self.share)), self.met)
            even = alike is not None and len(rows)
            which = _evenly(chance, noise, alike) if even else _by_themselves(chance, noise)
            return np.append(values, np.nan)[which], np.zeros(len(rows))
        k = len(values)
        inside = np.append(region.contains(values), region.missing)
        other = self._unmet * self.space.unmet_mass(region) if self._unmet and region.holds_values else 0.0
        new = other * chance[:, :-1].sum(axis=1)
        chance = np.column_stack([chance * inside * np.append(np.full(k, 1 - self._unmet), 1.0), new])
        which = _by_themselves(chance, noise)
        cells = np.append(values, [np.nan, np.nan])[which]
        if (new := which == k + 1).any() and other:
            cells[new] = self.space.draw_unmet(region, noise[new, 1])
        with np.errstate(divide="ignore"):
            return cells, np.log(chance.sum(axis=1))

    def means(self, rows: FloatArray) -> FloatArray:
        """Mean of a number; of classes the mean code, which means something for two of them only."""
        return self.probabilities(rows) @ self._values

    def state(self) -> dict[str, Any]:
        """See `Conditional`."""
        return {
            "j": self.j, "before": self.before, "order": list(self.order), "space": self.space.state(),
            "share": self.share, "met": self.met, "learner": self.learner.state(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, reader: Reader, state: Mapping[str, Any]) -> ConditionalClasses:
        """Inverse of `state`."""
        j, before, share, met = int(state["j"]), state["before"], state["share"], state["met"]
        column = reader.schema.columns[j]
        space = RankSpace.from_state(column, state["space"])
        if (
            not space.tied
            or len(share) != (len(column.values) or len(space.value)) + 1
            or met.min() < 0
            or met.max() >= len(share)
        ):
            raise ValueError("the chances of classes do not fit their column")
        learner = class_learners.from_state(state["learner"], len(before))
        return cls(reader, j, before, tuple(state["order"]), space, share, met, learner)


def _evenly(chance: FloatArray, noise: FloatArray, alike: Array) -> Array:
    """The choice of each row, (n,), shared out among like ones."""
    ladder = np.cumsum(chance, axis=1)
    ladder /= ladder[:, -1:]
    rng = systematic.generator(noise[:, SHARED])
    every = np.arange(len(ladder))
    return systematic.cells(alike, chance.shape[1], lambda row, cut: ladder[every[row], cut - 1], rng)


def _by_themselves(chance: FloatArray, noise: FloatArray) -> Array:
    """The choice of each row, (n,), by its own number."""
    ladder = np.cumsum(chance, axis=1)
    return (noise[:, :1] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, ladder.shape[1] - 1)
