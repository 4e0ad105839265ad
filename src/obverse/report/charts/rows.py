"""A figure with one row a family on a shared axis: the frame of strips and bars.

Widths are percentages and text keeps its size, so the figure fits a phone as it fits a page: the style sheet moves the
names from beside their rows to above them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ..html import Markup, el
from .axis import Axis
from .svg import Line, frame, percent, short

ROW, LINE = 36, 21  # pixels a family, and a label of a reference line, take
NAME = 22  # characters that fit beside a row


@dataclass(frozen=True)
class Row:
    """A family in the figure: its name, the mean as text, and what is drawn around y = 0."""

    name: str
    shown: str
    marks: tuple[Markup, ...]


def chart(
    rows: Sequence[Row],
    axis: Axis,
    lines: Sequence[Line],
    *,
    label: str,
    title: str,
    description: str,
    kind: str = "",
    height: int = ROW,
) -> Markup:
    """The figure. `lines` have their labels above the rows; `label` names the axis below them.

    `kind` is a class of the style sheet: `pair` leaves room for two figures a row, `narrow` has names above their rows
    on every screen. `height`: pixels a row.
    """
    top = LINE * len(lines) + 6
    bottom = top + height * len(rows)
    parts = [
        _grid(axis, top, bottom),
        [_reference(line, axis, LINE * i + 15, bottom) for i, line in enumerate(lines)],
        [_row(row, top + height * i + height // 2) for i, row in enumerate(rows)],
        el("text", label, class_="axis-label", x=0, y=bottom + 42),
    ]
    return frame(parts, title=title, description=description, class_=f"rows {kind}".strip(), height=bottom + 50)


def _grid(axis: Axis, top: int, bottom: int) -> list[Markup]:
    out = []
    for value, label in axis.ticks:
        x = percent(axis.at(value))
        out.append(el("line", class_="grid", x1=x, x2=x, y1=top, y2=bottom))
        out.append(el("text", label, class_="tick", x=x, y=bottom + 18))
    return out


def _row(row: Row, y: int) -> Markup:
    name = el("text", short(row.name, NAME), el("title", row.name), class_="name", y=4)
    rail = el("line", class_="rail", x1=0, x2="100%", y1=0, y2=0)
    shown = el("text", row.shown, class_="shown", x="100%", y=4)
    return el("g", name, rail, *row.marks, shown, transform=f"translate(0 {y})")


def _reference(line: Line, axis: Axis, y: int, bottom: int) -> Markup:
    """A dashed line under its label; an arrow at the edge when it lies outside the axis."""
    at, side = axis.at(line.value), axis.side(line.value)
    anchor = "from" if at < 33 else "to" if at > 67 else "about"
    label = f"{'◂ ' * (side < 0)}{line.name} {line.shown}{' ▸' * (side > 0)}"
    drawn = None if side else el("line", class_="reference", x1=percent(at), x2=percent(at), y1=y + 5, y2=bottom)
    return el("g", drawn, el("text", label, class_=f"line-label {anchor}", x=percent(at), y=y))
