"""A table of odd rows whose cells are coloured by how probably they are wrong."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from . import tables
from .html import Markup, el
from .words import count

LEVELS = (0.05, 0.15, 0.3, 0.6, 0.9)  # chances from which a cell takes the next colour
BOLD = 0.3  # chance from which a cell is set in bold, for those who see no colours


def legend() -> Markup:
    """What each colour stands for."""
    ends = [*LEVELS[1:], 1.0]
    steps = [
        el("li", el("span", class_=f"swatch w{i + 1}", aria_hidden="true"), f" {100 * a:.0f} to {100 * b:.0f} %")
        for i, (a, b) in enumerate(zip(LEVELS, ends, strict=True))
    ]
    return el("ul", el("li", "Chance that the cell is wrong:"), steps, class_="legend")


def table(found: Mapping[str, Any], title: str) -> Markup:
    """Rows as lines, cells coloured, suspects with their chance and what was expected."""
    said = f"{count(found['looked'], 'row')} looked at."
    said += f" {count(found['others'], 'further column')} not shown." if found["others"] else ""
    caption = el("caption", el("span", el("b", title), ". ", said))
    heads = [el("th", name, scope="col") for name in ("Row", "Suspect cells", *found["columns"])]
    inside = el(
        "table", caption, el("thead", el("tr", heads)), el("tbody", map(_line, found["rows"])), class_="odd-rows"
    )
    return tables.box(inside, title)


def _line(row: Mapping[str, Any]) -> Markup:
    surprise = f"{row['anomaly']:.1f} nats" if math.isfinite(row["anomaly"]) else "impossible"
    none = el("span", "no single cell", class_="none")
    return el(
        "tr",
        el("th", f"{row['row']:,}", el("small", surprise), scope="row"),
        el("td", [_suspect(one) for one in row["suspects"]] or none, class_="suspects"),
        [_cell(said, wrong) for said, wrong in zip(row["cells"], row["wrong"], strict=True)],
    )


def _suspect(one: Mapping[str, Any]) -> Markup:
    """A cell, its chance, and what was expected."""
    wrong, expected = one["wrong"], one["expected"]
    chance = "over 99 %" if wrong >= 0.995 else f"{100 * wrong:.0f} %"
    why = f"{chance} wrong" + (f", expected {expected}" if expected else "")
    return el("div", f"{one['name']} ", el("b", one["cell"]), el("small", why))


def _cell(said: str, wrong: float | None) -> Markup:
    if wrong is None:
        return el("td", el("span", "empty", class_="none"))
    level = sum(wrong >= least for least in LEVELS)
    if not level:
        return el("td", said)
    unseen = el("span", f" ({100 * wrong:.0f} % wrong)", class_="unseen")
    return el("td", el("b", said) if wrong >= BOLD else said, unseen, class_=f"w{level}")
