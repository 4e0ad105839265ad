"""Rows made by peers and by Obverse from the same training rows, judged alike, beside floor and ceiling.

Each maker gets the judge's split of a set as a file, learns it and draws as many rows, in a cold process of its own.
Every table has four references: fresh real rows (the ceiling of every figure), training rows drawn again (what copying
looks like), independent marginals (the floor), and TRTR, real training rows in place of made ones. Peers run with their
defaults, once and with one seed; what takes more than the limit of processor seconds is ended, and that is the result.

utrees and ForestDiffusion need hours at their defaults. They are measured on a part of the training rows too, with
fewer repetitions, and draw as many rows as they saw; `chain_forest` and fresh rows are judged at that size beside them,
since C2ST grows with the number of rows and TSTR does as well.
"""

from __future__ import annotations

import os
import tempfile
import time
from argparse import Namespace
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd
from forest_bars.cold import Run, once, parquet
from forest_bars.judging import Files, judge
from forest_bars.limits import FRESH
from forest_bars.peer import ARGN, peer
from forest_bars.record import Record, median, table
from forest_bars.sets import BREAST, Split, split

from .wnmi import wnmi_error

KEYS = ("set", "maker", "seed")
SETS = ("adult", "california_housing", BREAST)
OURS = ("chain_forest", "joint_forest", "refined", "table_autoregressive", "table_vae", "table_gan", "table_diffusion",
        "marginals")  # fmt: skip
FLOOR = "marginals"
COPIES = "training rows again"
ALIKE = "training against test rows"  # the ceiling where there are no fresh rows
SEEDS = (0, 1, 2)
PART = ", part"
ROWS = {"adult": 1_000, "california_housing": 500, BREAST: 398}  # of a part
PROCESSOR = 900.0  # seconds of a peer on one set
HOURS = 300.0  # of one that is known to need hours: what ends it is no news


class Peer(NamedTuple):
    """How a peer is run: with its defaults where `options` is empty, on a part of the rows where its name says so."""

    environment: str
    script: str
    asked: dict[str, Any] = {}  # noqa: RUF012
    options: dict[str, Any] = {}  # noqa: RUF012
    longest: float = PROCESSOR  # processor seconds


PEERS = {
    ARGN: Peer("argn", "argn.py", {"do": "sample"}),
    "SDV Gaussian copula": Peer("sdv", "sdv_rows.py", {"model": "copula"}),
    "SDV TVAE": Peer("sdv", "sdv_rows.py", {"model": "tvae"}),
    "SDV CTGAN": Peer("sdv", "sdv_rows.py", {"model": "ctgan"}, longest=3 * PROCESSOR),
    "SDV CTGAN, 50 epochs": Peer("sdv", "sdv_rows.py", {"model": "ctgan"}, {"epochs": 50}),
    "arfpy": Peer("arfpy", "arfpy_rows.py"),
    "utrees": Peer("utrees", "utrees_rows.py", longest=HOURS),
    f"utrees{PART}": Peer("utrees", "utrees_rows.py", {}, {"duplicate_K": 2}),
    "ForestDiffusion": Peer("forest_diffusion", "forest_diffusion_rows.py", longest=HOURS),
    f"ForestDiffusion{PART}": Peer("forest_diffusion", "forest_diffusion_rows.py", {}, {"n_t": 5, "duplicate_K": 5}),
}


def stands(cell: dict[str, Any], longest: float | None = None) -> bool:
    """Whether a cell need not be measured again.

    A run that was ended on a crowded machine says little, and nothing where more processor seconds are allowed now.
    With up to twice as many processes as cores, processor seconds are a fifth more; with ten times, two to four times.
    """
    if not cell.get("error", "").startswith("ended after"):
        return True
    peer = PEERS.get(cell.get("maker", ""))
    longest = longest or (peer.longest if peer else 0.0)
    return cell.get("load", 0.0) <= 2 * (os.cpu_count() or 1) and cell.get("limit", HOURS) >= longest


