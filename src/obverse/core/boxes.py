"""A condition under a schema: as disjoint boxes a family can answer exactly, and as a test of encoded rows.

A box is a product of one region a column, so its probability is one call of a family's hook, and the probability of a
union of disjoint boxes is a sum. A comparison between two columns is handled as one more column, with the categories
less, equal and greater (missing when a side is), so the algebra below knows regions only:

    and: pairwise intersections               A minus a box r1 r2 ...: A ¬r1, A r1 ¬r2, ... (disjoint)
    or:  A and what B holds outside A         not: everything minus A
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import TypeVar

import numpy as np

from .errors import BadCondition
from .evidence import Evidence, Region
from .given import And, Columns, Expression, Missing, Not, Op, Or, leaves
from .resolve import COMPARE, OUTCOMES, order, position, resolve, sides, truth
from .schema import Array, Column, FloatArray, Schema

MAX_BOXES = 1024

_OPS: dict[tuple[bool, ...], Op] = {codes: op for op, codes in OUTCOMES.items()}
_Key = tuple[int, ...]  # (column,) or (left, right) of a comparison, left < right
_Piece = dict[_Key, Region]  # a box of the algebra; what it does not name is free
_T = TypeVar("_T")


@dataclass(frozen=True)
class Relation:
    """`left op right`, by column position, is `truth`; a comparison with a missing cell is false."""

    left: int
    op: Op
    right: int
    truth: bool


@dataclass(frozen=True)
class Box:
    """Cells in regions, cells at exact points of a density, and comparisons between columns, all at once.

    Attributes:
        regions: column position -> region. Columns it does not name are free, or exact in `points`.
        points: position of a density column -> its value, which has a density and no mass.
        relations: comparisons that neither can express.
    """

    regions: Mapping[int, Region] = field(default_factory=dict[int, Region])
    points: Mapping[int, float] = field(default_factory=dict[int, float])
    relations: tuple[Relation, ...] = ()

    def evidence(self, schema: Schema, *, support: bool) -> Evidence:
        """One row of evidence, without the relations.

        With `support` every column is also kept within what samples may hold: the observed bounds, and missing cells
        only where the data had some and never in the target.
        """
        values = np.full((1, len(schema.columns)), np.nan)
        regions = dict(self.regions)
        if support:
            for i, column in enumerate(schema.columns):
                limits = Region.support(column, missing=_has_missing(schema, i))
                regions[i] = regions[i].both(limits) if i in regions else limits
        for i, point in self.points.items():
            values[0, i] = point
            regions[i] = Region.everything(schema.columns[i], missing=False)
        return Evidence(values, regions)

    def within_support(self, schema: Schema) -> bool:
        """Whether samples, which keep the observed bounds, fit every region, every point and every order."""
        regions = self.evidence(schema, support=True).regions
        inside = all(regions[i].missing or regions[i].has_mass(schema.columns[i]) for i in self.regions)
        inside &= all(schema.columns[i].low <= x <= schema.columns[i].high for i, x in self.points.items())
        return inside and self._orders_fit(regions, schema)

    def _orders_fit(self, regions: Mapping[int, Region], schema: Schema) -> bool:
        """Whether bounds of the columns leave room for the relations; a chain of them carries a bound along."""
        low: dict[int, float] = {}
        high: dict[int, float] = {}
        below: list[tuple[int, int, bool]] = []  # a is below b; may not be equal
        for r in self.relations:
            pieces = [regions[i].intervals for i in (r.left, r.right)]
            if not r.truth or r.op in ("==", "!=") or not all(pieces):
                continue
            a, b = (r.left, r.right) if r.op in ("<", "<=") else (r.right, r.left)
            below.append((a, b, r.op in ("<", ">")))
            for i, spans in zip((r.left, r.right), pieces, strict=True):
                assert spans is not None
                low[i], high[i] = spans[0][0], spans[-1][1]
        for _ in below:
            for a, b, _strict in below:
                high[a], low[b] = min(high[a], high[b]), max(low[b], low[a])
        return all(low[a] < high[b] if strict else low[a] <= high[b] for a, b, strict in below)


def check(expression: Expression, schema: Schema) -> None:
    """Raise BadCondition with every column and value of the expression that the schema does not have."""
    problems: list[str] = []
    for leaf in leaves(expression):
        try:
            resolve(leaf, schema)
        except BadCondition as error:
            problems += error.problems
    if problems:
        raise BadCondition(list(dict.fromkeys(problems)))


def compile(expression: Expression, schema: Schema) -> list[Box]:
    """Pairwise disjoint boxes whose union is the expression; an empty list when nothing can satisfy it.

    On a density column a single number that is not an atom has a density and no mass. Where nothing else satisfies
    the expression it becomes one of a box's `points`; beside anything that has mass it is measure zero and is dropped,
    as are boxes with more points than the fewest.

    Raises:
        BadCondition: unknown columns or values (all are listed), comparisons that have no meaning, alternatives whose
            densities have different units, or more than `MAX_BOXES` boxes.
    """
    check(expression, schema)
    pieces = [p for piece in _pieces(expression, schema) for p in _without_certain_orders(piece, schema)]
    boxes = _bounded(box for piece in pieces for box in _boxes(piece, schema))
    fewest = min((len(box.points) for box in boxes), default=0)
    boxes = [box for box in boxes if len(box.points) == fewest]
    if len({frozenset(box.points) for box in boxes}) > 1:
        raise BadCondition("single values of different continuous columns cannot be joined by `or`; ask for ranges")
    return boxes


def holds(expression: Expression, schema: Schema, values: FloatArray) -> Array:
    """Boolean (n,): which encoded rows (n, d), missing cells NaN, satisfy the expression.

    A category never met (`UNSEEN`) is different from every value and has no place in an order. BadCondition as in
    `compile`.
    """
    check(expression, schema)
    return _holds(expression, schema, values)


def relations_hold(box: Box, schema: Schema, values: FloatArray) -> Array:
    """Boolean (n,): in which encoded rows (n, d) every relation of the box is as it says."""
    kept = np.ones(len(values), bool)
    for r in box.relations:
        true = Region(False, codes=OUTCOMES[r.op]).contains(order(schema, r.left, r.right, values))
        kept &= true == r.truth
    return kept


def _holds(expression: Expression, schema: Schema, values: FloatArray) -> Array:
    if isinstance(expression, And | Or):
        join = np.logical_and if isinstance(expression, And) else np.logical_or
        return reduce(join, [_holds(part, schema, values) for part in expression.parts])
    if isinstance(expression, Not):
        return ~_holds(expression.part, schema, values)
    if isinstance(expression, Columns):
        a, b = sides(schema, position(schema, expression.left), position(schema, expression.right), values)
        return COMPARE[expression.op](a, b) & ~np.isnan(a) & ~np.isnan(b)
    i = position(schema, expression.column)
    known = ~np.isnan(values[:, i])
    if isinstance(expression, Missing):
        return known if expression.negated else ~known
    return known & truth(schema.columns[i], expression, values[:, i])


# --- the algebra of pieces ---


def _pieces(expression: Expression, schema: Schema) -> list[_Piece]:
    if isinstance(expression, And):
        return reduce(_intersect, [_pieces(part, schema) for part in expression.parts])
    if isinstance(expression, Or):
        return reduce(_unite, [_pieces(part, schema) for part in expression.parts])
    if isinstance(expression, Not):
        return _merged(_minus([{}], _pieces(expression.part, schema)))
    piece = resolve(expression, schema)
    return [] if any(region.is_empty for region in piece.values()) else [piece]


def _intersect(left: list[_Piece], right: list[_Piece]) -> list[_Piece]:
    return _merged(_bounded(both for a in left for b in right if (both := _both(a, b)) is not None))


def _unite(left: list[_Piece], right: list[_Piece]) -> list[_Piece]:
    return _merged(_bounded([*left, *_minus(right, left)]))


def _minus(pieces: list[_Piece], taken: list[_Piece]) -> list[_Piece]:
    for box in taken:
        pieces = _bounded(rest for piece in pieces for rest in _outside(piece, box))
    return pieces


def _outside(piece: _Piece, box: _Piece) -> Iterator[_Piece]:
    """Disjoint pieces of `piece` that lie outside `box`."""
    if _both(piece, box) is None:
        yield piece
        return
    inside: _Piece | None = piece
    for key, region in box.items():
        if inside is not None and (rest := _both(inside, {key: region.complement()})) is not None:
            yield rest
        inside = None if inside is None else _both(inside, {key: region})


def _both(a: _Piece, b: _Piece) -> _Piece | None:
    """The intersection, None when it is empty."""
    out = dict(a)
    for key, region in b.items():
        out[key] = out[key].both(region) if key in out else region
        if out[key].is_empty:
            return None
    return out


def _union(a: Region, b: Region) -> Region:
    return a.complement().both(b.complement()).complement()


def _merged(pieces: list[_Piece]) -> list[_Piece]:
    """The same set in fewer pieces: those that differ in one key only become one."""
    for key in sorted({key for piece in pieces for key in piece}):
        groups: dict[frozenset[tuple[_Key, Region]], list[_Piece]] = {}
        for piece in pieces:
            rest = frozenset((k, r) for k, r in piece.items() if k != key)
            groups.setdefault(rest, []).append(piece)
        pieces = [group[0] if len(group) == 1 else _joined(group, key) for group in groups.values()]
    return pieces


def _joined(group: list[_Piece], key: _Key) -> _Piece:
    whole = reduce(_union, [piece[key] for piece in group])
    joined = {k: r for k, r in group[0].items() if k != key}
    return joined if whole.complement().is_empty else joined | {key: whole}


def _bounded(boxes: Iterable[_T]) -> list[_T]:
    """The boxes as a list, BadCondition when they are more than a family should be asked for."""
    out = list(itertools.islice(boxes, MAX_BOXES + 1))
    if len(out) > MAX_BOXES:
        raise BadCondition(f"the condition falls into more than {MAX_BOXES} separate boxes; ask it in parts")
    return out


# --- from pieces to boxes ---


def _without_certain_orders(piece: _Piece, schema: Schema) -> list[_Piece]:
    """The piece with orders that only say which cells are missing written as regions.

    A true comparison needs both cells known; one that is neither less, equal nor greater needs one missing.
    """
    pieces = [piece]
    for key, outcome in piece.items():
        if len(key) == 1:
            continue
        known = [{(i,): Region.everything(schema.columns[i], missing=False)} for i in key]
        gone = [{(i,): Region.nothing(schema.columns[i], missing=True)} for i in key]
        if not outcome.holds_values:
            cases = [gone[0], known[0] | gone[1]]
        elif not outcome.missing:
            cases = [known[0] | known[1]]
        else:
            cases = list[_Piece]([{}])
        pieces = [both for p in pieces for case in cases if (both := _both(p, case)) is not None]
    always = {(True,) * 3, (False,) * 3}
    return [{k: r for k, r in p.items() if len(k) == 1 or r.codes not in always} for p in pieces]


def _boxes(piece: _Piece, schema: Schema) -> Iterator[Box]:
    """The piece as a box; one box a point where a density column holds nothing but points."""
    regions: dict[int, Region] = {}
    points: dict[int, tuple[float, ...]] = {}
    relations: list[Relation] = []
    for key, region in sorted(piece.items()):
        if len(key) == 2:
            kept = region.complement() if region.missing else region
            relations.append(Relation(key[0], _OPS[kept.codes or ()], key[1], truth=not region.missing))
            continue
        (i,) = key
        column = schema.columns[i]
        massive = _massive(region, column)
        if massive.holds_values or (region.missing and (_has_missing(schema, i) or not region.holds_values)):
            regions[i] = massive
        else:
            points[i] = region.points or ()
    for values in itertools.product(*points.values()):
        yield Box(regions, dict(zip(points, values, strict=True)), tuple(relations))


def _massive(region: Region, column: Column) -> Region:
    """The region without the single numbers of a density column that are no atoms of it."""
    if column.measure == "mass":
        return region
    kept = tuple(piece for piece in region.intervals or () if piece[0] < piece[1] or piece[0] in column.atoms)
    return Region(region.missing, intervals=kept)


def _has_missing(schema: Schema, i: int) -> bool:
    """Missing cells of the column have probability; a target is never drawn missing."""
    return schema.columns[i].missing > 0 and i != schema.target_index
