"""How faithful are the rows a family makes, how much do they copy, and what does it cost?

For each set and seed: fit and draw as many rows as were trained on, in a cold process whose seconds count interpreter,
imports, reading, fitting, drawing and writing; then the judge on the rows, and the same judge on as many fresh real
rows, which is the reference every bar is measured against. Breast cancer runs over ten splits and its reference is
train against test. TRTR is the judge's own: the same trees trained on the real training rows.

`refined` is shown beside the family it refines: it must lower C2ST where the base is above 0.60 and copy no more.
Families may carry arguments: `refined:base=marginals`.

    python benchmarks/forests.py fidelity --sets adult --families chain_forest --seeds 0 1 2
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .cold import once, parquet, spec
from .judging import Files
from .limits import FRESH, LIMITS
from .options import Options
from .record import Record, mean, median, table
from .sets import BREAST, JUDGED, Split, split

KEYS = ("set", "family", "seed")
SETS = tuple(JUDGED)
FAMILIES = ("chain_forest", "joint_forest", "refined", "refined:base=chain_forest", "grafted", "marginals")
SEEDS = (0, 1, 2)
REFINABLE = 0.60  # C2ST of a base from which refining must help


def measure(options: Options, record: Record) -> None:
    """Every set, seed and family."""
    for name in options.sets or SETS:
        for seed in options.seeds or (tuple(range(10)) if name == BREAST else SEEDS):
            part = split(name, seed).at_most(options.rows)
            with tempfile.TemporaryDirectory() as folder:
                files = Files.of(part, Path(folder))
                record.put(set=name, family=FRESH, seed=seed, data=part.sha256, **files.reference())
                made(part, files, Path(folder), options.families or FAMILIES, record, options.longest)


def made(
    part: Split, files: Files, folder: Path, families: Sequence[str], record: Record, longest: float, **more: Any
) -> None:
    """The cells of all families on one split."""
    train = parquet(part.train, folder / "train.parquet")
    for family in families:
        out, head = folder / "made.csv", {"set": part.name, "family": family, "seed": part.seed, "data": part.sha256}
        run = once(family, train, part.target, seed=part.seed, rows=len(part.train), out=out, longest=longest)
        figures = run.figures() if run.error else run.figures() | files.verdict(out)
        record.put(**head, **figures, **more)


def bars(record: Record) -> None:
    """The limits, and what refining must do."""
    for limit in LIMITS:
        limit.put(record)
    for family in record.all_of("family"):
        if spec(family)[0] == "refined":
            for name in record.all_of("set"):
                _refined(record, family, name)


def _refined(record: Record, family: str, name: str) -> None:
    cells = record.of(set=name, family=family)
    base = cells[0]["params"].get("base") if cells else None
    pairs = {c["seed"]: c for c in record.of(set=name, family=base)}
    cells = [c for c in cells if c["seed"] in pairs]
    if not cells:
        return
    before = median(list(pairs.values()), "c2st") or 0.0
    used = [*cells, *pairs.values()]
    if before > REFINABLE:
        gain = median(cells, lambda c: c["c2st"] - pairs[c["seed"]]["c2st"]) or 0.0
        record.bar(f"{family} on {name}: C2ST minus that of {base} ({before:.3f})", gain, "< 0", gain < 0, used)
    copied = median(cells, lambda c: c["copies"] - pairs[c["seed"]]["copies"]) or 0.0
    record.bar(f"{family} on {name}: copies minus those of {base}", copied, "<= 0", copied <= 0, used)


def show(record: Record) -> None:
    """A line a family and set: medians over seeds, the mean over the splits of breast cancer."""
    for name in record.all_of("set"):
        middle = mean if name == BREAST else median
        lines: list[list[Any]] = []
        for family in record.all_of("family"):
            cells = record.of(set=name, family=family)
            if not cells:
                continue
            fit = [middle(cells, k) for k in ("c2st", "dcr")]
            copies = middle(cells, lambda c: 100 * c["copies"] if "copies" in c else None)
            rest = [middle(cells, k) for k in ("tstr", "trtr", "seconds", "mib")]
            lines.append([family, *fit, copies, *rest[:2], _short(rest[2]), _short(rest[3])])
        print(f"{name}: {'mean' if name == BREAST else 'median'} over seeds, copies in per cent")
        table(["rows made by", "C2ST", "DCR", "copies", "TSTR", "TRTR", "s", "MiB"], lines)


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"
