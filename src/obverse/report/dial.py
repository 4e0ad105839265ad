"""The page of a dial: what one argument of a family costs and what it protects, as curves and as a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..core.errors import BadInput
from ..study.metrics import METRICS
from ..study.withheld import FIDELITY, why_withheld
from . import tables, words
from .charts.dial import curve
from .charts.svg import shapes
from .html import Markup, el, text
from .sheet import head

KIND = "privacy"
PARTS = ("title", "data", "plan", "environment", "family", "dial", "metrics", "rows", "fresh", "sentence")
HOW = (
    "One diagram a figure. From left to right the dial is turned, evenly spaced whatever its values; small marks are "
    "splits, large ones their means, and the dashed line is what real rows have: fresh ones in the place of created "
    "rows, for TSTR the training rows, for the model a guess. The two diagrams of fidelity (C2ST, nearer to 0.5 is "
    "better; TSTR, higher is better) say what a turn costs; those of privacy say what it buys: the nearer to the "
    "dashed line, the less is given away. A curve that runs level within its small marks is not moved by this dial."
)
BESIDE = (
    "Privacy figures of created rows speak of handing out rows; “Membership AUC, model” of handing out the saved model."
)


def render(summary: Mapping[str, Any]) -> str:
    """The summary of a study of a dial as one HTML page; BadInput when it is not one."""
    lacking = [name for name in PARTS if name not in summary]
    if lacking:
        raise BadInput(f"the summary has no {', '.join(lacking)}; run obverse study {KIND} again to make a whole one")
    unknown = sorted(set(summary["metrics"]) - set(METRICS))
    if unknown:
        raise BadInput(f"the summary has figures this version does not know: {', '.join(unknown)}; run the study again")
    held = {row["value"]: why for row in summary["rows"] if (why := row.get("withheld") or why_withheld(row["values"]))}
    kept = {**summary, "rows": [_kept(row) if row["value"] in held else row for row in summary["rows"]]}
    family, data, plan = summary["family"], summary["data"], summary["plan"]
    lead = (
        f"{family['title']}, fitted at {words.count(len(summary['rows']), 'value')} of {summary['dial']} on "
        f"{words.count(plan['splits'], 'split')} of {data['rows']:,} rows of {data['name']}."
    )
    coin = el("span", class_="coin", aria_hidden="true")
    top = el(
        "header",
        el("p", coin, "Obverse study", class_="brand"),
        el("h1", summary["title"]),
        el("p", lead, class_="lead"),
    )
    # a sentence about fidelity that is withheld is not shown either
    sentence = None if held else el("p", summary["sentence"], class_="answer")
    shown = (sentence, _curves(kept), _table(kept), _held(held), _failed(kept))
    main = el(
        "main",
        _section("price", "The dial and its price", *shown),
        _section("again", "Reproduce this", *_reproduce(summary)),
    )
    return f"<!doctype html>\n{el('html', head(summary['title']), el('body', shapes(), top, main), lang='en')}\n"


def _kept(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row without its figures of fidelity."""
    none = dict.fromkeys(FIDELITY)
    return {**row, "values": {**row["values"], **{m: [] for m in FIDELITY}}, "mean": {**row["mean"], **none}}


def _section(name: str, title: str, *children: Markup | None) -> Markup:
    return el("section", el("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title")


def _curves(summary: Mapping[str, Any]) -> Markup | None:
    cells = [
        el("div", el("p", METRICS[m].title, class_="panel-name"), drawing, class_="cell")
        for m in summary["metrics"]
        if any(row["mean"].get(m) for row in summary["rows"])  # all 0, no copies at all: the table says it
        and (drawing := curve(summary, m))
    ]
    how = el("figcaption", el("b", "How to read it. "), HOW, " ", BESIDE)
    return el("figure", el("div", cells, class_="panels wide"), how) if cells else None


def _table(summary: Mapping[str, Any]) -> Markup:
    metrics = [METRICS[m] for m in summary["metrics"]]
    heads = [text(m.title, el("small", words.BETTER[m.better])) for m in metrics]
    rows: list[tables.Line] = []
    for row in summary["rows"]:
        cells = [text(m.show(row["mean"].get(m.name)), el("small", words.spread(row, m))) for m in metrics]
        rows.append((row["value"], cells))
    real = text(el("span", "real rows", class_="reference-name"))
    rows.append((real, [m.show(summary["fresh"].get(m.name)) for m in metrics]))
    table = tables.table("The figures", "Means over the splits; below, the lowest and highest split.",
                         [summary["dial"], *heads], rows)  # fmt: skip
    pairs = [el("div", el("dt", m.title), el("dd", m.meaning)) for m in metrics]
    return text(table, el("dl", pairs, class_="meanings"))


def _held(held: Mapping[str, str]) -> Markup | None:
    """Values whose fidelity is not shown, and why."""
    items = [el("li", el("b", value), " ", el("span", why, class_="why")) for value, why in held.items()]
    return text(el("h3", "Fidelity withheld"), el("ul", items, class_="reasons")) if items else None


def _failed(summary: Mapping[str, Any]) -> Markup | None:
    """Values that could not be fitted or judged, and why."""
    items = [
        el("li", el("b", row["value"]), " ", el("span", why, class_="why"))
        for row in summary["rows"]
        for why in row.get("failed", ())
    ]
    return text(el("h3", "No figures"), el("ul", items, class_="reasons")) if items else None


def _reproduce(summary: Mapping[str, Any]) -> tuple[Markup, Markup]:
    plan, made = summary["plan"], summary["environment"]
    pairs = [
        ("Seed", str(plan["seed"])),
        ("Plan, sha256", el("code", str(plan["hash"]))),
        ("Data, sha256", el("code", str(summary["data"]["sha256"]))),
        ("Obverse", f"{made.get('obverse', '–')}, commit {made.get('commit') or 'not known'}"),
        ("Processor", str(made.get("processor") or "–")),
    ]
    command = el("pre", el("code", plan["command"]))
    return command, tables.facts("What these figures come from", pairs)
