"""Another region of x: the part of the rows that the question of shift keeps out of training.

The region is one side of a cut through one column, chosen so that the rows beyond it differ as much as possible in the
*other* columns too (else nothing but that column would shift), while both sides keep enough rows of every class. The
choice looks at all rows of the study and uses the target for that count alone. This is covariate shift in the sense of
Shimodaira (2000), "Improving predictive inference under covariate shift".
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import Array, Column, Dataset, FloatArray
from .metrics.cells import as_numbers, as_text, is_number

SHARE = 0.3  # of the rows, as near as ties allow, lies outside
SHARES = (0.2, 0.4)  # within which it has to lie
FEWEST = 10  # rows of a class on either side, ...
LEAST_PART = 0.1  # ... and at least this part of its rows; classes too rare for both are not counted
LEVELS = 50  # categories beyond which a column is no candidate
BARS = 24


@dataclass(frozen=True)
class Region:
    """Rows are inside, where training happens, or outside; rows whose cell is missing are neither.

    Attributes:
        column: the column that is cut.
        cut: the number (dates: seconds since 1970) up to, or from, which a row is inside; None for categories.
        above: the rows above the cut are outside, else those below it.
        levels: the categories outside, as text.
    """

    column: str
    cut: float | None = None
    above: bool = True
    levels: tuple[str, ...] = ()

    def sides(self, frame: pd.DataFrame) -> tuple[Array, Array]:
        """Two bool (n,): inside, outside."""
        cells = frame[self.column]
        if self.cut is None:
            known, out = cells.notna().to_numpy(), np.isin(as_text(cells).astype(str), self.levels)
        else:
            numbers = as_numbers(cells)
            known, out = ~np.isnan(numbers), numbers > self.cut if self.above else numbers < self.cut
        return known & ~out, known & out

    def conditions(self, frame: pd.DataFrame) -> tuple[str, str]:
        """Inside and outside as conditions that `given` reads."""
        name = "`" + self.column.replace("`", "``") + "`"  # always quoted: the report sets what is quoted as code
        if self.cut is None:
            quoted = f"{name} in [{', '.join(json.dumps(v, ensure_ascii=False) for v in self.levels)}]"
            return f"not ({quoted})", quoted
        cut = f"{self.cut:.12g}"
        if frame[self.column].dtype.kind == "M":
            cut = pd.Timestamp(self.cut, unit="s").isoformat().removesuffix("T00:00:00")
        return (f"{name} <= {cut}", f"{name} > {cut}") if self.above else (f"{name} >= {cut}", f"{name} < {cut}")


def choose(frame: pd.DataFrame, data: Dataset) -> Region | None:
    """The region for these rows; None when no cut leaves enough rows of every class on both sides.

    `data`: the same rows, encoded.
    """
    schema = data.schema
    labels = data.y if schema.task == "class" else None
    best: tuple[float, Region] | None = None
    for j in schema.features:
        for region in _candidates(schema.columns[j], data.values[:, j], frame):
            inside, outside = region.sides(frame)
            if not _enough(inside, outside, labels):
                continue
            shifted = _difference(data, inside, outside, leave_out={j, schema.target_index})
            if best is None or shifted > best[0] + 1e-12:
                best = shifted, region
    return best[1] if best else None


def described(region: Region, frame: pd.DataFrame) -> dict[str, Any]:
    """The region for people and charts, JSON's types only."""
    inside, outside = region.sides(frame)
    in_words, out_words = region.conditions(frame)
    share = float(outside.sum() / max(inside.sum() + outside.sum(), 1))
    return {
        "column": region.column,
        "inside": in_words,
        "outside": out_words,
        "share_outside": share,
        "why": f"Of all cuts through one column that leave about {100 * SHARE:.0f} % of the rows outside and every "
        "class on both sides, this is the one beyond which the other columns differ most.",
        "rows_inside": int(inside.sum()),
        "rows_outside": int(outside.sum()),
        "histogram": _histogram(region, frame),
    }


