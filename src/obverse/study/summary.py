"""A study's results as one dict: tables, paired verdicts and sentences. Report and terminal only show it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..core.queries import QUERIES, Derived, Impossible
from . import questions
from .metrics import METRICS
from .plan import Plan
from .questions.question import Question
from .references import REFERENCES
from .remarks import remark
from .results import Result, plain
from .sentences import verdict
from .shown import mean_of as _mean
from .shown import shown
from .stats import FEWEST, paired, winners
from .variants import family_of, title_of
from .withheld import FIDELITY, NOTHING, why_withheld, withhold

FILE = "summary.json"
Found = Mapping[tuple[str, str], Mapping[int, Result]]  # (family, question) -> split -> result
UNFINISHED = "not run yet: the time budget ended first"


def summarise(
    plan: Plan,
    results: Sequence[Result],
    *,
    data: Mapping[str, Any],
    command: str,
    environment: Mapping[str, Any],
    region: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The summary, JSON's types only.

    Args:
        plan: of the study.
        results: of all units that have finished.
        data: `source`, `missing_share` and `notes` of the data.
        command: what to type to get this study again.
        environment: as `environment.describe` has it.
        region: the region of the question of shift, as `region.described` has it.
    """
    found = _by_family(results)
    parts = [
        _question(plan, found, questions.get(key, plan.modality), region)
        for key in plan.questions
        if key != questions.PORTRAIT
    ]
    portrait = found.get((questions.PORTRAIT, questions.PORTRAIT), {}).get(0)
    out = {
        "title": f"{plan.name}: {len(plan.families)} {'family' if len(plan.families) == 1 else 'families'} compared",
        "data": {
            name: getattr(plan, name) for name in ("name", "sha256", "rows", "columns", "target", "task", "modality")
        }
        | dict(data),
        "plan": {
            name: getattr(plan, name) for name in ("seed", "splits", "test_share", "families", "questions", "hash")
        }
        | {"params": plan.params, "command": command},
        "environment": environment,
        "overall": _overall(plan, parts),
        "questions": parts,
        "abilities": {
            name: {q: _ability(family_of(name).can(q, target=plan.task)) for q in QUERIES} for name in plan.families
        },
        "failures": [
            {"family": r.family, "split": r.split, "question": r.question, "why": r.why}
            for r in results
            if r.status == "failed"
        ],
    }
    if portrait is not None and portrait.status == "ok":
        out["portrait"] = portrait.extra
    elif portrait is not None:
        out["data"]["notes"] = [*data["notes"], f"what the data are like could not be worked out: {portrait.why}"]
    return plain(out)


def _by_family(results: Sequence[Result]) -> Found:
    found: dict[tuple[str, str], dict[int, Result]] = {}
    for r in results:
        found.setdefault((r.family, r.question), {})[r.split] = r
    return found


# ---------------------------------------------------------------- one question


def _question(plan: Plan, found: Found, question: Question, region: Mapping[str, Any] | None) -> dict[str, Any]:
    """The table and the verdict of one question."""
    figures = {f: _figures(plan, found, f, question) for f in plan.families}
    held = {f: why for f, values in figures.items() if (why := why_withheld(values))}
    figures |= {f: withhold(figures[f]) for f in held}
    metrics = [m for m in question.metrics if any(v is not None for f in figures.values() for v in f[m])]
    metrics = metrics or list(question.metrics[:1])
    main = METRICS[metrics[0]]
    ranking = winners({f: v[main.name] for f, v in figures.items()}, main.better, plan.test_share)
    contest = bool(question.verb) and not (held and main.name not in FIDELITY)  # privacy alone makes no rows faithful
    order = [*ranking.order, *(f for f in sorted(plan.families) if f not in ranking.order)]
    references = _references(plan, found, question, metrics)
    sentence = verdict(
        question,
        main,
        ranking,
        weak={f for f in plan.families if family_of(f).card.weak},
        references={r["name"]: r["mean"][main.name] for r in references},
        splits=plan.splits,
        unfinished=any(not found.get((f, question.key)) for f in plan.families),
    )
    part: dict[str, Any] = {
        "key": question.key,
        "title": question.title,
        "ask": question.ask,
        "main": main.name,
        "metrics": metrics,
        "rows": [_row(plan, found, f, question, {m: figures[f][m] for m in metrics}, held.get(f)) for f in order],
        "references": references,
        "verdict": {
            "best": ranking.best if contest else None,
            "tied": ranking.ties if contest and plan.splits >= FEWEST else [],
            "sentence": sentence if contest or not question.verb else NOTHING,
            "against": [
                {"family": f, "difference": p.mean_difference, "low": p.low, "high": p.high, "verdict": p.verdict}
                for f, p in ranking.against_best.items()
                if contest
            ],
        },
        "extra": _extra(plan, found, question)
        | ({"region": region} if region and question.key == "shift" else {})
        | (_odd(found, order) if question.key == "flag" else {})
        | ({} if plan.modality == "table" else shown(found, question.key, figures, order)),
    }
    part["verdict"]["remark"] = remark(part)
    return part


def _figures(plan: Plan, found: Found, family: str, question: Question) -> dict[str, list[float | None]]:
    """Metric -> figure of each split, None where there is none."""
    by_split = found.get((family, question.key), {})
    return {
        m: [by_split[s].metrics.get(m) if s in by_split else None for s in range(plan.splits)] for m in question.metrics
    }


