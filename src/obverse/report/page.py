"""The page: from the question asked and the verdicts, through the evidence, to what is needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from ..core.errors import BadInput
from ..study.metrics import METRICS
from . import tables, words
from .charts.svg import shapes
from .html import Markup, el, text
from .questions import section
from .words import count, share

PARTS = ("title", "data", "plan", "environment", "questions", "abilities")
POLICY = "default-src 'none'; style-src 'unsafe-inline'"  # the page asks nothing of any network, and runs no script


def render(summary: Mapping[str, Any]) -> str:
    """The summary of a study as one HTML page; the same summary gives the same text. BadInput when it is not one."""
    _check(summary)
    style = Markup(files("obverse.report").joinpath("style.css").read_text(encoding="utf-8"))
    head = el(
        "head",
        el("meta", charset="utf-8"),
        el("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        el("meta", name_="color-scheme", content="light dark"),
        el("meta", http_equiv="Content-Security-Policy", content=POLICY),
        el("title", f"{summary['title']} · Obverse"),
        el("style", style),
    )
    failures = summary.get("failures", ())
    questions = [section(part, summary["plan"]["splits"], failures) for part in summary["questions"]]
    main = el("main", _verdicts(summary), _data(summary), _how(), questions, _abilities(summary), _reproduce(summary))
    return (
        f"<!doctype html>\n{el('html', head, el('body', shapes(), _top(summary), main, _bottom(summary)), lang='en')}\n"
    )


def _check(summary: Mapping[str, Any]) -> None:
    lacking = [name for name in PARTS if name not in summary]
    if lacking:
        raise BadInput(f"the summary has no {', '.join(lacking)}; run obverse compare again to make a whole one")
    unknown = sorted({m for part in summary["questions"] for m in (part["main"], *part["metrics"])} - set(METRICS))
    if unknown:
        raise BadInput(f"the summary has figures this version does not know: {', '.join(unknown)}; run the study again")


def _section(name: str, title: str, *children: Markup | None) -> Markup:
    return el("section", el("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title")


def _top(summary: Mapping[str, Any]) -> Markup:
    coin = el("span", class_="coin", aria_hidden="true")
    return el(
        "header",
        el("p", coin, "Obverse study", class_="brand"),
        el("h1", summary["title"]),
        el("p", words.asked(summary), class_="lead"),
    )


def _verdicts(summary: Mapping[str, Any]) -> Markup:
    """One sentence a question, and all of it at a glance."""
    pairs = [
        el(
            "div",
            el("dt", el("a", part["title"], href=f"#{part['key']}")),
            el("dd", _winner(part), class_="winner"),
            el("dd", part["verdict"]["sentence"]),
        )
        for part in summary["questions"]
    ]
    overall = summary.get("overall")
    seen = tables.glance(overall) if overall and overall["rows"] else None
    return _section("verdict", "The verdict", el("dl", pairs, class_="verdicts"), seen)


def _winner(part: Mapping[str, Any]) -> Markup | None:
    """The best family, and how many cannot be told apart from it."""
    best, ties = part["verdict"]["best"], len(part["verdict"]["tied"])
    row = next((row for row in part["rows"] if row["family"] == best), None)
    tied = el("small", f"tie with {count(ties, 'other')}") if ties else None
    return text(tables.family(row), tied) if row else None


def _data(summary: Mapping[str, Any]) -> Markup:
    data, plan = summary["data"], summary["plan"]
    kind = {"class": " (a class)", "number": " (a number)"}.get(data.get("task") or "", "")
    tiles = {
        "Rows": f"{data['rows']:,}",
        "Columns": f"{data['columns']:,}",
        "Target": f"{data['target']}{kind}" if data.get("target") else "none",
        "Empty cells": share(data["missing_share"], 1),
        "Splits": f"{plan['splits']}, {share(plan['test_share'])} test rows",
    }
    shown = [el("div", el("dt", name), el("dd", value)) for name, value in tiles.items()]
    notes = el("ul", [el("li", note) for note in data["notes"]], class_="notes") if data["notes"] else None
    source = el("p", "Source: ", el("code", str(data["source"])), class_="source")
    return _section("data", "The data", el("dl", shown, class_="tiles"), source, notes)


def _how() -> Markup:
    legend = [
        el("li", tables.badge(side), " ", said)
        for side, said in (
            ("discriminative", "discriminative, drawn as a circle"),
            ("generative", "generative, drawn as a diamond"),
            ("both", "can be trained either way, drawn as a square"),
        )
    ]
    read = [el("p", sentence) for sentence in words.HOW_TO_READ]
    return _section(
        "how", "How to read this report", text(read), el("ul", legend, class_="legend"), el("p", words.NO_DIFFERENCE)
    )


def _abilities(summary: Mapping[str, Any]) -> Markup:
    known = {row["family"]: row for part in summary["questions"] for row in part["rows"]}
    return _section("abilities", "What each family can answer", tables.abilities(summary["abilities"], known))


def _reproduce(summary: Mapping[str, Any]) -> Markup:
    plan, data, made = summary["plan"], summary["data"], summary["environment"]
    versions = [
        f"{name} {made[name]}" for name in ("python", "numpy", "pandas", "scikit-learn", "xgboost") if made.get(name)
    ]
    seconds = made.get("seconds")
    pairs = [
        ("Seed", str(plan["seed"])),
        ("Plan, sha256", el("code", str(plan["hash"]))),
        ("Data, sha256", el("code", str(data["sha256"]))),
        ("Obverse", f"{made.get('obverse', '–')}, commit {made.get('commit') or 'not known'}"),
        ("Versions", ", ".join(versions) or "–"),
        ("Processor", f"{made.get('processor') or '–'}, {count(made.get('cores') or 0, 'core')}"),
        ("Platform", str(made.get("platform") or "–")),
        ("Started", str(made.get("started") or "–")),
        ("Took", "–" if seconds is None else f"{seconds:,.0f} seconds"),
    ]
    command = el("pre", el("code", plan["command"]))
    said = el("p", "The same command on the same data gives the same figures, apart from seconds and megabytes.")
    return _section("reproduce", "Reproduce this", command, said, tables.facts("What these figures come from", pairs))


def _bottom(summary: Mapping[str, Any]) -> Markup:
    version = summary["environment"].get("obverse", "")
    said = (
        f"Made by Obverse {version}. This page shows summary.json beside it: it computes nothing and needs no network."
    )
    return el("footer", el("p", said))
