"""Do rows without a target help? One small diagram a family: few labels alone, and with the other rows added."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ...study.metrics import METRICS, Metric
from ..html import Markup, el
from .axis import Axis, finite, linear
from .curves import sizes
from .svg import LETTER, frame, mark, number

WIDTH, HEIGHT, LEFT, TOP = 132, 110, 40, 8  # of the plot inside the frame, and where it starts


@dataclass(frozen=True)
class Both:
    """A family's figures by size, learned from the labels alone and with the unlabelled rows too."""

    row: Mapping[str, Any]
    points: list[tuple[str, float, float]]  # name of the size, alone, with


def both(part: Mapping[str, Any]) -> list[Both]:
    """For each family that learned from unlabelled rows too, in the order of the table."""
    found = part["extra"].get("unlabelled", {})
    at = {name: i for i, name in enumerate(part["extra"].get("names", ()))}
    out = []
    for row in part["rows"]:
        points = [
            (name, alone, more)
            for _, name, metric in sizes(part)
            if row["family"] in found
            for alone in finite([row["mean"].get(metric)])
            for more in finite([found[row["family"]][at[name]]])
        ]
        out += [Both(row, points)] if points else []
    return out


def panels(part: Mapping[str, Any]) -> list[Markup]:
    """The diagrams, on one scale."""
    found = both(part)
    names = [name for _, name, _ in sizes(part) if any(name == n for one in found for n, *_ in one.points)]
    if not found:
        return []
    up = linear([v for one in found for _, *pair in one.points for v in pair], about=4)
    metric = METRICS[sizes(part)[0][2]]
    return [_panel(one, _Place(names, up), metric) for one in found]


@dataclass(frozen=True)
class _Place:
    """Sizes at equal distances from left to right, figures upwards."""

    names: Sequence[str]
    up: Axis

    def x(self, name: str) -> float:
        """Pixels from the left."""
        return LEFT + WIDTH * (self.names.index(name) + 0.5) / len(self.names)

    def y(self, value: float) -> float:
        """Pixels from the top."""
        return TOP + HEIGHT * (1 - self.up.at(value) / 100)

    def axes(self) -> list[Markup]:
        """Box, grid and ticks."""
        out = [el("rect", class_="box", x=LEFT, y=TOP, width=WIDTH, height=HEIGHT)]
        for value, label in self.up.ticks:
            y = number(self.y(value))
            out.append(el("line", class_="grid", x1=LEFT, x2=LEFT + WIDTH, y1=y, y2=y))
            out.append(el("text", label, class_="small to", x=LEFT - 5, y=number(self.y(value) + 4)))
        for name in self.names:
            out.append(el("text", name, class_="small about", x=number(self.x(name)), y=TOP + HEIGHT + 15))
        middle = LEFT + WIDTH / 2
        return [*out, el("text", "labels", class_="small about", x=middle, y=TOP + HEIGHT + 30)]


def _panel(one: Both, place: _Place, metric: Metric) -> Markup:
    family, side = one.row["family"], one.row["side"]
    alone = [(place.x(name), place.y(v)) for name, v, _ in one.points]
    more = [(place.x(name), place.y(v)) for name, _, v in one.points]
    said = "; ".join(f"{name} labels {metric.show(a)}, {metric.show(b)}" for name, a, b in one.points)
    ends = [
        el("use", href=f"#ring-{LETTER[side]}", class_="ring", transform=f"translate({_at(point)}) scale(0.6)")
        for point in more
    ]
    drawing = frame(
        [
            place.axes(),
            el("path", class_="step", d=_path(alone)),
            el("path", class_="step dashed", d=_path(more)),
            [el("g", mark(side, "point"), transform=f"translate({_at(point)}) scale(0.8)") for point in alone],
            ends,
        ],
        title=f"Unlabelled rows and {family}",
        description=f"{metric.title.partition(',')[0]} from the labels alone, and with unlabelled rows too: {said}",
        class_=f"panel of {LETTER[side]}",
        viewBox=f"0 0 {LEFT + WIDTH + 6} {TOP + HEIGHT + 36}",
    )
    return el("div", el("p", family, class_="panel-name"), drawing, class_="cell")


def _at(point: tuple[float, float]) -> str:
    return " ".join(map(number, point))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(map(_at, points))
