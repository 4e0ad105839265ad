"""Odd pictures: X-rays of chests, a model of healthy ones alone, and how well it tells pneumonia from health.

Each of ours is `Model.anomaly` of a family with its defaults. `image_kernel_density` rates pictures as they are and
answers for the bar; likelihoods of pixels are beside it, of pictures as they are and brought to one contrast
(`data.contrast`), and so is the standard deviation of the pixels of a picture, which needs no model and is low where
lungs are clouded, and `resnet` trained on both kinds with their labels. The other test is `digits`, of which every
class in turn is left out of what is learned, and is what is odd.
"""

from __future__ import annotations

import argparse
import hashlib
from typing import Any

import numpy as np
from bars import DATA
from forest_bars.record import Record, mean, table
from sklearn.metrics import roc_auc_score

import obverse
from obverse.data.contrast import even_contrast

from .sets import digits

NAME, LEFT_OUT = "pneumonia_mnist", "digits, a class left out"
OURS = "image_kernel_density"
PLAIN, EVEN, TOLD = "pixel deviation", "image_vae, one contrast", "resnet, told labels"
FAMILIES = (OURS, "image_vae", EVEN, PLAIN, TOLD)
UNTOLD = (OURS, "image_vae")
LEAST, ABOVE = 0.85, 0.02
PASSES = 6  # of the supervised network over its pictures: a line beside, for which its defaults would take an hour


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every family and seed on the one test part of X-rays, and on the digits."""
    sets = words.sets or (NAME, "digits")
    if NAME in sets:
        _lungs(words, record)
    if "digits" in sets:
        _left_out(words, record)


def _lungs(words: argparse.Namespace, record: Record) -> None:
    path = DATA / NAME / "pneumoniamnist.npz"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with np.load(path) as held:
        train, test = held["train_images"], held["test_images"]
        ill, odd = held["train_labels"].ravel(), held["test_labels"].ravel()
    for family in words.families or FAMILIES:
        for seed in words.seeds:
            model: Any
            if family == PLAIN:
                score = -test.std(axis=(1, 2))
            elif family == TOLD:
                model = obverse.fit("resnet", train, ill, seed=seed, epochs=PASSES)
                score = model.predict_proba(test)[:, 1]
            else:
                known, asked = (even_contrast(x) if family == EVEN else x for x in (train[ill == 0], test))
                model = obverse.fit(family.partition(",")[0], known, seed=seed)
                score = model.anomaly(asked)
            auc = float(roc_auc_score(odd, score))
            record.put(question="odd", set=NAME, family=family, seed=seed, data=digest, auc=auc)


def _left_out(words: argparse.Namespace, record: Record) -> None:
    for family in [one for one in words.families or UNTOLD if one in UNTOLD]:
        for seed in words.seeds:
            parts = digits(seed)
            aucs: list[float] = []
            for out in np.unique(parts.train_labels):
                model: Any = obverse.fit(family, parts.train[parts.train_labels != out], seed=seed)
                aucs.append(float(roc_auc_score(parts.test_labels == out, model.anomaly(parts.test))))
            record.put(
                question="odd", set=LEFT_OUT, family=family, seed=seed, data=parts.digest, auc=float(np.mean(aucs)),
                least=min(aucs),
            )  # fmt: skip


def show(record: Record) -> None:
    """Means over seeds, a line each."""
    for name in (NAME, LEFT_OUT):
        lines = [
            [family, mean(cells, "auc")]
            for family in record.all_of("family")
            if (cells := record.of(question="odd", set=name, family=family))
        ]
        if lines:
            print(f"{name}: mean over seeds")
            table(["rated by", "ROC-AUC"], lines)


def bars(record: Record) -> None:
    """Ours against both limits."""
    plain = mean(record.of(question="odd", set=NAME, family=PLAIN), "auc")
    cells = record.of(question="odd", set=NAME, family=OURS)
    auc = mean(cells, "auc")
    if auc is not None and plain is not None:
        least = max(LEAST, plain + ABOVE)
        record.bar(f"{OURS} on {NAME}: ROC-AUC", auc, f">= {least:.3f}", auc >= least, cells)
