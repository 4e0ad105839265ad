"""Texts on a page: made ones beside real ones, odd ones, and labels that are doubted; all of it data, never markup.

Signs that steer a page or a terminal, and those that turn the direction of writing, are shown by their numbers.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from ..study.questions import REFERENCE
from . import tables
from .html import Markup, el, text

REAL = "real, unseen"


def visible(said: str) -> str:
    """The text with what cannot be seen, or would act, as its number in Unicode; line ends stay."""
    return "".join(_sign(c) for c in said)


def _sign(letter: str) -> str:
    if letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn"):
        return letter
    return f"⟨{ord(letter):X}⟩"


def samples(part: Mapping[str, Any]) -> Markup | None:
    """Texts of each label: real ones first, then each family's; None where there are none."""
    found: Mapping[str, Mapping[str, Sequence[str]]] = part["extra"].get("samples") or {}
    if len(found) < 2:  # real ones alone
        return None
    labels = list(dict.fromkeys(label for each in found.values() for label in each))
    return text(_label(label, found) for label in labels)


def _label(label: str, found: Mapping[str, Mapping[str, Sequence[str]]]) -> Markup:
    cells = [
        el("div", el("p", REAL if who == REFERENCE else who, class_="panel-name"), _listed(each[label]), class_="cell")
        for who, each in found.items()
        if label in each
    ]
    title = el("p", "label ", el("b", visible(label)), class_="samples-label") if label else None
    return text(title, el("div", cells, class_="panels samples"))


def _listed(texts: Sequence[str]) -> Markup:
    return el("ul", [el("li", _quoted(one)) for one in texts], class_="texts")


def _quoted(said: str) -> Markup:
    """A text as it stands, in the direction of its own letters."""
    return el("bdi", visible(said)) if said.strip() else el("span", "empty", class_="none")


def odd(found: Mapping[str, Any]) -> Markup:
    """Real texts that a family finds least probable."""
    rows: list[tables.Line] = [(_quoted(row["text"]), [f"{row['surprise']:.2f}"]) for row in found["rows"]]
    how = f"Unseen texts of the first split, as they are; nats for each character, by {found['family']}."
    return tables.table("The least probable texts", how, ["Text", "Surprise"], rows, kind="of-texts")


def doubted(found: Mapping[str, Any]) -> Markup:
    """Real texts whose label a family doubts."""
    rows: list[tables.Line] = [
        (_quoted(row["text"]), [visible(row["label"]), visible(row["said"]), _percent(row["chance"])])
        for row in found["rows"]
    ]
    how = f"Unseen texts of the first split whose label {found['family']} holds least likely: wrong, or hard to tell."
    heads = ["Text", "Label", "It says", "Chance of the label"]
    return tables.table("The most doubtful labels", how, heads, rows, kind="of-texts")


def _percent(chance: float) -> str:
    return "< 0.1 %" if chance < 0.001 else f"{100 * chance:.1f} %"
