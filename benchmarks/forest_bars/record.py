"""The figures of one benchmark: cells as they are measured, bars made of them, docs/bars/NAME.json, a table to read.

A cell is one measurement (a set, a family, a seed). It is written as soon as it is made, with the commit it was made
on, so that a benchmark can be run in parts: a later run replaces the cells it measures again and keeps the others, and
the bars are made of all cells there are.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from bars import ROOT, bar, machine

Cell = dict[str, Any]
WIDTH = 80
QUIET = 2.0  # seconds between two lines of progress


class Record:
    """Cells of one benchmark, told apart by the values of `keys`; `folder` None keeps them to this process."""

    def __init__(self, name: str, keys: Sequence[str], folder: Path | None, *, afresh: bool = False) -> None:
        self.keys, self.path = tuple(keys), None if folder is None else folder / f"{name}.json"
        own = (ROOT / "benchmarks" / f"{name}.py").exists()  # a script of its own
        self.command = f"python benchmarks/{name}.py" if own else f"python benchmarks/forests.py {name}"
        self.cells: list[Cell] = []
        self.rows: list[dict[str, Any]] = []
        self.commit, self.machine, self.said = _commit(), machine(), 0.0
        if self.path is not None and self.path.exists() and not afresh:
            self.cells = json.loads(self.path.read_text()).get("cells", [])

    def put(self, **cell: Any) -> Cell:
        """Keep one measurement, in place of an earlier one of the same keys."""
        key = [cell[k] for k in self.keys]
        self.cells = [c for c in self.cells if [c[k] for k in self.keys] != key]
        cell = {k: round(v, 5) if isinstance(v, float) else v for k, v in cell.items()} | {"commit": self.commit}
        self.cells.append(cell)
        if "error" in cell or time.monotonic() > self.said + QUIET:
            said, self.said = " ".join(str(v) for v in key), time.monotonic()
            print(f"{said}: {cell.get('error', 'done')}"[: 4 * WIDTH], file=sys.stderr, flush=True)
        self.write()
        return cell

    def take(self, path: Path) -> None:
        """The cells of another file of this benchmark, as they are, in place of own ones of the same keys."""
        found: list[Cell] = json.loads(path.read_text())["cells"]
        keys = [[c[k] for k in self.keys] for c in found]
        self.cells = [c for c in self.cells if [c[k] for k in self.keys] not in keys] + found

    def of(self, **wanted: Any) -> list[Cell]:
        """The cells with these values that hold figures."""
        return [c for c in self.cells if "error" not in c and all(c.get(k) == v for k, v in wanted.items())]

    def all_of(self, key: str) -> list[Any]:
        """The values of a key, in the order they came."""
        return list(dict.fromkeys(c[key] for c in self.cells))

    def bar(self, name: str, figure: Any, wanted: str, met: bool, cells: Iterable[Cell]) -> None:
        """One measured bar, with the seeds, data and commits of the cells it was made of."""
        cells = list(cells)
        row = bar(name, figure, wanted, met, self.command)
        row["seeds"] = sorted({c["seed"] for c in cells if "seed" in c})
        row["data"] = {c["set"]: c["data"][:12] for c in cells if "data" in c}
        row["commits"] = sorted({c["commit"] for c in cells})
        self.rows.append(row)

    def write(self) -> None:
        """The file, whole."""
        if self.path is None:
            return
        self.path.parent.mkdir(parents=True, exist_ok=True)
        head = json.dumps({"machine": self.machine, "bars": self.rows}, indent=1).removesuffix("\n}")
        cells = ",\n".join(f"  {json.dumps(cell)}" for cell in self.cells)  # a line each
        part = self.path.with_suffix(".part")
        part.write_text(f'{head},\n "cells": [\n{cells}\n ]\n}}\n')
        part.replace(self.path)

    @property
    def met(self) -> bool:
        """Whether every bar that could be made is met, and there is one."""
        return bool(self.rows) and all(row["met"] for row in self.rows)


def _commit() -> str:
    """The commit, with a + when the sources have changes that it does not hold."""

    def git(*words: str) -> str:
        return subprocess.run(["git", *words], cwd=ROOT, capture_output=True, text=True).stdout.strip()

    return git("rev-parse", "--short=12", "HEAD") + ("+" if git("status", "--porcelain", "src") else "")


def median(cells: Sequence[Cell], figure: str | Callable[[Cell], float | None]) -> float | None:
    """Of a figure over cells; None where no cell has it."""
    found = _values(cells, figure)
    return statistics.median(found) if found else None


def mean(cells: Sequence[Cell], figure: str | Callable[[Cell], float | None]) -> float | None:
    """Of a figure over cells; None where no cell has it."""
    found = _values(cells, figure)
    return statistics.fmean(found) if found else None


def _values(cells: Sequence[Cell], figure: str | Callable[[Cell], float | None]) -> list[float]:
    values = (c.get(figure) if isinstance(figure, str) else figure(c) for c in cells)
    return [v for v in values if v is not None]


def table(heads: Sequence[str], rows: Sequence[Sequence[Any]], digits: int = 3) -> None:
    """Print a table no wider than 80 columns, numbers to the right; the first column gives way where it is too wide."""
    text = [[_text(v, digits) for v in row] for row in rows]
    wide = [max(len(line[i]) for line in [list(heads), *text]) for i in range(len(heads))]
    wide[0] = max(8, min(wide[0], WIDTH - sum(wide[1:]) - 2 * (len(heads) - 1)))
    for line in [list(heads), ["-" * w for w in wide], *text]:
        cells = [line[0][: wide[0]].ljust(wide[0]), *(c.rjust(w) for c, w in zip(line[1:], wide[1:], strict=True))]
        print("  ".join(cells).rstrip())
    print(flush=True)


def _text(value: Any, digits: int) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.{digits}f}"
    return str(value)
