"""Dots and means: one row a family, one mark a split, a bar at the mean, dashed lines to read them against."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...study.metrics import METRICS, Metric
from ..html import Markup, el
from .axis import Axis, better_half, finite, focused
from .rows import Row, chart
from .svg import LETTER, Line, mark, percent

ARROWS = {
    "higher": "{} · further right is better →",
    "lower": "← further left is better · {}",
    "half": "{} · nearer to 0.5 is better",
}
NARROW = {"higher": "further right is better →", "lower": "← further left is better", "half": "nearer to 0.5 is better"}


def strip(part: Mapping[str, Any], name: str | None = None, axis: Axis | None = None) -> Markup | None:
    """One figure of a question by family; None when nobody has one.

    Args:
        part: the question, its rows best first by the main figure.
        name: of the figure; None for the main one. A named one is drawn narrow, to stand beside its
            like under its title.
        axis: to share with others; None for one that suits the better families.
    """
    metric = METRICS[name or part["main"]]
    families = [_family(row, metric) for row in part["rows"] if finite([row["mean"].get(metric.name)])]
    if not families:
        return None
    if name and metric.better != "half":
        families.sort(key=lambda f: f.mean, reverse=metric.better == "higher")
    lines = _lines(part, metric)
    axis = axis or _axis(families, lines)
    said = "; ".join(f"{f.name} {metric.show(f.mean)}" for f in families)
    return chart(
        [Row(f.name, metric.show(f.mean), _marks(f, axis, metric)) for f in families],
        axis,
        lines,
        label=NARROW[metric.better] if name else ARROWS[metric.better].format(metric.title),
        title=f"{part['title']}: {metric.title} of each family",
        description=f"Means, best first: {said}",
        kind="narrow" if name else "",
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
    """Wide enough for the better half of the families and all that is not far from them."""
    near = [v for f in better_half(families, [f.weak for f in families]) for v in (*f.dots, f.mean)]
    return focused(near, [v for f in families for v in (*f.dots, f.mean)] + [line.value for line in lines])


def _marks(family: _Family, axis: Axis, metric: Metric) -> tuple[Markup, ...]:
    dots = [mark(family.side, "dot", percent(axis.at(v))) for v in family.dots if not axis.side(v)]
    arrows = off(axis, (*family.dots, family.mean))
    if axis.side(family.mean):
        return (*dots, *arrows)
    x = percent(axis.at(family.mean))
    bar = el("line", class_=f"mean {LETTER[family.side]}", x1=x, x2=x, y1=-9, y2=9)
    return (*dots, *arrows, el("g", el("title", f"{family.name}: mean {metric.show(family.mean)}"), bar))


def off(axis: Axis, values: Sequence[float]) -> list[Markup]:
    """An arrow at each edge beyond which some of the values lie."""
    return [_arrow(side) for side in (-1, 1) if any(axis.side(v) == side for v in values)]


def _arrow(side: int) -> Markup:
    said, x, anchor = ("◂ off the scale", "0%", "from") if side < 0 else ("off the scale ▸", "100%", "to")
    return el("text", said, class_=f"off {anchor}", x=x, y=4)
