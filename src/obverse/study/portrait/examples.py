"""Typical and odd rows of each group, and what is odd about the odd ones.

*Odd* are the rows whose cells lie in improbable ranges: every column is cut into ranges (bins), and the joint forest
gives the exact probability of a row's ranges. Ranges, and not the density itself, because densities are no measure of
oddity across columns: of a column with many decimals every value is improbable, a value that fell on a heap is not,
and a row with holes has fewer factors. For the same reason rows are compared by the mean of a known cell. A cell is to
blame when its range was improbable given the rest of its row; it is either rare in all rows, or usual there and only
does not fit the rest.

*Typical* are the medoids of the denser half: the row nearest to all others of its group, then those that bring the
others nearer still. The peaks of the density alone would be a poor choice: they lie away from where most rows are (the
densest malignant tumours look benign), and the three highest are nearly the same row. The medoids of all rows would
be poor as well: between two kinds of rows they find one of neither kind.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...backbones.product_mixture import ProductMixture
from ...core.evidence import Evidence, Region, interval
from ...core.schema import Array, FloatArray, Schema
from .bins import bins
from .wording import cell

CUTS = (0.002, 0.01, 0.05, 0.2, 0.4, 0.6, 0.8, 0.95, 0.99, 0.998)
LEVELS = 50
COLUMNS = 60  # looked at; the model sums the others out
SHOWN, GROUPS, EACH, BLAMED = 12, 6, 3, 3
SURPRISING = np.log(10)  # such a cell was to be expected in less than one of ten rows
UNFIT = np.log(2)  # given the rest of the row it is so much less probable than in all rows
NEIGHBOURS = 400  # rows of a group that stand for it where distances are taken
PAIRS = 20_000_000  # (row, component) pairs at once
IMPOSSIBLE = -60.0  # log-probability that stands for none, which single precision cannot hold


@dataclass(frozen=True)
class Group:
    """Rows shown together: `name` for people, positions in the sample, and log P(group) under the model."""

    name: str
    rows: Array
    log_share: float


def examples(
    mixture: ProductMixture,
    cells: FloatArray,
    density: FloatArray,
    row_numbers: Array,
    tells: Sequence[int],
    rng: np.random.Generator,
) -> dict[str, Any]:
    """Three typical and three odd rows of each group.

    Groups are the classes of the target, at most the 6 commonest; the lowest, middle and highest third of a numeric
    target; or all rows. Fewer rows are shown of groups with fewer than six.

    Args:
        mixture: the fitted model.
        cells: float64 (n, d), the sample, encoded as the mixture's schema says.
        density: (n,) log p(row) of the model, in nats.
        row_numbers: (n,) their positions in the whole table.
        tells: positions of columns, those that matter most first; at most 60 are looked at.
        rng: draws the rows among which distances are taken.

    Returns:
        `columns` shown, at most 12; `groups` with `group`, `rows`, `typical` and `odd`, whose `log_prob` is
        log p(row | group) in nats, of the cells that are there; odd rows list in `odd` the cells to blame: `name`,
        `cell`, `surprise` = -log P(range of the cell | rest of the row), `rare` (in all rows) or only unfit.
    """
    schema = mixture.schema
    looked = list(tells[:COLUMNS])
    ranges = _Ranges.of(mixture, cells, looked)
    found = []
    for group in _groups(mixture, cells):
        fit = ranges.log_prob(group.rows) / np.maximum(ranges.known(group.rows), 1)
        each = min(EACH, (len(group.rows) + 1) // 2)
        dense = density[group.rows] / np.maximum((~np.isnan(cells[group.rows])).sum(axis=1), 1)
        likely = np.flatnonzero(dense >= np.median(dense))
        typical = group.rows[_medoids(cells, group.rows, likely, looked, schema, each, rng)]
        rest = np.argsort(fit, kind="stable")
        odd = [i for i in group.rows[rest] if i not in typical][: min(EACH, len(group.rows) - len(typical))]
        found.append((group, typical, odd, {i: ranges.blame(i) for i in odd}))
    shown = _shown(schema, tells, [blame for *_, blames in found for blame in blames.values()])

    def row(i: int, group: Group) -> dict[str, Any]:
        texts = [cell(cells[i, j], schema.columns[j]) for j in shown]
        return {"row": int(row_numbers[i]), "cells": texts, "log_prob": float(density[i]) - group.log_share}

    def blamed(blame: _Blame, i: int) -> dict[str, Any]:
        column = schema.columns[blame.column]
        said = {"name": column.name, "cell": cell(cells[i, blame.column], column)}
        return said | {"surprise": blame.surprise, "rare": blame.rare}

    groups = [
        {
            "group": group.name,
            "rows": len(group.rows),
            "typical": [row(i, group) for i in typical],
            "odd": [row(i, group) | {"odd": [blamed(b, i) for b in blames[i]]} for i in odd],
        }
        for group, typical, odd, blames in found
    ]
    return {"columns": [schema.names[j] for j in shown], "groups": groups}


# ------------------------------------------------------------------------ groups


def _groups(mixture: ProductMixture, cells: FloatArray) -> list[Group]:
    schema = mixture.schema
    t, column = schema.target_index, schema.target_column
    if t is None or column is None:
        return [Group("all rows", np.arange(len(cells)), 0.0)]
    y = cells[:, t]
    known = ~np.isnan(y)
    parts: list[tuple[str, Region]] = []
    if column.kind == "category":
        codes = len(column.values)
        count = np.bincount(y[known].astype(int), minlength=codes)
        for code in np.argsort(-count, kind="stable")[:GROUPS]:
            name = f"{column.name} = {cell(float(code), column)}"
            parts.append((name, Region(False, codes=tuple((np.arange(codes) == code).tolist()))))
    elif known.any():
        a, b = np.quantile(y[known], [1 / 3, 2 / 3], method="inverted_cdf")
        low, high = cell(a, column), cell(b, column)
        parts = [
            (f"{column.name}: low third, up to {low}", interval(high=a)),
            (f"{column.name}: middle third, above {low} up to {high}", interval(a, b, with_low=False)),
            (f"{column.name}: high third, above {high}", interval(b, with_low=False)),
        ]
    rows = [(name, region, np.flatnonzero(region.contains(y))) for name, region in parts]
    return [Group(name, mine, _log_share(mixture, t, region)) for name, region, mine in rows if len(mine)]


def _log_share(mixture: ProductMixture, target: int, region: Region) -> float:
    return float(mixture.log_prob(Evidence.nothing(len(mixture.schema.columns), {target: region}))[0])


# ----------------------------------------------------------------- how probable


@dataclass(frozen=True)
class _Blame:
    """A cell that makes its row odd."""

    column: int
    surprise: float
    rare: bool


@dataclass(frozen=True)
class _Ranges:
    """The sample's rows as ranges, and what the model's K components think of the B ranges of c columns.

    Attributes:
        columns: positions of the c columns in the table.
        place: (n, c) range of each cell, a position in `log`; -1 where the cell is empty.
        log: float32 (K, B), log P(range | component).
        log_weight: float32 (K,).
    """

    columns: list[int]
    place: Array
    log: Array
    log_weight: Array

    @classmethod
    def of(cls, mixture: ProductMixture, cells: FloatArray, looked: list[int]) -> _Ranges:
        cuts = [bins(mixture.schema.columns[j], j, cells[:, j], CUTS, LEVELS) for j in looked]
        cuts = [b for b in cuts if len(b)]
        start = np.cumsum([0, *(len(b) for b in cuts)])
        place = [np.where(b.known, b.place + s, -1) for b, s in zip(cuts, start[:-1], strict=True)]
        empty = np.zeros((len(mixture.weight), 0))
        table = np.column_stack([empty, *(b.of_components(mixture) for b in cuts)])
        with np.errstate(divide="ignore"):
            log = np.maximum(np.log(table), IMPOSSIBLE).astype(np.float32)
            log_weight = np.maximum(np.log(mixture.weight), IMPOSSIBLE).astype(np.float32)
        places = np.column_stack([np.zeros((len(cells), 0), int), *place])
        return cls([b.index for b in cuts], places, log, log_weight)

    def known(self, rows: Array) -> Array:
        """How many cells of each row are there."""
        return (self.place[rows] >= 0).sum(axis=1)

    def log_prob(self, rows: Array) -> FloatArray:
        """Log-probability of the ranges of the known cells of each row, (len(rows),)."""
        out = np.empty(len(rows))
        block = max(1, PAIRS // len(self.log_weight))
        for first in range(0, len(rows), block):
            part = self.place[rows[first : first + block]]
            chosen = np.zeros((len(part), self.log.shape[1]), np.float32)
            row, column = np.nonzero(part >= 0)
            chosen[row, part[row, column]] = 1.0
            logit = chosen @ self.log.T
            logit += self.log_weight
            top = logit.max(axis=1)
            logit -= top[:, None]
            out[first : first + block] = top + np.log(np.exp(logit, out=logit).sum(axis=1))
        return out

    def blame(self, row: int) -> tuple[_Blame, ...]:
        """The cells of one row whose ranges were least probable given the rest of the row."""
        mine = self.place[row]
        known = np.flatnonzero(mine >= 0)
        terms = self.log[:, mine[known]].astype(float)
        logit = self.log_weight + terms.sum(axis=1)
        found = []
        for column, term in zip(known, terms.T, strict=True):
            rest = np.exp(logit - term - (logit - term).max())
            given_rest = float(rest @ np.exp(term) / rest.sum())
            surprise = -float(np.log(max(given_rest, 1e-12)))
            alone = -float(np.log(max(np.exp(self.log_weight + term).sum(), 1e-12)))
            found.append(_Blame(self.columns[column], surprise, rare=surprise - alone < float(UNFIT)))
        found.sort(key=lambda blame: -blame.surprise)
        return tuple(blame for blame in found[:BLAMED] if blame.surprise >= SURPRISING)


# ---------------------------------------------------------------- how typical


def _medoids(
    cells: FloatArray,
    rows: Array,
    likely: Array,
    looked: list[int],
    schema: Schema,
    each: int,
    rng: np.random.Generator,
) -> Array:
    """Positions in `rows`: one after the other the candidate that brings the group nearest (greedy k-medoids).

    Distances are Gower's: over the columns the mean of the difference in rank of numbers, and of whether categories
    differ; an empty cell differs from all that is not empty.
    """
    some = rng.permutation(len(rows))[:NEIGHBOURS]
    candidates = np.sort(rng.permutation(likely)[:NEIGHBOURS])
    distance = np.zeros((len(candidates), len(some)))
    for j in looked:
        values = cells[rows, j]
        number = schema.columns[j].kind == "number"
        coded = _ranks(values) if number else values
        a, b = coded[candidates][:, None], coded[some][None, :]
        gap = np.abs(a - b) if number else (a != b).astype(float)
        distance += np.where(np.isnan(a) | np.isnan(b), np.isnan(a) != np.isnan(b), gap)
    chosen: list[int] = []
    nearest = np.full(len(some), np.inf)
    for _ in range(each):
        reach = np.minimum(distance, nearest).sum(axis=1)
        reach[chosen] = np.inf
        chosen.append(int(reach.argmin()))
        nearest = np.minimum(nearest, distance[chosen[-1]])
    return candidates[chosen]


def _ranks(values: FloatArray) -> FloatArray:
    """Mean rank of each number among the known ones, from 0 to 1; NaN stays."""
    out = np.full(len(values), np.nan)
    known = ~np.isnan(values)
    _, which, count = np.unique(values[known], return_inverse=True, return_counts=True)
    out[known] = (np.cumsum(count) - (count - 1) / 2 - 0.5)[which] / max(known.sum(), 1)
    return out


def _shown(schema: Schema, tells: Sequence[int], blames: Sequence[tuple[_Blame, ...]]) -> list[int]:
    """At most 12 columns in the order of the data: half of them tell most, the others are blamed most often."""
    hidden = schema.target_index if schema.task == "class" else None  # its group says it
    order = [j for j in tells if j != hidden]
    often = np.bincount([b.column for blame in blames for b in blame], minlength=len(schema.columns))
    blamed = [int(j) for j in np.argsort(-often, kind="stable") if often[j] and j != hidden]
    return sorted(list(dict.fromkeys([*order[: SHOWN // 2], *blamed, *order]))[:SHOWN])
