"""Tables side by side with peers: generation here, imputation and anomaly by their own scripts, all on the same splits.

    python benchmarks/tables.py peers [--sets adult] [--peers arfpy "SDV TVAE"] [--again] [--threads 1]
    python benchmarks/tables.py ours [--sets adult] [--families chain_forest] [--seeds 0 1 2] [--alone]
    python benchmarks/tables.py show           the tables and bars of the cells there are, nothing measured
    python benchmarks/tables.py all            peers not measured yet, ours, imputation, anomaly, the page of the docs

Peers run once, with one seed, in environments of their own (benchmarks/peers), made on demand; one that cannot be
installed, fails, or needs more processor seconds on a set than its limit has that as its result. `ours` measures three
seeds and TabularARGN again, so that the two are timed by the same machine in the same hour (--alone leaves it out).
Writes docs/bars/tables.json; docs/benchmarks.md is made of it by `make docs`.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from bars import DATA, OUT, PYTHON, ROOT
from forest_bars.record import Record
from side_by_side import generation

SCRIPTS = (
    ("imputation.py", "--peers"),
    ("imputation.py",),
    ("anomaly.py",),
)


def parsed() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("do", choices=("peers", "ours", "show", "all"))
    asked.add_argument("--sets", nargs="+", help="catalogue names")
    asked.add_argument("--peers", nargs="+", choices=generation.PEERS, metavar="PEER")
    asked.add_argument("--families", nargs="+", help="family, or family:argument=value,...")
    asked.add_argument("--seeds", nargs="+", type=int, default=list(generation.SEEDS))
    asked.add_argument("--again", action="store_true", help="peers that are measured already, too")
    asked.add_argument("--alone", action="store_true", help="ours without TabularARGN")
    asked.add_argument("--threads", type=int, help="of every maker's libraries; without it they choose")
    asked.add_argument("--longest", type=float, help="processor seconds of a peer on one set, instead of its own limit;"
                       " four times as many by the clock")  # fmt: skip
    asked.add_argument("--take", nargs="+", type=Path, default=[], help="files whose cells are taken in first")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file, instead of docs/bars")
    return asked.parse_args()


def main() -> int:
    """Measure what is asked for; 1 when a bar is open."""
    words = parsed()
    os.environ.setdefault("OBVERSE_DATA", str(DATA))
    record = Record("tables", generation.KEYS, words.out)
    for path in words.take:
        record.take(path)
    if words.do in ("peers", "all"):
        generation.measure_peers(words, record)
    if words.do in ("ours", "all"):
        generation.measure_ours(words, record)
    generation.show(record)
    generation.bars(record)
    record.write()
    met = record.met
    if words.do == "all":
        for script, *more in SCRIPTS:
            path = ROOT / "benchmarks" / script
            if path.exists():
                met &= subprocess.run([PYTHON, str(path), *more], cwd=ROOT).returncode == 0
        subprocess.run([PYTHON, str(ROOT / "docs" / "generate.py")], check=True)
    return 0 if met else 1


if __name__ == "__main__":
    if "OMP_WAIT_POLICY" not in os.environ:  # libraries read it when they are loaded, so start again with it
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"OMP_WAIT_POLICY": "PASSIVE"})
    sys.exit(main())
