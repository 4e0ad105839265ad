"""Summaries as a study writes them, made up: of any number of families and splits, for classes or a number."""

from __future__ import annotations

import json
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pytest

from obverse.study.metrics import METRICS

WAYS = ("holes", "filled", "own", "full")
NAMES, SIZES = ("20", "50", "100", "all"), (20, 50, 100, 398)
CLASS = {
    "predict": ["roc_auc", "accuracy"],
    "probabilities": ["log_loss", "brier", "ece"],
    "missing": [f"auc_{way}" for way in WAYS],
    "labels": [f"auc_{name}" for name in NAMES],
    "shift": ["auc_outside", "auc_inside"],
    "create": ["c2st", "tstr", "dcr_share", "near_copies", "exact_copies", "membership_auc", "membership_auc_model"],
    "flag": ["flag_rows", "flag_cells", "flag_labels"],
    "fill": ["nrmse", "impute_accuracy"],
    "cost": ["fit_s", "predict_rows_s", "sample_rows_s", "peak_mb"],
}
NUMBER = CLASS | {
    "predict": ["r2", "rmse"],
    "probabilities": ["nll"],
    **{key: [m.replace("auc", "r2") for m in CLASS[key]] for key in ("missing", "labels", "shift")},
}
ASK = {
    "predict": "How right is it about the target of rows it has never seen?",
    "probabilities": "When it says 80 %, does it happen in 80 of 100 cases?",
    "missing": "How right is it when cells of a new row are hidden?",
    "labels": "How right is it when only a few rows with their targets can be learned from?",
    "shift": "How right is it about rows unlike those it was trained on?",
    "create": "Are its new rows like real ones, useful to learn from, and not copies?",
    "flag": "Does it notice what is odd?",
    "fill": "How near the truth are the cells it fills in?",
    "cost": "What do training and answering take, on one core?",
}
ONLY_GENERATIVE = {
    "create": CLASS["create"], "fill": CLASS["fill"], "flag": ["flag_rows", "flag_cells"],
    "missing": ["auc_own", "r2_own"], "cost": ["sample_rows_s"],
}  # fmt: skip
REGION = {
    "column": "bmi", "inside": "`bmi` <= 27.5", "outside": "`bmi` > 27.5", "share_outside": 0.3, "why": "It had to be.",
    "rows_inside": 864, "rows_outside": 370,
    "histogram": {"edges": [20.0, 24.0, 28.0, 32.0], "counts": [400, 500, 334], "cut": 27.5},
}  # fmt: skip
REFERENCES = {"create": ("fresh real rows", ("c2st", "dcr_share")), "fill": ("column mean or mode", ("nrmse",))}
WHY = "it has no distribution of x to draw from"
VOID = {"meta", "link", "br", "img", "input", "hr"}


def summary(
    names: tuple[str, ...] = ("dummy", "gaussian_mixture", "joint_forest", "logistic", "xgboost"),
    *,
    splits: int = 5,
    task: str | None = "class",
    references: bool = True,
    seed: int = 0,
) -> dict[str, Any]:
    """A whole summary; families whose place is even are discriminative and cannot create, fill or rate rows."""
    rng = np.random.default_rng(seed)
    sides = {name: ("discriminative", "generative")[i % 2] for i, name in enumerate(names)}
    questions = CLASS if task == "class" else NUMBER
    return {
        "title": f"made_up: {len(names)} families compared",
        "data": {
            "name": "made_up", "source": "made_up.csv", "sha256": "a" * 64, "rows": 1234, "columns": 7, "target": "y",
            "task": task, "missing_share": 0.034, "notes": ["2 rows had no target and were left out"],
        },
        "plan": {
            "seed": 0, "splits": splits, "test_share": 0.3, "families": list(names), "questions": list(questions),
            "hash": "b" * 64, "command": "obverse compare made_up.csv --target y --seed 0",
        },
        "environment": {
            "obverse": "0.1.0", "python": "3.12.1", "numpy": "2.4.0", "pandas": "3.0.0", "scikit-learn": "1.8.0",
            "xgboost": "3.1.0", "platform": "Linux", "processor": "Some processor", "cores": 2, "commit": "c0ffee",
            "started": "2030-01-01T00:00:00+00:00", "seconds": 98.7,
        },
        "questions": [_question(key, metrics, sides, splits, references, rng) for key, metrics in questions.items()],
        "abilities": {name: _abilities(name, side) for name, side in sides.items()},
    }  # fmt: skip


