"""Seconds by family as bars on a log axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...study.metrics import METRICS
from ..html import Markup, el
from .axis import Axis, decades, finite
from .rows import Row, chart
from .svg import LETTER, mark, percent

LEAST = 1e-4  # a shorter time is drawn as this one


def bars(part: Mapping[str, Any]) -> Markup | None:
    """The main cost by family; None when nobody has one."""
    metric = METRICS[part["main"]]
    found = [(row, mean) for row in part["rows"] for mean in finite([row["mean"].get(metric.name)])]
    if not found:
        return None
    axis = decades(max(mean, LEAST) for _, mean in found)
    said = "; ".join(f"{row['family']} {metric.show(mean)}" for row, mean in found)
    return chart(
        [Row(row["family"], metric.show(mean), _bar(row["side"], axis, mean)) for row, mean in found],
        axis,
        (),
        label=f"← shorter is cheaper · {metric.meaning.rstrip('.')}",
        title=f"{part['title']}: {metric.title} of each family",
        description=f"Means, least first: {said}",
    )


def _bar(side: str, axis: Axis, mean: float) -> tuple[Markup, ...]:
    x = percent(axis.at(max(mean, LEAST)))
    return el("rect", class_=f"bar {LETTER[side]}", x=0, y=-7, width=x, height=14, rx=2), mark(side, "end", x)
