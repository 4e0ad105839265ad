"""What the report shows of pictures and texts beside their figures: made ones, curves under changes, odd ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from . import questions
from .results import Result

Found = Mapping[tuple[str, str], Mapping[int, Result]]  # (family, question) -> split -> result
Figures = Mapping[str, Mapping[str, Sequence[float | None]]]  # family -> metric -> figure of each split


def shown(found: Found, key: str, figures: Figures, order: Sequence[str]) -> dict[str, Any]:
    """For the question `key`; `order`: families, best first."""
    if key == "create":
        return _made(found, order)
    if key == "shift":
        return _changes(found, order)
    return _odd_texts(found, figures, order) if key == "flag" else {}


def _made(found: Found, order: Sequence[str]) -> dict[str, Any]:
    """Made and real examples, of the first split: sheets of pictures, or samples of texts."""
    firsts = {f: found.get((f, "create"), {}).get(0) for f in (questions.REFERENCE, *order)}
    every = {
        name: {f: r.extra[one] for f, r in firsts.items() if r and one in r.extra}
        for name, one in (("sheets", "sheet"), ("samples", "samples"))
    }
    return {name: kept for name, kept in every.items() if kept}


def _changes(found: Found, order: Sequence[str]) -> dict[str, Any]:
    """Accuracies under changes, means over splits."""
    changes: dict[str, Any] = {}
    for family in order:
        curves = [r.extra["changes"] for r in found.get((family, "shift"), {}).values() if r.extra.get("changes")]
        for name in curves[0] if curves else ():
            about = {k: v for k, v in curves[0][name].items() if k != "accuracy"}
            kind = changes.setdefault(name, about | {"accuracy": {}})
            figures = zip(*(c[name]["accuracy"] for c in curves), strict=True)
            kind["accuracy"][family] = [mean_of(f) for f in figures]
    return {"changes": changes}


def _odd_texts(found: Found, figures: Figures, order: Sequence[str]) -> dict[str, Any]:
    """The oddest real texts, and the labels that are doubted most, each by who is best at it, on its first split."""
    out: dict[str, Any] = {}
    for name, metric in (("odd_texts", "flag_shuffled"), ("doubted", "flag_labels")):
        means = {f: mean_of(figures[f][metric]) for f in order if metric in figures[f]}
        best = sorted(order, key=lambda f: -(means.get(f) or 0.0))
        for family in best:
            first = found.get((family, "flag"), {}).get(0)
            if first is not None and first.extra.get(name):
                out[name] = {"family": family, "rows": first.extra[name]}
                break
    return out


def mean_of(values: Sequence[float | None]) -> float | None:
    """Of those that are known; None of none."""
    known = [v for v in values if v is not None]
    return float(np.mean(known)) if known else None
