"""Texts: what a language model of one's own reaches, what its training loop costs, who finds spam, and
translation.

    python benchmarks/text.py gpt                   characters of tiny_shakespeare, four minutes
    python benchmarks/text.py gpt --gpu             the network and schedule of nanoGPT's shakespeare-char, with MFU
    python benchmarks/text.py loop                  our step over that of a bare loop
    python benchmarks/text.py sms --minilm FOLDER   spam among short messages, from 20 labels to all
    python benchmarks/text.py translator            German to English beside a dictionary, ten minutes
    python benchmarks/text.py show                  the tables and bars of the cells there are, nothing measured

The module of each in text_bars/ says what is measured. Writes docs/bars/text.json; a run in parts adds to it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bars import OUT
from forest_bars.record import Record
from text_bars import gpt, loop, sms, translator

KEYS = ("question", "set", "family", "seed")
PARTS = {"gpt": gpt, "loop": loop, "sms": sms, "translator": translator}


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=[*PARTS, "show"])
    asked.add_argument("--gpu", action="store_true", help="the larger network, on a GPU")
    asked.add_argument("--budget", type=float, help="seconds of training, to try a part in short")
    asked.add_argument(
        "--seeds", nargs="+", type=int, help="of gpt, loop and translator (0), and the splits of sms (all)"
    )
    asked.add_argument("--families", nargs="+", help="of sms")
    asked.add_argument("--sizes", nargs="+", type=int, help="of sms: numbers of labels, 0 for all")
    asked.add_argument("--minilm", help="of sms: the folder of all-MiniLM-L6-v2")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    words = asked.parse_args()
    if words.seeds is None:
        words.seeds = list(range(sms.SPLITS)) if words.what == "sms" else [0]
    record = Record("text", KEYS, words.out)
    if words.what != "show":
        PARTS[words.what].measure(words, record)
    for part in PARTS.values():
        part.show(record)
        part.bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
