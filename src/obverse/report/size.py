"""The page within its limit: what is largest and least needed is left out first, and the page says so."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from .page import render

Summary = Mapping[str, Any]
TEXT = 400  # characters that a long text keeps when nothing else helps
REST = "summary.json, beside this page, has all of it."


def fitted(summary: Summary, limit: int) -> str:
    """The whole page; as long as it takes more than `limit` bytes, one more part is left out.

    BadInput as of `render`. The last part to go may not be enough for a summary that no page can hold.
    """
    said: list[str] = []
    page = render(summary)
    for sentence, without in STEPS:
        if size(page) <= limit:
            break
        smaller = without(summary)
        if smaller != summary:
            summary = smaller
            said.append(sentence)
            page = render(summary, [f"To keep this page below {limit / 1e6:g} MB, {'; '.join(said)}. {REST}"])
    return page


def size(page: str) -> int:
    """Bytes on disk."""
    return len(page.encode("utf-8", "replace"))


def _without_relations(summary: Summary) -> Summary:
    found = summary.get("portrait")
    return {**summary, "portrait": {**found, "dependence": None, "examples": None}} if found else summary


def _without_bars(summary: Summary) -> Summary:
    found = summary.get("portrait")
    if not found:
        return summary
    columns = [{**column, "bars": {"labels": [], "share": []}} for column in found["columns"]]
    return {**summary, "portrait": {**found, "columns": columns}}


def _without_portrait(summary: Summary) -> Summary:
    return {name: value for name, value in summary.items() if name != "portrait"}


def _without_splits(summary: Summary) -> Summary:
    parts = [
        {**part, "rows": [{**row, "values": {name: [] for name in row["values"]}} for row in part["rows"]]}
        for part in summary["questions"]
    ]
    return {**summary, "questions": parts}


def _without_reliability(summary: Summary) -> Summary:
    parts = [{**part, "extra": {k: v for k, v in part["extra"].items() if k != "reliability"}}
             for part in summary["questions"]]  # fmt: skip
    return {**summary, "questions": parts}


def _shortened(summary: Summary) -> Summary:
    return {name: _short(value) for name, value in summary.items()}


def _short(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= TEXT else f"{value[:TEXT]}…"
    if isinstance(value, Mapping):
        return {name: _short(part) for name, part in value.items()}
    return [_short(part) for part in value] if isinstance(value, list) else value


def _without_sheets(summary: Summary) -> Summary:
    parts = [{**part, "extra": {k: v for k, v in part["extra"].items() if k not in ("sheets", "samples")}}
             for part in summary["questions"]]  # fmt: skip
    return {**summary, "questions": parts}


STEPS: tuple[tuple[str, Callable[[Summary], Summary]], ...] = (
    ("what depends on what, and the typical and odd rows, are left out", _without_relations),
    ("the histograms of the columns are left out", _without_bars),
    ("what the data are like is left out", _without_portrait),
    ("the marks of single splits are left out", _without_splits),
    ("the diagrams of reliability are left out", _without_reliability),
    ("made pictures and texts are left out", _without_sheets),
    ("long texts are cut", _shortened),
)
