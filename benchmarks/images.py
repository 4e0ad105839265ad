"""Pictures: what made ones are worth, who reads them best, what is odd in them; each figure beside that of real ones.

    python benchmarks/images.py made [--sets digits] [--families image_vae] [--seeds 0]
    python benchmarks/images.py read [--sets digits fashion_mnist]
    python benchmarks/images.py odd
    python benchmarks/images.py loop
    python benchmarks/images.py gpu                 operations a second, on a machine with a GPU
    python benchmarks/images.py show                the tables and bars of the cells there are, nothing measured

The module of each in image_bars/ says what is measured. Writes docs/bars/images.json; a run in parts adds to it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bars import OUT
from forest_bars.record import Record
from image_bars import gpu, loop, made, odd, read

KEYS = ("question", "set", "family", "seed")
PARTS = {"made": made, "read": read, "odd": odd, "loop": loop, "gpu": gpu}


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=[*PARTS, "show"])
    asked.add_argument("--sets", nargs="+", help="all that the part is about when left out")
    asked.add_argument("--families", nargs="+", help="keys; all that the part is about when left out")
    asked.add_argument("--seeds", nargs="+", type=int, default=[0, 1, 2])
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    words = asked.parse_args()
    record = Record("images", KEYS, words.out)
    if words.what != "show":
        PARTS[words.what].measure(words, record)
    for part in PARTS.values():
        part.show(record)
        part.bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
