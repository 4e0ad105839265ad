"""How much two columns tell about each other: in the sample, and in what the joint forest has learned.

Mutual information in nats on shared bins: 0 where knowing one column says nothing about the other. In the sample it is
counted, and the bias of counting is taken off (Miller 1955, Note on the bias of information estimates). In the model it
is exact: given the component of a mixture of products the columns are independent, so P(bin a, bin b) =
sum_k w_k P_k(a) P_k(b), one product of matrices for all pairs, and nothing is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...backbones.product_mixture import ProductMixture
from ...core.schema import Array, FloatArray, Schema
from .bins import Bins, bins

CUTS = (1 / 6, 2 / 6, 3 / 6, 4 / 6, 5 / 6)
LEVELS = 10  # so that the ten classes of digits stay apart
DRAWN, LISTED = 30, 10
WEIGHED = 256  # columns whose pairs are all counted; of a wider table, those that tell most about the target


@dataclass(frozen=True)
class Sample:
    """The bins of the columns that hold anything, and how much each pair of them tells, (c, c) nats."""

    schema: Schema
    cut: tuple[Bins, ...]
    told: FloatArray

    @classmethod
    def of(cls, schema: Schema, cells: FloatArray) -> Sample:
        """Count the pairs of float64 (n, d) encoded cells."""
        every = [bins(c, j, cells[:, j], CUTS, LEVELS) for j, c in enumerate(schema.columns)]
        cut = _looked_at([b for b in every if len(b)], schema)
        return cls(schema, tuple(cut), of_sample(cut))

    @property
    def order(self) -> list[int]:
        """Positions in `cut`: the target, then by what is told about it; without one, about any other column."""
        target = [i for i, b in enumerate(self.cut) if b.index == self.schema.target_index]
        tells = self.told[target[0]] if target else self._most
        return [*target, *(int(i) for i in np.argsort(-tells, kind="stable") if i not in target)]

    @property
    def drawn(self) -> list[int]:
        """Positions in `cut` of at most 30 columns: the target, then those that tell most about any other."""
        target = [i for i in self.order[:1] if self.cut[i].index == self.schema.target_index]
        others = [int(i) for i in np.argsort(-self._most, kind="stable") if i not in target]
        return [*target, *others][:DRAWN]

    @property
    def _most(self) -> FloatArray:
        return (self.told * (1 - np.eye(len(self.told)))).max(axis=1, initial=0.0)


def dependence(mixture: ProductMixture, sample: Sample) -> dict[str, Any]:
    """Pairwise mutual information, of at most 30 columns: the target and those that depend most on any other.

    A row counts for a pair when both cells are there, in the sample and in the model. Neighbours in the order of
    `columns` depend on each other, so that what belongs together stands together.

    Returns:
        `columns`; `sample` and `model`, square, None on the diagonal; `strongest`, at most 10 pairs, by the sample;
        `left_out`, the number of columns that are not drawn; `unit`.
    """
    order = _chain(sample.told, sample.drawn)
    chosen = [sample.cut[i] for i in order]
    names = [sample.schema.names[b.index] for b in chosen]
    counted, known = sample.told[np.ix_(order, order)], of_model(mixture, chosen)
    return {
        "columns": names,
        "sample": _plain(counted),
        "model": _plain(known),
        "strongest": _strongest(names, counted, known),
        "left_out": len(sample.schema.columns) - len(names),
        "unit": "nats",
    }


def of_sample(cut: Sequence[Bins]) -> FloatArray:
    """Mutual information of every pair of columns in the sample, (d, d), corrected for its bias, never below 0."""
    if not cut:
        return np.zeros((0, 0))
    rows = np.column_stack([_indicators(b) for b in cut])
    plain, spare = information((rows.T @ rows).astype(float), _owners(cut))
    return np.maximum(plain - spare, 0.0)


def of_model(mixture: ProductMixture, cut: Sequence[Bins]) -> FloatArray:
    """Mutual information of every pair of columns in the model, given that both cells are there, exact, (d, d)."""
    if not cut:
        return np.zeros((0, 0))
    there = 1 - mixture.missing
    tables = np.column_stack([b.of_components(mixture) * there[:, [b.index]] for b in cut])
    return np.maximum(information((tables * mixture.weight[:, None]).T @ tables, _owners(cut))[0], 0.0)


def information(table: FloatArray, owner: Array) -> tuple[FloatArray, FloatArray]:
    """Mutual information of every pair of columns from one table of all pairs of bins, and its Miller-Madow bias.

    Args:
        table: (B, B) counts or probabilities of two bins together; each pair of columns may have a total of its own.
        owner: (B,) column of each bin.

    Returns:
        (d, d) nats, and (d, d) what counting adds on average: (cells - rows - columns + 1) / 2n, of bins that occur.
        Both are zero where two columns never meet.
    """
    sums = (owner[:, None] == np.arange(owner.max() + 1)).astype(float)  # (B, d)
    margin = table @ sums  # (B, d): how often the bin occurs where the other column is there
    total = sums.T @ margin
    inner, edge = sums.T @ _x_log_x(table) @ sums, sums.T @ _x_log_x(margin)
    safe = np.where(total > 0, total, 1.0)
    mutual = (inner - edge - edge.T + _x_log_x(total)) / safe
    cells, levels = sums.T @ (table > 0) @ sums, sums.T @ (margin > 0)
    bias = (cells - levels - levels.T + 1) / (2 * safe)
    met = total > 0
    return np.where(met, mutual, 0.0), np.where(met, bias, 0.0)


def _x_log_x(x: FloatArray) -> FloatArray:
    return x * np.log(np.where(x > 0, x, 1.0))


def _indicators(cut: Bins) -> FloatArray:
    """(n, bins) of 0 and 1; single precision counts exactly up to 16 million rows."""
    return (cut.place[:, None] == np.arange(len(cut))).astype(np.float32)


def _owners(cut: Sequence[Bins]) -> Array:
    return np.repeat(np.arange(len(cut)), [len(b) for b in cut])


# ----------------------------------------------------------------- which, and in which order


def _looked_at(cut: Sequence[Bins], schema: Schema) -> Sequence[Bins]:
    """All of them, or in a very wide table those that tell most about the target."""
    if len(cut) <= WEIGHED:
        return cut
    target = next((b for b in cut if b.index == schema.target_index), None)
    if target is None:
        return cut[:WEIGHED]
    tells = [np.inf if b is target else of_sample([target, b])[0, 1] for b in cut]
    return [cut[i] for i in sorted(np.argsort(np.negative(tells), kind="stable")[:WEIGHED])]


def _chain(weighed: FloatArray, chosen: list[int]) -> list[int]:
    """The first, then always the one that tells most about its neighbour."""
    order, left = chosen[:1], chosen[1:]
    while left:
        nearest = max(left, key=lambda i: weighed[order[-1], i])
        left.remove(nearest)
        order.append(nearest)
    return order


def _strongest(names: Sequence[str], sample: FloatArray, model: FloatArray) -> list[dict[str, Any]]:
    a, b = np.triu_indices(len(names), 1)
    order = [i for i in np.argsort(-sample[a, b], kind="stable") if sample[a[i], b[i]] > 0][:LISTED]
    return [
        {"a": names[i], "b": names[j], "sample": float(sample[i, j]), "model": float(model[i, j])}
        for i, j in zip(a[order], b[order], strict=True)
    ]


def _plain(square: FloatArray) -> list[list[float | None]]:
    rounded = np.round(square, 5).tolist()
    return [[None if i == j else value for j, value in enumerate(row)] for i, row in enumerate(rounded)]
