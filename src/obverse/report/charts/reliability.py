"""Stated confidence against the share of right answers: one small diagram a family, the diagonal in each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import sqrt
from typing import Any

from ..html import Markup, el
from .axis import finite
from .svg import LETTER, frame, number

SIZE, LEFT, TOP = 130, 26, 6  # of the square inside the frame, and where it starts


def panels(part: Mapping[str, Any]) -> list[Markup]:
    """A diagram for each family that has a curve, in the order of the table."""
    curves = part["extra"].get("reliability", {})
    return [_panel(row, curves[row["family"]]) for row in part["rows"] if curves.get(row["family"])]


def _panel(row: Mapping[str, Any], bins: Sequence[Mapping[str, Any]]) -> Markup:
    bins = [b for b in bins if b["count"] and len(finite([b["confidence"], b["accuracy"]])) == 2]
    most = max((b["count"] for b in bins), default=1)
    side = LETTER[row["side"]]
    at = [(_x(b["confidence"]), _y(b["accuracy"])) for b in bins]
    path = "M" + "L".join(f"{number(x)} {number(y)}" for x, y in at) if at else None
    dots = [
        el("circle", class_=f"bin {side}", cx=number(x), cy=number(y), r=number(2 + 4.5 * sqrt(b["count"] / most)))
        for (x, y), b in zip(at, bins, strict=True)
    ]
    said = "; ".join(f"said {b['confidence']:.0%}, was right {b['accuracy']:.0%}" for b in bins)
    drawing = frame(
        [_axes(), el("path", class_=f"curve {side}", d=path) if path else None, dots],
        title=f"Reliability of {row['family']}",
        description=f"{said or 'no predictions'}. The diagonal is perfect reliability",
        class_="panel",
        viewBox=f"0 0 {LEFT + SIZE + 10} {TOP + SIZE + 34}",
    )
    return el("div", el("p", row["family"], class_="panel-name"), drawing, class_="cell")


def _x(share: float) -> float:
    return LEFT + SIZE * share


def _y(share: float) -> float:
    return TOP + SIZE * (1 - share)


def _axes() -> list[Markup]:
    out = [
        el("rect", class_="box", x=LEFT, y=TOP, width=SIZE, height=SIZE),
        el("line", class_="reference", x1=_x(0), y1=_y(0), x2=_x(1), y2=_y(1)),
    ]
    for share, label in ((0, "0"), (0.5, "50 %"), (1, "100 %")):
        anchor = {0: "from", 0.5: "about", 1: "to"}[share]
        out.append(el("text", label, class_=f"small {anchor}", x=_x(share), y=_y(0) + 14))
    out.append(el("text", "confidence stated", class_="small about", x=_x(0.5), y=_y(0) + 29))
    turned = f"translate({LEFT - 9} {_y(0.5):g}) rotate(-90)"
    out.append(el("text", "share right", class_="small about", transform=turned))
    return out
