"""Created rows: how easily they are told from real ones, against how near they come to the training rows.

Fidelity is never shown without privacy: a perfect copy of the training rows would be perfectly faithful.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ...study.metrics import METRICS
from ..html import Markup, el
from .axis import Axis, finite, linear
from .labels import Box, Label, Point, place
from .svg import frame, mark, number, short

WIDTH, HEIGHT = 500, 400  # of the drawing; the axes take what lies between the next four
LEFT, RIGHT, TOP, BOTTOM = 52, 488, 12, 350
FIDELITY, PRIVACY = "c2st", "dcr_share"
HALF = 0.5  # the best of both figures


def fidelity_and_privacy(part: Mapping[str, Any]) -> Markup | None:
    """The scatter; None when no family has both figures."""
    rows = [row for row in part["rows"] if _point(row)]
    if not rows:
        return None
    references = [r for r in part["references"] if _point(r)]
    spots = [*rows, *references]
    across = linear([HALF, 1.0, *(v for row in spots for v, _ in _points(row))], about=9)
    up = linear([0.4, 0.6, *(v for row in spots for _, v in _points(row))], about=6)
    at = Place(across, up)
    small = [(row, point) for row in rows for point in _points(row)]
    parts = [
        at.axes(),
        [_mark(row, at.xy(point), "dot", 0.75) for row, point in small],
        [_square(r, at.xy(_point(r))) for r in references],
        _labels(spots, at, [at.xy(point) for _, point in small]),
        [_mark(row, at.xy(_point(row)), "large", 1.5) for row in rows],
    ]
    said = "; ".join(f"{_name(row)} {_shown(row)}" for row in spots)
    return frame(
        parts,
        title="Fidelity against privacy of created rows",
        description=f"C2ST and DCR share, means: {said}",
        class_="scatter",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
    )


def _name(row: Mapping[str, Any]) -> str:
    return row.get("family") or row["name"]


def _point(row: Mapping[str, Any]) -> Point | None:
    """Means of both figures, or nothing."""
    return _pair(row["mean"].get(FIDELITY), row["mean"].get(PRIVACY))


def _points(row: Mapping[str, Any]) -> list[Point]:
    """Both figures of each split that has them."""
    both = zip(row["values"].get(FIDELITY, ()), row["values"].get(PRIVACY, ()), strict=False)
    return [point for point in (_pair(*pair) for pair in both) if point]


def _pair(fidelity: float | None, privacy: float | None) -> Point | None:
    both = finite([fidelity, privacy])
    return (both[0], both[1]) if len(both) == 2 else None


def _shown(row: Mapping[str, Any]) -> str:
    return " and ".join(METRICS[m].show(row["mean"].get(m)) for m in (FIDELITY, PRIVACY))


@dataclass(frozen=True)
class Place:
    """Where figures lie in the drawing: fidelity to the right, privacy upwards."""

    across: Axis
    up: Axis

    def xy(self, point: Point | None) -> Point:
        """Pixels of a pair of figures."""
        x, y = point or (HALF, HALF)
        return self.x(x), self.y(y)

    def x(self, value: float) -> float:
        """Pixels from the left."""
        return LEFT + (RIGHT - LEFT) * self.across.at(value) / 100

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return BOTTOM - (BOTTOM - TOP) * self.up.at(value) / 100

    def axes(self) -> list[Markup]:
        """Grid, ticks, names, and the dashed lines of the best figures."""
        out = []
        for value, label in self.across.ticks:
            out += [_vertical("grid", self.x(value)), _text(label, "tick", self.x(value), BOTTOM + 18)]
        for value, label in self.up.ticks:
            out += [_level("grid", self.y(value)), _text(label, "tick-up", LEFT - 8, self.y(value) + 4)]
        out += [_vertical("reference", self.x(HALF)), _level("reference", self.y(HALF))]
        out += [_text("C2ST: easier to tell from real rows →", "axis-label", LEFT, BOTTOM + 42)]
        turned = f"translate(13 {BOTTOM}) rotate(-90)"
        return [*out, el("text", "DCR share: nearer to copying →", class_="axis-label", transform=turned)]


def _vertical(kind: str, x: float) -> Markup:
    return el("line", class_=kind, x1=number(x), x2=number(x), y1=TOP, y2=BOTTOM)


def _level(kind: str, y: float) -> Markup:
    return el("line", class_=kind, x1=LEFT, x2=RIGHT, y1=number(y), y2=number(y))


def _text(label: str, kind: str, x: float, y: float) -> Markup:
    return el("text", label, class_=kind, x=number(x), y=number(y))


def _mark(row: Mapping[str, Any], at: Point, kind: str, scale: float) -> Markup:
    tip = el("title", f"{row['family']}: C2ST and DCR share {_shown(row)}") if kind == "large" else None
    where = f"translate({number(at[0])} {number(at[1])}) scale({scale})"
    return el("g", tip, mark(row["side"], kind), transform=where)


def _square(row: Mapping[str, Any], at: Point) -> Markup:
    shape = el("rect", class_="fresh", x=number(at[0] - 5.5), y=number(at[1] - 5.5), width=11, height=11)
    return el("g", el("title", row["meaning"]), shape)


def _labels(spots: list[Mapping[str, Any]], at: Place, avoid: list[Point]) -> list[Markup]:
    """Names beside the means, moved until none overlaps; a thin line leads from a name that had to move far."""
    names = [short(_name(row), 22) for row in spots]
    points = [at.xy(_point(row)) for row in spots]
    return [_label(label) for label in place(names, points, Box(LEFT, TOP, RIGHT + 8, BOTTOM), avoid=avoid)]


def _label(label: Label) -> Markup:
    lead = None
    if label.far:
        (x1, y1), (x2, y2) = label.point, label.near_end
        ends = {"x1": number(x1), "y1": number(y1), "x2": number(x2), "y2": number(y2)}
        lead = el("line", class_="leader", **ends)
    return el("g", lead, _text(label.text, "label", label.box.left + 1, label.box.bottom - 4))
