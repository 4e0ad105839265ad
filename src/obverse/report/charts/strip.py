"""Dots and means: one row a family, one mark a split, a bar at the mean, dashed lines to read them against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...study.metrics import METRICS, Metric
from ..html import Markup, el
from .axis import Axis, finite, linear
from .rows import Row, chart
from .svg import LETTER, Line, mark, percent

ARROWS = {
    "higher": "{} · further right is better →",
    "lower": "← further left is better · {}",
    "half": "{} · nearer to 0.5 is better",
}
ROOM = 3  # times the width that the better families take, on either side, is worth showing


def strip(part: Mapping[str, Any]) -> Markup | None:
    """The main figure of a question by family; None when nobody has one."""
    metric = METRICS[part["main"]]
    families = [_family(row, metric) for row in part["rows"] if finite([row["mean"].get(metric.name)])]
    if not families:
        return None
    lines = _lines(part, metric)
    axis = _axis(families, lines)
    said = "; ".join(f"{f.name} {metric.show(f.mean)}" for f in families)
    return chart(
        [Row(f.name, metric.show(f.mean), _marks(f, axis, metric)) for f in families],
        axis,
        lines,
        label=ARROWS[metric.better].format(metric.title),
        title=f"{part['title']}: {metric.title} of each family",
        description=f"Means, best first: {said}",
    )


@dataclass(frozen=True)
class _Family:
    """What is drawn of a family: a mark for each split that has a figure, and the mean."""

    name: str
    side: str
    weak: bool
    dots: list[float]
    mean: float


def _family(row: Mapping[str, Any], metric: Metric) -> _Family:
    dots = finite(row["values"].get(metric.name, ()))
    return _Family(row["family"], row["side"], bool(row.get("weak")), dots, float(row["mean"][metric.name]))


def _lines(part: Mapping[str, Any], metric: Metric) -> list[Line]:
    """The references of the question, and the best of the baselines as its floor."""
    found = [(r["name"], r["mean"].get(metric.name)) for r in part["references"]]
    weak = [(f"baseline {r['family']}", r["mean"].get(metric.name)) for r in part["rows"] if r.get("weak")]
    found += [(name, value) for name, value in weak if finite([value])][:1]
    return [Line(name, v, metric.show(v)) for name, value in found for v in finite([value])]


def _axis(families: Sequence[_Family], lines: Sequence[Line]) -> Axis:
    """Wide enough for the better half of the families and all that is not far from them.

    One family that is far worse would press the others into one spot; it gets an arrow at the edge instead.
    """
    contenders = [f for f in families if not f.weak] or list(families)
    near = [v for f in contenders[: max(2, (len(contenders) + 1) // 2)] for v in (*f.dots, f.mean)]
    everything = [v for f in families for v in (*f.dots, f.mean)] + [line.value for line in lines]
    room = ROOM * (max(near) - min(near))
    return linear([v for v in everything if not room or min(near) - room <= v <= max(near) + room])


def _marks(family: _Family, axis: Axis, metric: Metric) -> tuple[Markup, ...]:
    dots = [mark(family.side, "dot", percent(axis.at(v))) for v in family.dots if not axis.side(v)]
    arrows = [_arrow(side) for side in (-1, 1) if any(axis.side(v) == side for v in (*family.dots, family.mean))]
    if axis.side(family.mean):
        return (*dots, *arrows)
    x = percent(axis.at(family.mean))
    bar = el("line", class_=f"mean {LETTER[family.side]}", x1=x, x2=x, y1=-9, y2=9)
    return (*dots, *arrows, el("g", el("title", f"{family.name}: mean {metric.show(family.mean)}"), bar))


def _arrow(side: int) -> Markup:
    """Some of the row lies outside."""
    said, x, anchor = ("◂ off the scale", "0%", "from") if side < 0 else ("off the scale ▸", "100%", "to")
    return el("text", said, class_=f"off {anchor}", x=x, y=4)
