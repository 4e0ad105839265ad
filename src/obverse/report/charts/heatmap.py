"""A square of squares: how much each pair of columns tells, the data above the diagonal and a model below it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from ..html import Markup, el
from .svg import frame, number, short

STEPS = (0.005, 0.032, 0.087, 0.18, 0.337, 0.641)  # nats a correlation of 0.1, 0.25, 0.4, 0.55, 0.7, 0.85 tells
SMALLEST, LARGEST, ROOM = 17, 40, 540  # pixels of a square, and of all of them
LETTER, NAME = 6.6, 24  # pixels a letter takes; letters of a name
KEY = 62  # pixels of one step of the legend
SIDES = "◥ above the diagonal: counted in the data   ◣ below: learnt by the model"


def heatmap(found: Mapping[str, Any]) -> Markup | None:
    """The map of `dependence`; None when fewer than two columns are in it."""
    names: Sequence[str] = [short(name, NAME) for name in found["columns"]]
    n = len(names)
    if n < 2:
        return None
    size = min(LARGEST, max(SMALLEST, ROOM // n))
    longest = LETTER * max(map(len, names))
    left, top = longest + 10, 0.87 * longest + 24  # names above lean by 60 degrees
    side = size * n
    width = max(left + side + 0.5 * longest + 10, left + KEY * (len(STEPS) + 1))
    height = top + side + 64
    pairs = [_pair(found, i, j) for i in range(n) for j in range(i + 1, n)]
    across = [
        el("text", name, transform=f"translate({number(left + size * (i + 0.6))} {number(top - 6)}) rotate(-60)")
        for i, name in enumerate(names)
    ]
    down = [
        el("text", name, class_="to", x=number(left - 8), y=number(top + size * (i + 0.5) + 4))
        for i, name in enumerate(names)
    ]
    squares = el(
        "g",
        el("path", class_="h-none", d="".join(f"M{i} {i}h1v1h-1z" for i in range(n))),
        pairs,
        transform=f"translate({number(left)} {number(top)}) scale({size})",
    )
    sides = el("text", SIDES, class_="small from", x=number(left), y=number(top + side + 18))
    strongest = "; ".join(f"{p['a']} and {p['b']} {p['sample']:.2f}, {p['model']:.2f}" for p in found["strongest"][:5])
    return frame(
        [across, down, squares, sides, _legend(left, top + side + 30)],
        title=f"How much {n} columns tell about each other",
        description=f"Nats in the data and in the model, strongest first: {strongest or 'nothing'}",
        class_="heatmap",
        width=number(width),
        height=number(height),
        viewBox=f"0 0 {number(width)} {number(height)}",
    )


def level(nats: float) -> int:
    """Step of the scale, 0 for next to nothing."""
    return bisect_right(STEPS, nats)


def _pair(found: Mapping[str, Any], i: int, j: int) -> Markup:
    """Both squares of a pair and what they stand for."""
    a, b, (sample, model) = found["columns"][i], found["columns"][j], (found[k][i][j] for k in ("sample", "model"))
    return el(
        "g",
        el("title", f"{short(a, 40)} – {short(b, 40)}: data {sample:.3f}, model {model:.3f}"),
        el("path", class_=f"h{level(sample)}", d=f"M{j} {i}h1v1h-1z"),
        el("path", class_=f"h{level(model)}", d=f"M{i} {j}h1v1h-1z"),
    )


def _legend(x: float, y: float) -> list[Markup]:
    """One swatch a step, with where it begins."""
    out = []
    for i, label in enumerate(["nothing", *(f"{step:g}" for step in STEPS[:-1]), f"{STEPS[-1]:g} nats"]):
        at = number(x + KEY * i)
        out.append(el("rect", class_=f"h{i}", x=at, y=number(y), width=KEY, height=12))
        out.append(el("text", label, class_="small from", x=at, y=number(y + 26)))
    return out
