"""The most faithful peer that can be installed beside ours: TabularARGN with its defaults, judged in the same run.

Both read the same file, fit, draw as many rows and write them, each in a cold process of its own, one after the other
on the same machine; seconds are of the whole process. Both have three seeds, each a split of its own, and medians are
compared: what fresh rows reach differs more between splits than the two models do. The bars are on credit_default and
bank_marketing; adult is shown.

    python benchmarks/forests.py argn --sets credit_default bank_marketing
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from .fidelity import made
from .judging import Files
from .limits import FRESH
from .options import Options
from .peer import ARGN, argn, warm
from .record import Record, median, table
from .sets import split

KEYS = ("set", "family", "seed")
SETS = ("credit_default", "bank_marketing", "adult")
BARRED = SETS[:2]
FAMILIES = ("chain_forest",)
SEEDS = (0, 1, 2)
SHARE = 0.1  # of TabularARGN's time


def measure(options: Options, record: Record) -> None:
    """The peer, then ours, on every seed."""
    warm()
    for name in options.sets or SETS:
        for seed in options.seeds or SEEDS:
            part = split(name, seed).at_most(options.rows)
            with tempfile.TemporaryDirectory() as folder:
                files, out = Files.of(part, Path(folder)), Path(folder) / "peer.csv"
                head = {"set": name, "seed": seed, "data": part.sha256}
                record.put(**head, family=FRESH, **files.reference())
                run = argn(options.longest, do="sample", train=files.train, rows=len(part.train), seed=seed, out=out)
                figures = run.figures() if run.error else run.figures() | files.verdict(out)
                record.put(**head, family=ARGN, **figures)
                made(part, files, Path(folder), options.families or FAMILIES, record, options.longest)


def bars(record: Record) -> None:
    """Better C2ST and TSTR than the peer, in less than a tenth of its time."""
    for name in (n for n in record.all_of("set") if n in BARRED):
        peer = record.of(set=name, family=ARGN)
        for family in (f for f in record.all_of("family") if f not in (FRESH, ARGN)):
            ours = record.of(set=name, family=family)
            if not (ours and peer):
                continue
            used = [*ours, *peer]
            c2st, tstr, seconds = (
                (median(ours, k) or 0.0, median(peer, k) or 0.0) for k in ("c2st", "tstr", "seconds")
            )
            gap, gain, share = c2st[0] - c2st[1], tstr[0] - tstr[1], seconds[0] / seconds[1]
            said = f"{family} on {name}"
            record.bar(f"{said}: C2ST minus that of {ARGN} ({c2st[1]:.3f})", gap, "< 0", gap < 0, used)
            record.bar(f"{said}: TSTR minus that of {ARGN} ({tstr[1]:.3f})", gain, "> 0", gain > 0, used)
            wanted = f"share of the {seconds[1]:.0f} s of {ARGN}"
            record.bar(f"{said}: {wanted}", share, f"< {SHARE}", share < SHARE, used)


def show(record: Record) -> None:
    """A line a family and set, medians over seeds."""
    lines: list[list[Any]] = []
    for name in record.all_of("set"):
        for family in record.all_of("family"):
            cells = record.of(set=name, family=family)
            if cells:
                seconds = median(cells, "seconds")
                figures = [median(cells, k) for k in ("c2st", "dcr", "tstr", "trtr")]
                lines.append([name, family, *figures, None if seconds is None else f"{seconds:.1f}"])
    table(["set", "rows made by", "C2ST", "DCR", "TSTR", "TRTR", "s"], lines)
