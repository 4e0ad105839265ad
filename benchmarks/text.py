"""Texts: what a language model of one's own reaches, what its training loop costs, who finds spam, who names, who
translates.

    python benchmarks/text.py gpt                   characters of tiny_shakespeare, four minutes
    python benchmarks/text.py gpt --gpu [--choose]  the network and schedule of nanoGPT's shakespeare-char, with MFU
    python benchmarks/text.py loop                  our step over that of a bare loop
    python benchmarks/text.py sms --minilm FOLDER   spam among short messages, from 20 labels to all
    python benchmarks/text.py llm                   SmolLM2 beside plain transformers: speed and scores
    python benchmarks/text.py prompts               SmolLM2 asked for spam, without and with a few examples
    python benchmarks/text.py lora                  SmolLM2 fitted to messages by small matrices beside its own
    python benchmarks/text.py ner --minilm FOLDER   names in noisy texts, with and without an encoder
    python benchmarks/text.py translator            German to English beside a dictionary, ten minutes
    python benchmarks/text.py show                  the tables and bars of the cells there are, nothing measured

The module of each in text_bars/ says what is measured. Writes docs/bars/text.json, and ner
docs/bars/text_ner.json; a run in parts adds to it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from bars import OUT
from forest_bars.record import Record
from text_bars import gpt, llm, loop, lora, ner, prompts, sms, translator

KEYS = ("question", "set", "family", "seed")
FILES = {"text": {"gpt": gpt, "loop": loop, "sms": sms, "llm": llm, "prompts": prompts, "lora": lora,
                  "translator": translator},
         "text_ner": {"ner": ner}}  # fmt: skip


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("what", choices=[*(part for parts in FILES.values() for part in parts), "show"])
    asked.add_argument("--gpu", action="store_true", help="the larger network, on a GPU")
    asked.add_argument("--choose", action="store_true", help="of gpt --gpu: look for dropout and steps first")
    asked.add_argument("--budget", type=float, help="seconds of training, to try a part in short")
    asked.add_argument(
        "--seeds", nargs="+", type=int, help="of gpt, loop and translator (0), and the splits of sms (all)"
    )
    asked.add_argument("--families", nargs="+", help="of sms and ner")
    asked.add_argument("--sizes", nargs="+", type=int, help="of sms: numbers of labels, 0 for all")
    asked.add_argument("--minilm", help="of sms and ner: the folder of all-MiniLM-L6-v2")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    words = asked.parse_args()
    if words.seeds is None:
        words.seeds = list(range(sms.SPLITS)) if words.what == "sms" else [0]
    met = True
    for file, parts in FILES.items():
        if words.what not in (*parts, "show"):
            continue
        record = Record(file, KEYS, words.out)
        record.command = "python benchmarks/text.py"
        if words.what != "show":
            parts[words.what].measure(words, record)
        for part in parts.values():
            part.show(record)
            part.bars(record)
        record.write()
        met &= record.met
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
