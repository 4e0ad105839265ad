"""Which cells are empty together: one line a pattern, a filled square for an empty cell, a bar for how many rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..html import Markup, el
from .svg import frame, number, short

COLUMNS = 12  # with most holes; further ones are counted
SIZE, LETTER, NAME, BAR = 26, 6.6, 22, 190  # pixels a square and a letter take, letters of a name, pixels of a bar


def patterns(missing: Mapping[str, Any]) -> Markup | None:
    """The patterns of `missing`; None when no cell is empty."""
    names = [c["name"] for c in missing["columns"]][:COLUMNS]
    if not names:
        return None
    longest = LETTER * max(len(short(name, NAME)) for name in names)
    top, left = 0.87 * longest + 24, 6.0
    side, bottom = left + SIZE * len(names), top + SIZE * len(missing["patterns"])
    places = (f"translate({number(left + SIZE * (i + 0.6))} {number(top - 6)})" for i in range(len(names)))
    heads = [
        el("text", short(name, NAME), transform=f"{place} rotate(-60)")
        for name, place in zip(names, places, strict=True)
    ]
    most = max(p["share"] for p in missing["patterns"])
    lines = [_line(p, names, left, side, top + SIZE * i, most) for i, p in enumerate(missing["patterns"])]
    width = max(side + BAR + 140, side + 0.5 * longest + 12)
    said = "; ".join(f"{', '.join(p['columns']) or 'nothing'} empty in {_rows(p)}" for p in missing["patterns"])
    return frame(
        [heads, lines],
        title="Patterns of empty cells",
        description=said,
        class_="holes",
        width=number(width),
        height=number(bottom + 8),
        viewBox=f"0 0 {number(width)} {number(bottom + 8)}",
    )


def _line(pattern: Mapping[str, Any], names: list[str], left: float, side: float, y: float, most: float) -> Markup:
    squares = [
        el(
            "rect",
            class_="hole" if name in pattern["columns"] else "full",
            x=number(left + SIZE * i + 3),
            y=number(y + 3),
            width=SIZE - 6,
            height=SIZE - 6,
        )
        for i, name in enumerate(names)
    ]
    long = max(1.5, BAR * pattern["share"] / most)
    bar = el("rect", class_="count", x=number(side + 10), y=number(y + 6), width=number(long), height=SIZE - 12)
    more = len([name for name in pattern["columns"] if name not in names])
    label = f"{_rows(pattern)}{f' (and {more} more columns)' if more else ''}"
    return el("g", squares, bar, el("text", label, x=number(side + 16 + long), y=number(y + SIZE / 2 + 4)))


def _rows(pattern: Mapping[str, Any]) -> str:
    share = "< 0.1 %" if pattern["share"] < 0.001 else f"{100 * pattern['share']:.1f} %"
    return f"{pattern['rows']:,} row{'s' if pattern['rows'] != 1 else ''}, {share}"
