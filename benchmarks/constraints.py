"""Ten constraints on a hundred thousand created rows: how many break one after CSV and back, and what it costs.

    python benchmarks/constraints.py [--families joint_forest chain_forest] [--rows 100000]
    python benchmarks/constraints.py --show         the table and bars of the cells there are, nothing measured

The table holds orders: dates and a time stamp that follow each other, some missing; amounts that add up; a key of one
column and one of two; cities of countries. It is made with a seed. Forty of its 20,000 rows break an order or a sum.
Each family is fitted with all ten constraints and without any; both draw as many rows, which are written to CSV, read
by pandas and tested by pandas alone.

Bar: no row of the constrained sample breaks any of the ten. Writes docs/bars/constraints.json; other numbers of rows
are trials, kept only where --out names a folder.
"""

from __future__ import annotations

import argparse
import hashlib
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from bars import OUT
from forest_bars.record import Record, table

import obverse

FAMILIES = ("joint_forest", "chain_forest")
TRAINING, ROWS, SEED, BAD = 20_000, 100_000, 0, 20
DATES = ["ordered", "shipped", "seen"]
TEN = (
    "16 <= age <= 95",
    "ordered <= shipped",
    "seen >= ordered",
    "not (children > 0 and age < 18)",
    'plan != "gold" or net >= 20',
    "tax < net",
    "total = net + tax + postage",
    "unique id",
    "unique store, invoice",
    "together city, country",
)


def make(rows: int = TRAINING, seed: int = SEED) -> pd.DataFrame:
    """The table."""
    rng = np.random.default_rng(seed)
    country = rng.choice(["DE", "ES", "FR", "IT", "PL"], rows, p=[0.35, 0.1, 0.3, 0.15, 0.1])
    age = np.clip(np.rint(rng.normal(44, 17, rows)), 16, 95).astype(int)
    day = np.sort(rng.integers(0, 2000, rows))
    ordered = pd.Timestamp("2019-01-01") + pd.to_timedelta(day, unit="D")
    net = np.round(rng.lognormal(3.5 + age / 100, 0.9), 2) + 1
    tax = np.round(net * np.where(country == "DE", 0.19, rng.choice([0.1, 0.22], rows)), 2)
    postage = np.where(net > 50, 0.0, rng.choice([2.95, 4.95], rows))
    frame = pd.DataFrame(
        {
            "id": np.arange(1, rows + 1),
            "ordered": ordered,
            "shipped": ordered + pd.to_timedelta(rng.geometric(0.3, rows) - 1, unit="D"),
            "seen": (ordered + pd.to_timedelta(rng.gamma(2.0, 4e5, rows), unit="s")).where(rng.random(rows) > 0.08),
            "country": country,
            "city": [f"{c}-{k:02d}" for c, k in zip(country, rng.geometric(0.15, rows).clip(max=20), strict=True)],
            "age": age,
            "children": np.where(age < 18, 0, rng.poisson(1.2, rows)),
            "plan": np.where((net >= 20) & (rng.random(rows) < 0.3), "gold", "iron"),
            "net": net,
            "tax": tax,
            "postage": postage,
            "total": np.round(net + tax + postage, 2),
            "store": rng.choice([f"S{i}" for i in range(12)], rows),
            "invoice": np.arange(rows) + 100_000,
        }
    )
    frame.loc[: BAD - 1, "shipped"] = frame["ordered"] - pd.Timedelta("1D")
    frame.loc[BAD : 2 * BAD - 1, "total"] += 5
    return frame


def violations(rows: pd.DataFrame, training: pd.DataFrame) -> dict[str, int]:
    """How many rows break each of the ten, after CSV and back, by pandas alone."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.csv"
        rows.to_csv(path, index=False)
        x = pd.read_csv(path, parse_dates=DATES)
    met = pd.MultiIndex.from_frame(training[["city", "country"]].drop_duplicates())
    cents = (x[["net", "tax", "postage", "total"]] * 100).round().astype(int)
    wrong = (
        (x["age"] < 16) | (x["age"] > 95),
        x["ordered"] > x["shipped"],
        x["seen"] < x["ordered"],
        (x["children"] > 0) & (x["age"] < 18),
        (x["plan"] == "gold") & (x["net"] < 20),
        x["tax"] >= x["net"],
        cents["total"] != cents["net"] + cents["tax"] + cents["postage"],
        x["id"].duplicated(),
        x.duplicated(["store", "invoice"]),
        ~pd.MultiIndex.from_frame(x[["city", "country"]]).isin(met),
    )
    return {text: int(np.sum(bad)) for text, bad in zip(TEN, wrong, strict=True)}


def measure(families: Sequence[str], rows: int, record: Record) -> None:
    """Each family with the ten and without."""
    training = make()
    digest = hashlib.sha256(pd.util.hash_pandas_object(training, index=False).to_numpy().tobytes()).hexdigest()
    for family in families:
        for declared in (list(TEN), None):
            start = time.perf_counter()
            model = obverse.fit(family, training, seed=SEED, constraints=declared)
            fitted = time.perf_counter()
            sample, how = model.sample(rows, seed=SEED, details=True)
            drawn = time.perf_counter()
            broken = violations(sample, training)
            record.put(
                set="orders", family=family, constrained=declared is not None, rows=rows, seed=SEED, data=digest,
                fit_seconds=fitted - start, sample_seconds=drawn - fitted, how=str(how),
                violations=sum(broken.values()),
                broken=broken, notes=[note for note in model.notes_ if "constraint" in note],
                mib=round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
            )  # fmt: skip


def bars(record: Record) -> None:
    """No violation in the rows of each family."""
    for family in record.all_of("family"):
        cells = record.of(family=family, constrained=True)
        for cell in cells:
            what = f"{family}: {cell['rows']:,} rows, ten constraints, violations after CSV and back"
            record.bar(what, cell["violations"], "0", cell["violations"] == 0, cells)


def show(record: Record) -> None:
    """A line a family, with and without."""
    lines: list[list[Any]] = [
        [c["family"], "yes" if c["constrained"] else "no", f"{c['rows']:,}", c["fit_seconds"], c["sample_seconds"],
         f"{c['violations']:,}"]
        for c in record.of()
    ]  # fmt: skip
    table(["family", "constraints", "rows", "fit s", "draw s", "violations"], lines, digits=1)


def main() -> int:
    """Measure, or show what was measured; 1 when the bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--families", nargs="+", default=list(FAMILIES))
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--out", type=Path, help="folder of the JSON file, instead of docs/bars")
    asked.add_argument("--fresh", action="store_true", help="forget what the file holds")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    folder = words.out or (OUT if words.rows == ROWS else None)
    record = Record("constraints", ("family", "constrained"), folder, afresh=words.fresh)
    if not words.show:
        measure(words.families, words.rows, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
