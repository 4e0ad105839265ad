"""A histogram so small that it fits a cell of a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..html import Markup, el
from .svg import frame, number

WIDTH, HEIGHT, GAP = 132, 30, 1.5
MOST = 12  # bars; fewer are drawn as wide as twelve would be, and up to three times that
LEAST = 1.0  # pixels of the lowest bar that is not empty


def histogram(name: str, bars: Mapping[str, Sequence[Any]]) -> Markup | None:
    """`bars` has `labels` and `share`; None when there is nothing to draw."""
    share = bars["share"]
    if not share:
        return None
    step = min(WIDTH / len(share), 3 * WIDTH / MOST)
    tallest = max(share)
    path = ""
    for i, part in enumerate(share):
        height = max(LEAST, (HEIGHT - 1) * part / tallest) if part else 0
        if height:
            path += f"M{number(i * step)} {HEIGHT}v-{number(height)}h{number(step - GAP)}V{HEIGHT}z"
    said = ", ".join(f"{label} {_percent(part)}" for label, part in zip(bars["labels"], share, strict=True))
    return frame(
        [el("path", class_="tiny-bars", d=path), el("path", class_="tiny-base", d=f"M0 {HEIGHT}h{WIDTH}")],
        title=f"{name}: {said}",
        description="Shares of the cells that are not empty",
        class_="tiny",
        viewBox=f"0 0 {WIDTH} {HEIGHT + 1}",
    )


def _percent(share: float) -> str:
    return "< 1 %" if 0 < share < 0.005 else f"{100 * share:.0f} %"
