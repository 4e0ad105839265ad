"""Names in noisy texts: F1 of spans on the test part of wnut17, with and without an encoder, beside a gazetteer.

WNUT 2017 (Derczynski et al.) asks for rare and emerging names: hardly any of the test part is in the training part.
Each is learned from the training part alone, with its defaults, which were chosen on the development part. `gazetteer`
looks up the names of the training part, the longest first, and says the kind that a name mostly had; `gazetteer_lower`
does not mind capitals. `ner_minilm` reads with all-MiniLM-L6-v2, too, whose folder is named by --minilm. A span is
right when its start, end and label are.
"""

from __future__ import annotations

import argparse
import hashlib
import time
from collections import Counter
from typing import Any

from bars import DATA
from forest_bars.record import Record, table

SET = "wnut17"
FAMILIES = ("gazetteer", "gazetteer_lower", "ner", "ner_minilm")
ABOVE = 0.10  # F1 above the better gazetteer
Answers = list[list[tuple[int, int, Any]]]


def looked_up(learned: Any, asked: list[str], *, lower: bool) -> Answers:
    """Spans of the names of the training texts in other texts, the longest first, from left to right; a name ends
    where a word does, and words are what spaces part."""

    def spelt(word: str) -> str:
        return word.lower() if lower else word

    kinds: dict[tuple[str, ...], Counter[str]] = {}
    for text, spans in zip(learned.texts, learned.spans, strict=True):
        for start, end, label in spans:
            kinds.setdefault(tuple(map(spelt, text[start:end].split())), Counter())[label] += 1
    longest = max(map(len, kinds))
    out: Answers = []
    for text in asked:
        words, found, i = text.split(" "), [], 0
        starts = [0]
        for word in words:
            starts.append(starts[-1] + len(word) + 1)
        while i < len(words):
            sizes = range(min(longest, len(words) - i), 0, -1)
            size = next((n for n in sizes if tuple(map(spelt, words[i : i + n])) in kinds), 0)
            if size:
                label = kinds[tuple(map(spelt, words[i : i + size]))].most_common(1)[0][0]
                found.append((starts[i], starts[i + size] - 1, label))
            i += max(1, size)
        out.append(found)
    return out


def measure(words: argparse.Namespace, record: Record) -> None:
    """Each of them once: none draws anything by lot."""
    import obverse
    from obverse.data.spans import read_spans
    from obverse.study.metrics.spans import agreement

    folder = DATA / "wnut17"
    learned, asked = (read_spans(folder / f"{part}.jsonl.gz") for part in ("train", "test"))
    digest = hashlib.sha256("".join(one.sha256 for one in (learned, asked)).encode()).hexdigest()
    texts = asked.texts.tolist()
    for family in words.families or FAMILIES:
        if family == "ner_minilm" and words.minilm is None:
            continue
        start = time.process_time()
        if family.startswith("gazetteer"):
            fitted = start
            found = looked_up(learned, texts, lower=family.endswith("lower"))
        else:
            weights = {"weights": words.minilm} if family == "ner_minilm" else {}
            model = obverse.fit("ner", learned, seed=0, **weights)
            fitted = time.process_time()
            found = model.predict(texts)
        spent = time.process_time() - fitted
        said = agreement(asked.spans or (), found)
        each = {f"f1_{kind}": agreement(asked.spans or (), found, label=kind).f1 for kind in _kinds(asked)}
        record.put(question="ner", set=SET, family=family, seed=0, f1=said.f1, precision=said.precision,
                   recall=said.recall, told=said.told, true=said.true, **each, data=digest,
                   fit_seconds=fitted - start, predict_seconds=spent)  # fmt: skip


def _kinds(asked: Any) -> list[str]:
    return sorted({label for spans in asked.spans for _, _, label in spans})


def show(record: Record) -> None:
    """F1, precision and recall, F1 of each kind, and seconds of the processor."""
    cells = record.of(question="ner")
    if not cells:
        return
    kinds = [key for key in cells[0] if key.startswith("f1_")]
    lines = [[c["family"], *(100 * c[k] for k in ("f1", "precision", "recall", *kinds)),
              c["fit_seconds"] + c["predict_seconds"]] for c in cells]  # fmt: skip
    table(["wnut17", "F1", "precision", "recall", *(k.removeprefix("f1_") for k in kinds), "seconds"], lines, digits=1)


def bars(record: Record) -> None:
    """With and without the encoder, each against the better gazetteer."""
    looked = [c for name in FAMILIES[:2] for c in record.of(question="ner", family=name)]
    if not looked:
        return
    least = max(c["f1"] for c in looked) + ABOVE
    for family in FAMILIES[2:]:
        for cell in record.of(question="ner", family=family):
            name = f"{family} on the test part of wnut17, F1 of spans"
            record.bar(name, cell["f1"], f">= {least:.3f}, a gazetteer and 10 points", cell["f1"] >= least,
                       [cell, *looked])  # fmt: skip
