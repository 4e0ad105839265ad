"""What each column holds: said in one sentence, counted, and drawn small."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.schema import Column, Dataset, FloatArray
from .histogram import bars
from .wording import cell, cut, is_duration, moment, number, percent, whole_days

LONGEST = 80  # characters of what is said
HEAP = 0.1  # share of the rows from which a single number is named


def columns(data: Dataset) -> list[dict[str, Any]]:
    """One entry a column, in the order of the table; see `said` for the sentence.

    `missing` is a share of all rows, `distinct` counts the values that occur, `bars` are shares of the cells that are
    there.
    """
    found = []
    for j, column in enumerate(data.schema.columns):
        known = data.values[~np.isnan(data.values[:, j]), j]
        distinct = len(np.unique(known))
        found.append(
            {
                "name": column.name,
                "kind": column.kind,
                "role": "target" if column.name == data.schema.target else "feature",
                "dtype": column.dtype,
                "measure": column.measure,
                "said": said(column, known, distinct),
                "missing": 1 - len(known) / len(data),
                "distinct": distinct,
                "bars": bars(column, known),
            }
        )
    return found


def said(column: Column, known: FloatArray, distinct: int) -> str:
    """A sentence for people, at most 80 characters: `whole numbers from 17 to 90`.

    Args:
        column: its facts.
        known: float64 (m,), its encoded cells that are not empty.
        distinct: how many different ones.
    """
    if not len(known):
        return "nothing: every cell is empty"
    if distinct == 1:
        return cut(f"always {cell(known[0], column)}", LONGEST)
    if column.kind == "category":
        return cut(_category(column, known, distinct), LONGEST)
    return cut(_range(column, known) + _heap(column, known), LONGEST)


def _category(column: Column, known: FloatArray, distinct: int) -> str:
    count = np.bincount(known.astype(int), minlength=len(column.values))
    if all(isinstance(v, bool) for v in column.values):
        return f"true or false; true in {percent(count[1] / len(known))}"
    if distinct == len(known) and distinct > 20:
        return "text, different in every row"
    if distinct > len(known) / 3 and distinct > 20:
        return f"text, {distinct:,} different ones in {len(known):,} rows"
    met = np.flatnonzero(count)
    ordered = " < " if column.ordered else ", "
    whole = f"one of {distinct}: {ordered.join(cell(float(i), column) for i in met)}"
    if len(whole) <= LONGEST:
        return whole
    top = int(count.argmax())
    return f"one of {distinct:,} values, most often {cell(float(top), column)} ({percent(count[top] / len(known))})"


def _range(column: Column, known: FloatArray) -> str:
    low, high = (cell(end, column) for end in (known.min(), known.max()))
    if column.is_date:
        days = whole_days(column, known)
        low, high = (moment(end, whole_days=days) for end in (known.min(), known.max()))
        return f"{'dates' if days else 'times'} from {low} to {high}"
    if is_duration(column):
        return f"durations from {low} to {high}"
    if column.step is None:
        return f"numbers from {low} to {high}"
    if column.step == 1:
        return f"whole numbers from {low} to {high}"
    step = number(column.step, column)
    kind = f"multiples of {step}" if column.step > 1 or not _is_decimal(column.step) else f"numbers rounded to {step}"
    return f"{kind}, from {low} to {high}"


def _is_decimal(step: float) -> bool:
    """0.1, 0.01 and the like: the numbers were rounded, not counted in halves or quarters."""
    power = np.log10(step)
    return abs(power - round(power)) < 1e-9


def _heap(column: Column, known: FloatArray) -> str:
    """The number that many rows share, where the others are many."""
    share = {atom: float((known == atom).mean()) for atom in column.atoms}
    top = max(share, key=lambda atom: share[atom], default=None)
    if top is None or share[top] < HEAP or len(np.unique(known)) <= 12:
        return ""
    return f"; {percent(share[top])} are {cell(top, column)}"
