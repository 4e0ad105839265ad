"""A file larger than memory ought to hold: 10 million rows of CSV into a sample, and through the comparison.

    python benchmarks/large_csv.py [--rows N] [--keep FILE] [--compare]

Writes the file from the rows of Adult (drawn with a seed, with numbers of their own added) into a temporary folder,
reads 20,000 of its rows in a process of its own, and writes docs/bars/large_csv.json. With --compare it also runs
`obverse compare` on the file. --keep FILE makes the file there, or takes it when it is there already.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
from bars import DATA, OBVERSE, OUT, PYTHON, Peak, bar, machine, run

ROWS = 10_000_000
SAMPLE = 20_000
BATCH = 500_000
SEED = 0
Numbers = npt.NDArray[np.float64]
READ = """
import json, resource, time
start = time.perf_counter()
from obverse.data.read import read
table = read({path!r}, target="income", rows={rows}, seed=0)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
print(json.dumps([time.perf_counter() - start, peak, len(table.frame), table.total, table.notes]))
"""


def make(path: Path, rows: int) -> None:
    """Write the file: Adult's columns, a few decimal numbers that depend on them, 5 % of one of these missing."""
    import pyarrow as pa
    from pyarrow import csv

    from obverse.data.read import read

    os.environ.setdefault("OBVERSE_DATA", str(DATA))
    base = read("adult").frame
    columns, rng = pa.Table.from_pandas(base, preserve_index=False), np.random.default_rng(SEED)
    age, hours = (base[name].to_numpy(np.float64) for name in ("age", "hours_per_week"))
    rich = (base["income"] == base["income"].max()).to_numpy(np.float64)
    writer = None
    with path.open("wb") as out:
        for first in range(0, rows, BATCH):
            at = rng.integers(len(base), size=min(BATCH, rows - first))
            table = columns.take(pa.array(at))
            for name, values in _numbers(age[at], hours[at], rich[at], rng).items():
                table = table.append_column(name, pa.array(values, mask=np.isnan(values)))
            writer = writer or csv.CSVWriter(out, table.schema)
            writer.write_table(table)
        assert writer is not None
        writer.close()


def _numbers(
    age: npt.NDArray[np.float64],
    hours: npt.NDArray[np.float64],
    rich: npt.NDArray[np.float64],
    rng: np.random.Generator,
) -> dict[str, npt.NDArray[np.float64]]:
    n = len(age)
    wage = np.round(np.exp(2.5 + 0.01 * age + 0.5 * rich + 0.4 * rng.standard_normal(n)), 2)
    wage[rng.random(n) < 0.05] = np.nan
    return {
        "hourly_wage": wage,
        "commute_km": np.round(rng.gamma(2.0, 8.0, n), 1),
        "savings": np.round(rng.standard_normal(n) * 20_000 + 40_000 * rich + 300 * age, 2),
        "sleep_hours": np.round(9 - hours / 40 + rng.standard_normal(n), 2),
        "balance": rng.standard_normal(n) * 1_000,
        "index_of_prices": 100 + rng.standard_normal(n),
        "distance": rng.gamma(2.0, 3.0, n),
    }


def reading(path: Path) -> list[dict]:
    """Seconds and peak resident memory of reading the sample, in a process of its own."""
    done = run([PYTHON, "-c", READ.format(path=str(path), rows=SAMPLE)])[1]
    seconds, peak, rows, total, notes = json.loads(done.stdout)
    print(*notes, sep="\n", flush=True)
    shown = f"obverse.read(FILE, target='income', rows={SAMPLE})"
    what = f"{rows:,} of {total:,} rows of a CSV of {path.stat().st_size / 1e9:.1f} GB"
    return [
        bar(f"read {what}, seconds", seconds, "<= 120", seconds <= 120, shown),
        bar("the same, peak resident memory, GiB", peak, "<= 1", peak <= 1, shown),
    ]


def comparing(path: Path) -> list[dict]:
    """The main job on the file."""
    with tempfile.TemporaryDirectory() as folder:
        command = [
            OBVERSE,
            "compare",
            str(path),
            "--target",
            "income",
            "--rows",
            str(SAMPLE),
            "--out",
            f"{folder}/study",
        ]
        peak = Peak()
        seconds, _ = run(command)
        memory = peak.stop() / 1024
    shown = f"obverse compare FILE --target income --rows {SAMPLE}"
    return [
        bar("obverse compare on the file, seconds", seconds, "<= 1200", seconds <= 1200, shown),
        bar("the same, all processes together, GiB", memory, "<= 3", memory <= 3, shown),
    ]


def main() -> int:
    """Make the file where there is none, and measure."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rows", type=int, default=ROWS)
    asked.add_argument("--keep", type=Path)
    asked.add_argument("--compare", action="store_true")
    asked.add_argument("--only-make", action="store_true", help="make the file of --keep and measure nothing")
    words = asked.parse_args()
    if words.only_make:
        make(words.keep, words.rows)
        return 0
    with tempfile.TemporaryDirectory() as folder:
        path = words.keep or Path(folder) / "large.csv"
        if not path.exists():
            # in a process of its own: what this one holds counts as memory of the comparison
            making = [PYTHON, __file__, "--only-make", "--keep", str(path), "--rows", str(words.rows)]
            seconds, _ = run(making)
            print(f"made {path.stat().st_size / 1e9:.2f} GB in {seconds:.0f} s", flush=True)
        rows = reading(path) + (comparing(path) if words.compare else [])
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "large_csv.json").write_text(json.dumps({"machine": machine(), "bars": rows}, indent=1) + "\n")
    return 0 if all(row["met"] for row in rows) else 1


if __name__ == "__main__":
    sys.exit(main())
