"""A column cut into a few regions, so that rows and components of a model are counted on the same bins."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np

from ...backbones.product_mixture import ProductMixture
from ...core.evidence import INF, Region, interval
from ...core.schema import Array, Column, FloatArray

HEAPS, HEAP = 4, 0.05  # numbers kept apart: how many at most, and the least share of rows that hold one
ROWS, SHARE = 5, 0.01  # a category with fewer rows is counted among the others


@dataclass(frozen=True)
class Bins:
    """Disjoint regions of one column that together hold all its values.

    Attributes:
        index: position of the column in the table.
        regions: the bins.
        place: (n,) bin of each row of the sample, -1 where the cell is empty.
    """

    index: int
    regions: tuple[Region, ...]
    place: Array

    def __len__(self) -> int:
        return len(self.regions)

    def of_components(self, mixture: ProductMixture) -> FloatArray:
        """P(bin | component, the cell is not empty), exact, (K, bins); rows sum to one."""
        factor = mixture.factors[self.index]
        table = np.exp(np.column_stack([factor.log_region(region) for region in self.regions]))
        return table / table.sum(axis=1, keepdims=True)  # rounding error only

    @cached_property
    def known(self) -> Array:
        """Boolean (n,): rows whose cell is not empty."""
        return self.place >= 0


def bins(column: Column, index: int, cells: FloatArray, cuts: Sequence[float], levels: int) -> Bins:
    """Bins of a column; none at all when every cell is empty.

    Args:
        column: its facts.
        index: its position in the table.
        cells: float64 (n,), encoded.
        cuts: for numbers the quantiles where bins end. Numbers that many rows share have bins of their own.
        levels: for categories the most that have a bin of their own, the others share one.
    """
    known = cells[~np.isnan(cells)]
    if not len(known):
        regions: tuple[Region, ...] = ()
    elif column.kind == "category":
        regions = _categories(len(column.values), known.astype(int), levels)
    else:
        regions = _numbers(column, known, cuts)
    place = np.full(len(cells), -1)
    for i, region in enumerate(regions):
        place[region.contains(cells)] = i
    return Bins(index, regions, place)


def _categories(codes: int, known: Array, levels: int) -> tuple[Region, ...]:
    count = np.bincount(known, minlength=codes)
    fewest = max(min(ROWS, len(known) // 20), SHARE * len(known), 1)
    own = [c for c in np.argsort(-count, kind="stable")[:levels] if count[c] >= fewest]
    masks = [np.arange(codes) == c for c in own]
    if len(own) < codes:
        masks.append(~np.isin(np.arange(codes), own))
    return tuple(Region(False, codes=tuple(mask.tolist())) for mask in masks)


def _numbers(column: Column, known: FloatArray, cuts: Sequence[float]) -> tuple[Region, ...]:
    share = {atom: float((known == atom).mean()) for atom in column.atoms}
    heaps = sorted(sorted(share, key=lambda a: -share[a])[:HEAPS])
    heaps = [a for a in heaps if share[a] >= HEAP]
    rest = known[~np.isin(known, heaps)]
    distinct = np.unique(rest)
    if len(distinct) <= len(cuts) + 1:
        ends = distinct[:-1]
    else:
        ends = np.unique(np.quantile(rest, cuts, method="inverted_cdf"))
        ends = ends[ends < distinct[-1]]
    points = Region(False, intervals=tuple((a, a, True, True) for a in heaps))
    limits = [-INF, *ends.tolist(), INF]
    between = [interval(a, b, False, True).both(points.complement()) for a, b in pairwise(limits)]
    alone = [interval(a, a) for a in heaps]
    return tuple(region for region in (*alone, *between) if region.has_mass(column) or column.step is None)
