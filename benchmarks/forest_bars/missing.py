"""Three cells in ten of the inputs are gone: is it better to sum them out, or to fill them in and then predict?

One joint_forest a set and seed, fitted to whole rows. Of the test rows 30 % of the cells are hidden at random, never
the target, on top of those that were missing anyway. Three ways to the same answer, all with that one forest:

* marginalised: `predict` of the rows with their holes;
* imputed: `predict` of the rows completed by the forest's own point imputation;
* mean or mode: `predict` of the rows completed by the column's mean or most frequent value in the training rows.

ROC-AUC and log-loss of classes, R2 and log-density of numbers. The bar is on ROC-AUC or R2: sets on which the median
over the seeds of marginalised minus imputed is above zero; log-loss is counted beside it. Seconds are of the forest's
answers to 10,000 rows with holes (test rows, repeated where there are fewer).

    python benchmarks/forests.py missing --sets adult --seeds 0
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pandas as pd

import obverse

from .cold import spec
from .options import Options
from .record import Cell, Record, median, table
from .scoring import figures, main_figure
from .sets import SIX, Split, split

KEYS = ("set", "family", "way", "seed")
FAMILIES = ("joint_forest",)
SEEDS = (0, 1, 2)
SHARE = 0.3
WAYS = ("marginalised", "imputed", "mean or mode")
ROWS, LONGEST, WANTED = 10_000, 3.0, 4


def measure(options: Options, record: Record) -> None:
    """Every set, family and seed, each way."""
    for name in options.sets or SIX:
        for seed in options.seeds or SEEDS:
            part = split(name, seed).at_most(options.rows)
            holed = hide(part.test, part.target, seed)
            for family in options.families or FAMILIES:
                head = {"set": name, "family": family, "seed": seed, "data": part.sha256}
                _ways(record, head, family, part, holed)


def hide(rows: pd.DataFrame, target: str, seed: int) -> pd.DataFrame:
    """The rows with 30 % of their input cells missing."""
    gone = np.random.default_rng([seed, 30]).random(rows.shape) < SHARE
    gone[:, rows.columns.get_loc(target)] = False
    return rows.mask(gone)


def _ways(record: Record, head: dict[str, Any], family: str, part: Split, holed: pd.DataFrame) -> None:
    key, params = spec(family)
    try:
        model = obverse.fit(key, part.train, part.target, seed=part.seed, task=part.task, **params)
    except obverse.ObverseError as error:
        for way in WAYS:
            record.put(**head, way=way, error=str(error))
        return
    asked = holed.drop(columns=part.target)
    start = time.perf_counter()
    own = model.impute(asked)[asked.columns]
    spent = time.perf_counter() - start
    many = asked.sample(ROWS, replace=len(asked) < ROWS, random_state=part.seed)
    start = time.perf_counter()
    model.predict(many)
    seconds = time.perf_counter() - start
    plain = asked.fillna(part.train.drop(columns=part.target).agg(_usual).to_dict())
    for way, rows in zip(WAYS, (asked, own, plain), strict=True):
        whole = rows.assign(**{part.target: part.test[part.target]})
        found = figures(model, whole, part.target)
        if "log_loss" not in found:
            score = model.log_prob(whole, of=[part.target], given=list(asked.columns))
            found["log_loss"] = -float(np.mean(score))
        cost = {"seconds_of_10000": seconds} if way == WAYS[0] else {"impute_seconds": spent} if way == WAYS[1] else {}
        record.put(**head, way=way, **found, **cost)


def _usual(column: pd.Series) -> Any:
    return column.mean() if pd.api.types.is_numeric_dtype(column) else column.mode().iloc[0]


def _gain(record: Record, name: str, family: str, figure: Any, other: str) -> float | None:
    """Median over seeds of marginalised minus another way."""
    paired = {c["seed"]: c for c in record.of(set=name, family=family, way=other)}

    def gap(cell: Cell) -> float | None:
        return figure(cell) - figure(paired[cell["seed"]]) if cell["seed"] in paired else None

    return median(record.of(set=name, family=family, way=WAYS[0]), gap)


def bars(record: Record) -> None:
    """On how many sets summing out is better, and how long 10,000 rows take."""
    sets = record.all_of("set")
    for family in record.all_of("family"):
        cells = record.of(family=family)
        if not cells:
            continue
        for said, figure in (("ROC-AUC or R2", main_figure), ("log-loss", lambda c: -c["log_loss"])):
            gains = [g for n in sets if (g := _gain(record, n, family, figure, WAYS[1])) is not None]
            better = sum(g > 0 for g in gains)
            name = f"{family}: sets of {len(gains)} where marginalised beats impute-then-predict, {said}"
            record.bar(name, better, f">= {WANTED}", better >= WANTED, cells)
        slowest = max(median(record.of(set=n, family=family), "seconds_of_10000") or 0.0 for n in sets)
        name = f"{family}: 10,000 rows with holes, seconds on the slowest set"
        record.bar(name, slowest, f"<= {LONGEST:g}", slowest <= LONGEST, cells)


def show(record: Record) -> None:
    """A line a set: the three ways, and the seconds."""
    for family in record.all_of("family"):
        lines: list[list[Any]] = []
        for name in record.all_of("set"):
            cells = [record.of(set=name, family=family, way=way) for way in WAYS]
            if any(cells):
                line = [name, *(median(c, main_figure) for c in cells), *(median(c, "log_loss") for c in cells)]
                lines.append([*line, median(cells[0], "seconds_of_10000")])
        print(f"{family}, 30 % hidden: ROC-AUC or R2, then log-loss; marginalised, imputed, mean or mode")
        table(["set", "summed", "imputed", "mean", "ll summed", "ll imputed", "ll mean", "s"], lines)
