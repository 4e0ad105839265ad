"""Who reads pictures best: the share of unseen pictures whose class is predicted right.

`convnet` and `image_diffusion` are two objectives of one network: P(y | x), and P(x | y) turned round by Bayes' rule.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, median, table

import obverse

from .sets import SETS

SHARE = 0.95  # of the seconds allowed that a family is told to learn for: what comes before and after counts too
SECONDS = {"digits": 60.0, "fashion_mnist": 600.0, "cifar10_subset": 600.0}
FAMILIES = {"digits": ("convnet", "resnet", "image_diffusion"), "fashion_mnist": ("resnet", "convnet"),
            "cifar10_subset": ("resnet", "convnet")}  # fmt: skip
LEAST = {("digits", "image_diffusion"): 0.95, ("fashion_mnist", "resnet"): 0.91}


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every set, seed and family; large sets have one seed."""
    for name in words.sets or ["digits"]:
        for seed in words.seeds if name == "digits" else words.seeds[:1]:
            parts = SETS[name](seed)
            for family in words.families or FAMILIES[name]:
                wall, cpu = time.perf_counter(), time.process_time()
                model: Any = obverse.fit(
                    family, parts.train, parts.train_labels, seed=seed, budget=SHARE * SECONDS[name]
                )
                spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
                proba = model.predict_proba(parts.test)
                code = np.searchsorted(model.classes_, parts.test_labels)
                loss = -np.log(np.maximum(proba[np.arange(len(code)), code], 1e-12)).mean()
                right = float((proba.argmax(axis=1) == code).mean())
                record.put(question="read", set=name, family=family, seed=seed, data=parts.digest, accuracy=right,
                           log_loss=float(loss), **spent)  # fmt: skip


def show(record: Record) -> None:
    """Medians over seeds, a line each."""
    lines = [
        [f"{family} on {name}", *(median(cells, f) for f in ("accuracy", "log_loss", "seconds", "cpu"))]
        for name in record.all_of("set")
        for family in record.all_of("family")
        if (cells := record.of(question="read", set=name, family=family))
    ]
    if lines:
        print("reading pictures: medians over seeds")
        table(["read by", "accuracy", "log-loss", "s", "cpu s"], lines)


def bars(record: Record) -> None:
    """Diffusion by Bayes' rule on digits, ResNet on Fashion-MNIST."""
    for (name, family), least in LEAST.items():
        if cells := record.of(question="read", set=name, family=family):
            right, seconds = median(cells, "accuracy"), median(cells, "seconds")
            record.bar(f"{family} on {name}: accuracy", right, f">= {least}", right >= least, cells)
            limit = SECONDS[name]
            record.bar(f"{family} reading {name}: seconds", seconds, f"<= {limit:g}", seconds <= limit, cells)
