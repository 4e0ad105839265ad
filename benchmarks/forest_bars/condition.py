"""Drawing under conditions, on Adult: exact and fast, between columns, and when the condition cannot be.

A family fits 20,000 rows of Adult once a seed; then, warm, each condition is asked for:

* cells: 10,000 rows of `age >= 60 and education == 'Doctorate' and hours_per_week < 20`, which hardly any row
  fulfils. Within 1 s, without rejection, by joint_forest exactly; that every row fulfils it is checked with pandas.
* columns: 10,000 rows of `age > hours_per_week`, between two columns; the acceptance is reported.
* impossible cells: `age >= 60 and age < 20`, and impossible columns: `education_num > hours_per_week and
  hours_per_week > age`, which no row of Adult comes near. Both must be errors within 1 s.

    python benchmarks/forests.py condition --families joint_forest --seeds 0
"""

from __future__ import annotations

import time
from typing import Any

import pandas as pd

import obverse

from .cold import spec
from .options import Options
from .record import Record, median, table
from .sets import split

KEYS = ("set", "family", "condition", "seed")
FAMILIES = ("joint_forest", "chain_forest")
EXACT = "joint_forest"
SEEDS = (0, 1, 2)
ROWS, LONGEST = 10_000, 1.0
POSSIBLE = {
    "cells": "age >= 60 and education == 'Doctorate' and hours_per_week < 20",
    "columns": "age > hours_per_week",
}
IMPOSSIBLE = {
    "impossible cells": "age >= 60 and age < 20",
    "impossible columns": "education_num > hours_per_week and hours_per_week > age",
}


def measure(options: Options, record: Record) -> None:
    """Every family, seed and condition."""
    for family in options.families or FAMILIES:
        for seed in options.seeds or SEEDS:
            part = split("adult", seed).at_most(options.rows)
            head = {"set": part.name, "family": family, "seed": seed, "data": part.sha256}
            key, params = spec(family)
            try:
                model = obverse.fit(key, part.train, part.target, seed=seed, **params)
            except obverse.ObverseError as error:
                record.put(**head, condition="cells", error=str(error))
                continue
            for condition, given in POSSIBLE.items():
                record.put(**head, condition=condition, **_drawn(model, given, seed))
            for condition, given in IMPOSSIBLE.items():
                record.put(**head, condition=condition, **_refused(model, given, seed))


def _drawn(model: Any, given: str, seed: int) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        rows, details = model.sample(ROWS, given=given, seed=seed, details=True)
    except obverse.ObverseError as error:
        return {"error": f"{type(error).__name__}: {error}"}
    seconds = time.perf_counter() - start
    held: pd.DataFrame = rows.query(given)
    return {"seconds": seconds, "rows": len(rows), "held": len(held) / len(rows), "how": str(details),
            "answer": details.how, "acceptance": details.acceptance, "ess": details.ess}  # fmt: skip


def _refused(model: Any, given: str, seed: int) -> dict[str, Any]:
    start = time.perf_counter()
    try:
        rows = model.sample(ROWS, given=given, seed=seed)
    except obverse.ObverseError as error:
        how = f"{type(error).__name__}: {error}"
    else:
        how = f"no error: {len(rows)} rows, {len(rows.query(given))} of them right"
    return {"seconds": time.perf_counter() - start, "how": how}


def bars(record: Record) -> None:
    """Exact within a second, an acceptance, an error within a second."""
    for family in record.all_of("family"):
        cells = {c: record.of(family=family, condition=c) for c in (*POSSIBLE, *IMPOSSIBLE)}
        if found := cells["cells"]:
            said, seconds = f"{family}: 10,000 rows of a rare condition", median(found, "seconds") or 0.0
            record.bar(f"{said}, seconds", seconds, f"<= {LONGEST:g}", seconds <= LONGEST, found)
            held = min(c["held"] for c in found)
            record.bar(f"{said}, share that fulfils it", held, "1", held == 1, found)
            exact = family == EXACT
            met = all(c["answer"] == "exact" if exact else c["acceptance"] is None for c in found)
            record.bar(f"{said}, answered by", found[0]["how"], "exact" if exact else "no rejection", met, found)
        if found := cells["columns"]:
            told = all(c["acceptance"] is not None and c["held"] == 1 for c in found)
            record.bar(f"{family}: between columns, acceptance reported", found[0]["how"], "a share", told, found)
        for condition in IMPOSSIBLE:
            if found := cells[condition]:
                error = all(c["how"].startswith("ImpossibleCondition") for c in found)
                seconds = max(c["seconds"] for c in found)
                name = f"{family}: {condition}, error after seconds"
                figure = seconds if error else found[0]["how"]
                record.bar(name, figure, f"<= {LONGEST:g}", error and seconds <= LONGEST, found)


def show(record: Record) -> None:
    """A line a family and condition, and how it was answered."""
    lines: list[list[Any]] = []
    for family in record.all_of("family"):
        for condition in (*POSSIBLE, *IMPOSSIBLE):
            cells = record.of(family=family, condition=condition)
            if cells:
                line = [family, condition, *(median(cells, k) for k in ("seconds", "held"))]
                lines.append([*line, cells[0]["how"].partition(": the")[0][:30]])
    table(["family", "condition", "s", "fulfil", "answer"], lines)
