"""Costs by family as bars on a log axis: seconds, rows a second, megabytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ...study.metrics import METRICS
from ..html import Markup, el
from .axis import Axis, decades, finite
from .rows import Row, chart
from .svg import LETTER, mark, percent

LEAST = 1e-4  # what is less is drawn as this


def bars(part: Mapping[str, Any], name: str) -> Markup | None:
    """The cost `name` by family, cheapest first; None when nobody has one."""
    metric = METRICS[name]
    found = [(row, mean) for row in part["rows"] for mean in finite([row["mean"].get(name)])]
    if not found:
        return None
    higher = metric.better == "higher"
    found.sort(key=lambda pair: pair[1], reverse=higher)
    axis = decades(max(mean, LEAST) for _, mean in found)
    said = "; ".join(f"{row['family']} {metric.show(mean)}" for row, mean in found)
    return chart(
        [Row(row["family"], metric.show(mean), _bar(row["side"], axis, mean)) for row, mean in found],
        axis,
        (),
        label="longer is better →" if higher else "← shorter is better",
        title=f"{part['title']}: {metric.title} of each family",
        description=f"Means, best first: {said}",
        kind="narrow",
    )


def _bar(side: str, axis: Axis, mean: float) -> tuple[Markup, ...]:
    x = percent(axis.at(max(mean, LEAST)))
    return el("rect", class_=f"bar {LETTER[side]}", x=0, y=-7, width=x, height=14, rx=2), mark(side, "end", x)
