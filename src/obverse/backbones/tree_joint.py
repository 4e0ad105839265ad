"""The joint p(x, y) = p(x) P(y | leaves of x): every query, exactly, under any condition on inputs and target.

p(x) is a mixture of products, P(y|x) an average over trees, so a component and a leaf together make inputs and target
independent: conditions re-weigh pairs (component, leaf), and what is unknown is summed out or drawn inside the leaf's
box. This is the route of "joints in random forests" (Correia, Peharz and de Campos 2020) with p(x) shared by all
trees, so that complete inputs get the vote of an ordinary forest.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from ..core.evidence import Evidence, Region
from ..core.queries import Prediction
from ..core.schema import Array, Dataset, FloatArray, Schema
from .binned import bins_for
from .binned_factor import BinnedFactor
from .factors import CategoryFactor, Factor
from .frequencies import Frequencies, counted
from .latent_classes import LatentClasses, drawn, line_of
from .marginal_trees import MarginalTrees, Reached
from .partition import Partition
from .product_mixture import distinct_rows

UNMET = 1e-9  # imaginary rows of a class that no row has
ANSWERED = 8_192  # rows answered at once


@dataclass(frozen=True)
class TreeJoint:
    """See the module docstring.

    Attributes:
        trees: the trees over p(x).
        target: P(y | leaf).
    """

    trees: MarginalTrees
    target: Factor

    @property
    def inputs(self) -> LatentClasses:
        """The mixture p(x)."""
        return self.trees.inputs

    @property
    def _t(self) -> int:
        t = self.inputs.schema.target_index
        assert t is not None
        return t

    # ------------------------------------------------------------------- the queries

    def log_prob(self, event: Evidence) -> FloatArray:
        """Log-measure of every row of evidence, (n,) nats."""
        distinct, which = distinct_rows(event)
        y, region = distinct.values[:, self._t], self._in_region(distinct.regions.get(self._t))
        asked = ~np.isnan(y)
        out = np.empty(len(distinct))
        for start in range(0, len(distinct), ANSWERED):
            rows = slice(start, start + ANSWERED)
            part = Evidence(distinct.values[rows], distinct.regions).without([self._t])
            share, out[rows] = self.inputs.posterior(part)
            mine = np.arange(len(part)) if region is not None else np.flatnonzero(asked[rows])
            if len(mine):
                out[start + mine] += self._log_target(part, share, y[rows], region, mine)
        out[self.inputs.off_grid(distinct.values)] = -np.inf
        return out[which]

    def predict(self, given: Evidence) -> Prediction:
        """P(target | known inputs): class probabilities, or the mean of a numeric target."""
        distinct, which = distinct_rows(self._settled(given))
        answer = np.concatenate([self._averaged(part) for _, part in _parts(distinct)])[which]
        if isinstance(self.target, CategoryFactor):
            return Prediction(proba=answer / answer.sum(axis=1, keepdims=True))
        return Prediction(mean=answer)

    def sample(self, n: int, given: Evidence, rng: np.random.Generator) -> FloatArray:
        """n rows that satisfy one row of evidence; NaN where the model leaves a cell empty."""
        given = self._settled(given)
        share, _ = self.inputs.posterior(given.without([self._t]))
        chance = self._chance(given)
        if chance is None:
            k = rng.choice(share.shape[1], size=n, p=share[0])
            values, latent = self._inputs_drawn(given, k, None, rng)
            leaf = self.trees.walk_one(latent, rng.integers(self.trees.trees, size=n))
        else:
            k, leaf = self._pairs(given, share, chance, n, rng)
            values, _ = self._inputs_drawn(given, k, leaf, rng)
        y = given.values[0, self._t]
        values[:, self._t] = y if not np.isnan(y) else self.target.draw(leaf, given.regions.get(self._t), rng)
        return values

    def impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Completed copies: the point (mean or mode), or draws from P(holes | the rest)."""
        copies = [given.values.copy() for _ in range(draws or 1)]
        holes = np.isnan(given.values)
        settled = self._settled(given)
        known = ~holes[:, self._t]
        for labelled in (False, True):
            rows = np.flatnonzero(holes.any(axis=1) & (known == labelled))
            fill = self._filled_given_y if labelled else self._filled
            for start in range(0, len(rows), ANSWERED):
                part = rows[start : start + ANSWERED]
                fill(Evidence(settled.values[part]), holes[part], part, copies, draws is None, rng)
        return copies

    # --------------------------------------------------------------------- target

    def _in_region(self, region: Region | None) -> FloatArray | None:
        """log P(the target lies in the region) in every leaf, (L,); None when it surely does."""
        if region is None:
            return None
        log = self.target.log_region(region) if region.holds_values else np.full(self.trees.leaves, -np.inf)
        return None if (log == 0).all() else log

    def _chance(self, given: Evidence) -> FloatArray | None:
        """Probability in every leaf, up to a factor, of what one row of evidence says of the target, (L,), or None."""
        y = given.values[0, self._t]
        log = self._in_region(given.regions.get(self._t))
        if not np.isnan(y):
            log = self.target.log_value(np.full(self.trees.leaves, y), np.arange(self.trees.leaves))
        return None if log is None else np.exp(log - (log.max() if np.isfinite(log.max()) else 0.0))

    def _log_target(self, part: Evidence, share: FloatArray, y: FloatArray, in_region: FloatArray | None,
                    rows: Array) -> FloatArray:  # fmt: skip
        """log P(the target's value or region | the inputs) of the chosen rows."""
        out = np.zeros(len(rows))
        for block in self.trees.reach(Evidence(part.values[rows], part.regions), share[rows]):
            value = y[rows[block.rows]][block.row]
            known = ~np.isnan(value)
            log = np.zeros(len(value)) if in_region is None else in_region[block.leaf]
            log[known] = self.target.log_value(value[known], block.leaf[known])
            out[block.rows] = np.bincount(block.row, block.mass * np.exp(log), len(block.rows))
        with np.errstate(divide="ignore"):
            return np.log(out)

    def _averaged(self, part: Evidence) -> FloatArray:
        """What the leaves say of the target on average: class probabilities (n, C) or means (n,)."""
        share, _ = self.inputs.posterior(part)
        out: FloatArray | None = None
        for block in self.trees.reach(part, share):
            weights = _matrix(block, self.trees.leaves)
            if isinstance(self.target, CategoryFactor):
                mine = self.target.frequencies.averaged(weights)
            else:
                mine = self.target.centre(weights)
            out = np.empty((len(part), *mine.shape[1:])) if out is None else out
            out[block.rows] = mine
        assert out is not None
        return out

    # -------------------------------------------------------------------- drawing

    def _pairs(self, given: Evidence, share: FloatArray, chance: FloatArray, n: int,
               rng: np.random.Generator) -> tuple[Array, Array]:  # fmt: skip
        """n components and leaves, drawn together by their probability under one row of evidence."""
        blocks: list[tuple[Array, FloatArray]] = []
        for root in self.trees.partition.roots:
            one = Evidence(given.values, given.regions).without([self._t])
            for block in self.trees.reach(one, share, keep=True, roots=np.array([root])):
                assert block.share is not None
                blocks.append((block.leaf, block.share * chance[block.leaf, None]))
        totals = np.array([weight.sum() for _, weight in blocks])
        k, leaf = [np.zeros(0, int)], [np.zeros(0, int)]
        for (leaves, weight), m in zip(blocks, rng.multinomial(n, totals / totals.sum()), strict=True):
            ladder = np.cumsum(weight)
            at = np.searchsorted(ladder, rng.random(m) * ladder[-1], side="right")
            at = np.minimum(at, len(ladder) - 1)
            leaf.append(leaves[at // weight.shape[1]])
            k.append(at % weight.shape[1])
        order = rng.permutation(n)
        return np.concatenate(k)[order], np.concatenate(leaf)[order]

    def _inputs_drawn(self, given: Evidence, k: Array, leaf: Array | None,
                      rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """Rows of inputs from components (inside leaves), and the same with values also where cells are empty."""
        n = len(k)
        latent = np.tile(given.values, (n, 1))
        gone = np.zeros(latent.shape, bool)
        low, high = np.full(n, -np.inf), np.full(n, np.inf)
        for j in self.inputs.schema.features:
            if not np.isnan(given.values[0, j]):
                continue
            factor, region = self.inputs.columns[j], given.regions.get(j)
            if leaf is not None:
                low, high = self.trees.boxes[0][leaf, j], self.trees.boxes[1][leaf, j]
            inside, whole = factor.restricted(region), factor.restricted(None)
            if region is not None and region.missing:
                empty = self.inputs.missing[k, j]
                in_box = empty * (whole.below(high, k) - whole.below(low, k))
                kept = (1 - empty) * (inside.below(high, k) - inside.below(low, k))
                gone[:, j] = rng.random(n) * (in_box + kept) < in_box
            for rows, part in ((np.flatnonzero(gone[:, j]), whole), (np.flatnonzero(~gone[:, j]), inside)):
                if len(rows):
                    latent[rows, j] = factor.draw_in(k[rows], low[rows], high[rows], part, rng)
        return np.where(gone, np.nan, latent), latent

    def _filled(self, part: Evidence, holes: Array, rows: Array, copies: list[Array], point: bool,
                rng: np.random.Generator) -> None:  # fmt: skip
        """Fills copies where the target is unknown: inputs by p(x), then the target by the trees."""
        share, _ = self.inputs.posterior(part)
        for copy in copies:
            k = None if point else drawn(share, rng)
            latent = part.values.copy()
            for j in self.inputs.schema.features:
                here = np.flatnonzero(holes[:, j])
                if not len(here):
                    continue
                factor = self.inputs.columns[j]
                if k is None:
                    copy[rows[here], j] = factor.centre(share[here])
                else:
                    region = Region.support(factor.column, missing=False)
                    latent[here, j] = copy[rows[here], j] = factor.draw(k[here], region, rng)
            if k is None:
                answer = self._averaged(part)
                copy[rows, self._t] = answer.argmax(axis=1) if answer.ndim == 2 else answer
            else:
                leaf = self.trees.walk_one(latent, rng.integers(self.trees.trees, size=len(rows)))
                region = Region.support(self.inputs.schema.columns[self._t], missing=False)
                copy[rows, self._t] = self.target.draw(leaf, region, rng)

    def _filled_given_y(self, part: Evidence, holes: Array, rows: Array, copies: list[Array], point: bool,
                        rng: np.random.Generator) -> None:  # fmt: skip
        """Fills inputs where the target is known: pairs of component and leaf, weighed by both."""
        share, _ = self.inputs.posterior(part.without([self._t]))
        for block in self.trees.reach(part, share, keep=True):
            assert block.share is not None
            y = part.values[block.rows, self._t][block.row]
            weight = block.share * np.exp(self.target.log_value(y, block.leaf))[:, None]
            total = np.bincount(block.row, weight.sum(axis=1), len(block.rows))
            weight = np.where((total > 0)[block.row, None], weight, block.share)  # a value that no leaf allows
            for copy in copies:
                if point:
                    self._centred(block, weight, holes, rows, copy)
                else:
                    self._drawn(block, weight, part, holes, rows, copy, rng)

    def _centred(self, block: Reached, weight: FloatArray, holes: Array, rows: Array, copy: Array) -> None:
        """Means and modes of the holes of a block of rows, from weighted pairs."""
        for j in self.inputs.schema.features:
            here = np.flatnonzero(holes[block.rows[block.row], j])
            if not len(here):
                continue
            factor, (mass, overlap, box) = self.inputs.columns[j], self._held(j)
            at = box[block.leaf[here]]
            share = ((weight[here] / mass[at]) @ factor.table) * overlap[at]
            add = sparse.csr_matrix(
                (np.ones(len(here)), (block.row[here], np.arange(len(here)))), (len(block.rows), len(here))
            )
            share = np.asarray(add @ share)
            total = share.sum(axis=1)
            mine = np.flatnonzero(total > 0)
            copy[rows[block.rows[mine]], j] = factor.centre_of(share[mine] / total[mine, None])

    @cached_property
    def _boxes(self) -> dict[int, tuple[FloatArray, FloatArray, Array]]:
        """What `_held` has worked out."""
        return {}

    def _held(self, j: int) -> tuple[FloatArray, FloatArray, Array]:
        """Of the distinct boxes of leaves on column j: probability in every component and share of every bin.

        Returns (boxes, K), (boxes, bins) and the box of every leaf; a probability of 0 is given as infinity.
        """
        if j not in self._boxes:
            low, high = (edges[:, j] for edges in self.trees.boxes)
            boxes, which = np.unique(np.column_stack([low, high]), axis=0, return_inverse=True)
            factor = self.inputs.columns[j]
            whole = factor.restricted(None)
            mass = whole.below_all(boxes[:, 1]) - whole.below_all(boxes[:, 0])
            self._boxes[j] = np.where(mass > 0, mass, np.inf), _overlap(factor, boxes), which
        return self._boxes[j]

    def _drawn(self, block: Reached, weight: FloatArray, part: Evidence, holes: Array, rows: Array, copy: Array,
               rng: np.random.Generator) -> None:  # fmt: skip
        """Draws the holes of a block of rows: a pair for each row, then its cells inside the leaf's box."""
        total = np.cumsum(weight.sum(axis=1))
        last = np.searchsorted(block.row, np.arange(len(block.rows)), side="right") - 1
        start = np.concatenate([[0.0], total[last][:-1]])
        goal = start + rng.random(len(last)) * (total[last] - start)
        pair = np.minimum(np.searchsorted(total, goal, side="right"), last)
        k, leaf = drawn(weight[pair], rng), block.leaf[pair]
        for j in self.inputs.schema.features:
            here = np.flatnonzero(holes[block.rows, j])
            if not len(here):
                continue
            factor = self.inputs.columns[j]
            low, high = self.trees.boxes[0][leaf[here], j], self.trees.boxes[1][leaf[here], j]
            inside = factor.restricted(Region.support(factor.column, missing=False))
            copy[rows[block.rows[here]], j] = factor.draw_in(k[here], low, high, inside, rng)

    def _settled(self, given: Evidence) -> Evidence:
        """Numbers between grid points count as the nearest one."""
        columns = [c.on_grid(given.values[:, j]) for j, c in enumerate(self.inputs.schema.columns)]
        return Evidence(np.column_stack(columns), given.regions)

    # ------------------------------------------------------------------------ state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "inputs": self.inputs.state(), "partition": self.trees.partition.state(), "target": self.target.state(),
        }  # fmt: skip

    @classmethod
    def from_state(cls, schema: Schema, state: dict[str, Any]) -> TreeJoint:
        """Inverse of `state`."""
        inputs = LatentClasses.from_state(schema, state["inputs"])
        column = schema.target_column
        assert column is not None
        target: Factor
        if column.kind == "category":
            target = CategoryFactor(Frequencies.from_state(state["target"]["frequencies"]))
        else:
            target = BinnedFactor.from_state(column, state["target"])
        made = cls(MarginalTrees(inputs, Partition.from_state(state["partition"])), target)
        made.trees.check_indices()
        return made


def target_of(trees: MarginalTrees, data: Dataset, values: FloatArray, strength: float) -> Factor:
    """P(y | leaf) counted over labelled rows of complete values and shrunk to the whole by so many imaginary rows."""
    t, column = data.schema.target_index, data.schema.target_column
    assert t is not None and column is not None
    leaves, y = trees.leaves, values[:, t]
    if column.kind == "category":
        code, codes = y.astype(int), len(column.values)
        seen = np.bincount(code, minlength=codes)
        base = np.where(seen > 0, seen + 0.5, UNMET)
        base = base / base.sum()
    else:
        part, base = line_of(column, y, np.zeros(0, int), bins_for(len(y)))
        blank = BinnedFactor(column, np.zeros(0, int), part, np.zeros((1, part.bins)))
        code, codes = part.bin[blank.cells(y)], part.bins
    leaf = trees.walk(values)
    counts = sparse.csr_matrix((leaves, codes))
    for own in leaf.T:
        counts = counts + counted(own, code, np.ones(len(own)), leaves, codes)
    if column.kind == "category":
        return CategoryFactor(Frequencies(counts, base, strength))
    table = (counts.toarray() + strength * base) / (np.asarray(counts.sum(axis=1)) + strength)
    return BinnedFactor(column, np.zeros(0, int), part, table)


def _matrix(block: Reached, leaves: int) -> sparse.csr_matrix:
    """Leaf weights of a block, sparse (rows, leaves)."""
    return sparse.csr_matrix((block.mass, (block.row, block.leaf)), shape=(len(block.rows), leaves))


def _overlap(factor: BinnedFactor, boxes: FloatArray) -> FloatArray:
    """Share of every bin inside each box (low, high] of places, (boxes, bins)."""
    bins = np.arange(factor.part.bins)

    def below(x: FloatArray) -> FloatArray:
        which, share = factor.part.below(x)
        whole = (bins < which[:, None]) | np.isposinf(x)[:, None]
        return np.where(whole, 1.0, np.where(bins == which[:, None], share[:, None], 0.0))

    return np.maximum(below(boxes[:, 1]) - below(boxes[:, 0]), 0.0)


def _parts(evidence: Evidence) -> list[tuple[slice, Evidence]]:
    """Blocks of rows."""
    starts = range(0, max(len(evidence), 1), ANSWERED)
    slices = [slice(s, s + ANSWERED) for s in starts]
    return [(s, Evidence(evidence.values[s], evidence.regions)) for s in slices]
