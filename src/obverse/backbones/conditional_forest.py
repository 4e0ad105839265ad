"""P(one column | columns before it): a forest whose leaves are distributions of that column (Meinshausen 2006).

Trees split on the cells of the columns before and on stacked predictions of a number (`stacking`); a leaf is the ranks
of its rows (`leaf_ranks`), shrunk a little towards the larger group of rows around it and that towards the column.
The answer is the average over trees: a distribution, so values, sets and ranges have exact probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.evidence import Region
from ..core.schema import Array, Column, Dataset, FloatArray
from . import leaf_ranks, systematic
from .bagging import SHARE, bagged
from .conditional import SHARED, Conditional, Reader, blocks, category_orders, cells_of
from .decision_trees import DecisionTrees
from .leaf_mixture import LeafMixture
from .leaf_ranks import LeafRanks, Leaves
from .rank_space import RankSpace
from .stacking import Boosting, Stack

MOST_OUTPUTS = 24  # categories and atoms that splits look at; rarer ones go with the rest
GROUP_LEAVES = 16  # a group is about so many leaves
MOST_CELLS = 512  # of the line, in which rows drawn together share their places out


@dataclass(frozen=True)
class Growing:
    """How the forest of one column is grown.

    Attributes:
        trees: number of them.
        leaf: fewest rows in a leaf, and where the column is interpolated between values instead.
        boosting: the boosted model before the trees.
        shrinkage: imaginary rows in each leaf, and where the column is interpolated.
        share: of the rows that each tree sees.
        histogram, averaged: see `ChainForest` and `ConditionalForest`.
    """

    trees: int
    leaf: tuple[int, int]
    boosting: Boosting
    shrinkage: tuple[float, float]
    histogram: bool
    averaged: bool = False
    share: float = SHARE


@dataclass(frozen=True)
class ConditionalForest(Conditional):
    """See the module docstring.

    Attributes:
        reader: how rows are read; j: position of the column described; before: of those it depends on.
        space: the column as ranks.
        order: for each of `before` the rank of every category code (empty for numbers), as the trees read them.
        trees: None when it depends on nothing; then there is one leaf.
        leaves, groups: ranks of the rows of each leaf and of each larger group.
        empty: (leaves,) probability that the cell is missing.
        shrinkage: imaginary rows of the group in each leaf, and of the whole column in each group.
        stack: stacked predictions the trees split on, None for categories.
        averaged: new rows get the mean of the predictions of all folds; otherwise each tree reads those of one fold,
            as uncertain as the training rows' own.
    """

    reader: Reader
    j: int
    before: Array
    space: RankSpace
    order: tuple[Array, ...]
    trees: DecisionTrees | None
    leaves: Leaves
    groups: Leaves
    empty: FloatArray
    shrinkage: float
    stack: Stack | None = None
    averaged: bool = False

    @property
    def column(self) -> Column:
        """The column described."""
        return self.reader.schema.columns[self.j]

    @property
    def count(self) -> int:
        """Number of trees."""
        return 1 if self.trees is None else len(self.trees.root)

    # ---------------------------------------------------------------------------- fit

    @classmethod
    def fit(cls, data: Dataset, j: int, before: Array, reader: Reader, growing: Growing, grow_rows: Array, fold: Array,
            rng: np.random.Generator) -> ConditionalForest:  # fmt: skip
        """Trees grown on `grow_rows` (positions), leaves filled with every row; `fold` (n,) is for the stack."""
        schema, column = data.schema, data.schema.columns[j]
        space, rank = RankSpace.of(column, data.values[:, j], histogram=growing.histogram)
        seed, least, shrinkage = (
            int(rng.integers(2**31)),
            growing.leaf[not space.tied],
            growing.shrinkage[not space.tied],
        )
        small = data.take(grow_rows)
        outputs = _outputs(column, small.values[:, j])
        if not len(before) or (outputs == outputs[0]).all():
            leaf = np.zeros((len(data), 1), int)
            made = cls(reader, j, before, space, (), None, *_filled(leaf, leaf, rank, space), np.zeros(1), 0.0)
            return made._with_empty(leaf, rank, shrinkage)
        order = category_orders(schema, small.values, before, outputs)
        x = cells_of(small.values, before, order, reader.offset)
        stack = None
        if column.kind == "number":
            stack, extra = Stack.fit(small, j, before, reader.scales, x, growing.boosting, fold[grow_rows], seed)
            x = np.column_stack([x, extra]).astype(np.float32)
        grown = bagged(x, outputs, growing.trees, least, seed, growing.share)
        group = round(growing.share * GROUP_LEAVES * least)  # trees count the rows that they were grown on
        trees = DecisionTrees.of(grown, group)
        blank = LeafRanks(np.zeros(0, np.int32), np.zeros(1, int), np.zeros(1, int), space.rows)
        made = cls(reader, j, before, space, order, trees, blank, blank, np.zeros(1), shrinkage, stack,
                   growing.averaged)  # fmt: skip
        leaf = made.leaves_of(data.values, fold=fold)
        leaves, groups = _filled(leaf, trees.group[leaf], rank, space)
        return replace(made, leaves=leaves, groups=groups)._with_empty(leaf, rank, shrinkage)

    def _with_empty(self, leaf: Array, rank: Array, shrinkage: float) -> ConditionalForest:
        """The same with the shares of missing cells of its leaves; the target is never missing."""
        count = len(self.leaves.rows)
        if self.j == self.reader.schema.target_index:
            share = np.zeros(count)
        else:
            gone = np.bincount(leaf[rank < 0].ravel(), minlength=count)
            rows = np.bincount(leaf.ravel(), minlength=count)
            prior = max(shrinkage, 1e-6)
            share = (gone + prior * self.column.missing) / (rows + prior)
        return replace(self, empty=share)

    # -------------------------------------------------------------------------- leaves

    def leaves_of(self, values: FloatArray, *, tree: Array | None = None, fold: Array | None = None) -> Array:
        """Leaf of encoded rows (n, d) in every tree, (n, trees); with `tree` (n,) in the one named for each, (n, 1).

        Training rows name their `fold`, whose stacked predictions did not see them.
        """
        if self.trees is None:
            return np.zeros((len(values), 1), np.int32)
        out = np.empty((len(values), self.count if tree is None else 1), np.int32)
        for part in blocks(len(values)):
            rows = values[part]
            x = cells_of(rows, self.before, self.order, self.reader.offset)
            if tree is not None:
                own = tree[part]
                out[part, 0] = self.trees.apply(self._stacked(rows, x, self._fold_of(own, fold)), own)
                continue
            read: dict[int, Array] = {}
            for t in range(self.count):
                own = np.full(len(x), t)
                which = self._fold_of(own[:1], None)
                key = int(which[0]) if which is not None and fold is None else -1
                if key not in read:
                    read[key] = self._stacked(rows, x, fold[part] if fold is not None else self._fold_of(own, None))
                out[part, t] = self.trees.apply(read[key], own)
        return out

    def _fold_of(self, tree: Array, fold: Array | None) -> Array | None:
        """The fold whose predictions each tree reads, None for the mean of all."""
        if fold is not None or self.stack is None or self.averaged:
            return fold
        return tree % self.stack.folds

    def _stacked(self, rows: FloatArray, x: Array, fold: Array | None) -> Array:
        """What trees read, with the stacked predictions as its last columns."""
        if self.stack is None:
            return x
        schema, scales = self.reader.schema, self.reader.scales
        if fold is None:
            every = [self.stack.predict(schema, rows, scales, x, np.full(len(x), f)) for f in range(self.stack.folds)]
            extra = np.mean(every, axis=0)
        else:
            extra = self.stack.predict(schema, rows, scales, x, fold)
        return np.column_stack([x, extra]).astype(np.float32)

    @cached_property
    def _line(self) -> LeafMixture:
        """What every leaf says of the line; of the column it is all but `space.unmet`."""
        group = np.zeros(1, int) if self.trees is None else self.trees.group
        return LeafMixture(self.leaves, self.groups, group, self.shrinkage)

    # ------------------------------------------------------------------ probabilities

    def log_value(self, rows: FloatArray, *, present: bool = False) -> FloatArray:
        """See `Conditional`."""
        leaf, cells = self.leaves_of(rows), rows[:, self.j]
        flat, wide = leaf.ravel(), np.repeat(cells, leaf.shape[1])
        shares, met = self._line.shares(flat), np.log1p(-self.space.unmet)
        mass = self._line.between(flat, *self.space.interval_of(wide), shares)
        with np.errstate(divide="ignore"):
            log, unmet = met + np.log(mass), self.space.log_unmet(wide)
            if self.column.measure == "density":
                at, atom = self.space.ranks_at(wide), self.space.is_atom(wide)
                density = np.log(self._line.density(flat, at, shares))
                log = np.where(atom, log, met + self.space.log_slope(wide) + density)
                unmet = np.where(atom, -np.inf, unmet)
            log = np.logaddexp(log, np.log(self.space.unmet) + unmet).reshape(leaf.shape)
            if present:
                log = log + np.log1p(-self.empty[leaf])
        return np.logaddexp.reduce(log, axis=1) - np.log(leaf.shape[1])

    def region_mass(self, region: Region, leaf: Array) -> FloatArray:
        """Probability that a known cell lies in the region, in every leaf, the shape of `leaf`."""
        return self._masses(leaf.ravel(), region).sum(axis=1).reshape(leaf.shape)

    def _masses(self, leaf: Array, region: Region) -> FloatArray:
        """Probability of each piece of the region and of what was never met in it, (n, pieces + 1)."""
        n, shares, met = len(leaf), self._line.shares(leaf), 1 - self.space.unmet
        pieces = [
            met * self._line.between(leaf, np.full(n, low), np.full(n, high), shares)
            for low, high in self.space.pieces(region)
        ]
        return np.stack([*pieces, np.full(n, self.space.unmet * self.space.unmet_mass(region))], axis=1)

    # ------------------------------------------------------------------------- drawing

    def draw(self, rows: FloatArray, region: Region | None, noise: FloatArray, *,
             alike: Array | None = None) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """See `Conditional`."""
        n = len(rows)
        if region is None and alike is not None and n:
            return self._evenly(rows, noise, alike), np.zeros(n)
        cells, weight = np.full(n, np.nan), np.zeros(n)
        if region is None:
            tree = (noise[:, 0] * self.count).astype(int)
            leaf = self.leaves_of(rows, tree=tree)[:, 0]
            full = noise[:, 1] >= self.empty[leaf]
        else:
            every = self.leaves_of(rows)
            gone = self.empty[every]
            inside = (1 - gone) * self.region_mass(region, every) if region.holds_values else np.zeros_like(gone)
            allowed = inside + (gone if region.missing else 0.0)
            ladder = np.cumsum(allowed, axis=1)
            with np.errstate(divide="ignore"):
                weight = np.log(ladder[:, -1] / every.shape[1])
            which = (noise[:, :1] * ladder[:, -1:] >= ladder).sum(axis=1).clip(0, every.shape[1] - 1)
            at = np.arange(n), which
            leaf = every[at]
            share = inside[at] / np.where(allowed[at] > 0, allowed[at], 1.0)
            full = (noise[:, 1] < share) & (share > 0)
        cells[full] = self.column.on_grid(self._value_in(leaf[full], region, noise[full, 2:4]))
        return cells, weight

    def _evenly(self, rows: FloatArray, noise: FloatArray, alike: Array) -> FloatArray:
        """A cell for each row, NaN where it is empty: trees in turn, and like rows share values out."""
        n, rng = len(rows), systematic.generator(noise[:, SHARED])
        tree = np.empty(n, int)
        tree[alike] = (np.arange(n) + rng.integers(self.count)) % self.count
        leaf = self.leaves_of(rows, tree=tree)[:, 0]
        by = np.argsort(leaf, kind="stable")  # rows of a leaf together read memory that lies together
        leaf, noise, place_of = leaf[by], noise[by], np.empty(n, int)
        place_of[by] = np.arange(n)
        ends, (own, around, whole) = self.space.cells(min(n, MOST_CELLS)), self._line.shares(leaf)
        full, count = 1 - self.empty[leaf], len(ends) - 1

        def below(row: Array | slice, cut: Array) -> FloatArray:  # what is empty comes last
            shares = own[row], around[row], whole[row]
            return full[row] * self._line.below(leaf[row], ends[cut], shares)

        cell = systematic.cells(place_of[alike], count + bool(self.empty.any()), below, rng)
        held = np.flatnonzero(cell < count)
        place = self._line.draw(leaf[held], noise[held, 2:4], (ends[cell[held]], ends[cell[held] + 1]))
        out = np.full(n, np.nan)
        out[by[held]] = self.column.on_grid(self.space.numbers_at(place))
        return out

    def _value_in(self, leaf: Array, region: Region | None, noise: FloatArray) -> FloatArray:
        """One value a row from its leaf (n,), inside the region, where that leaf has mass there."""
        if region is None:
            return self.space.numbers_at(self._line.draw(leaf, noise))
        masses = self._masses(leaf, region)
        ladder = np.cumsum(masses, axis=1)
        at = noise[:, 0] * ladder[:, -1]
        which = (at[:, None] >= ladder).sum(axis=1).clip(0, masses.shape[1] - 1)
        out = np.empty(len(leaf))
        for k, ends in enumerate(self.space.pieces(region)):
            mine = np.flatnonzero(which == k)
            rest = 1.0 - np.clip((ladder[mine, k] - at[mine]) / masses[mine, k], 0.0, 1.0)  # uniform again
            own = np.column_stack([rest, noise[mine, 1]])
            low, high = (np.full(len(mine), end) for end in ends)
            out[mine] = self.space.numbers_at(self._line.draw(leaf[mine], own, (low, high)))
        new = np.flatnonzero(which == masses.shape[1] - 1)
        if len(new):
            out[new] = self.space.draw_unmet(region, noise[new, 1])
        return out

    def means(self, rows: FloatArray) -> FloatArray:
        """See `Conditional`."""
        leaf = self.leaves_of(rows)
        everything = float(self.space.numbers_at(np.arange(self.space.rows) + 0.5).mean())
        of_leaf, of_group = (
            np.nan_to_num(r.averages(self.space.numbers_at), nan=everything) for r in (self.leaves, self.groups)
        )
        flat = leaf.ravel()
        own, around, whole = self._line.shares(flat)
        mean = own * of_leaf[flat] + around * of_group[self._line.group[flat]] + whole * everything
        return mean.reshape(leaf.shape).mean(axis=1)

    # --------------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "j": self.j, "before": self.before, "space": self.space.state(), "order": list(self.order),
            "trees": None if self.trees is None else self.trees.state(), "leaves": self.leaves.state(),
            "groups": self.groups.state(), "empty": self.empty, "shrinkage": self.shrinkage,
            "stack": None if self.stack is None else self.stack.state(), "averaged": self.averaged,
        }  # fmt: skip

    @classmethod
    def from_state(cls, reader: Reader, state: Mapping[str, Any]) -> ConditionalForest:
        """Inverse of `state`; ValueError when its parts do not fit together."""
        j, before = int(state["j"]), state["before"]
        stack = None if state["stack"] is None else Stack.from_state(state["stack"])
        width = len(before) + (0 if stack is None else 1 + bool(stack.boosters))
        trees = None if state["trees"] is None else DecisionTrees.from_state(state["trees"], width)
        leaves, groups = leaf_ranks.from_state(state["leaves"]), leaf_ranks.from_state(state["groups"])
        space = RankSpace.from_state(reader.schema.columns[j], state["space"])
        count = 1 if trees is None else trees.leaves
        if len(leaves.rows) != count or len(state["empty"]) != count:
            raise ValueError("the leaves of a forest do not fit its trees")
        if trees is not None and trees.group.max() >= len(groups.rows):
            raise ValueError("the groups of a forest do not fit its trees")
        if leaves.length != space.rows or groups.length != space.rows:
            raise ValueError("the leaves of a forest do not fit its column")
        return cls(reader, j, before, space, tuple(state["order"]), trees, leaves, groups, state["empty"],
                   float(state["shrinkage"]), stack, bool(state["averaged"]))  # fmt: skip


def _filled(leaf: Array, group: Array, rank: Array, space: RankSpace) -> tuple[Leaves, Leaves]:
    """What leaves and groups hold, from the leaf and group of every row in every tree, (n, t)."""
    wide, first = np.repeat(rank, leaf.shape[1]), space.low if space.tied else None
    return tuple(leaf_ranks.leaves_of(of.ravel(), wide, int(of.max()) + 1, space.rows, first) for of in (leaf, group))  # pyright: ignore[reportReturnType]


def _outputs(column: Column, cells: FloatArray) -> FloatArray:
    """What splits are chosen for, (n, k): indicators of categories, or the rank of a number and its atoms."""
    gone = np.isnan(cells)
    if column.kind == "category":
        code = np.where(gone, len(column.values), cells).astype(int)
        count = np.bincount(code, minlength=len(column.values) + 1)
        common = np.argsort(-count, kind="stable")[:MOST_OUTPUTS]
        return np.stack([code == c for c in common if count[c]], axis=1).astype(float)
    from scipy.stats import rankdata

    rank = np.full(len(cells), 0.5)
    if not gone.all():
        rank[~gone] = rankdata(cells[~gone]) / (~gone).sum()
    atoms = [cells == a for a in column.atoms[:MOST_OUTPUTS]]
    parts = [np.sqrt(3) * rank, *atoms, *([gone] if gone.any() else [])]  # a rank varies as much as a fair coin
    return np.stack(parts, axis=1).astype(float)
