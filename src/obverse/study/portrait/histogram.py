"""A small histogram of a column: at most twelve bars of equal width with ends that people can read."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, floor, log10
from typing import Any

import numpy as np

from ...core.schema import Column, FloatArray
from .wording import DAY, cell, cut, grouped, is_duration, moment, number, signed, whole_days

BARS = 12
LABEL = 32  # characters
MULTIPLES = (1, 2, 5, 10, 20, 25, 50)


def bars(column: Column, known: FloatArray) -> dict[str, Any]:
    """`labels` and `share` (of the cells that are there) of the bars.

    Categories come commonest first, the last bar gathering the rest; numbers have equal widths.

    Args:
        column: its facts.
        known: float64 (m,), its encoded cells that are not empty.
    """
    if not len(known):
        return {"labels": [], "share": []}
    if column.kind == "category":
        labels, counts = _categories(column, known)
    elif column.low == column.high:
        labels, counts = [cell(column.low, column)], [len(known)]
    elif column.is_date or is_duration(column):
        labels, counts = _times(column, known)
    elif column.step is not None and (column.step >= 1 or (column.high - column.low) / column.step < BARS):
        labels, counts = _grid(column, column.step, known)
    else:
        labels, counts = _line(column, known)
    return {"labels": labels, "share": [float(c) / len(known) for c in counts]}


def _categories(column: Column, known: FloatArray) -> tuple[list[str], list[int]]:
    """In the column's own order when it has one and all fit, else commonest first."""
    count = np.bincount(known.astype(int), minlength=len(column.values))
    met = np.flatnonzero(count) if not column.ordered else np.arange(len(count))
    if len(met) <= BARS:
        order = met if column.ordered else met[np.argsort(-count[met], kind="stable")]
        return [cell(float(i), column, longest=LABEL) for i in order], count[order].tolist()
    order = np.argsort(-count, kind="stable")[: BARS - 1]
    rest = int(len(known) - count[order].sum())
    return [*(cell(float(i), column, longest=LABEL) for i in order), "other"], [*count[order].tolist(), rest]


def _grid(column: Column, step: float, known: FloatArray) -> tuple[list[str], list[int]]:
    """Bars of so many grid points each; the ends of a label belong to the bar."""
    point = np.rint(known / step).astype(np.int64)
    first, last = int(point.min()), int(point.max())
    size = 1
    if last - first >= BARS:
        rough = (last - first + 1) / BARS
        powers = (10**p * m for p in range(max(0, floor(log10(rough)) - 1), 20) for m in MULTIPLES)
        size = next(s for s in sorted({*_take(powers, 40)}) if s >= rough and last // s - first // s < BARS)
    start = first // size
    count = np.bincount(point // size - start)
    labels = []
    for i in range(len(count)):
        ends = max((start + i) * size, first), min((start + i + 1) * size - 1, last)
        labels.append(_between(*(number(end * step, column) for end in ends)))
    return labels, count.tolist()


def _take(values: Any, most: int) -> list[int]:
    return [value for value, _ in zip(values, range(most), strict=False)]


def _line(column: Column, known: FloatArray) -> tuple[list[str], list[int]]:
    """Bars with round ends; the lower end belongs to the bar."""
    low, high = column.low, column.high
    rough = (high - low) / BARS
    power = 10.0 ** floor(log10(rough))
    widths = [power * m for m in (1, 2, 2.5, 5, 10, 20)]
    width = next(w for w in widths if w >= rough and floor(high / w) - floor(low / w) < BARS)
    start = floor(low / width)
    count = np.bincount(np.maximum(np.floor(known / width).astype(np.int64) - start, 0))
    digits = max(0, ceil(-log10(width) - 1e-9) + (1 if f"{width:.1e}".startswith("2.5") else 0))
    ends = [_plain((start + i) * width, digits) for i in range(len(count) + 1)]
    return [_between(a, b) for a, b in pairwise(ends)], count.tolist()


def _plain(value: float, digits: int) -> str:
    text = f"{round(value, digits) + 0.0:.{digits}f}" if digits < 7 and abs(value) < 1e15 else f"{value:.3g}"
    return signed(grouped(text) if abs(value) >= 10_000 else text)


def _times(column: Column, known: FloatArray) -> tuple[list[str], list[int]]:
    """As many spans of equal length."""
    days = whole_days(column, known)
    spans = min(BARS, round((column.high - column.low) / DAY) + 1) if days else BARS
    count, edges = np.histogram(known, bins=spans, range=(column.low, column.high))
    if column.is_date:
        coarse = days or edges[1] - edges[0] >= 2 * DAY
        ends = [moment(edge, whole_days=coarse) for edge in edges]
    else:
        ends = [cell(edge, column) for edge in edges]
    return [_between(a, b) for a, b in pairwise(ends)], count.tolist()


def _between(low: str, high: str) -> str:
    """`17–23`; words and signs get room around the dash."""
    plain = all(end.replace(".", "").replace(",", "").isdigit() for end in (low, high))
    return low if low == high else cut(f"{low}–{high}" if plain else f"{low} to {high}", 2 * LABEL)
