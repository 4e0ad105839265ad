"""The oddest rows of a table, their cells coloured by how probably they are wrong: a page, and a part of a study."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..data.files import write_bytes
from . import tables
from .html import Markup, el
from .page import POLICY, style
from .words import count

LEVELS = (0.05, 0.15, 0.3, 0.6, 0.9)  # chances from which a cell takes the next colour
BOLD = 0.3  # chance from which a cell is set in bold, for those who see no colours
READ = (
    "Each line is a row of the table, named by its position counted from 0. The deeper the colour of a cell, the more "
    "probable that its value is a mistake rather than a rare truth, given all other cells of its row. Beside a suspect "
    "stands what the model would have expected in its place. It tells where to look first; it is no correction."
)
SHARED = (
    "Two cells that contradict each other are both suspects and share the chance; which of them is wrong only the rest "
    "of the row can tell. A row without a coloured cell is odd as a whole: its values are rare, or rare together. A "
    "chance assumes that one cell in a hundred is wrong."
)


def write(found: Mapping[str, Any], path: Path) -> Path:
    """Write the page of what `study.suspects.oddest` found, whole or not at all.

    `found` holds beside that `family`, `title`, `source`, `how` and `notes`.
    """
    write_bytes(path, render(found).encode("utf-8", "replace"))
    return path


def render(found: Mapping[str, Any]) -> str:
    """The same as text; the same findings give the same page."""
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name_="color-scheme", content="light dark"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"Odd rows of {found['source']} · Obverse"),
        el("style", style()),
    )
    coin = el("span", class_="coin", aria_hidden="true")
    shown = len(found["rows"])
    by = "the surest wrong cells" if found["by"] == "cell" else "the least probability"
    lead = f"Of {count(found['looked'], 'row')} these {shown:,} have {by} under the model, a {found['family']}."
    top = el("header", el("p", coin, "Obverse anomaly", class_="brand"), el("h1", f"Odd rows of {found['source']}"),
             el("p", lead, class_="lead"))  # fmt: skip
    reached = el("p", f"Probabilities: {found['how']}.", class_="source")
    notes = el("ul", [el("li", note) for note in found["notes"]], class_="notes") if found["notes"] else None
    read = [el("h2", "How to read this", id="how-title"), el("p", READ), el("p", SHARED), reached, notes]
    seen = [el("h2", "The rows", id="rows-title"), legend(), table(found, "Oddest first")]
    main = el(
        "main",
        el("section", seen, aria_labelledby="rows-title"),
        el("section", read, aria_labelledby="how-title"),
    )
    foot = el("footer", el("p", "Made by Obverse. This page computes nothing and needs no network."))
    return f"<!doctype html>\n{el('html', head, el('body', top, main, foot, class_='wide'), lang='en')}\n"


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
