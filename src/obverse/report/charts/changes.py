"""Accuracy under changes: one small diagram a kind of change, from pictures or texts as they are to the strongest."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ..html import Markup, el
from .axis import Axis, finite, linear
from .labels import apart
from .svg import LETTER, dashes, frame, mark, number, short

WIDTH, HEIGHT, LEFT, TOP = 190, 150, 40, 10  # of the plot inside the frame, and where it starts
NAMES, LINE = 120, 14  # pixels: room for names at the right, height of one
NAME = 16  # letters of a name


def panels(part: Mapping[str, Any]) -> list[Markup]:
    """The diagrams, on one scale of accuracy; none where there are no figures."""
    found: Mapping[str, Any] = part["extra"].get("changes") or {}
    sides = {row["family"]: row["side"] for row in part["rows"]}
    every = [v for kind in found.values() for figures in kind["accuracy"].values() for v in finite(figures)]
    if not every:
        return []
    up = linear(every, about=4)
    return [_panel(name, kind, up, sides) for name, kind in found.items()]


def _panel(name: str, kind: Mapping[str, Any], up: Axis, sides: Mapping[str, str]) -> Markup:
    strengths, families = kind["strength"], list(kind["accuracy"])
    title = kind.get("title") or name.capitalize()

    def x(i: int) -> float:
        return LEFT + WIDTH * (i + 0.5) / len(strengths)

    def y(value: float) -> float:
        return TOP + HEIGHT * (1 - up.at(value) / 100)

    axes = [el("rect", class_="box", x=LEFT, y=TOP, width=WIDTH, height=HEIGHT)]
    for value, label in up.ticks:
        at = number(y(value))
        axes.append(el("line", class_="grid", x1=LEFT, x2=LEFT + WIDTH, y1=at, y2=at))
        axes.append(el("text", label, class_="small to", x=LEFT - 5, y=number(y(value) + 4)))
    for i, strength in enumerate(strengths):
        axes.append(el("text", f"{strength:g}", class_="small about", x=number(x(i)), y=TOP + HEIGHT + 15))
    axes.append(el("text", kind["meaning"], class_="small about", x=LEFT + WIDTH / 2, y=TOP + HEIGHT + 31))
    ends = [y(kind["accuracy"][f][-1]) for f in families]
    drawn, kinds = [], dashes({f: sides[f] for f in families})
    for family, place in zip(families, apart(ends, LINE, TOP + 4, TOP + HEIGHT), strict=True):
        points = [(x(i), y(v)) for i, v in enumerate(kind["accuracy"][family])]
        lines = [el("line", class_="step", x1=number(a), y1=number(b), x2=number(c), y2=number(d))
                 for (a, b), (c, d) in pairwise(points)]  # fmt: skip
        marks = [el("g", mark(sides[family], "point"), transform=f"translate({number(a)} {number(b)}) scale(0.7)")
                 for a, b in points]  # fmt: skip
        said = el("text", short(family, NAME), class_="small", x=LEFT + WIDTH + 8, y=number(place + 4))
        drawn.append(el("g", lines, marks, said, class_=f"of {LETTER[sides[family]]} dash-{kinds[family]}"))
    shown = "; ".join(f"{f} {kind['accuracy'][f][0]:.3f} to {kind['accuracy'][f][-1]:.3f}" for f in families)
    drawing = frame(
        [axes, drawn],
        title=f"Accuracy under {title.lower()}",
        description=f"As they are, and under the strongest change: {shown}",
        class_="panel changes",
        viewBox=f"0 0 {LEFT + WIDTH + NAMES} {TOP + HEIGHT + 40}",
    )
    return el("div", el("p", title, class_="panel-name"), drawing, class_="cell")
