"""What the data are like, before any verdict: columns, holes, what depends on what, typical and odd rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import exp
from typing import Any

from . import tables
from .charts.heatmap import heatmap, level
from .charts.histogram import histogram
from .charts.holes import patterns
from .charts.svg import short
from .html import Child, Markup, el, text
from .words import count

OPEN, LISTED = 10, 40  # columns shown at once, and at all
GROUPS = 2  # groups of examples shown at once
NAME = 60  # letters of a column's name
WHY = (
    "Before any verdict, the data themselves. What the columns hold can be counted. What depends on what, and which "
    "rows are typical or odd, is knowledge about whole rows: a generative model has it, a discriminative one, which "
    "learns only the target given the rest, does not."
)


def section(portrait: Mapping[str, Any] | None) -> Markup | None:
    """The section of a summary's `portrait`; None without one."""
    if not portrait:
        return None
    known = portrait.get("dependence") and portrait.get("examples")
    refused = portrait.get("refused")
    return el(
        "section",
        el("h2", "What the data are like", id="portrait-title"),
        el("p", WHY, class_="ask"),
        el("h3", "The columns"),
        _columns(portrait["columns"]),
        el("h3", "Empty cells"),
        _holes(portrait["missing"], portrait["rows"]),
        el("h3", "What depends on what") if known else None,
        _dependence(portrait["dependence"]) if known else None,
        el("h3", "Typical and odd rows") if known else None,
        _examples(portrait["examples"]) if known else None,
        el("p", f"No model of whole rows could be learnt: {refused}", class_="note") if refused else None,
        id="portrait",
        aria_labelledby="portrait-title",
    )


# ----------------------------------------------------------------------- columns


def _columns(found: Sequence[Mapping[str, Any]]) -> Markup:
    """The target first; a long list goes on behind a line to open."""
    order = sorted(found, key=lambda column: column["role"] != "target")
    first, more, hidden = order[:OPEN], order[OPEN:LISTED], len(order) - LISTED
    how = "Bars: how often each range of numbers, or each value, occurs; the tallest bar fills the height."
    out = [_column_table(f"{count(len(found), 'column')}", how, first)]
    if more:
        rest = _column_table("Further columns", "In the order of the table.", more)
        out.append(_behind(f"Show {count(len(more), 'more column')}", rest))
    if hidden > 0:
        out.append(el("p", f"{count(hidden, 'further column')} of this table are not shown.", class_="note"))
    return text(out)


def _column_table(title: str, how: str, found: Sequence[Mapping[str, Any]]) -> Markup:
    rows = [
        el(
            "tr",
            el("th", _column_name(column), scope="row"),
            el("td", column["said"], class_="said-here"),
            el("td", _empty(column["missing"])),
            el("td", histogram(column["name"], column["bars"]), class_="drawn"),
        )
        for column in found
    ]
    return _table(title, how, ["Column", "Holds", "Empty", "Values"], rows, "columns")


def _column_name(column: Mapping[str, Any]) -> Markup:
    pill = el("span", "target", class_="pill target") if column["role"] == "target" else None
    return text(el("span", short(column["name"], NAME), class_="family"), " ", pill)


def _empty(share: float) -> Markup:
    """The share of empty cells as text and as a bar."""
    if not share:
        return el("span", "none", class_="none")
    bar = el("i", style=f"width:{max(2.0, 100 * share):.1f}%")
    return text(_percent(share), el("span", bar, class_="share", aria_hidden="true"))


# ------------------------------------------------------------------------- holes


def _holes(missing: Mapping[str, Any], rows: int) -> Markup:
    drawing = patterns(missing)
    if drawing is None:
        return el("p", f"No cell of the {count(rows, 'row')} is empty.")
    complete = next((p for p in missing["patterns"] if not p["columns"]), None)
    said = f"{_percent(missing['share'])} of all cells are empty; "
    said += f"{count(complete['rows'], 'row is', 'rows are')} complete." if complete else "no row is complete."
    how = (
        "Each line is a pattern of rows: a filled square is an empty cell, an outlined one is there. The bar says how "
        "many rows have just these cells empty."
    )
    others = missing.get("others", {}).get("patterns", 0)
    if others:
        how += f" {count(others, 'rarer pattern is', 'rarer patterns are')} not drawn."
    return text(
        el("p", said),
        _figure(tables.box(drawing, "Patterns of empty cells"), how),
        _together(missing["together"]),
    )


