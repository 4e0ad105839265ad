"""Which families give training rows away: privacy figures beyond those of fresh real rows, and not by chance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from .metrics import METRICS

# how far beyond what fresh real rows have a figure must lie to be worth a word
MARGIN = {"dcr_share": 0.05, "near_copies": 0.02, "exact_copies": 0.001, "membership_auc": 0.05}
MODEL, MODEL_MARGIN = "membership_auc_model", 0.1


def leaks(part: Mapping[str, Any]) -> dict[str, list[str]]:
    """Family -> the privacy figures of its created rows that show a leak, for those that have one.

    `part`: the question of creating, of a summary. A figure shows one when its mean, less half its interval, lies
    further above what fresh real rows have (0.5, or no copies, where they were not measured) than the margin.
    """
    bound = {m: _fresh(part, m) + more for m, more in MARGIN.items()}
    found = {row["family"]: [m for m, most in bound.items() if _least(row, m) > most] for row in part["rows"]}
    return {family: figures for family, figures in found.items() if figures}


def told_by_model(part: Mapping[str, Any]) -> list[str]:
    """Families whose saved model tells training rows from unseen ones."""
    return [row["family"] for row in part["rows"] if _least(row, MODEL) > 0.5 + MODEL_MARGIN]


def sentence(part: Mapping[str, Any]) -> str:
    """Who leaks, with figures; nothing when nobody is shown to."""
    rows = {row["family"]: row for row in part["rows"]}
    out = []
    for family, figures in leaks(part).items():
        shown = ", ".join(f"{METRICS[m].title} {METRICS[m].show(rows[family]['mean'][m])}" for m in figures)
        fresh = ", ".join(METRICS[m].show(_fresh(part, m)) for m in figures)
        out.append(f"{family}'s rows give training rows away ({shown}; fresh real rows {fresh})")
    if told := told_by_model(part):
        shown = _list([f"{family} ({METRICS[MODEL].show(rows[family]['mean'][MODEL])})" for family in told])
        out.append(f"handing out the saved model tells who was in training: {shown}")
    text = "; ".join(out)
    return f"{text[:1].upper() if not leaks(part) else text[:1]}{text[1:]}." if text else ""


def _fresh(part: Mapping[str, Any], metric: str) -> float:
    """What fresh real rows have."""
    known = [r["mean"].get(metric) for r in part["references"]]
    return next((v for v in known if v is not None), 0.5 if METRICS[metric].better == "half" else 0.0)


def _least(row: Mapping[str, Any], metric: str) -> float:
    """The figure less half its interval; below every bound where there is none."""
    mean = row["mean"].get(metric)
    return -1.0 if mean is None else mean - (row["half_width"].get(metric) or 0.0)


def _list(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
