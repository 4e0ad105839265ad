"""Odd pictures: X-rays of chests, a model of healthy ones alone, and how well it tells pneumonia from health.

Ours is -log_prob of each family with its defaults. Beside it the standard deviation of a picture's pixels, which needs
no model, and `resnet` trained on both kinds with their labels.
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

NAME = "pneumonia_mnist"
FAMILIES = ("image_vae", "image_diffusion", "pixel deviation", "resnet, told labels")
LEAST, ABOVE = 0.85, 0.02


def measure(words: argparse.Namespace, record: Record) -> None:
    """Every family and seed on the one test part."""
    path = DATA / NAME / "pneumoniamnist.npz"
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with np.load(path) as held:
        train, test = held["train_images"], held["test_images"]
        ill, odd = held["train_labels"].ravel(), held["test_labels"].ravel()
    for family in words.families or FAMILIES:
        for seed in words.seeds:
            model: Any
            if family == "pixel deviation":
                score = test.std(axis=(1, 2))
            elif family == "resnet, told labels":
                model = obverse.fit("resnet", train, ill, seed=seed)
                score = model.predict_proba(test)[:, 1]
            else:
                model = obverse.fit(family, train[ill == 0], seed=seed)
                score = -model.log_prob(test)
            auc = float(roc_auc_score(odd, score))
            record.put(question="odd", set=NAME, family=family, seed=seed, data=digest, auc=max(auc, 1 - auc)
                       if family == "pixel deviation" else auc)  # fmt: skip


def show(record: Record) -> None:
    """Means over seeds, a line each."""
    lines = [
        [family, mean(cells, "auc")]
        for family in record.all_of("family")
        if (cells := record.of(question="odd", family=family))
    ]
    if lines:
        print(f"{NAME}: mean over seeds")
        table(["scored by", "ROC-AUC"], lines)


def bars(record: Record) -> None:
    """The best of ours against both limits."""
    plain = mean(record.of(question="odd", family="pixel deviation"), "auc")
    for family in FAMILIES[:2]:
        cells = record.of(question="odd", family=family)
        auc = mean(cells, "auc")
        if auc is not None and plain is not None:
            least = max(LEAST, plain + ABOVE)
            record.bar(f"{family} on {NAME}: ROC-AUC", auc, f">= {least:.3f}", auc >= least, cells)