def _question(key: str, metrics: list[str], sides: dict, splits: int, references: bool, rng: Any) -> dict[str, Any]:
    rows = [_row(name, side, key, metrics, splits, rng) for name, side in sides.items()]
    rows.sort(key=lambda row: (row["cannot"] is not None, row["mean"][metrics[0]] or 0))
    able = [row["family"] for row in rows if row["cannot"] is None]
    best = able[0] if able and key != "cost" else None
    against = [
        {"family": name, "difference": -0.0123, "low": -0.03, "high": 0.01, "verdict": "no difference found"}
        for name in able[1:]
        if best
    ]
    name, known = REFERENCES.get(key, ("", ()))
    values = {m: [0.5] * splits if m in known else [None] * splits for m in metrics}
    mean = {m: 0.5 if m in known else None for m in metrics}
    reference = {"name": name, "meaning": f"What {name} gives.", "values": values, "mean": mean}
    bins = [{"confidence": c / 10, "accuracy": c / 11, "count": 10 * c} for c in range(3, 10)]
    return {
        "key": key,
        "title": key.title(),
        "ask": ASK[key],
        "main": metrics[0],
        "metrics": metrics,
        "rows": rows,
        "references": [reference] if name and references else [],
        "verdict": {
            "best": best,
            "tied": able[1:3] if best else [],
            "sentence": f"{best} is best at {key}." if best else "No family here has an answer.",
            "against": against,
        },
        "extra": _extra(key, metrics, able, [name for name in able if sides[name] == "generative"], bins),
    }


def _extra(key: str, metrics: list[str], able: list[str], generative: list[str], bins: Any) -> dict[str, Any]:
    if key == "labels":
        more = {name: [0.61, 0.72, 0.83, None] for name in generative}
        return {"sizes": list(SIZES), "names": list(NAMES), "unlabelled": more}
    if key == "shift":
        return {"region": REGION}
    return {"reliability": dict.fromkeys(able, bins)} if "log_loss" in metrics else {}


def _row(name: str, side: str, key: str, metrics: list[str], splits: int, rng: Any) -> dict[str, Any]:
    silent = ONLY_GENERATIVE.get(key, []) if side == "discriminative" else []
    values = {m: [None] * splits if m in silent else list(rng.uniform(0.6, 0.9, splits)) for m in metrics}
    mute = all(m in silent for m in metrics)
    return {
        "family": name,
        "title": f"Title of {name}",
        "side": side,
        "weak": name == "dummy",
        "values": values,
        "mean": {m: None if m in silent else float(np.mean(v)) for m, v in values.items()},
        "half_width": {m: None if m in silent or splits < 3 else 0.0123 for m in metrics},
        "cannot": f"{name} learns P(y|x): {WHY}" if mute else None,
    }


def _abilities(name: str, side: str) -> dict[str, Any]:
    native = {"symbol": "●", "kind": "native", "text": "its own answer"}
    other = {"symbol": "·", "kind": "impossible", "text": f"{name} has no distribution of x"}
    free = native if side == "generative" else other
    derived = {"symbol": "◐", "kind": "derived", "text": "log of P(y|x)"}
    return {"predict": native, "sample": free, "log_prob": derived, "impute": free}


@pytest.fixture
def made() -> Callable[..., dict[str, Any]]:
    """The builder; what it builds is JSON."""

    def build(*arguments: Any, **options: Any) -> dict[str, Any]:
        return json.loads(json.dumps(summary(*arguments, **options)))

    return build


class Page(HTMLParser):
    """A page as its elements: (name, attributes) in order, the names each stands in, and the text of each name."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None], tuple[str, ...]]] = []
        self.children: list[tuple[str, str]] = []
        self.texts: list[tuple[str, str]] = []
        self.faults: list[str] = []
        self.feed(html)
        self.close()
        self.faults += [f"{name} is never closed" for name in self.open]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.faults.append(f"</{tag}> closes something else")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append((self.open[-1] if self.open else "", data))

    def _note(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if len({name for name, _ in attrs}) < len(attrs):
            self.faults.append(f"{tag} has an attribute twice")
        self.elements.append((tag, dict(attrs), tuple(self.open)))

    def all(self, name: str) -> list[dict[str, str | None]]:
        """Attributes of each element of this name."""
        return [attributes for tag, attributes, _ in self.elements if tag == name]

    @property
    def text(self) -> str:
        """All that can be read, style sheet apart."""
        return "\n".join(data for tag, data in self.texts if tag != "style")


@pytest.fixture
def page() -> type[Page]:
    """Parses a page."""
    return Page


assert {m for metrics in (CLASS | NUMBER).values() for m in metrics} <= set(METRICS)
