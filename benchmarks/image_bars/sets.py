"""Pictures to learn from and unseen ones, of each set."""

from __future__ import annotations

import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from bars import DATA

from obverse.core.schema import Array
from obverse.data.pictures import Pictures, read_pictures

DIGITS_TRAIN = 1_257  # of 1,797, seven tenths
FASHION = ("T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


@dataclass(frozen=True)
class Parts:
    """uint8 pictures (n, h, w, c) and their labels."""

    train: Array
    train_labels: Array
    test: Array
    test_labels: Array
    digest: str


def digits(seed: int) -> Parts:
    """scikit-learn's digits, 8 x 8, another seven tenths to learn from for every seed."""
    found = read_pictures("digits")
    order = np.random.default_rng(seed).permutation(len(found))
    return _parts(found, order[:DIGITS_TRAIN], found, order[DIGITS_TRAIN:])


def fashion_mnist(_: int) -> Parts:
    """Fashion-MNIST, 28 x 28, with its own test part."""
    train, test = (read_pictures(DATA / "fashion_mnist" / f"{w}-images-idx3-ubyte.gz") for w in ("train", "t10k"))
    return _parts(train, np.arange(len(train)), test, np.arange(len(test)))


def cifar10_subset(_: int) -> Parts:
    """5,000 and 1,000 coloured pictures of 32 x 32, from folders of classes."""
    with tempfile.TemporaryDirectory() as folder, zipfile.ZipFile(DATA / "cifar10_subset" / "images.zip") as held:
        held.extractall(folder)
        train, test = (read_pictures(Path(folder) / part) for part in ("train", "test"))
    return _parts(train, np.arange(len(train)), test, np.arange(len(test)))


SETS = {"digits": digits, "fashion_mnist": fashion_mnist, "cifar10_subset": cifar10_subset}


def _parts(train: Pictures, rows: Array, test: Pictures, others: Array) -> Parts:
    assert train.labels is not None and test.labels is not None
    return Parts(train.pixels[rows], train.labels[rows], test.pixels[others], test.labels[others], train.sha256)
