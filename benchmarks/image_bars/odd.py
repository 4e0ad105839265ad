"""Odd pictures: X-rays of chests, a model of healthy ones alone, and how well it tells pneumonia from health.

Ours is -log_prob of a family with its defaults, of pictures brought to one contrast (`data.contrast`): how long an
X-ray was exposed says nothing, and a likelihood is highest for pale pictures. It is also shown for pictures as they
are. Beside it the standard deviation of the pixels of a picture, which needs no model and is low where lungs are
clouded, and `resnet` trained on both kinds with their labels.
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

NAME = "pneumonia_mnist"
OURS = ("image_vae", "image_diffusion")
PLAIN, AS_THEY_ARE, TOLD = "pixel deviation", "image_vae, as they are", "resnet, told labels"
FAMILIES = (*OURS, AS_THEY_ARE, PLAIN, TOLD)
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
            if family == PLAIN:
                score = -test.std(axis=(1, 2))
            elif family == TOLD:
                model = obverse.fit("resnet", train, ill, seed=seed)
                score = model.predict_proba(test)[:, 1]
            else:
                known, asked = (x if family == AS_THEY_ARE else even_contrast(x) for x in (train[ill == 0], test))
                model = obverse.fit(family.partition(",")[0], known, seed=seed)
                score = -model.log_prob(asked)
            auc = float(roc_auc_score(odd, score))
            record.put(question="odd", set=NAME, family=family, seed=seed, data=digest, auc=auc)


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
    plain = mean(record.of(question="odd", family=PLAIN), "auc")
    for family in OURS:
        cells = record.of(question="odd", family=family)
        auc = mean(cells, "auc")
        if auc is not None and plain is not None:
            least = max(LEAST, plain + ABOVE)
            record.bar(f"{family} on {NAME}: ROC-AUC", auc, f">= {least:.3f}", auc >= least, cells)
