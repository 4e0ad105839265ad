"""Made pictures: read as asked, as varied as real ones, not copied, and their distance from unseen real ones.

Each family learns for so many seconds at most and makes a hundred pictures of every class (of large sets forty). The
judge is a `convnet` that learned from the same pictures; its reading of unseen ones is shown. Fréchet distance,
precision and recall are in the space of its features, made or training pictures against unseen ones, as many of every
class: what training pictures get is the floor.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, median, table

import obverse
from obverse.core.schema import Array
from obverse.modalities.image import scaled
from obverse.study.metrics import pictures as metrics

from .sets import SETS, Parts

EACH, EACH_LARGE = 100, 40  # pictures made of every class: of digits, and of sets whose pictures take long to draw
SHARE = 0.95  # of the seconds allowed that a family is told to learn for: what comes before and after counts too
SECONDS = {"digits": 60.0, "fashion_mnist": 600.0, "cifar10_subset": 600.0}
JUDGE_SEED, JUDGE_EPOCHS = 1_000, {"fashion_mnist": 4}
FAMILIES = {"digits": ("image_vae", "image_gan", "image_diffusion")}
READ = {"digits": {"image_vae": 0.98, "image_diffusion": 0.98, "image_gan": 0.95},
        "fashion_mnist": {"image_diffusion": 0.85}}  # fmt: skip


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every set and seed: the judge, real pictures, then each family. Large sets have one seed."""
    for name in words.sets or ["digits"]:
        for seed in words.seeds if name == "digits" else words.seeds[:1]:
            parts = SETS[name](seed)
            judge = obverse.fit("convnet", parts.train, parts.train_labels, seed=JUDGE_SEED + seed,
                                epochs=JUDGE_EPOCHS.get(name))  # fmt: skip
            each = EACH if name == "digits" else EACH_LARGE
            head: dict[str, Any] = {"question": "made", "set": name, "seed": seed, "data": parts.digest}
            record.put(**head, family="real", **_judged(judge, parts, None, None, each))
            for family in words.families or FAMILIES.get(name, ("image_diffusion",)):
                wall, cpu = time.perf_counter(), time.process_time()
                model = obverse.fit(family, parts.train, parts.train_labels, seed=seed, budget=SHARE * SECONDS[name])
                spent = {"seconds": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
                labels = np.repeat(model.classes_, each)
                made = np.concatenate([model.sample(each, given=c, seed=seed) for c in model.classes_])
                record.put(**head, family=family, **_judged(judge, parts, made, labels, each), **spent)


def _judged(judge: Any, parts: Parts, made: Array | None, labels: Array | None, each: int) -> dict[str, float]:
    """The figures of made pictures, or those of real ones: the floor."""
    rng = np.random.default_rng(0)
    test = np.concatenate([_some(parts.test_labels, c, rng, each) for c in judge.classes_])
    counts = [(parts.test_labels[test] == c).sum() for c in judge.classes_]
    if made is None or labels is None:
        rows = [_some(parts.train_labels, c, rng, n) for c, n in zip(judge.classes_, counts, strict=True)]
        pixels, names = parts.train[np.concatenate(rows)], parts.train_labels[np.concatenate(rows)]
        read, held = parts.test, parts.test_labels
    else:
        rows = [np.flatnonzero(labels == c)[:n] for c, n in zip(judge.classes_, counts, strict=True)]
        pixels, names = made, labels
        read, held = made, labels
    ours, real = (_features(judge, x) for x in (pixels if made is None else made[np.concatenate(rows)],
                                               parts.test[test]))  # fmt: skip
    precision, recall = metrics.precision_recall(real, ours)
    judged = {"read": float((judge.predict(read) == held).mean()), "frechet": metrics.frechet(ours, real),
              "precision": precision, "recall": recall}  # fmt: skip
    if made is None:
        return judged | {"spread": metrics.spread(parts.test, parts.test_labels, parts.train, parts.train_labels)}
    return judged | {
        "spread": metrics.spread(made, names, parts.train, parts.train_labels),
        "nearer": metrics.nearer_to_train(made, parts.train, parts.test, rng),
    }


def _some(labels: Array, code: Any, rng: np.random.Generator, most: int) -> Array:
    return rng.permutation(np.flatnonzero(labels == code))[:most]


def _features(judge: Any, pixels: Array) -> Array:
    """What the judge's scores are read from, (n, d)."""
    import torch

    with torch.no_grad():
        x = torch.as_tensor(scaled(pixels.astype(np.float32)))
        return torch.cat([judge.net_.features(part) for part in x.split(500)]).double().numpy()


def show(record: Record) -> None:
    """Medians over seeds, a line each."""
    for name in record.all_of("set"):
        lines = []
        for family in record.all_of("family"):
            if cells := record.of(question="made", set=name, family=family):
                figures = [median(cells, f) for f in ("read", "spread", "nearer", "frechet", "precision", "recall")]
                lines.append([family, *figures, median(cells, "seconds"), median(cells, "cpu")])
        if lines:
            print(f"made pictures of {name}: medians over seeds")
            table(["made by", "read", "spread", "nearer", "Fréchet", "prec.", "recall", "s", "cpu s"], lines)


def bars(record: Record) -> None:
    """Read as asked, spread and copying on digits; read as asked on Fashion-MNIST."""
    for name, wanted in READ.items():
        real = record.of(question="made", set=name, family="real")
        if real and name == "digits":
            figure = median(real, "read")
            record.bar(f"{name}: the judge reads real pictures", figure, ">= 0.99", figure >= 0.99, real)
        for family, least in wanted.items():
            cells = record.of(question="made", set=name, family=family)
            if not cells:
                continue
            read, seconds = median(cells, "read"), median(cells, "seconds")
            limit = SECONDS[name]
            record.bar(f"{family} on {name}: read as asked", read, f">= {least}", read >= least, cells)
            record.bar(f"{family} on {name}: seconds of fit", seconds, f"<= {limit:g}", seconds <= limit, cells)
            if name == "digits":
                spread, nearer = median(cells, "spread"), median(cells, "nearer")
                record.bar(f"{family} on {name}: spread", spread, ">= 0.85", spread >= 0.85, cells)
                record.bar(f"{family} on {name}: nearer to train", nearer, "<= 0.56", nearer <= 0.56, cells)
