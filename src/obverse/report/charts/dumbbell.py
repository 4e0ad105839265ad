"""What a change of conditions does: one row a family, a ring at the figure before, a solid mark at the one after.

Triangles above and below the line are the same rows answered in other ways. Shapes, not colours, tell them apart.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...study.metrics import METRICS, Metric
from ..html import Markup, el
from .axis import Axis, better_half, finite, focused
from .rows import Row, chart
from .strip import off
from .svg import LETTER, mark, percent, ring

HEIGHT = 48  # pixels a row: triangles need room above and below the line
TRIANGLES = (("down", -13), ("up", 13))  # shape, and pixels from the line


def condition(part: Mapping[str, Any], name: str) -> str | None:
    """The metric of a question that is measured under this condition (`auc_holes` under `holes`)."""
    return next((metric for metric in part["metrics"] if metric.partition("_")[2] == name), None)


def dumbbells(part: Mapping[str, Any], before: str, after: str, others: tuple[str, ...] = ()) -> Markup | None:
    """The figure; None when no family has the figure `after`.

    Args:
        part: the question, its rows best first.
        before, after: conditions, joined by a line.
        others: at most two more conditions, drawn as triangles above and below the line.
    """
    end, start = condition(part, after), condition(part, before)
    if end is None:
        return None
    rest = [start, *(condition(part, other) for other in others)]
    rows = [row for row in part["rows"] if finite([row["mean"].get(end)])]
    if not rows:
        return None
    metric = METRICS[end]
    known = [finite(row["mean"].get(name) for name in (end, *rest) if name) for row in rows]
    near = [v for figures in better_half(known, [row["weak"] for row in rows]) for v in figures]
    axis = focused(near, [v for figures in known for v in figures])
    pairs = [_Pair(row, metric, row["mean"][end], *(row["mean"].get(n) if n else None for n in rest)) for row in rows]
    said = "; ".join(f"{pair.row['family']} {pair.shown}" for pair in pairs)
    return chart(
        [Row(pair.row["family"], pair.shown, pair.marks(axis)) for pair in pairs],
        axis,
        (),
        label=f"{metric.title.partition(',')[0]} · further right is better →",
        title=f"{part['title']}: each family before and after",
        description=f"Means {'; '.join(METRICS[name].short for name in (start, end) if name)}: {said}",
        kind="pair",
        height=HEIGHT,
    )


@dataclass(frozen=True)
class _Pair:
    """The figures of one family: after, before, and by other ways."""

    row: Mapping[str, Any]
    metric: Metric
    after: float
    before: float | None
    above: float | None = None
    below: float | None = None

    @property
    def shown(self) -> str:
        """`0.987 → 0.966`, or the one figure there is."""
        after = self.metric.show(self.after)
        return after if self.before is None else f"{self.metric.show(self.before)} → {after}"

    def marks(self, axis: Axis) -> tuple[Markup, ...]:
        """What lies on the axis, and arrows for what does not."""
        side, letter = self.row["side"], LETTER[self.row["side"]]
        ends = finite([self.before, self.after])
        x = [percent(axis.at(v)) for v in ends]
        off_all = all(axis.side(v) for v in ends)
        line = None if off_all else el("line", class_=f"link {letter}", x1=x[0], x2=x[-1], y1=0, y2=0)
        start = ring(side, x[0]) if len(ends) == 2 and not axis.side(ends[0]) else None
        end = None if axis.side(self.after) else mark(side, "end", x[-1])
        triangles = [
            el("use", href=f"#{shape}", x=percent(axis.at(v)), y=y, class_=f"{letter} way")
            for (shape, y), value in zip(TRIANGLES, (self.above, self.below), strict=True)
            for v in finite([value])
            if not axis.side(v)
        ]
        drawn = el("g", el("title", f"{self.row['family']}: {self.shown}"), line, start, end)
        return (drawn, *triangles, *off(axis, ends))
