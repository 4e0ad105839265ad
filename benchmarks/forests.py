"""Measure the bars of the two forests, each benchmark by name; `benchmarks/million.py` is the one with its own script.

    python benchmarks/forests.py NAME [--sets ...] [--families ...] [--seeds ...] [...]
    python benchmarks/forests.py show NAME          table and bars of the cells there are, nothing measured
    python benchmarks/forests.py all                every one, with its defaults

    fidelity     C2ST, DCR, copies, TSTR, seconds and memory of made rows, against fresh real rows
    argn         the same beside TabularARGN, which gets an environment of its own
    prediction   ROC-AUC or R2 on full data, against random_forest and xgboost
    few_labels   log-loss from 20, 50 and 100 labels, against xgboost and logistic
    missing      30 % of the inputs hidden: summed out, or imputed first
    likelihood   held-out nats per row, also against TabularARGN on a common grid
    condition    conditions on Adult: exact, between columns, impossible

Each writes docs/bars/NAME.json: the bars, and under "cells" every measurement with its seed, data hash and commit. A
run in parts adds to the file; --fresh forgets what it holds. With --rows the figures are only a trial, and are kept
nowhere unless --out names a folder. The module of each in forest_bars/ says what is measured.
"""

from __future__ import annotations

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

from bars import DATA, OUT
from forest_bars.options import Options
from forest_bars.record import Record

NAMES = ("fidelity", "argn", "prediction", "few_labels", "missing", "likelihood", "condition")


def parsed() -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("name", choices=(*NAMES, "all", "show"))
    asked.add_argument("which", nargs="?", choices=NAMES, help="after show: whose figures")
    asked.add_argument("--sets", nargs="+", help="catalogue names")
    asked.add_argument("--families", nargs="+", help="family, or family:argument=value,...")
    asked.add_argument("--seeds", nargs="+", type=int)
    asked.add_argument("--labels", nargs="+", type=int, help="few_labels: how many")
    asked.add_argument("--unlabelled", type=int, default=0, help="few_labels: rows without target to learn from too")
    asked.add_argument("--rows", type=int, help="most rows of each part: a trial, not a figure")
    asked.add_argument("--longest", type=float, default=1_800.0, help="seconds after which a cold process is ended")
    asked.add_argument("--out", type=Path, help="folder of the JSON file, instead of docs/bars")
    asked.add_argument("--fresh", action="store_true", help="forget what the file holds")
    return asked.parse_args()


def main() -> int:
    """Run the named benchmark, or all; 1 when a bar is open."""
    words = parsed()
    if words.name == "show" and words.which is None:
        sys.exit("show which? one of " + ", ".join(NAMES))
    os.environ.setdefault("OBVERSE_DATA", str(DATA))
    folder = words.out or (None if words.rows else OUT)
    options = Options(words.sets, words.families, words.seeds, words.labels, words.rows, words.unlabelled,
                      words.longest)  # fmt: skip
    if words.name == "show":
        return finish(*opened(words.which, words.out or OUT, False))
    met = 0
    for name in NAMES if words.name == "all" else (words.name,):
        module, record = opened(name, folder, words.fresh)
        module.measure(options, record)
        met |= finish(module, record)
    return met


def opened(name: str, folder: Path | None, afresh: bool) -> tuple[ModuleType, Record]:
    module = import_module(f"forest_bars.{name}")
    return module, Record(name, module.KEYS, folder, afresh=afresh)


def finish(module: ModuleType, record: Record) -> int:
    module.show(record)
    module.bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    if "OMP_WAIT_POLICY" not in os.environ:  # libraries read it when they are loaded, so start again with it
        os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"OMP_WAIT_POLICY": "PASSIVE"})
    sys.exit(main())
