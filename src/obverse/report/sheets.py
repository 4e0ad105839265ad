"""Made pictures beside real ones, as they came out: a class a line, the first split."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..study.questions import REFERENCE
from .html import Markup, el

SIDE = 40  # pixels at least that a picture is shown in


def sheets(part: Mapping[str, Any]) -> Markup | None:
    """A sheet for real pictures and for each family; None where there are none."""
    found: Mapping[str, Any] = part["extra"].get("sheets") or {}
    cells = [_sheet("real, unseen" if family == REFERENCE else family, sheet) for family, sheet in found.items()]
    return el("div", cells, class_="panels sheets") if cells else None


def _sheet(name: str, sheet: Mapping[str, Any]) -> Markup:
    times = max(1, -(-SIDE // max(sheet["height"], sheet["width"])))
    classes = ", ".join(sheet["classes"])
    image = el(
        "img",
        src=f"data:image/png;base64,{sheet['png']}",
        alt=f"{name}: {sheet['across']} pictures of each class, a line each: {classes}",
        width=sheet["across"] * sheet["width"] * times,
        height=sheet["down"] * sheet["height"] * times,
        class_="sheet",
    )
    return el("div", el("p", name, class_="panel-name"), image, class_="cell")
