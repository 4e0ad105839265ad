"""How well do the forests predict on full data? ROC-AUC or R2 against random_forest, and grafted against xgboost.

Six sets, each split as in `sets`, three seeds; every family fits the same training rows with its defaults and is asked
for the same test rows. A bar is on the median over the seeds of the paired difference: both forests may lose at most
0.01 to random_forest, grafted at most 0.002 to xgboost.

    python benchmarks/forests.py prediction --sets adult letter --families random_forest joint_forest
"""

from __future__ import annotations

import time
from typing import Any

import obverse

from .cold import spec
from .options import Options
from .record import Cell, Record, median, table
from .scoring import figures, main_figure
from .sets import SIX, Split, split

KEYS = ("set", "family", "seed")
FAMILIES = ("random_forest", "xgboost", "joint_forest", "chain_forest", "grafted")
SEEDS = (0, 1, 2)
AGAINST = {"joint_forest": ("random_forest", 0.01), "chain_forest": ("random_forest", 0.01),
           "grafted": ("xgboost", 0.002)}  # fmt: skip


def measure(options: Options, record: Record) -> None:
    """Every set, seed and family."""
    for name in options.sets or SIX:
        for seed in options.seeds or SEEDS:
            part = split(name, seed).at_most(options.rows)
            for family in options.families or FAMILIES:
                record.put(set=name, family=family, seed=seed, data=part.sha256, **_one(family, part))


def _one(family: str, part: Split) -> dict[str, Any]:
    key, params = spec(family)
    try:
        start = time.perf_counter()
        model = obverse.fit(key, part.train, part.target, seed=part.seed, task=part.task, **params)
        fitted = time.perf_counter()
        found = figures(model, part.test, part.target)
    except obverse.ObverseError as error:
        return {"error": str(error)}
    return {**found, "fit_seconds": fitted - start, "predict_seconds": time.perf_counter() - fitted}


def bars(record: Record) -> None:
    """What each of ours loses to its reference, set by set."""
    for family, (other, most) in AGAINST.items():
        for name in record.all_of("set"):
            ours, theirs = record.of(set=name, family=family), record.of(set=name, family=other)
            lost = median(ours, _lost(theirs))
            if lost is not None:
                said = f"{family} on {name}: {'R2' if 'r2' in ours[0] else 'ROC-AUC'} lost to {other}"
                record.bar(said, lost, f"<= {most}", lost <= most, [*ours, *theirs])


def _lost(theirs: list[Cell]) -> Any:
    """How much lower a cell is than the other family's of its seed."""
    paired = {c["seed"]: main_figure(c) for c in theirs}

    def lost(cell: Cell) -> float | None:
        other, own = paired.get(cell["seed"]), main_figure(cell)
        return None if other is None or own is None else other - own

    return lost


def show(record: Record) -> None:
    """ROC-AUC or R2 and seconds to fit, a line a set and family."""
    lines: list[list[Any]] = []
    for name in record.all_of("set"):
        for family in record.all_of("family"):
            cells = record.of(set=name, family=family)
            if cells:
                lost = median(cells, _lost(record.of(set=name, family=AGAINST.get(family, (family, 0))[0])))
                rest = [median(cells, k) for k in ("log_loss", "fit_seconds", "predict_seconds")]
                gap = lost if family in AGAINST else None
                lines.append([name, family, median(cells, main_figure), gap, *rest])
    table(["set", "family", "AUC, R2", "lost", "log-loss", "fit s", "ask s"], lines)
