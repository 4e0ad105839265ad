"""The oddest rows of a table, their cells coloured by how probably they are wrong, as a page of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..data.files import write_bytes
from .html import el
from .odd_rows import legend, table
from .sheet import head
from .words import count

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
    title = f"Odd rows of {found['source']}"
    coin = el("span", class_="coin", aria_hidden="true")
    shown = len(found["rows"])
    by = "the surest wrong cells" if found["by"] == "cell" else "the least probability"
    lead = f"Of {count(found['looked'], 'row')} these {shown:,} have {by} under the model, a {found['family']}."
    top = el("header", el("p", coin, "Obverse anomaly", class_="brand"), el("h1", title),
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
    return f"<!doctype html>\n{el('html', head(title), el('body', top, main, foot, class_='wide'), lang='en')}\n"
