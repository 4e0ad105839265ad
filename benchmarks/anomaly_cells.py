"""One cell of a row is wrong: does the probability by cell tell it from the untouched ones?

    python benchmarks/anomaly_cells.py [--families joint_forest] [--seeds 0 1 2] [--rows 2000]
    python benchmarks/anomaly_cells.py --show       the table and bars of the cells there are, nothing measured

Adult, the shared split: a model is fitted to the clean training rows; held-out rows get one wrong cell each, in one of
three ways, and `Model.anomaly(rows, by="cell")` rates every cell with the same defaults.

* numbers: a number other than 0 is multiplied by ten.
* contradictions: relationship or sex, education or education_num, is changed to a value that hardly any training row
  (fewer than 5) has beside the other one.
* categories: a known category, the target's included, is drawn again from the training rows until it differs.

The changed cell is labelled 1, every other known cell 0, the innocent half of a contradiction too: nothing but the rest
of the row can say which of the two is wrong. ROC-AUC over all known cells is taken twice: with a wrong cell in every
row, and with one in every tenth row, the other rows untouched; the first asks more of a score that blames neighbours,
the second more of one that finds clean rows odd. A bar is met when both reach it. Seconds are of the processor, for
1,000 rows. `first` is the share of rows whose most suspect cell is the wrong one.

Bars, median over seeds, joint_forest: numbers >= .97, contradictions >= .95, categories >= .75.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from bars import OUT
from forest_bars.record import Record, median, table
from forest_bars.sets import split
from sklearn.metrics import roc_auc_score

import obverse

SET, OURS, SEEDS, ROWS = "adult", "joint_forest", (0, 1, 2), 2_000
TIMES, TENTH = 10, 10
PAIRS = (("relationship", "sex"), ("education", "education_num"))
MET = 5  # training rows from which a pair of values is no contradiction
WANTED = {"numbers": 0.97, "contradictions": 0.95, "categories": 0.75}
Bools = npt.NDArray[np.bool_]


def is_number(rows: pd.DataFrame, name: str) -> bool:
    """Whether a column holds numbers."""
    return pd.api.types.is_numeric_dtype(rows[name])


def numbers(rows: pd.DataFrame, train: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One number other than 0 of each row times ten."""
    out = rows.copy()
    able = pd.DataFrame({name: rows[name].fillna(0) != 0 for name in rows if is_number(rows, name)})
    chosen = chosen_of(able.to_numpy(), rng)
    for j, name in enumerate(able):
        out.loc[chosen == j, name] *= TIMES
    return out


