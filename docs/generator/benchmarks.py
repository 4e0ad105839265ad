"""`docs/benchmarks.md`: the tables beside peers, made of docs/bars/*.json and the pins in benchmarks/peers.

Figures are medians over seeds; what failed or was ended is in a table of its own with its reason. Nothing is measured
here, and what was not measured is left out.
"""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from . import markdown

ROOT = Path(__file__).parents[2]
BARS, PEERS = ROOT / "docs" / "bars", ROOT / "benchmarks" / "peers"
Cell = dict[str, Any]

PART = ", part"
ORDER = ("fresh rows", "training against test rows", "training rows again", "marginals")

INTRO = """`make bench-tables` measures Obverse and its peers on the same rows, with the same judge, on one machine,
and writes the figures this page is made of. Peers are installed from the package registry into environments of their
own, with the pins at the end of this page, and run with their defaults in processes of their own: once, with one seed,
and with at most 900 processor seconds a set (2,700 for CTGAN; 300 for utrees and ForestDiffusion whole, known to need
hours). Ours are medians over the seeds in the last column, TabularARGN timed again in the same run. Where a peer's
authors publish better figures from their own, larger machines, prefer those."""

READING = """Each maker learns the training rows and draws as many. *C2ST* is the ROC-AUC with which boosted trees tell
made rows from held-out real ones: .5 is not to be told apart, 1 always told apart. *wNMI error* is how much the mutual
information between pairs of columns differs from the real table's, normalised to 0 to 1 and weighted by how much the
pair depends ([arXiv 2603.23016](https://arxiv.org/abs/2603.23016)): 0 is best. *TSTR* is how well boosted trees that
learn the target from made rows predict it in real ones (ROC-AUC, or R² where the target is a number); *TRTR*, the same
from the real training rows, is its ceiling. *DCR* is the share of made rows that lie nearer to a training row than to
a held-out one: .5 keeps its distance. *Copies* are rows equal to a training row in every cell.

Ours come first, then peers, the nearest first. Read a line between its references. *Fresh rows* are real rows that no
maker has seen: no maker can honestly be better than they are; where there are none left, training rows are told from
held-out ones instead. They are half as many as the training rows, so the ceiling of TSTR is TRTR, not they.
*Marginals* draws every column by itself: what it reaches is no merit. *Training rows again* shows what copying looks
like: the best wNMI and TSTR, given away by DCR and copies. A good C2ST beside a high DCR is bought with copying. C2ST
and TSTR both rise with the number of rows, so the makers on a part of the rows have a table of their own.

Seconds by the clock are upper bounds where the machine had other work: *load* is how many processes wanted one of its
cores when the run began, and *processor s* what the run used of them, start and imports included, which a crowded
machine lengthens too, up to threefold. MiB is the peak of resident memory."""

IMPUTING = """3,000 training rows of each set, 30 % of their cells hidden completely at random, the target's included.
*NRMSE* is the root mean squared error over hidden cells in units of the column's standard deviation, mean over columns
of numbers (0 is best; the column's mean scores 1). *Accuracy* is the share of hidden categories that are right, mean
over their columns. *Mean or mode* is the floor; there is no ceiling but NRMSE 0, which no imputer can reach, because
hidden cells are not determined by the others."""

ODD = """Detectors see no labels, and score held-out rows of labelled sets; ROC-AUC of the odd ones, mean over seeds and
then over sets. Chance is .5, and *marginals*, which scores each column by itself, is the floor that a detector of odd
combinations should pass. Who failed or needed too long on a set has no mean."""


