"""Where training was, and where the questions were asked: a histogram of one column, cut in two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

from ..html import Markup, el
from .axis import Axis, finite, linear
from .svg import frame, number, percent

TOP, BOTTOM = 40, 150  # pixels: of the tallest bar, and of the axis
DATES = 3  # labels of an axis of dates


def region(found: Mapping[str, Any]) -> Markup | None:
    """The histogram of `region`, its bars split at the cut; None for a column of categories."""
    bars = found["histogram"]
    if not bars or not max(bars["counts"], default=0):
        return None
    edges, cut = bars["edges"], bars["cut"]
    axis = Axis(edges[0], edges[-1], _ticks(found, edges))
    tallest = max(bars["counts"])
    inside, outside = _sides(found)
    drawn = []
    for (low, high), n in zip(pairwise(edges), bars["counts"], strict=True):
        height = (BOTTOM - TOP) * n / tallest
        for start, end, side in ((low, min(high, cut), "left"), (max(low, cut), high, "right")):
            if n and end > start:
                drawn.append(_bar(axis, start, end, height, "home" if side == inside else "away"))
    x = percent(axis.at(cut))
    at = {"left": ("to", -8), "right": ("from", 8)}
    names = []
    for side, what, rows in (
        (inside, "trained here", found["rows_inside"]),
        (outside, "asked here", found["rows_outside"]),
    ):
        anchor, shift = at[side]
        lines = [
            el("text", line, class_=f"{css} {anchor}", x=x, y=y)
            for line, css, y in ((what, "strong", 12), (f"{rows:,} rows", "tick-like", 27))
        ]
        names.append(el("g", lines, transform=f"translate({shift} 0)"))
    ticks = [el("text", label, class_=f"tick {_anchor(axis.at(v))}", x=percent(axis.at(v)), y=BOTTOM + 18)
             for v, label in axis.ticks]  # fmt: skip
    said = f"trained where {found['inside']}, {found['rows_inside']:,} rows; asked where {found['outside']}"
    return frame(
        [
            drawn,
            el("line", class_="rail", x1=0, x2="100%", y1=BOTTOM, y2=BOTTOM),
            el("line", class_="reference", x1=x, x2=x, y1=0, y2=BOTTOM),
            names,
            ticks,
            el("text", found["column"], class_="axis-label", x=0, y=BOTTOM + 40),
        ],
        title=f"Rows by {found['column']}",
        description=f"{said}, {found['rows_outside']:,} rows",
        class_="region",
        height=BOTTOM + 46,
    )


def _sides(found: Mapping[str, Any]) -> tuple[str, str]:
    """Where inside and outside lie, read from the condition."""
    below = f"{found['inside']}".rpartition(" ")[0].endswith("<=")
    return ("left", "right") if below else ("right", "left")


def _bar(axis: Axis, start: float, end: float, height: float, kind: str) -> Markup:
    x, width = axis.at(start), axis.at(end) - axis.at(start)
    place = {"x": percent(x), "width": percent(width), "y": number(BOTTOM - height), "height": number(height)}
    return el("rect", class_=kind, **place)


def _ticks(found: Mapping[str, Any], edges: Sequence[float]) -> tuple[tuple[float, str], ...]:
    """Round numbers; days where the condition compares with a date, since the edges are seconds since 1970 then."""
    try:
        finite([float(found["inside"].rpartition(" ")[2])])
    except ValueError:
        step = (edges[-1] - edges[0]) / (DATES - 1)
        return tuple((edges[0] + i * step, _day(edges[0] + i * step)) for i in range(DATES))
    axis = linear([edges[0], edges[-1]])
    return tuple((v, label) for v, label in axis.ticks if edges[0] <= v <= edges[-1])


def _day(seconds: float) -> str:
    return f"{datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds):%Y-%m-%d}"


def _anchor(at: float) -> str:
    return "from" if at < 3 else "to" if at > 97 else "about"
