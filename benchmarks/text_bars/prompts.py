"""A language model asked for spam by a prompt: P(text | label) and P(label | text), without and with a few examples.

The first messages of the test part of the first split of sms_spam (see `sms`), SmolLM2 in float32. The wording was
written once and not tried out. `text_logistic` from the same examples, and from all labels, stands beside it.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, table

from .sms import SPLITS, TEST, f1, messages

ASKED, SHOTS = 120, (0, 4)
ABOUT = "Messages to a mobile phone. The label is ham for a message from a person, and spam for advertising."


def measure(words: argparse.Namespace, record: Record) -> None:
    """Each way to ask, and who counts words."""
    import obverse
    from obverse.data.split import splits

    data = messages()
    texts = np.array(data.texts, dtype=object)
    split = next(iter(splits(len(texts), SPLITS, seed=0, test_share=TEST, stratify=data.labels)))
    test = split.test[:ASKED]
    for seed in words.seeds:
        for shots in SHOTS:
            for by in ("text", "label"):
                model = obverse.fit("llm_classifier", texts[split.train].tolist(), data.labels[split.train], seed=seed,
                                    by=by, shots=shots, about=ABOUT)  # fmt: skip
                _put(record, data, f"by {by}, {shots} shots", seed, model, texts[test], data.labels[test])
                few = [i for i in split.train if data.texts[i] in {text for text, _ in model.examples_}]  # type: ignore
            for rows, name in ((few, f"{shots} shots"), (split.train, "all")):
                if len(rows):
                    model = obverse.fit("text_logistic", texts[rows].tolist(), data.labels[rows], seed=seed)
                    said = f"text_logistic, {name}"
                    _put(record, data, said, seed, model, texts[test], data.labels[test])


def _put(record: Record, data: Any, name: str, seed: int, model: Any, texts: Any, truth: Any) -> None:
    start = time.process_time()
    proba = model.predict_proba(texts.tolist())
    took = time.process_time() - start
    said = model.classes_[proba.argmax(axis=1)]
    code = np.searchsorted(model.classes_.astype(str), truth.astype(str))
    loss = float(-np.log(np.maximum(proba[np.arange(len(code)), code], 1e-15)).mean())
    record.put(question="prompts", set=name, family=model.card.key, seed=seed, data=data.digest, asked=len(texts),
               f1=f1(truth, said, "spam"), accuracy=float((said == truth).mean()), log_loss=loss,
               predict_seconds=took)  # fmt: skip


def show(record: Record) -> None:
    """A line for each."""
    lines = [[c["set"], c["f1"], c["accuracy"], c["log_loss"], 1e3 * c["predict_seconds"] / c["asked"]]
             for c in record.of(question="prompts")]  # fmt: skip
    if lines:
        table(["asked for spam", "F1", "accuracy", "log loss", "ms a text"], lines)


def bars(record: Record) -> None:
    """None: figures to know, not to reach."""
