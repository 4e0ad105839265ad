"""Boxes found in pictures: mean average precision at half overlap of `detector` with its defaults, and what it cost.

    python benchmarks/detection.py [--sets shapes bccd] [--seeds 0]
    python benchmarks/detection.py --show           the table and bars of the cells there are, nothing measured

`shapes`: 2,000 generated pictures of 64 x 64 to learn from, 500 of another seed to find boxes in. `bccd`: blood cells
of three classes in 364 pictures of 320 x 240, four fifths to learn from and the others to find boxes in, one split
whatever the seed, which is the model's. Settings were chosen by holding out some of the pictures that are learned from.
One thread; seconds are of the processor, of `fit` alone. Writes docs/bars/detection.json.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
import time
from pathlib import Path
from typing import Any

os.environ["OMP_NUM_THREADS"] = "1"  # before numpy comes: processor seconds are then those of one core

import numpy as np
from bars import DATA, OUT
from forest_bars.record import Record, mean, table

import obverse
from obverse.data.boxes import read_boxes
from obverse.data.worlds.shapes import scenes
from obverse.study.metrics.detection import average_precision

KEYS = ("set", "seed")
BARS = {"shapes": (0.95, 120.0), "bccd": (0.55, 600.0)}  # least mean average precision, most seconds
LEARNED, FOUND_IN = (2_000, 0), (500, 1)  # pictures of shapes, and the seed they are drawn with
SHARE = 0.8  # of the pictures of blood cells that are learned from
Held = list[tuple[Any, Any]]  # boxes and labels of each picture


def shapes() -> tuple[Any, Held, Any, Held, str]:
    """Pictures and boxes to learn from, others to find boxes in, and the digest of the pixels."""
    made = [scenes(n, seed) for n, seed in (LEARNED, FOUND_IN)]
    held = [list(zip(one.boxes, one.labels, strict=True)) for one in made]
    digest = hashlib.sha256(made[0].pixels.tobytes() + made[1].pixels.tobytes()).hexdigest()
    return made[0].pixels, held[0], made[1].pixels, held[1], digest


def bccd() -> tuple[Any, Held, Any, Held, str]:
    """The same of blood cells."""
    read = read_boxes(DATA / "bccd")
    assert read.y is not None
    order = np.random.default_rng(0).permutation(len(read))
    train, test = np.split(order, [round(SHARE * len(order))])
    held = [[read.y[i] for i in rows] for rows in (train, test)]
    return read.pixels[train], held[0], read.pixels[test], held[1], read.sha256


SETS = {"shapes": shapes, "bccd": bccd}


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every set and seed."""
    for name in words.sets:
        x, y, fresh, truth, digest = SETS[name]()
        for seed in words.seeds:
            start = time.process_time()
            model = obverse.fit("detector", x, y, seed=seed)
            learned = time.process_time()
            each = average_precision(truth, model.predict(fresh))
            asked = (time.process_time() - learned) / len(fresh)
            record.put(set=name, seed=seed, data=digest, map50=float(np.mean(list(each.values()))), each=each,
                       seconds=learned - start, milliseconds=1000 * asked)  # fmt: skip


def bars(record: Record) -> None:
    """The least that is asked of each set."""
    for name, (least, most) in BARS.items():
        cells = record.of(set=name)
        if not cells:
            continue
        figure, seconds = mean(cells, "map50"), max(cell["seconds"] for cell in cells)
        said = f"detector on {name}: mean average precision at half overlap"
        record.bar(said, figure, f">= {least}", figure is not None and figure >= least, cells)
        record.bar(
            f"detector on {name}: processor seconds of training", seconds, f"<= {most:g}", seconds <= most, cells
        )


def show(record: Record) -> None:
    """A line for each cell."""
    classes = [", ".join(f"{k} {v:.2f}" for k, v in c["each"].items()) for c in record.cells]
    lines = [
        [c["set"], c["seed"], c["map50"], c["seconds"], c["milliseconds"], each]
        for c, each in zip(record.cells, classes, strict=True)
    ]
    table(["set", "seed", "mAP@50", "s", "ms each", "classes"], lines)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--sets", nargs="+", default=list(SETS), choices=list(SETS))
    asked.add_argument("--seeds", nargs="+", type=int, default=[0])
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("detection", KEYS, words.out)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