class Bench:
    """One split on disk, and the cells measured on it."""

    def __init__(self, part: Split, folder: Path, record: Record, words: Namespace) -> None:
        self.part, self.folder, self.record, self.words = part, folder, record, words
        self.files = Files.of(part, folder)
        self.out = folder / "made.csv"

    def has(self, maker: str) -> bool:
        """Whether there is a cell that stands: figures, or a failure; see `stands`."""
        key = {"set": self.part.name, "maker": maker, "seed": self.part.seed}
        found = [c for c in self.record.cells if all(c.get(k) == v for k, v in key.items())]
        return any(stands(c, self.words.longest) for c in found)

    def rows(self, maker: str) -> int:
        """How many rows a maker learns from, and draws."""
        whole = len(self.part.train)
        return min(ROWS.get(self.part.name, whole), whole) if maker.endswith(PART) else whole

    def put(self, kind: str, maker: str, run: Run | None, **more: Any) -> None:
        """Judge what lies in `out`, unless the run failed, and keep the cell; its kind is `real`, `ours` or `peer`."""
        cell = {} if run is None else run.figures()
        self.keep(kind, maker, **more, **cell, **({} if "error" in cell else self.judged()))

    def keep(self, kind: str, maker: str, **figures: Any) -> None:
        """One cell, with what it is about."""
        head = {"set": self.part.name, "maker": maker, "seed": self.part.seed, "kind": kind, "data": self.part.sha256}
        head |= {"rows": self.rows(maker), "made": time.strftime("%Y-%m-%d")}
        self.record.put(**head | figures)

    def judged(self) -> dict[str, Any]:
        """The judge's figures of the made table, and the weighted error of its mutual information."""
        read, align = judge().read_table, judge().align
        train, made = read(self.files.train), read(self.out)
        return self.files.verdict(self.out) | {"wnmi": wnmi_error(align(train, train), align(made, train))}

    def real(self, maker: str, frame: pd.DataFrame) -> None:
        """Judge real rows."""
        frame = frame.head(self.rows(maker))
        frame.to_csv(self.out, index=False)
        self.put("real", maker, None, rows=len(frame))

    def references(self) -> None:
        """Real rows in the place of made ones: fresh ones, and training rows drawn with replacement."""
        if self.part.fresh is not None:
            self.real(FRESH, self.part.fresh)
            self.real(FRESH + PART, self.part.fresh)
        else:
            alike = wnmi_error(self.part.train, self.part.test)
            self.keep("real", ALIKE, wnmi=alike, **self.files.reference())
        again = self.part.train.sample(frac=1, replace=True, random_state=self.part.seed)
        self.real(COPIES, again)

    def peer(self, maker: str) -> None:
        """A peer, within the limits."""
        how, rows = PEERS[maker], self.rows(maker)
        threads = self.words.threads
        asked = {"train": self.files.train, "target": self.part.target, "rows": rows, "fit_rows": rows,
                 "seed": self.part.seed, "out": self.out, "threads": threads, "options": how.options}  # fmt: skip
        longest = self.words.longest or how.longest
        run = peer(how.environment, how.script, asked | how.asked, 4 * longest, processor=longest, threads=threads)
        self.put("peer", maker, run, options=how.options, threads=threads, limit=longest)

    def ours(self, family: str) -> None:
        """A family of Obverse, in a process of its own."""
        train = self.part.train.head(self.rows(family))
        run = once(
            family.removesuffix(PART), parquet(train, self.folder / "train.parquet"), self.part.target,
            seed=self.part.seed, rows=len(train), out=self.out, threads=self.words.threads,
        )  # fmt: skip
        self.put("ours", family, run, threads=self.words.threads)


