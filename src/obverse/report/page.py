"""The page: what was asked, what the data are like, the verdicts, the evidence, and what is needed to repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core.errors import BadInput
from ..study.metrics import METRICS
from ..study.withheld import kept_back
from . import portrait, questions, tables, words
from .charts.svg import shapes
from .html import Markup, el, text
from .sheet import head
from .words import count, prose, share

SIZES = {"image": "Size", "text": "Length"}
PARTS = ("title", "data", "plan", "environment", "questions", "abilities")


def render(summary: Mapping[str, Any], left_out: Sequence[str] = ()) -> str:
    """The summary of a study as one HTML page; the same summary gives the same text. BadInput when it is not one.

    `left_out`: sentences that say what the summary had too much of for one page (see `size`).
    """
    _check(summary)
    summary = kept_back(summary)
    failures = summary.get("failures", ())
    main = el(
        "main",
        _data(summary),
        portrait.section(summary.get("portrait")),
        _verdicts(summary),
        _how(),
        [questions.section(part, summary["plan"]["splits"], failures) for part in summary["questions"]],
        _abilities(summary),
        _reproduce(summary),
    )
    body = el("body", shapes(), _skip(), _top(summary, left_out), main, _bottom(summary))
    return f"<!doctype html>\n{el('html', head(summary['title']), body, lang='en')}\n"


def _check(summary: Mapping[str, Any]) -> None:
    lacking = [name for name in PARTS if name not in summary]
    if lacking:
        raise BadInput(f"the summary has no {', '.join(lacking)}; run obverse compare again to make a whole one")
    unknown = sorted({m for part in summary["questions"] for m in (part["main"], *part["metrics"])} - set(METRICS))
    if unknown:
        raise BadInput(f"the summary has figures this version does not know: {', '.join(unknown)}; run the study again")


def _section(name: str, title: str, *children: Markup | None) -> Markup:
    return el("section", el("h2", title, id=f"{name}-title"), *children, id=name, aria_labelledby=f"{name}-title")


def _skip() -> Markup:
    """For those who move by keyboard: shown when it has the focus."""
    return el("a", "Skip to the verdict", href="#verdict", class_="skip")


def _top(summary: Mapping[str, Any], left_out: Sequence[str]) -> Markup:
    coin = el("span", class_="coin", aria_hidden="true")
    return el(
        "header",
        el("p", coin, "Obverse study", class_="brand"),
        el("h1", summary["title"]),
        el("p", words.asked(summary), class_="lead"),
        [el("p", sentence, class_="left-out") for sentence in left_out],
        _contents(summary),
    )


def _contents(summary: Mapping[str, Any]) -> Markup:
    """Where everything is, each one click away."""
    entries = [("data", "The data")]
    entries += [("portrait", "What they are like")] if summary.get("portrait") else []
    entries += [("verdict", "The verdict"), ("how", "How to read this")]
    entries += [(part["key"], part["title"]) for part in summary["questions"]]
    entries += [("abilities", "Who can answer what"), ("reproduce", "Reproduce this")]
    links = [el("li", el("a", title, href=f"#{key}", class_=f"to-{key}")) for key, title in entries]
    return el("nav", el("ol", links), aria_label="Contents", class_="contents")


def _verdicts(summary: Mapping[str, Any]) -> Markup:
    """One sentence a question, and all of it at a glance."""
    pairs = [
        el(
            "div",
            el("dt", el("a", part["title"], href=f"#{part['key']}")),
            el("dd", _winner(part), class_="winner"),
            el("dd", prose(_said(part))),
        )
        for part in summary["questions"]
    ]
    overall = summary.get("overall")
    seen = tables.glance(overall) if overall and overall["rows"] else None
    return _section("verdict", "The verdict", el("dl", pairs, class_="verdicts"), seen)


def _said(part: Mapping[str, Any]) -> str:
    """The verdict; of created rows also who gives training rows away, which belongs beside who is faithful."""
    beside = part["verdict"].get("remark") if part["key"] == "create" else None
    return " ".join(filter(None, [part["verdict"]["sentence"], beside]))


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
        words.examples(data).capitalize(): f"{data['rows']:,}",
        SIZES.get(data.get("modality") or "", "Columns"): data.get("shape") or f"{data['columns']:,}",
        "Target": f"{data['target']}{kind}" if data.get("target") else "none",
        **({} if data.get("shape") else {"Empty cells": share(data["missing_share"], 1)}),
        "Splits": f"{plan['splits']}, {share(plan['test_share'])} test {words.examples(data)}",
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
    return _section(
        "abilities", "What each family can answer, and why not", tables.abilities(summary["abilities"], known)
    )


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
    source = el("a", "summary.json", href="summary.json")
    said = f"Made by Obverse {version}. This page computes nothing and needs no network: it shows what stands in "
    return el("footer", el("p", said, source, " beside it, where programs can read every figure."))
