"""A million rows: how long do the forests fit, how long do they draw, what do they hold, and does time stay linear?

    python benchmarks/million.py [--families joint_forest chain_forest] [--rows 100000 1000000]
    python benchmarks/million.py --show             the table and bars of the cells there are, nothing measured

The table has ten continuous columns, five of whole numbers and five of categories (2, 10, 100, 1,000 and 50,000
levels), made from three hidden factors with a seed: continuous columns are curves of the factors with noise, one with a
share of zeros and one with missing cells; whole numbers are Poisson counts of them; the level of the first four
categories is where another curve falls, in parts of unequal size, and the 50,000 levels lie 50 within each of the
1,000. The column of two levels is the target. Each family and number of rows has a cold process: read, fit, draw as
many rows as it fitted.

Bars at a million rows: fit within 300 s, draw within 60 s, at most 6 GiB; the time per row of each is at most 1.5
times that of a hundred thousand rows. Writes docs/bars/million.json with every figure; other numbers of rows are
trials, kept only where --out names a folder.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from bars import OUT
from forest_bars.cold import once, parquet
from forest_bars.record import Record, median, table

FAMILIES = ("joint_forest", "chain_forest")
FEW, MANY = 100_000, 1_000_000
LEVELS = (2, 10, 100, 1_000)
WITHIN = 50  # of the last category in each level of the one before
TARGET = "c2"
SEED = 0
LIMITS = (("fit_seconds", "fit, seconds", 300.0), ("sample_seconds", "draw as many rows, seconds", 60.0),
          ("gib", "peak memory, GiB", 6.0))  # fmt: skip
LINEAR = 1.5
Floats = npt.NDArray[np.float64]


def make(rows: int, seed: int = SEED) -> pd.DataFrame:
    """The table."""
    rng = np.random.default_rng([seed, rows])
    hidden = rng.standard_normal((rows, 3))
    hidden[:, 1] += 0.6 * hidden[:, 0] ** 2 - 0.6  # factors are not independent
    columns: dict[str, Any] = {f"x{i}": _curve(hidden, i, rng) for i in range(10)}
    columns["x3"] = np.where(columns["x3"] < -0.5, 0.0, np.exp(columns["x3"]))
    columns["x7"] = np.where(rng.random(rows) < 0.1 / (1 + np.exp(-hidden[:, 2])), np.nan, columns["x7"])
    for i in range(5):
        columns[f"k{i}"] = rng.poisson(np.exp(np.clip(_curve(hidden, 10 + i, rng), -2, 3)))
    for i, levels in enumerate(LEVELS):
        columns[f"c{levels}"] = _level(_curve(hidden, 15 + i, rng), levels)
    deep = columns[f"c{LEVELS[-1]}"] * WITHIN + np.minimum(rng.geometric(0.05, rows) - 1, WITHIN - 1)
    columns[f"c{LEVELS[-1] * WITHIN}"] = deep
    for name in (n for n in columns if n.startswith("c")):
        columns[name] = pd.Series(_names(name, columns[name]), dtype="str")
    return pd.DataFrame(columns)


def _curve(hidden: Floats, which: int, rng: np.random.Generator) -> Floats:
    """A fixed curve of the hidden factors, one a column, with noise; about standard scale."""
    own = np.random.default_rng([which, 4])
    direction, bend = own.standard_normal((2, 3))
    noise = rng.standard_normal(len(hidden))
    return (hidden @ direction + np.sin(2 * hidden @ bend) + 0.5 * noise) / 2


def _level(score: Floats, levels: int) -> npt.NDArray[np.int64]:
    """Where the score falls among parts of unequal size; neighbours in score share a level."""
    share = np.random.default_rng([levels, 5]).gamma(2.0, size=levels) + 0.3
    cuts = np.quantile(score, np.cumsum(share)[:-1] / share.sum())
    return np.searchsorted(cuts, score)


def _names(name: str, code: npt.NDArray[np.int64]) -> npt.NDArray[Any]:
    """Levels as text, in an order that has nothing to do with the score."""
    count = int(code.max()) + 1
    mixed = np.random.default_rng([count, 6]).permutation(count)
    return np.array([f"{name}_{i:05d}" for i in mixed], dtype=object)[code]


def measure(families: Sequence[str], sizes: Sequence[int], record: Record, longest: float) -> None:
    """A cold process each, small tables first."""
    for rows in sizes:
        with tempfile.TemporaryDirectory() as folder:
            frame = make(rows)
            digest = hashlib.sha256(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()).hexdigest()
            path = parquet(frame, Path(folder) / "table.parquet")
            del frame
            for family in families:
                run = once(family, path, TARGET, seed=SEED, rows=rows, out=None, longest=longest)
                record.put(set="made", family=family, rows=rows, seed=SEED, data=digest, **run.figures())


def bars(record: Record) -> None:
    """The limits at the largest table there is, and how much more a row costs there than in the smallest."""
    sizes = sorted(record.all_of("rows"))
    for family in record.all_of("family"):
        failed = [c for c in record.cells if c["family"] == family and "error" in c]
        many = record.of(family=family, rows=sizes[-1])
        if failed or not many:  # an answer that did not come is an open bar
            record.bar(f"{family}: a million rows", "failed", "an answer", False, failed)
            continue
        big = many[0] | {"gib": many[0]["mib"] / 1024}
        for key, said, most in LIMITS:
            record.bar(f"{family}, {sizes[-1]:,} rows: {said}", big[key], f"<= {most:g}", big[key] <= most, many)
        few = record.of(family=family, rows=sizes[0])
        for key, said, _ in LIMITS[:2] if few and len(sizes) > 1 else ():
            ratio = big[key] / few[0][key] / (sizes[-1] / sizes[0])
            what = f"{family}, {said.partition(',')[0]}: time per row, {sizes[-1]:,} against {sizes[0]:,} rows"
            record.bar(what, ratio, f"<= {LINEAR}", ratio <= LINEAR, [*many, *few])


def show(record: Record) -> None:
    """A line a family and number of rows."""
    lines: list[list[Any]] = []
    for family in record.all_of("family"):
        for rows in sorted(record.all_of("rows")):
            cells = record.of(family=family, rows=rows)
            if cells:
                gib = median(cells, lambda c: c["mib"] / 1024)
                seconds = [median(cells, k) for k in ("fit_seconds", "sample_seconds", "seconds")]
                lines.append([family, f"{rows:,}", *seconds, gib])
    table(["family", "rows", "fit s", "draw s", "whole s", "GiB"], lines, digits=2)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--families", nargs="+", default=list(FAMILIES))
    asked.add_argument("--rows", nargs="+", type=int, default=[FEW, MANY])
    asked.add_argument("--longest", type=float, default=1_800.0, help="seconds after which a process is ended")
    asked.add_argument("--out", type=Path, help="folder of the JSON file, instead of docs/bars")
    asked.add_argument("--fresh", action="store_true", help="forget what the file holds")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    trial = not set(words.rows) <= {FEW, MANY}
    record = Record("million", ("family", "rows"), words.out or (None if trial else OUT), afresh=words.fresh)
    if not words.show:
        measure(words.families, words.rows, record, words.longest)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
