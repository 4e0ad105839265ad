"""Trees for P(y|x) over a mixture of products for p(x): unknown inputs are summed out exactly.

p(x, y) = p(x) (1/T) sum over trees of p(y | leaf of x). When inputs are unknown every branch that they may take is
followed, with the probability that each component of p(x) gives it: a leaf's weight is
sum over components of P(component | known cells) prod over unknown columns of P(column in the leaf's box | component).
With complete inputs the answer is that of an ordinary forest, whatever p(x) says.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from ..core.evidence import Evidence, Region
from ..core.schema import Array, Dataset, FloatArray
from .bagging import SHARE, bagged
from .binned_factor import Restricted
from .forest import partition_of
from .latent_classes import STRUCTURE_ROWS, LatentClasses
from .partition import LEAF, Partition, ranked
from .scale import unit_of

PAIRS = 250_000  # weights of components at the roots worked on at once, about a twentieth of those below: bounds memory
THREADS = min(2, os.cpu_count() or 1)
MANY = 1_000  # rows with unknown inputs from which on sums over components are in single precision, good to 1e-6
ROWS = 65_536  # rows walked down at once


@dataclass(frozen=True)
class Reached:
    """Leaves that a block of rows can lie in, as matching arrays.

    Attributes:
        rows: the block.
        row: row within the block; in order where `share` is there.
        leaf: number of the leaf.
        mass: probability of the leaf in its tree, given the row; of all trees together one.
        share: (pairs, K) what each component contributes, when asked for.
    """

    rows: Array
    row: Array
    leaf: Array
    mass: FloatArray
    share: FloatArray | None = None


@dataclass(frozen=True)
class MarginalTrees:
    """The trees and the mixture of their inputs.

    Attributes:
        inputs: p(x); its factor of the target is not used here.
        partition: the trees, on places on the columns' lines.
    """

    inputs: LatentClasses
    partition: Partition

    @cached_property
    def trees(self) -> int:
        """Number of trees."""
        return len(self.partition.roots)

    def check_indices(self) -> None:
        """ValueError unless nodes test columns there are and leaves are numbered through."""
        p, d = self.partition, len(self.inputs.columns)
        numbered = np.array_equal(np.sort(p.leaf[p.feature == LEAF]), np.arange(self.leaves))
        if not numbered or ((p.feature < LEAF) | (p.feature >= d)).any() or (p.roots < 0).any():
            raise ValueError("its trees test columns that are not there")

    @cached_property
    def leaves(self) -> int:
        """Number of leaves, L."""
        return int((self.partition.feature == LEAF).sum())

    @cached_property
    def _box(self) -> tuple[FloatArray, FloatArray]:
        """Limits (low, high] of every node on the column it tests, two arrays (N,)."""
        p = self.partition
        low, high = np.full(len(p.feature), -np.inf), np.full(len(p.feature), np.inf)
        d = len(self.inputs.columns)
        lows, highs = np.full((len(p.feature), d), -np.inf), np.full((len(p.feature), d), np.inf)
        nodes = p.roots
        while len(nodes):
            nodes = nodes[p.feature[nodes] != LEAF]
            column, cut = p.feature[nodes], p.threshold[nodes]
            low[nodes], high[nodes] = lows[nodes, column], highs[nodes, column]
            for child, edge in ((p.left, highs), (p.right, lows)):
                lows[child[nodes]], highs[child[nodes]] = lows[nodes], highs[nodes]
                edge[child[nodes], column] = cut
            nodes = np.concatenate([p.left[nodes], p.right[nodes]])
        return low, high

    @cached_property
    def boxes(self) -> tuple[FloatArray, FloatArray]:
        """Limits (low, high] of every leaf on every column, two arrays (L, d)."""
        return self.partition.bounds(len(self.inputs.columns))

    @cached_property
    def _plain(self) -> FloatArray:
        """P(left | node, component) of every node, (N, K), when no region is asked for."""
        return self._branching({})

    def _branching(self, regions: dict[int, Region]) -> FloatArray:
        """P(left | node, component) of every node, (N, K), inside the regions; 0 at leaves."""
        p, (low, high) = self.partition, self._box
        out = np.zeros((len(p.feature), len(self.inputs.weight)))
        for j in np.unique(p.feature[p.feature != LEAF]).tolist():
            node = np.flatnonzero(p.feature == j)
            edges = [low[node], p.threshold[node], high[node]]
            distinct, which = np.unique(np.concatenate(edges), return_inverse=True)
            reached = self.inside(j, regions.get(j)).below_all(distinct)
            a, cut, b = (reached[w] for w in np.split(which, 3))
            with np.errstate(invalid="ignore", divide="ignore"):
                out[node] = np.where(b > a, (cut - a) / (b - a), 0.0)
        return out

    @cached_property
    def _last(self) -> dict[Any, FloatArray]:
        """The branching inside the regions that were asked for last."""
        return {}

    def _within(self, regions: dict[int, Region]) -> FloatArray:
        """`_branching`, worked out once for the questions that one condition consists of."""
        key = tuple(sorted(regions.items(), key=lambda item: item[0]))
        if key not in self._last:
            self._last.clear()
            self._last[key] = self._branching(regions)
        return self._last[key]

    def inside(self, j: int, region: Region | None) -> Both:
        """Column j of p(x) inside a region that a missing cell may belong to."""
        factor = self.inputs.columns[j]
        if region is None:
            return Both(None, factor.restricted(None), np.zeros(0), np.ones(len(self.inputs.weight)))
        empty = self.inputs.missing[:, j]
        whole = factor.restricted(None) if region.missing else None
        return Both(whole, factor.restricted(region), empty, 1 - empty)

    def walk(self, values: FloatArray) -> Array:
        """Leaf of every complete row in every tree, (n, T)."""
        starts = range(0, len(values), ROWS)
        parts = [self._walk(self.positions(values[s : s + ROWS])) for s in starts]
        return np.concatenate([np.zeros((0, self.trees), int), *parts])

    def _walk(self, x: FloatArray) -> Array:
        row, node = np.repeat(np.arange(len(x)), self.trees), np.tile(self.partition.roots, len(x))
        self._follow(x, row, node)
        return self.partition.leaf[node].reshape(len(x), self.trees)

    def walk_one(self, values: FloatArray, tree: Array) -> Array:
        """Leaf of every complete row in one tree of its own, (n,)."""
        node = self.partition.roots[tree].copy()
        self._follow(self.positions(values), np.arange(len(values)), node)
        return self.partition.leaf[node]

    def positions(self, values: FloatArray) -> FloatArray:
        """Encoded rows as the trees see them: categories at their ranks, NaN for what is unknown."""
        return ranked(values, self.partition.rank)

    def _follow(self, x: FloatArray, row: Array, node: Array) -> None:
        """Moves nodes down, in place, to the first that tests an unknown cell or is a leaf."""
        p, cells, first = self.partition, x.ravel(), row * x.shape[1]
        going = np.arange(len(node))
        while len(going):
            here = node[going]
            column = p.feature[here]
            value = cells[first[going] + column]  # beside a leaf any cell, which is not looked at
            move = np.flatnonzero((column != LEAF) & ~np.isnan(value))
            going, here, value = going[move], here[move], value[move]
            node[going] = self._child[2 * here + (value > p.threshold[here])]

    @cached_property
    def _child(self) -> Array:
        """Left and right child of every node, one after the other, (2 N,)."""
        return np.column_stack([self.partition.left, self.partition.right]).ravel()

    def reach(self, given: Evidence, share: Array, *, keep: bool = False,
              roots: Array | None = None) -> Iterator[Reached]:  # fmt: skip
        """Every leaf that each row can lie in, block after block, with its probability.

        Args:
            given: the rows; their regions apply to all of them.
            share: (n, K) P(component | what is known).
            keep: also give what every component contributes.
            roots: the trees to use, all by default.
        """
        regions = {j: r for j, r in given.regions.items() if j != self.inputs.schema.target_index}
        branching: Array = self._within(regions) if regions else self._plain
        roots = self.partition.roots if roots is None else roots
        x = self.positions(given.values)
        holes = np.isnan(x[:, self._tested]).any(axis=1)
        full = np.flatnonzero(~holes)
        if not keep:
            for start in range(0, len(full), ROWS):
                rows = full[start : start + ROWS]
                row, node = np.repeat(np.arange(len(rows)), len(roots)), np.tile(roots, len(rows))
                self._follow(x[rows], row, node)
                yield Reached(rows, row, self.partition.leaf[node], np.full(len(row), 1.0 / len(roots)))
        open_rows = np.arange(len(x)) if keep else np.flatnonzero(holes)
        kind = np.float32 if len(open_rows) > MANY and not keep else np.float64
        share, branching = share.astype(kind, copy=False), branching.astype(kind, copy=False)
        block = max(1, PAIRS // (share.shape[1] * (len(roots) if keep else 1)))
        parts = [open_rows[start : start + block] for start in range(0, len(open_rows), block)]

        def branches(rows: Array) -> Reached:
            return self._branches(rows, x[rows], share[rows], branching, roots, keep)

        if keep or len(parts) < 2:  # what is kept is large: one block after the other
            yield from map(branches, parts)
            return
        with ThreadPoolExecutor(THREADS) as pool:  # numpy works outside the interpreter's lock
            yield from pool.map(branches, parts)

    @cached_property
    def _tested(self) -> Array:
        """Columns that some node tests."""
        return np.unique(self.partition.feature[self.partition.feature != LEAF])

    def _branches(self, rows: Array, x: FloatArray, share: Array, branching: Array, roots: Array,
                  keep: bool) -> Reached:  # fmt: skip
        p, trees = self.partition, len(roots)
        found: list[tuple[Array, ...]] = []
        space = Space(share.shape[1], share.dtype)
        for root in roots:  # one after the other, so that a tree's branching stays in the processor's cache
            found += self._descended(x, share, branching, root, keep, space)
        row, node, mass, *rest = (np.concatenate(parts) for parts in zip(*found, strict=True))
        mass /= np.bincount(row, mass, len(rows))[row]
        if not keep:
            return Reached(rows, row, p.leaf[node], mass)
        order = np.argsort(row, kind="stable")
        return Reached(rows, row[order], p.leaf[node[order]], mass[order], rest[0][order] / trees)

    def _descended(self, x: FloatArray, share: Array, branching: Array, root: int, keep: bool,
                   space: Space) -> list[tuple[Array, ...]]:  # fmt: skip
        """Rows, leaves, their masses (and the components' shares of these) in one tree, level after level."""
        p, row, node = self.partition, np.arange(len(x)), np.full(len(x), root)
        self._follow(x, row, node)
        mass, found = np.ones(len(row)), list[tuple[Array, ...]]()
        space.start(share, np.arange(len(row)) if keep else np.flatnonzero(p.feature[node] != LEAF))
        while True:
            inner = p.feature[node] != LEAF
            done, going = np.flatnonzero(~inner), np.flatnonzero(inner)
            found.append((row[done], node[done], mass[done], *((space.weight[done],) if keep else ())))
            if not len(going):
                return found
            if keep:
                space.pick(going)
            row, node, mass = row[going], node[going], mass[going]
            left_mass = space.split(branching, node)
            row, node = np.concatenate([row, row]), np.concatenate([p.left[node], p.right[node]])
            mass = np.concatenate([left_mass, np.maximum(mass - left_mass, 0.0)])
            self._follow(x, row, node)
            # weights of components are only worked out where the way goes on
            space.advance(np.arange(len(row)) if keep else np.flatnonzero(p.feature[node] != LEAF))


class Space:
    """The components' weights on all branches at once, in memory that is used again: fresh memory costs more than sums.

    Attributes:
        weight: (branches, K) the weights now.
    """

    def __init__(self, components: int, dtype: Any) -> None:
        self._now, self._left, self._next = (np.empty((256, components), dtype) for _ in range(3))
        self._size = 0

    @property
    def weight(self) -> Array:
        """See the class."""
        return self._now[: self._size]

    def start(self, share: Array, rows: Array) -> None:
        """Begins with some rows of `share`."""
        self._room(len(rows))
        self._size = len(rows)
        np.take(share, rows, axis=0, out=self.weight, mode="clip")

    def pick(self, rows: Array) -> None:
        """Keeps some of the branches."""
        np.take(self._now, rows, axis=0, out=self._next[: len(rows)], mode="clip")
        self._now, self._next, self._size = self._next, self._now, len(rows)

    def split(self, branching: Array, node: Array) -> FloatArray:
        """Works out what goes left at each branch's node; returns the sums over components."""
        self._room(2 * self._size)
        left = self._left[: self._size]
        np.take(branching, node, axis=0, out=left, mode="clip")
        left *= self.weight
        return left.sum(axis=1).astype(float)

    def advance(self, chosen: Array) -> None:
        """Goes on with the chosen of all left and then all right branches of the last split."""
        half, left = self._size, self._left[: self._size]
        to_left = chosen[chosen < half]
        np.take(left, to_left, axis=0, out=self._next[: len(to_left)], mode="clip")
        right = np.subtract(self.weight, left, out=left)
        to_right = chosen[len(to_left) :] - half
        np.take(right, to_right, axis=0, out=self._next[len(to_left) : len(chosen)], mode="clip")
        self._now, self._next, self._size = self._next, self._now, len(chosen)

    def _room(self, rows: int) -> None:
        """Makes the arrays long enough."""
        if rows > len(self._now):
            longer = tuple(np.empty((2 * rows, self._now.shape[1]), self._now.dtype) for _ in range(3))
            longer[0][: self._size] = self.weight
            self._now, self._left, self._next = longer


@dataclass(frozen=True)
class Both:
    """A column inside a region, the empty cell counted in: P(empty) P(value) + P(full) P(value in region)."""

    whole: Restricted | None
    part: Restricted
    empty: FloatArray
    full: FloatArray

    def below_all(self, x: FloatArray) -> FloatArray:
        """Probability at or below each place in every component, (len(x), K)."""
        inside = self.full * self.part.below_all(x)
        return inside if self.whole is None else inside + self.empty * self.whole.below_all(x)

    def below(self, x: FloatArray, k: Array) -> FloatArray:
        """The same for matching arrays of places and components."""
        inside = self.full[k] * self.part.below(x, k)
        return inside if self.whole is None else inside + self.empty[k] * self.whole.below(x, k)


def grown(inputs: LatentClasses, data: Dataset, values: FloatArray, rank: tuple[Array, ...], offset: FloatArray,
          *, trees: int, leaf_rows: int, rng: np.random.Generator) -> MarginalTrees:  # fmt: skip
    """An ordinary bag of trees for the target on complete rows of values, as trees on the columns' lines."""
    features, t = np.array(data.schema.features), data.schema.target_index
    assert t is not None
    x = ranked(values, rank) - offset
    unit = np.array([unit_of(column) for column in x.T])  # what is tiny would be zero in single precision
    x = x / unit
    outputs, most = x[:, [t]], 0.5
    if data.schema.task == "class":
        outputs, most = (values[:, [t]] == np.unique(values[:, t])).astype(float), "sqrt"
    share, seed = min(SHARE, STRUCTURE_ROWS / len(x)), int(rng.integers(2**31))
    bag = bagged(x[:, features].astype(np.float32), outputs, trees, leaf_rows, seed, share, most)
    plain = partition_of(bag, rank, np.zeros(len(features)))
    inner = plain.feature != LEAF
    feature = np.where(inner, features[np.maximum(plain.feature, 0)], LEAF)
    cut = np.where(inner, plain.threshold * unit[feature] + offset[feature], plain.threshold)
    for j, column in enumerate(data.schema.columns):
        here = np.flatnonzero(feature == j)
        if column.step is not None:  # a cut between two grid points that no row had between is moved beside a point
            cut[here] = (np.floor(cut[here] / column.step + 1e-9) + 0.5) * column.step
    return MarginalTrees(inputs, replace(plain, feature=feature, threshold=cut))