def contradictions(rows: pd.DataFrame, train: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One cell of one pair of each row changed so that the pair is (almost) never met."""
    out = rows.copy()
    met = [set(count.index[count >= MET]) for count in (train.groupby(list(pair)).size() for pair in PAIRS)]
    values = [[sorted(train[name].dropna().unique()) for name in pair] for pair in PAIRS]
    for i in range(len(rows)):
        k = int(rng.integers(len(PAIRS)))
        here = tuple(rows.at[i, name] for name in PAIRS[k])
        for side in rng.permutation(2):
            unmet = [v for v in values[k][side] if (v, here[1]) not in met[k]] if side == 0 else [
                v for v in values[k][side] if (here[0], v) not in met[k]
            ]  # fmt: skip
            unmet = [v for v in unmet if v != here[side]]
            if unmet:
                out.at[i, PAIRS[k][side]] = unmet[int(rng.integers(len(unmet)))]
                break
    return out


def categories(rows: pd.DataFrame, train: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One known category of each row drawn again from the training rows until it differs."""
    out = rows.copy()
    able = pd.DataFrame({name: rows[name].notna() for name in rows if not is_number(rows, name)})
    chosen = chosen_of(able.to_numpy(), rng)
    for j, name in enumerate(able):
        pool, same = train[name].dropna().to_numpy(), np.flatnonzero(chosen == j)
        while len(same):
            out.loc[same, name] = rng.choice(pool, len(same))
            same = same[(out.loc[same, name] == rows.loc[same, name]).to_numpy()]
    return out


WAYS: dict[str, Callable[[pd.DataFrame, pd.DataFrame, np.random.Generator], pd.DataFrame]] = {
    "numbers": numbers,
    "contradictions": contradictions,
    "categories": categories,
}


def chosen_of(able: Bools, rng: np.random.Generator) -> npt.NDArray[np.intp]:
    """One of the able columns of each row."""
    return np.where(able, rng.random(able.shape), -1.0).argmax(axis=1)


def figures(clean: pd.DataFrame, odd: pd.DataFrame, rates: pd.DataFrame, rates_clean: pd.DataFrame) -> dict[str, float]:
    """ROC-AUC with a wrong cell in every row and in every tenth, and how often the first suspect is the wrong one."""
    known = odd.notna().to_numpy()
    wrong = ((odd != clean) & odd.notna()).to_numpy()
    rate, before = rates.to_numpy(), rates_clean.to_numpy()
    tenth = np.arange(len(odd)) % TENTH == 0
    mixed = np.where(tenth[:, None], rate, before)
    first = np.nan_to_num(rate, nan=-1.0).argmax(axis=1)
    changed = wrong.any(axis=1)
    return {
        "every_row": float(roc_auc_score(wrong[known], rate[known])),
        "every_tenth": float(roc_auc_score((wrong & tenth[:, None])[known], mixed[known])),
        "first": float(wrong[np.arange(len(odd)), first][changed].mean()),
        "changed": float(changed.mean()),
    }


def measure(families: list[str], seeds: list[int], count: int, record: Record) -> None:
    """Every family on the same wrong cells."""
    for seed in seeds:
        part = split(SET, seed)
        clean = part.test.head(count).reset_index(drop=True)
        for family in families:
            start = time.process_time()
            model = obverse.fit(family, part.train, part.target, seed=seed)
            fit_seconds = time.process_time() - start
            rates_clean = model.anomaly(clean, by="cell")
            for k, (way, change) in enumerate(WAYS.items()):
                odd = change(clean, part.train, np.random.default_rng([seed, 40, k]))
                start = time.process_time()
                rates, how = model.anomaly(odd, by="cell", details=True)
                spent = (time.process_time() - start) * 1_000 / len(odd)
                head = {"set": SET, "way": way, "family": family, "seed": seed, "data": part.sha256}
                found = figures(clean, odd, rates, rates_clean)
                record.put(**head, rows=len(odd), **found, how=how.how, seconds=spent, fit_seconds=fit_seconds)


def bars(record: Record) -> None:
    """One for each way, on the lower of the two figures."""
    for way, least in WANTED.items():
        cells = record.of(way=way, family=OURS)
        if cells:
            auc = min(median(cells, name) or 0.0 for name in ("every_row", "every_tenth"))
            record.bar(f"{OURS} by cell, {way}: ROC-AUC", auc, f">= {least}", auc >= least, cells)


def show(record: Record) -> None:
    """A line a family and way, medians over seeds."""
    lines: list[list[Any]] = []
    for family in record.all_of("family"):
        for way in WAYS:
            cells = record.of(family=family, way=way)
            if cells:
                lines.append(
                    [family, way, *(median(cells, k) for k in ("every_row", "every_tenth", "first", "seconds"))]
                )
    table(["family", "one wrong cell", "every row", "every tenth", "first", "s/1,000"], lines, digits=4)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--families", nargs="+", default=[OURS])
    asked.add_argument("--seeds", nargs="+", type=int, default=list(SEEDS))
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file, instead of docs/bars")
    asked.add_argument("--fresh", action="store_true", help="forget what the file holds")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("anomaly_cells", ("set", "way", "family", "seed"), words.out, afresh=words.fresh)
    if not words.show:
        measure(words.families, words.seeds, words.rows, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
