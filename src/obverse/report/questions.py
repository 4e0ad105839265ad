"""The section of one question: what was asked, the answer, the figure and how to read it, and the tables behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..study.metrics import METRICS
from . import tables
from .figures import figures
from .html import Child, Markup, el, text
from .words import prose


def section(part: Mapping[str, Any], splits: int, failures: Sequence[Mapping[str, Any]]) -> Markup:
    """One question. `failures`: units of the study that broke, of all questions."""
    key = part["key"]
    return el(
        "section",
        el("h2", part["title"], id=f"{key}-title"),
        el("p", part["ask"], class_="ask"),
        el("p", prose(part["verdict"]["sentence"]), class_="answer"),
        _remark(part),
        figures(part, splits),
        tables.figures(part),
        _meanings(part),
        _withheld(part),
        _silent(part),
        _failed(part, failures),
        tables.against(part),
        id=key,
        aria_labelledby=f"{key}-title",
    )


def _remark(part: Mapping[str, Any]) -> Markup | None:
    """What the question has to say beyond who is best."""
    said = part["verdict"].get("remark")
    return el("p", prose(said), class_="remark") if said else None


def _meanings(part: Mapping[str, Any]) -> Markup | None:
    """What the figures of the table mean."""
    if all(row["cannot"] is not None for row in part["rows"]):
        return None
    pairs = [el("div", el("dt", METRICS[m].title), el("dd", METRICS[m].meaning)) for m in part["metrics"]]
    return el("dl", pairs, class_="meanings")


def _withheld(part: Mapping[str, Any]) -> Markup | None:
    """Whose fidelity is not shown, and why."""
    held = [row for row in part["rows"] if row.get("withheld") and row["cannot"] is None]
    return _reasons("Fidelity withheld", [(row, row["withheld"]) for row in held])


def _silent(part: Mapping[str, Any]) -> Markup | None:
    """Who has no answer, and why."""
    silent = [row for row in part["rows"] if row["cannot"] is not None]
    return _reasons("No answer from", [(row, row["cannot"]) for row in silent])


def _failed(part: Mapping[str, Any], failures: Sequence[Mapping[str, Any]]) -> Markup | None:
    """Which splits are missing from the means of families that did answer."""
    rows = {row["family"]: row for row in part["rows"] if row["cannot"] is None}
    mine = [f for f in failures if f["question"] == part["key"] and f["family"] in rows]
    return _reasons("Failed", [(rows[f["family"]], f"split {f['split'] + 1}: {f['why']}") for f in mine])


def _reasons(title: str, pairs: Sequence[tuple[Mapping[str, Any], str]]) -> Markup | None:
    if not pairs:
        return None
    items: list[Child] = [
        el("li", tables.family(row), " ", el("span", _without_name(why, row["family"]), class_="why"))
        for row, why in pairs
    ]
    return text(el("h3", title), el("ul", items, class_="reasons"))


def _without_name(why: str, family: str) -> str:
    """The reason without the name it begins with: that of the study, or of the family behind it."""
    return why.removeprefix(f"{family} ").removeprefix(f"{family.partition(':')[0]} ")