def page(bars: Path = BARS, peers: Path = PEERS) -> str:
    """The whole page from the figures there are."""
    tables, filling = _read(bars / "tables.json"), _read(bars / "imputation.json")
    parts = [INTRO, _machine(tables), "## How to read the tables of made rows", READING]
    for name in _values(tables, "set"):
        parts += [f"## Made rows: {name}", *_generation([c for c in tables["cells"] if c["set"] == name])]
    if filling["cells"]:
        parts += ["## Filled holes", IMPUTING, _machine(filling)]
    for name in _values(filling, "set"):
        parts += [f"### {name}", _imputation([c for c in filling["cells"] if c["set"] == name])]
    odd = _read(bars / "anomaly.json")
    if odd["cells"]:
        parts += ["## Odd rows", ODD, _machine(odd), _anomaly([c for c in odd["cells"] if c["cells"] == "all"])]
    earlier = _read(bars / "tables_recorded.json")
    if earlier["cells"]:
        parts += ["## Made rows, recorded earlier", earlier["about"], _recorded(earlier["cells"])]
    parts += ["## What failed, and why", _failed([*tables["cells"], *filling["cells"]]), "## The peers", _peers(peers)]
    return markdown.page("Beside peers", "docs/bars/*.json and benchmarks/peers/*.txt", *parts)


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {"machine": {}, "cells": []}


def _values(record: dict[str, Any], key: str) -> list[str]:
    return list(dict.fromkeys(c[key] for c in record["cells"]))


def _machine(record: dict[str, Any]) -> str:
    """Where, when and on which commits."""
    machine, cells = record["machine"], record["cells"]
    if not cells:
        return ""
    commits = ", ".join(f"`{c}`" for c in dict.fromkeys(c["commit"] for c in cells))
    return (
        f"Machine: {machine['cores']} cores, {machine['platform']}, Python {machine['python']}; "
        f"last written {machine['made']}; sources at {commits}."
    )


def _generation(cells: Sequence[Cell]) -> Iterable[str]:
    """The table of all rows, and that of a part of them."""
    whole = [c for c in cells if not c["maker"].endswith(PART)]
    yield _made(whole)
    part = [c for c in cells if c["maker"].endswith(PART) and "error" not in c]
    if part:
        yield f"On the first {part[0]['rows']:,} training rows, and as many drawn and judged:"
        yield _made(part)


def _made(cells: Sequence[Cell]) -> str:
    head = ("made by", "C2ST", "wNMI error", "TSTR", "TRTR", "DCR", "copies, %", "fit s", "draw s", "processor s",
            "MiB", "load", "seeds")  # fmt: skip
    met = [c for c in cells if "error" not in c]
    near = {m: statistics.median([c["c2st"] for c in met if c["maker"] == m]) for m in (c["maker"] for c in met)}
    ours = {c["maker"] for c in met if c["kind"] == "ours"}
    makers = sorted(near, key=lambda m: (m not in ORDER, ORDER.index(m) if m in ORDER else m not in ours, near[m]))
    rows = []
    for maker in makers:
        own = [c for c in cells if c["maker"] == maker and "error" not in c]
        figures = [_median(own, k, 3) for k in ("c2st", "wnmi", "tstr", "trtr", "dcr")]
        copies = _median(own, lambda c: 100 * c["copies"], 2)
        spent = [_median(own, k, 1) for k in ("fit_seconds", "sample_seconds", "processor_seconds")]
        rest = [_median(own, "mib", 0), _median(own, "load", 0)]
        rows.append([_named(own[0]), *figures, copies, *spent, *rest, str(len(own))])
    return markdown.table(head, rows)


def _imputation(cells: Sequence[Cell]) -> str:
    rows = []
    for imputer in dict.fromkeys(c["imputer"] for c in cells if "error" not in c):
        own = [c for c in cells if c["imputer"] == imputer and "error" not in c]
        figures = [_median(own, k, 3) for k in ("nrmse", "accuracy")]
        spent = [_median(own, "seconds", 1), _median(own, "processor_seconds", 1)]
        rows.append([_named(own[0]), *figures, *spent, str(len(own))])
    return markdown.table(("filled by", "NRMSE", "accuracy", "s", "processor s", "seeds"), rows)


