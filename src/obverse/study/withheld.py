"""Fidelity is never shown without privacy: a copy of the training rows would be perfectly faithful.

Where a privacy figure of a family is missing, its C2ST and TSTR are withheld, and a line says why. The summary keeps to
this when it is made, report and terminal when they show one, whoever made it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .metrics import METRICS

FIDELITY = ("c2st", "tstr")
PRIVACY = ("dcr_share", "near_copies", "exact_copies", "membership_auc")  # what every family that creates rows has
NOTHING = "No fidelity is shown: no family here has all its privacy figures."


def why_withheld(values: Mapping[str, Sequence[float | None]]) -> str | None:
    """Why a family's fidelity may not be shown, None where it may be.

    `values`: figure of each split by metric; one missing privacy figure beside a known fidelity figure is enough.
    """
    splits = {s for m in FIDELITY for s, v in enumerate(values.get(m, ())) if v is not None}
    lacking = [m for m in PRIVACY if any(_at(values.get(m, ()), s) is None for s in splits)]
    if not lacking:
        return None
    names = ", ".join(METRICS[m].title for m in lacking)
    return f"C2ST and TSTR are withheld: {names} {'was' if len(lacking) == 1 else 'were'} not measured on every split"


def withhold(values: Mapping[str, Sequence[float | None]]) -> dict[str, Any]:
    """The figures without those of fidelity."""
    return {m: [None] * len(v) if m in FIDELITY else v for m, v in values.items()}


def kept_back(summary: Mapping[str, Any]) -> Mapping[str, Any]:
    """The summary as it may be shown: a figure of fidelity that stands in it without those of privacy is taken out."""
    changed = {part["key"]: _part(part) for part in summary["questions"] if any(map(_why, _creating(part)))}
    if not changed:
        return summary
    parts = [changed.get(part["key"], part) for part in summary["questions"]]
    out = {**summary, "questions": parts}
    if summary.get("overall"):
        out["overall"] = _overall(summary["overall"], changed)
    return out


def _creating(part: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Families of a table that has fidelity in it."""
    return [*part["rows"]] if part["key"] == "create" else []


def _why(row: Mapping[str, Any]) -> str | None:
    """Why the fidelity of a row of a table is withheld."""
    means = {m: [v] for m, v in row["mean"].items()}
    return why_withheld(row["values"]) or why_withheld(means)


def _at(values: Sequence[float | None], split: int) -> float | None:
    return values[split] if split < len(values) else None


def _part(part: Mapping[str, Any]) -> dict[str, Any]:
    rows = [_row(row) for row in part["rows"]]
    gone = {row["family"] for row in rows if row.get("withheld")}
    verdict = dict(part["verdict"])
    verdict["tied"] = [f for f in verdict["tied"] if f not in gone]
    verdict["against"] = [a for a in verdict["against"] if a["family"] not in gone]
    if part["main"] in FIDELITY:  # the sentence speaks of figures that may not be shown
        shown = any(row["mean"].get(part["main"]) is not None for row in rows)
        left = "Some fidelity is withheld, see below; the others are in the table." if shown else NOTHING
        verdict |= {"best": None, "tied": [], "against": [], "sentence": left, "remark": ""}
    return {**part, "rows": rows, "verdict": verdict}


def _row(row: Mapping[str, Any]) -> dict[str, Any]:
    why = _why(row)
    if why is None:
        return dict(row)
    one = {name: {m: None if m in FIDELITY else v for m, v in row.get(name, {}).items()} for name in
           ("mean", "half_width")}  # fmt: skip
    return {**row, **one, "values": withhold(row["values"]), "withheld": why}


def _overall(overall: Mapping[str, Any], changed: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """All together, with the same figures taken out."""
    asked = [column["question"] for column in overall["columns"]]
    rows = []
    for row in overall["rows"]:
        cells = list(row["cells"])
        for i, key in enumerate(asked):
            if key in changed:
                mine = next((r for r in changed[key]["rows"] if r["family"] == row["family"]), None)
                mean = mine["mean"].get(changed[key]["main"]) if mine else None
                cells[i] = {**cells[i], "mean": mean, "mark": ""}
        rows.append({**row, "cells": cells})
    return {**overall, "rows": rows}