def measure_peers(words: Namespace, record: Record) -> None:
    """Every named peer on every named set, with the first seed; what is measured already and stands is left alone."""
    for name in words.sets or SETS:
        part = split(name, words.seeds[0])
        with tempfile.TemporaryDirectory() as folder:
            bench = Bench(part, Path(folder), record, words)
            for maker in words.peers or PEERS:
                if words.again or not bench.has(maker):
                    bench.peer(maker)


def measure_ours(words: Namespace, record: Record) -> None:
    """References and families on every set and seed, and TabularARGN's time beside them on the first."""
    for name in words.sets or SETS:
        for i, seed in enumerate(words.seeds):
            with tempfile.TemporaryDirectory() as folder:
                bench = Bench(split(name, seed), Path(folder), record, words)
                bench.references()
                if i == 0 and not words.alone:
                    bench.peer(ARGN)
                for family in words.families or (*OURS, f"chain_forest{PART}"):
                    if not family.endswith(PART) or bench.rows(family) < len(bench.part.train):
                        bench.ours(family)


def bars(record: Record) -> None:
    """Ours beside the best peer at its full size, on the sets where each has figures or a failure that stands."""
    for name in record.all_of("set"):
        mine = record.of(set=name, maker="chain_forest")
        decided = {c["maker"] for c in record.cells if c["set"] == name and stands(c)}
        whole = [m for m in PEERS if not m.endswith(PART)]
        if not mine or not decided.issuperset(whole):
            continue
        peers = [m for m in whole if record.of(set=name, maker=m)]
        for figure, sign in (("c2st", 1), ("wnmi", 1), ("tstr", -1)):
            best = min(peers, key=lambda m: sign * (median(record.of(set=name, maker=m), figure) or 0.0), default=None)
            if best is None:
                continue
            theirs = record.of(set=name, maker=best)
            ours, limit = median(mine, figure) or 0.0, median(theirs, figure) or 0.0
            met = sign * ours <= sign * limit
            wanted = f"{'<=' if sign > 0 else '>='} {limit:.3f}"
            record.bar(f"chain_forest on {name}: {figure} beside the best peer, {best}", ours, wanted, met,
                       [*mine, *theirs])  # fmt: skip


def show(record: Record) -> None:
    """A table a set: references, ours, peers; medians over seeds; then what failed."""
    for name in record.all_of("set"):
        lines: list[list[Any]] = []
        for maker in ordered(record.all_of("maker")):
            cells = record.of(set=name, maker=maker)
            if cells:
                figures = [median(cells, k) for k in ("c2st", "wnmi", "tstr", "dcr")]
                copies = median(cells, lambda c: 100 * c["copies"] if "copies" in c else None)
                spent = [median(cells, k) for k in ("fit_seconds", "sample_seconds", "mib")]
                lines.append([maker, *figures, copies, *map(_short, spent)])
        real = median([c for c in record.of(set=name) if not c["maker"].endswith(PART)], "trtr")
        print(f"{name}: medians over seeds, copies in per cent" + ("" if real is None else f"; TRTR {real:.3f}"))
        table(["rows made by", "C2ST", "wNMI", "TSTR", "DCR", "copies", "fit s", "draw", "MiB"], lines)
        for cell in (c for c in record.cells if c["set"] == name and "error" in c):
            print(f"{cell['maker']}: {cell['error']}"[:80])
        print()


def ordered(makers: list[str]) -> list[str]:
    """References first, then ours, then peers; those of a part after all others."""
    first = [FRESH, ALIKE, COPIES, FLOOR]
    rest = [m for m in makers if m not in (*first, *PEERS) and not m.endswith(PART)]
    whole = [m for m in PEERS if not m.endswith(PART)]
    parts = [m for m in [FRESH + PART, *makers] if m.endswith(PART)]
    return [m for m in dict.fromkeys([*first, *rest, *whole, *parts]) if m in makers]


def _short(value: float | None) -> str | None:
    return None if value is None else f"{value:.1f}" if value < 100 else f"{value:.0f}"