def _anomaly(cells: Sequence[Cell]) -> str:
    sets = list(dict.fromkeys(c["set"] for c in cells))
    lines: list[tuple[float, list[str]]] = []
    for who in dict.fromkeys(c["scored_by"] for c in cells):
        own = [c for c in cells if c["scored_by"] == who]
        by_set = [[c["auc"] for c in own if c["set"] == name and "auc" in c] for name in sets]
        means = [statistics.fmean(found) for found in by_set if found]
        whole = len(means) == len(sets) and all("auc" in c for c in own)
        mean = statistics.fmean(means) if whole else 0.0
        worst = f"{min(means):.3f}" if means else "–"
        lines.append((mean, [_named(own[0]), f"{mean:.3f}" if whole else "–", worst, _median(own, "seconds", 2),
                             f"{len(means)} of {len(sets)}"]))  # fmt: skip
    lines.sort(key=lambda line: -line[0])
    return markdown.table(("scored by", "mean ROC-AUC", "worst set", "median s", "sets"), [line for _, line in lines])


def _recorded(cells: Sequence[Cell]) -> str:
    head = ("set", "made by", "rows", "settings", "C2ST", "TSTR", "TRTR", "DCR", "fit s", "its processor s", "draw s",
            "MiB")  # fmt: skip
    rows = []
    for cell in cells:
        figures = [_median([cell], k, 3) for k in ("c2st", "tstr", "trtr", "dcr")]
        spent = [_median([cell], k, 1) for k in ("fit_seconds", "fit_processor_seconds", "sample_seconds")]
        settings = markdown.cell(cell.get("settings", "defaults"))
        rows.append([cell["set"], cell["maker"], f"{cell['fit_rows']:,}", settings, *figures, *spent,
                     _median([cell], "mib", 0)])  # fmt: skip
    return markdown.table(head, rows)


def _failed(cells: Sequence[Cell]) -> str:
    rows = [
        [_named(c), c["set"], "rows" if "maker" in c else "holes", markdown.cell(c["error"]), _median([c], "load", 0)]
        for c in cells
        if "error" in c
    ]
    if not rows:
        return "Nothing that was measured failed."
    said = "A run that a limit ended while a core was wanted by more than two processes is measured again next time."
    return "\n\n".join([said, markdown.table(("who", "set", "asked for", "what became of it", "load"), rows)])


def _peers(folder: Path) -> str:
    """Pins and remarks of every file of requirements."""
    rows = []
    for path in sorted(folder.glob("*.txt")):
        text = path.read_text(encoding="utf-8")
        pins = ", ".join(f"`{line}`" for line in text.splitlines() if line and not line.startswith("#"))
        licence = "; ".join(re.findall(r"^# licence: (.*)$", text, re.MULTILINE))
        said = [line[2:] for line in text.splitlines() if line.startswith("# ")]
        note = " ".join(line for line in said if not re.match(r"(licence|remove|import):", line))
        rows.append([markdown.cell(path.stem), markdown.cell(licence), pins, markdown.cell(note)])
    return markdown.table(("environment", "licence", "pinned", "remarks"), rows)


def _named(cell: Cell) -> str:
    """Families of Obverse as code, peers and references by their names."""
    who = str(cell.get("maker") or cell.get("imputer") or cell["scored_by"]).removesuffix(PART)
    ours = cell.get("kind") == "ours" or "_" in who
    return f"`{who}`" if ours else markdown.cell(who)


def _median(cells: Sequence[Cell], figure: str | Callable[[Cell], float], digits: int) -> str:
    found = [v for c in cells for v in [_figure(c, figure)] if v is not None]
    return f"{statistics.median(found):,.{digits}f}" if found else "–"


def _figure(cell: Cell, figure: str | Callable[[Cell], float]) -> float | None:
    try:
        return cell.get(figure) if isinstance(figure, str) else figure(cell)
    except KeyError:
        return None