def _row(
    plan: Plan,
    found: Found,
    family: str,
    question: Question,
    values: dict[str, list[float | None]],
    held: str | None,
) -> dict[str, Any]:
    card, answered = family_of(family).card, any(v is not None for figures in values.values() for v in figures)
    return {
        "family": family,
        "title": title_of(family),
        "side": card.side,
        "weak": card.weak,
        "values": values,
        "mean": {m: _mean(v) for m, v in values.items()},
        "half_width": {m: _half_width(v, plan.test_share) for m, v in values.items()},
        "cannot": None if answered else held or _why(found.get((family, question.key), {})),
        **({"withheld": held} if held else {}),
    }


def _why(by_split: Mapping[int, Result]) -> str:
    """Why a family has no figure at all."""
    if not by_split:
        return UNFINISHED
    first = by_split[min(by_split)]
    reason = first.why or "its figures are not defined on these rows"
    return f"failed: {reason}" if first.status == "failed" else reason


def _half_width(values: Sequence[float | None], test_share: float) -> float | None:
    """Half the 95 % interval of the mean, which allows for overlapping splits; None with too few of them."""
    interval = paired(values, [0.0] * len(values), better="higher", test_share=test_share)
    return None if interval.high is None or interval.low is None else (interval.high - interval.low) / 2


def _references(plan: Plan, found: Found, question: Question, metrics: Sequence[str]) -> list[dict[str, Any]]:
    by_split = found.get((questions.REFERENCE, question.key), {})
    out: list[dict[str, Any]] = []
    for reference in (r for r in REFERENCES if r.question == question.key):
        names = {m: reference.metrics.get(m) for m in metrics}
        values = {
            m: [by_split[s].metrics.get(name) if name and s in by_split else None for s in range(plan.splits)]
            for m, name in names.items()
        }
        if any(v is not None for figures in values.values() for v in figures):
            mean = {m: _mean(v) for m, v in values.items()}
            out.append({"name": reference.name, "meaning": reference.meaning, "values": values, "mean": mean})
    return out


def _extra(plan: Plan, found: Found, question: Question) -> dict[str, Any]:
    """Reliability curves by family, the bins of all splits pooled; sizes and the curves with unlabelled rows."""
    if question.key == "labels":
        return _sizes(plan, found)
    curves: dict[str, Any] = {}
    for family in plan.families:
        splits = [
            r.extra["reliability"] for r in found.get((family, question.key), {}).values() if r.extra.get("reliability")
        ]
        if splits:
            curves[family] = [_pooled(bins) for bins in zip(*splits, strict=True) if any(b["count"] for b in bins)]
    return {"reliability": curves} if curves else {}


def _odd(found: Found, order: Sequence[str]) -> dict[str, Any]:
    """The odd rows of the best family that rates cells, on its first split."""
    for family in order:
        for _, result in sorted(found.get((family, "flag"), {}).items()):
            if result.extra.get("odd"):
                return {"odd": {"family": family, **result.extra["odd"]}}
    return {}


def _sizes(plan: Plan, found: Found) -> dict[str, Any]:
    """How many labels each figure of the question of few labels stands for, and the means with unlabelled rows."""
    by_family = {f: [r.extra for r in found.get((f, "labels"), {}).values() if r.extra] for f in plan.families}
    sizes = next((extras[0]["sizes"] for extras in by_family.values() if extras), [])
    unlabelled = {}
    for family, extras in by_family.items():
        curves = [e["unlabelled"] for e in extras if "unlabelled" in e]
        means = [_mean(figures) for figures in zip(*curves, strict=True)]
        if any(m is not None for m in means):
            unlabelled[family] = means
    return {"sizes": sizes, "names": [*map(str, sizes[:-1]), "all"], "unlabelled": unlabelled} if sizes else {}


def _pooled(bins: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One bin of several splits as one, weighted by rows."""
    filled = [b for b in bins if b["count"]]
    count = [b["count"] for b in filled]
    return {k: float(np.average([b[k] for b in filled], weights=count)) for k in ("confidence", "accuracy")} | {
        "count": sum(count)
    }


# ---------------------------------------------------------------- all questions


def _overall(plan: Plan, parts: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Families by questions: the deciding figure, and who is best or not told apart from the best."""
    rows = [
        {
            "family": f,
            "title": title_of(f),
            "side": family_of(f).card.side,
            "cells": [_cell(part, f) for part in parts],
        }
        for f in plan.families
    ]
    judged = [i for i, part in enumerate(parts) if part["key"] != "cost"]
    rows.sort(key=lambda row: (-sum(row["cells"][i]["mark"] != "" for i in judged), row["family"]))
    columns = [{"question": p["key"], "title": p["title"], "metric": p["main"]} for p in parts]
    return {"columns": columns, "rows": rows}


def _cell(part: Mapping[str, Any], family: str) -> dict[str, Any]:
    row = next(r for r in part["rows"] if r["family"] == family)
    mean, said = row["mean"][part["main"]], part["verdict"]
    mark = "best" if family == said["best"] else "tie" if family in said["tied"] else ""
    return {"mean": mean, "mark": mark, "cannot": row["cannot"]}


def _ability(ability: Any) -> dict[str, str]:
    if isinstance(ability, Impossible):
        return {"symbol": ability.symbol, "kind": "impossible", "text": ability.why}
    if isinstance(ability, Derived):
        return {"symbol": ability.symbol, "kind": "derived", "text": ability.how}
    return {"symbol": ability.symbol, "kind": "native", "text": "its own answer"}