def _candidates(column: Column, cells: FloatArray, frame: pd.DataFrame) -> Iterator[Region]:
    known = cells[~np.isnan(cells)]
    if len(known) < 2 * FEWEST:
        return
    if column.kind == "number":
        if not is_number(frame[column.name]):
            return
        for above, at in ((True, 1 - SHARE), (False, SHARE)):
            cut = float(np.quantile(known, at, method="inverted_cdf"))
            yield Region(column.name, cut, above)
        return
    if not 2 <= len(column.values) <= LEVELS:
        return
    count = np.bincount(known.astype(int), minlength=len(column.values)) / len(known)
    taken, share = [], 0.0
    for code in np.argsort(count, kind="stable"):  # rarest first, until the part is large enough
        if share >= SHARES[0]:
            break
        taken.append(str(column.values[code]))
        share += count[code]
    yield Region(column.name, levels=tuple(sorted(taken)))


def _enough(inside: Array, outside: Array, labels: FloatArray | None) -> bool:
    both = inside.sum() + outside.sum()
    if both == 0 or not SHARES[0] <= outside.sum() / both <= SHARES[1]:
        return False
    if labels is None:
        return bool(min(inside.sum(), outside.sum()) >= FEWEST)
    counts = [(int((inside & (labels == c)).sum()), int((outside & (labels == c)).sum())) for c in np.unique(labels)
              if not np.isnan(c)]  # fmt: skip
    counted = [pair for pair in counts if sum(pair) >= 3 * FEWEST]
    return len(counted) >= 2 and all(min(pair) >= max(FEWEST, LEAST_PART * sum(pair)) for pair in counted)


def _difference(data: Dataset, inside: Array, outside: Array, leave_out: set[int | None]) -> float:
    """How far the other columns differ between the sides, on average: 0 not at all.

    Numbers: difference of the means in standard deviations, at most 1; categories: total variation distance.
    """
    found = []
    for j in data.schema.features:
        if j in leave_out:
            continue
        column, a, b = data.schema.columns[j], data.values[inside, j], data.values[outside, j]
        a, b = a[~np.isnan(a)], b[~np.isnan(b)]
        if not len(a) or not len(b):
            continue
        if column.kind == "number":
            spread = np.concatenate([a, b]).std()
            found.append(min(1.0, abs(a.mean() - b.mean()) / spread) if spread else 0.0)
        else:
            p, q = (np.bincount(v.astype(int), minlength=len(column.values)) / len(v) for v in (a, b))
            found.append(float(np.abs(p - q).sum() / 2))
    return float(np.mean(found)) if found else 0.0


def _histogram(region: Region, frame: pd.DataFrame) -> dict[str, Any] | None:
    if region.cut is None:
        return None
    known = as_numbers(frame[region.column])
    known = known[~np.isnan(known)]
    low, high = np.quantile(known, [0.005, 0.995])  # a far value would press all others into one bar
    edges = np.linspace(min(low, region.cut), max(high, region.cut), BARS + 1)
    counts, _ = np.histogram(np.clip(known, edges[0], edges[-1]), edges)
    return {"edges": edges.tolist(), "counts": counts.tolist(), "cut": region.cut}


def to_plan(region: Region | None) -> dict[str, Any]:
    """For `plan.toml`; empty without a region."""
    if region is None:
        return {}
    side = {"cut": region.cut, "above": region.above} if region.cut is not None else {"levels": list(region.levels)}
    return {"column": region.column} | side


def from_plan(found: Any) -> Region | None:
    """Inverse of `to_plan`; BadInput when it is not one."""
    if not found:
        return None
    try:
        return Region(**{**found, "levels": tuple(found.get("levels", ()))})
    except TypeError as error:
        raise BadInput(f"the plan's region cannot be read ({error})") from error
