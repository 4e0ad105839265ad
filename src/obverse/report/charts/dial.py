"""One figure along a dial: a mark for each split, a line through the means, a dashed line for real rows."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from ...study.metrics import METRICS
from ..html import Markup, el
from .axis import finite, linear
from .svg import LETTER, frame, mark, number

WIDTH, HEIGHT = 320, 220
LEFT, RIGHT, TOP, BOTTOM = 48, 308, 10, 168


def curve(study: Mapping[str, Any], name: str) -> Markup | None:
    """The figure `name` at each value of the dial, evenly spaced; None when no value has it."""
    metric, side = METRICS[name], study["family"]["side"]
    fresh = study["fresh"].get(name)
    fresh = metric.chance if fresh is None else fresh  # of an attack on the model, for which real rows have none
    rows = study["rows"]
    every = [finite(row["values"][name]) for row in rows]
    means = [(i, row["mean"][name]) for i, row in enumerate(rows) if finite([row["mean"][name]])]
    if not means:
        return None
    up = linear([*(v for values in every for v in values), *finite([fresh])], about=4)

    def x(i: int) -> float:
        return LEFT + (RIGHT - LEFT) * (i + 0.5) / len(rows)

    def y(value: float) -> float:
        return BOTTOM - (BOTTOM - TOP) * up.at(value) / 100

    parts: list[Markup] = []
    for value, label in up.ticks:
        parts.append(_level("grid", y(value)))
        parts.append(el("text", label, class_="tick-up", x=LEFT - 6, y=number(y(value) + 4)))
    for i, row in enumerate(rows):
        parts.append(el("text", row["value"], class_="tick", x=number(x(i)), y=BOTTOM + 18))
    parts += [_level("reference", y(level)) for level in finite([fresh])]
    ends = [(x(i), y(v)) for i, v in means]
    steps = [_step(a, b) for a, b in pairwise(ends)]
    dots = [_at(mark(side, "dot"), x(i), y(v), 0.6) for i, values in enumerate(every) for v in values]
    large = [_at(mark(side, "large"), *end, 1.1) for end in ends]
    parts.append(el("g", dots, steps, large, class_=LETTER[side]))
    parts.append(el("text", f"{study['dial']} →", class_="axis-label", x=LEFT, y=BOTTOM + 42))
    said = "; ".join(f"{rows[i]['value']}: {metric.show(v)}" for i, v in means)
    beside = f"; real rows {metric.show(fresh)}" if finite([fresh]) else ""
    return frame(
        parts,
        title=f"{metric.title} along {study['dial']}",
        description=f"Means, {said}{beside}",
        class_="dial",
        viewBox=f"0 0 {WIDTH} {HEIGHT}",
    )


def _level(kind: str, y: float) -> Markup:
    return el("line", class_=kind, x1=LEFT, x2=RIGHT, y1=number(y), y2=number(y))


def _step(a: tuple[float, float], b: tuple[float, float]) -> Markup:
    return el("line", class_="step", x1=number(a[0]), y1=number(a[1]), x2=number(b[0]), y2=number(b[1]))


def _at(drawn: Markup, x: float, y: float, scale: float) -> Markup:
    return el("g", drawn, transform=f"translate({number(x)} {number(y)}) scale({scale})")