def _together(pairs: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Pairs whose holes are no coincidence."""
    if not pairs:
        return None
    items = [
        el(
            "li",
            el("b", short(p["a"], NAME)),
            " and ",
            el("b", short(p["b"], NAME)),
            f" are both empty in {_percent(p['both'])} of the rows; by chance it would be {_percent(p['expected'])}.",
        )
        for p in pairs
    ]
    return text(
        el("p", "Holes that come together, clearly more often than by chance:"), el("ul", items, class_="notes")
    )


# -------------------------------------------------------------------- dependence


def _dependence(found: Mapping[str, Any]) -> Markup:
    drawing = heatmap(found)
    if drawing is None:
        return el("p", "One column alone cannot depend on another.")
    how = (
        "Each square is a pair of columns; the stronger its colour, the more one of them tells about the other. Above "
        "the diagonal it is counted in the data. Below it is what a joint forest, a generative model of whole rows, "
        "has learnt. Where the square below is weaker than its mirror image above, the model has missed something. The "
        "scale is mutual information in nats: 0.03 is as much as a correlation of 0.25 tells, 0.18 one of 0.55, 0.64 "
        "one of 0.85."
    )
    if found["left_out"]:
        how += f" {count(found['left_out'], 'column that depends less is', 'columns that depend less are')} not drawn."
    return text(_figure(tables.box(drawing, "What depends on what"), how), _strongest(found["strongest"]))


def _strongest(pairs: Sequence[Mapping[str, Any]]) -> Markup:
    if not pairs:
        return el("p", "No two columns tell anything about each other.")
    rows = [
        el(
            "tr",
            el("th", short(p["a"], NAME), el("span", " – ", class_="none"), short(p["b"], NAME), scope="row"),
            el("td", _nats(p["sample"])),
            el("td", _nats(p["model"])),
        )
        for p in pairs
    ]
    how = "Mutual information in nats; 0: one column says nothing about the other."
    return _table("The strongest pairs", how, ["Pair", "In the data", "In the model"], rows, "pairs")


def _nats(value: float) -> Markup:
    return text(f"{value:.2f}", el("span", class_=f"swatch h{level(value)}", aria_hidden="true"))


# ---------------------------------------------------------------------- examples


def _examples(found: Mapping[str, Any]) -> Markup:
    groups = found["groups"]
    marked = any(row["odd"] for group in groups for row in group["odd"])
    how = (
        "Real rows of each group, counted from 0. Typical: the row nearest to all others of its group among those the "
        "model finds probable, and two more that stand for what the first does not. Odd: the rows that the model finds "
        "least probable."
    )
    marks = [
        el("li", _mark(True), " rare in all rows of the table"),
        el("li", _mark(False), " not rare by itself, but it does not fit the rest of its row"),
    ]
    lead = "Cells that make a row odd are marked; “1 in 30” is how often the model expected such a cell there:"
    legend = text(el("p", lead), el("ul", marks, class_="legend")) if marked else None
    shown = [_group(group, found["columns"]) for group in groups]
    more = _behind(f"Show {count(len(shown) - GROUPS, 'more group')}", shown[GROUPS:]) if shown[GROUPS:] else None
    return text(el("p", how), legend, shown[:GROUPS], more)


def _group(group: Mapping[str, Any], names: Sequence[str]) -> Markup:
    typical, odd = group["typical"], group["odd"]
    heads = [
        *(_head("Typical", row, "typical") for row in typical),
        *(_head("Odd", row, "odd start" if i == 0 else "odd") for i, row in enumerate(odd)),
    ]
    blames = [{blame["name"]: blame for blame in row["odd"]} for row in odd]
    lines = [
        el(
            "tr",
            el("th", short(name, NAME), scope="row"),
            [el("td", _cell(row["cells"][i])) for row in typical],
            [
                _odd_cell(row["cells"][i], blame.get(name), first=k == 0)
                for k, (row, blame) in enumerate(zip(odd, blames, strict=True))
            ],
        )
        for i, name in enumerate(names)
    ]
    others = [[b for b in row["odd"] if b["name"] not in names] for row in odd]
    if any(others) or any(not row["odd"] for row in odd):
        lines.append(_others(len(typical), odd, others))
    caption = el("caption", el("span", el("b", group["group"]), f". {count(group['rows'], 'row')} looked at."))
    head = el("thead", el("tr", el("th", "Column", scope="col"), heads))
    return tables.box(el("table", caption, head, el("tbody", lines), class_="examples"), group["group"])


def _head(kind: str, row: Mapping[str, Any], css: str) -> Markup:
    return el("th", kind, el("small", f"row {row['row']:,}"), scope="col", class_=css)


def _cell(shown: str) -> Markup:
    return text(shown) if shown else el("span", "empty", class_="none")


def _odd_cell(shown: str, blame: Mapping[str, Any] | None, *, first: bool) -> Markup:
    start = "start" if first else ""
    if blame is None:
        return el("td", _cell(shown), class_=start or None)
    return el("td", el("b", shown), _said(blame), class_=f"{start} blamed".strip())


def _others(typical: int, odd: Sequence[Mapping[str, Any]], others: Sequence[Sequence[Mapping[str, Any]]]) -> Markup:
    """Odd cells of columns that the table has no room for."""
    cells = []
    for i, (row, rest) in enumerate(zip(odd, others, strict=True)):
        content: list[Child] = [text(el("b", f"{short(b['name'], NAME)} {b['cell']}"), _said(b)) for b in rest]
        if not row["odd"]:
            content = [el("span", "no single cell: together they are improbable", class_="none")]
        cells.append(el("td", content, class_="start also" if i == 0 else "also"))
    return el("tr", el("th", "What else is odd", scope="row"), [el("td") for _ in range(typical)], cells, class_="rest")


def _said(blame: Mapping[str, Any]) -> Markup:
    """How improbable, and of which kind."""
    times = exp(min(blame["surprise"], 20))
    return el("small", _mark(blame["rare"]), f" 1 in {float(f'{times:.2g}'):,.0f}")


def _mark(rare: bool) -> Markup:
    """A sign for the eye, a word for the ear."""
    sign, word = ("▲", "rare") if rare else ("✕", "does not fit")
    return text(el("span", sign, class_="sign", aria_hidden="true"), el("span", f" {word},", class_="unseen"))


# ------------------------------------------------------------------------- parts


def _table(title: str, how: str, heads: Sequence[str], rows: Sequence[Markup], css: str) -> Markup:
    caption = el("caption", el("span", el("b", title), ". ", how))
    head = el("thead", el("tr", [el("th", name, scope="col") for name in heads]))
    return tables.box(el("table", caption, head, el("tbody", rows), class_=css), title)


def _figure(drawing: Markup, how: str) -> Markup:
    return el("figure", drawing, el("figcaption", el("b", "How to read it. "), how))


def _behind(line: str, content: Child) -> Markup:
    return el("details", el("summary", line), content)


def _percent(share: float) -> str:
    return "< 0.1 %" if 0 < share < 0.001 else f"{100 * share:.1f} %"
