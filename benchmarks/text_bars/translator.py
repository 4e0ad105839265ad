"""`translator` on multi30k, German to English: BLEU and chrF of test2016 beside a dictionary, word by word.

29,000 pairs to learn from, as they stand; the figures are sacrebleu's with its default settings (Post 2018; Papineni
et al. 2002; Popović 2015), so words are compared with their case. The network has the defaults of the family and ten
minutes for the whole fit on a CPU. Whatever the defaults are was chosen on the validation part. It is asked for what is
most likely, and for the best by the token (`length_penalty=1`), as translations are made elsewhere; the bars are of the
latter. The share of a
processor that the fit had is noted, since others may compute on the machine.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import time
from typing import Any

from bars import DATA
from forest_bars.record import Record, table

from .dictionary import dictionary, word_by_word

SET, SOURCE, TARGET = "multi30k_de_en", "de", "en"
BUDGET, SECONDS = 560.0, 600.0  # of training, of the whole fit
PENALTY = 1.0
LEAST, MORE = 15.0, 8.0  # BLEU, and how much more than word by word


def pairs(part: str) -> tuple[list[str], list[str], str]:
    """Sources, targets and a digest of one part."""
    raw = gzip.decompress((DATA / "multi30k_en_de" / f"{part}.jsonl.gz").read_bytes())
    rows = [json.loads(line) for line in raw.decode().splitlines()]
    return [row[SOURCE] for row in rows], [row[TARGET] for row in rows], hashlib.sha256(raw).hexdigest()


def figures(said: list[str], wanted: list[str]) -> dict[str, float]:
    """BLEU and chrF, 0 to 100."""
    from sacrebleu import corpus_bleu, corpus_chrf

    return {"bleu": corpus_bleu(said, [wanted]).score, "chrf": corpus_chrf(said, [wanted]).score}


def measure(words: argparse.Namespace, record: Record) -> None:
    """The dictionary once, the network once a seed."""
    import obverse

    (sources, targets, digest), (asked, wanted, _) = pairs("train"), pairs("test2016")
    start = time.process_time()
    said = word_by_word(asked, dictionary(sources, targets))
    record.put(question="translate", set=SET, family="word by word", seed=0, data=digest, **figures(said, wanted),
               processor_seconds=time.process_time() - start)  # fmt: skip
    for seed in words.seeds:
        begun, start = time.perf_counter(), time.process_time()
        model = obverse.fit("translator", sources, targets, seed=seed, budget=words.budget or BUDGET)
        seconds, busy = time.perf_counter() - begun, time.process_time() - start
        start = time.process_time()
        likely = figures(model.predict(asked), wanted)
        said = model.set_params(length_penalty=PENALTY).predict(asked)
        cell: dict[str, Any] = {"seconds": seconds, "processor_seconds": busy, "share": busy / seconds,
                                "predict_seconds": time.process_time() - start, "steps": model.history_["steps"],
                                "epochs": len(model.history_["train"]), "beams": model.beams,
                                "length_penalty": PENALTY, "likeliest": likely}  # fmt: skip
        record.put(question="translate", set=SET, family="translator", seed=seed, data=digest,
                   **figures(said, wanted), **cell)  # fmt: skip


def show(record: Record) -> None:
    """A line a model."""
    cells = record.of(question="translate")
    if cells:
        heads = ["multi30k de-en, test2016", "seed", "BLEU", "chrF", "fit, s", "processor, s", "passes"]
        table(heads, [[c["family"], c["seed"], c["bleu"], c["chrf"], c.get("seconds"), c["processor_seconds"],
                       c.get("epochs")] for c in cells], digits=1)  # fmt: skip


def bars(record: Record) -> None:
    """BLEU, within the time, and above word by word."""
    cells, plain = record.of(question="translate", family="translator"), record.of(family="word by word")
    if not cells or not plain:
        return
    least, name = min(c["bleu"] for c in cells), "translator on multi30k de-en"
    record.bar(f"{name}, BLEU of test2016", least, f">= {LEAST:.0f}", least >= LEAST, cells)
    more = least - plain[0]["bleu"]
    record.bar(f"{name}, BLEU above word by word", more, f">= {MORE:.0f}", more >= MORE, [*cells, *plain])
    seconds = max(c["seconds"] for c in cells)
    record.bar(f"{name}: seconds of the fit", seconds, f"<= {SECONDS:.0f}", seconds <= SECONDS, cells)
