"""P(class | columns before it) by a learner of chances (`class_learners`): one link of a chain, category columns only.

An empty cell is one more class, but in the target, where it says nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Dataset, FloatArray
from . import class_learners
from .class_learners import BlendedClasses, BoostedClasses, ClassBoosting, ClassLearner
from .conditional import START, TIES, Conditional, Reader, blocks, category_orders, cells_of, spread


@dataclass(frozen=True)
class ConditionalClasses(Conditional):
    """See the module docstring.

    Attributes:
        reader: how rows are read; j: position of the class; before: of the columns it depends on.
        order: for each of `before` the rank of every category code (empty for numbers), as the trees read them.
        share: (k + 1,) share of each class among the rows, one imaginary row spread over all of them, and last of
            empty cells.
        met: codes of the classes that were met, k for empty cells.
        learner: of their chances.
    """

    reader: Reader
    j: int
    before: Array
    order: tuple[Array, ...]
    share: FloatArray
    met: Array
    learner: ClassLearner

    @classmethod
    def fit(cls, data: Dataset, j: int, before: Array, reader: Reader, boosting: ClassBoosting | None,
            rng: np.random.Generator) -> ConditionalClasses:  # fmt: skip
        """Boosted, or without `boosting` blended. Column j must hold two classes or more."""
        is_target = j == data.schema.target_index
        if is_target:
            data = data.take(~np.isnan(data.values[:, j]))
        k = len(data.schema.columns[j].values)
        cells = np.where(np.isnan(data.values[:, j]), k, data.values[:, j]).astype(int)
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
        return cls(reader, j, before, order, share, met, learner)

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

    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """See `Conditional`."""
        code = rows[:, self.j].astype(int)
        chance = self._chances(rows)[:, :-1] if present else self.probabilities(rows)
        with np.errstate(divide="ignore"):
            log = np.log(chance[np.arange(len(rows)), np.maximum(code, 0)])
        return np.where(code >= 0, log, -np.inf)

    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray, *,
             even: bool = False) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """See `Conditional`."""
        chance, k = self._chances(rows), len(self.share) - 1
        own = noise[:, 0]
        if even and region is None and len(rows):
            leaf = self.learner.leaf(cells_of(rows, self.before, self.order, self.reader.offset))
            own = spread(noise[:, TIES], noise[0, START], chance @ np.arange(k + 1), leaf)
        if region is not None:
            chance = chance * np.append(np.array(region.codes, float), float(region.missing))
        ladder = np.cumsum(chance, axis=1)
        cells = (own[:, None] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, k)
        with np.errstate(divide="ignore"):
            weight = np.zeros(len(rows)) if region is None else np.log(ladder[:, -1])
        return np.where(cells == k, np.nan, cells), weight

    def means(self, rows: FloatArray) -> FloatArray:
        """Mean class code, which means something for two classes only."""
        return self.probabilities(rows) @ np.arange(len(self.share) - 1)

    def state(self) -> dict[str, Any]:
        """See `Conditional`."""
        return {
            "j": self.j, "before": self.before, "order": list(self.order), "share": self.share, "met": self.met,
            "learner": self.learner.state(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, reader: Reader, state: Mapping[str, Any]) -> ConditionalClasses:
        """Inverse of `state`."""
        j, before, share, met = int(state["j"]), state["before"], state["share"], state["met"]
        if len(share) != len(reader.schema.columns[j].values) + 1 or met.min() < 0 or met.max() >= len(share):
            raise ValueError("the chances of classes do not fit their column")
        learner = class_learners.from_state(state["learner"], len(before))
        return cls(reader, j, before, tuple(state["order"]), share, met, learner)
