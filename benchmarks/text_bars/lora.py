"""A language model fitted to one's own texts by small matrices beside its own: nats a character of texts held out.

SmolLM2 and the first messages of sms_spam without duplicates, in an order by lot: some to learn from, some held out.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from forest_bars.record import Record, table

from .sms import messages

LEARNED, HELD, RANK, EPOCHS = 150, 60, 8, 2


def measure(words: argparse.Namespace, record: Record) -> None:
    """Before and after."""
    import obverse
    from obverse.families.gpt import GPT

    data = messages()
    for seed in words.seeds:
        order = np.random.default_rng(seed).permutation(len(data.texts))[: LEARNED + HELD]
        texts = [data.texts[i] for i in order]
        learned, held = texts[:LEARNED], texts[LEARNED:]
        before = _nats(GPT.from_pretrained("llm"), held)
        start = time.process_time()
        model = obverse.fit("gpt", learned, seed=seed, weights="llm", lora=RANK, epochs=EPOCHS)
        took = time.process_time() - start
        with tempfile.TemporaryDirectory() as place:
            folder = model.save(Path(place) / "m")
            size = sum(path.stat().st_size for path in folder.iterdir())
            after = _nats(obverse.load(folder), held)
        record.put(question="lora", set="sms_spam", family="gpt", seed=seed, data=data.digest, texts=LEARNED, held=HELD,
                   rank=RANK, epochs=EPOCHS, before=before, after=after, fit_seconds=took, bytes=size)  # fmt: skip


def _nats(model: Any, texts: list[str]) -> float:
    """A character, the end of each text as one more."""
    return float(-model.log_prob(texts).sum() / sum(len(text) + 1 for text in texts))


def show(record: Record) -> None:
    """A line a seed."""
    lines = [
        [c["set"], c["before"], c["after"], c["fit_seconds"], c["bytes"] / 1e6] for c in record.of(question="lora")
    ]
    if lines:
        table(["lora on", "nats before", "after", "seconds", "MB"], lines)


def bars(record: Record) -> None:
    """None: figures to know, not to reach."""
