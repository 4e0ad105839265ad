"""The networks of tables beside their namesakes: C2ST, TSTR and seconds, on the judge's splits of two tables.

    python benchmarks/neural.py [--sets adult] [--families table_vae] [--seeds 0]
    python benchmarks/neural.py --show              the table and bars of the cells there are, nothing measured

Each family has a cold process: read, fit, draw as many rows, write them. The figures of TabularARGN, TVAE (300 epochs)
and CTGAN (50 epochs on adult, 300 on california_housing) were measured with their own defaults on the same splits by
the same judge, on two cores; they stand in `PEERS`. Bars: no worse C2ST and TSTR than the namesake, in no more time.
`table_diffusion` has no namesake here and is shown. Writes docs/bars/neural.json.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from typing import Any

from bars import OUT
from forest_bars.fidelity import made
from forest_bars.judging import Files
from forest_bars.limits import FRESH
from forest_bars.record import Record, median, table
from forest_bars.sets import split

KEYS = ("set", "family", "seed")
SETS = ("adult", "california_housing")
FAMILIES = ("table_autoregressive", "table_vae", "table_gan", "table_diffusion")
FIGURES = ("c2st", "tstr", "seconds")
# namesake of each family, and its C2ST, TSTR and seconds on each set
PEERS: dict[str, tuple[str, dict[str, tuple[float, float, float]]]] = {
    "table_autoregressive": (
        "TabularARGN", {"adult": (0.638, 0.904, 90.0), "california_housing": (0.825, 0.643, 63.0)},
    ),
    "table_vae": ("TVAE", {"adult": (0.984, 0.877, 172.0), "california_housing": (0.923, 0.643, 80.0)}),
    "table_gan": ("CTGAN", {"adult": (0.997, 0.852, 173.0), "california_housing": (0.989, 0.194, 214.0)}),
}  # fmt: skip


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every set, seed and family."""
    for name in words.sets:
        for seed in words.seeds:
            part = split(name, seed)
            with tempfile.TemporaryDirectory() as folder:
                files = Files.of(part, Path(folder))
                record.put(set=name, family=FRESH, seed=seed, data=part.sha256, **files.reference())
                made(part, files, Path(folder), words.families, record, words.longest)


def bars(record: Record) -> None:
    """Each family against its namesake."""
    for family, (peer, sets) in PEERS.items():
        for name, theirs in sets.items():
            cells = record.of(set=name, family=family)
            for figure, limit in zip(FIGURES, theirs, strict=True):
                ours = median(cells, figure)
                if ours is None:
                    continue
                more = figure == "tstr"
                met = ours >= limit if more else ours <= limit
                record.bar(f"{family} on {name}: {figure} beside {peer}", ours, f"{'>=' if more else '<='} {limit:g}",
                           met, cells)  # fmt: skip


def show(record: Record) -> None:
    """A line a family and set, medians over seeds, with the namesake's figures."""
    lines: list[list[Any]] = []
    for name in record.all_of("set"):
        for family in record.all_of("family"):
            cells = record.of(set=name, family=family)
            if not cells:
                continue
            figures = [median(cells, k) for k in ("c2st", "tstr", "trtr", "dcr", "seconds")]
            peer, sets = PEERS.get(family, ("", {}))
            beside = " ".join(f"{x:g}" for x in sets.get(name, ()))
            lines.append([name, family, *figures, f"{peer} {beside}".strip()])
    table(["set", "rows made by", "C2ST", "TSTR", "TRTR", "DCR", "s", "namesake: C2ST TSTR s"], lines)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sets", nargs="+", default=list(SETS))
    asked.add_argument("--families", nargs="+", default=list(FAMILIES))
    asked.add_argument("--seeds", nargs="+", type=int, default=[0])
    asked.add_argument("--longest", type=float, default=1_800.0, help="seconds after which a process is ended")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("neural", KEYS, words.out)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
