"""The tables the forests are measured on, and how each is split.

Four sets are split as the judge of synthetic tables says: the rows in the order of `frame.sample(frac=1,
random_state=seed)`, the first n to train on, the next m to test on, the following m as `fresh` rows that are in
neither. Breast cancer has no fresh rows. All other sets are split 70/30 by the seed, stratified by class.

Tables are read by their catalogue names, so the ID of credit_default and the `num` of heart_cleveland, of which its
target is made, are left out, and the zeros that mean "missing" in pima are missing cells.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

import pandas as pd
from bars import DATA

JUDGED = {
    "adult": (20_000, 10_000),
    "credit_default": (18_000, 6_000),
    "bank_marketing": (20_000, 10_000),
    "california_housing": (8_000, 4_000),
    "breast_cancer_wisconsin_diagnostic": (398, 171),
}
BREAST = "breast_cancer_wisconsin_diagnostic"
SIX = ("adult", "credit_default", "bank_marketing", "california_housing", "heart_cleveland", "letter")
EIGHT = (*SIX, "pima", "titanic")
NUMBERS = ("california_housing",)  # whose target is a number
DROPPED = {"titanic": ("PassengerId", "Name", "Ticket", "Cabin")}


@dataclass(frozen=True)
class Split:
    """One split of one set; `fresh` is None where the set has no rows left for it."""

    name: str
    seed: int
    target: str
    train: pd.DataFrame
    test: pd.DataFrame
    fresh: pd.DataFrame | None
    sha256: str

    @property
    def task(self) -> Literal["class", "number"]:
        return "number" if self.name in NUMBERS else "class"

    def at_most(self, rows: int | None) -> Split:
        """The same with no more than so many rows in each part, to try a benchmark out."""
        if rows is None:
            return self
        fresh = None if self.fresh is None else self.fresh.head(rows)
        return replace(self, train=self.train.head(rows), test=self.test.head(rows), fresh=fresh)


@cache
def _table(name: str) -> tuple[pd.DataFrame, str, str]:
    import obverse

    os.environ.setdefault("OBVERSE_DATA", str(DATA))
    table = obverse.read(name)
    assert table.target is not None
    frame = table.frame.drop(columns=[c for c in DROPPED.get(name, ()) if c in table.frame])
    return frame, table.target, table.sha256


def split(name: str, seed: int) -> Split:
    """The split of a set that belongs to a seed."""
    frame, target, sha256 = _table(name)
    if name not in JUDGED:
        return _seventy(name, seed)
    train, test = JUDGED[name]
    shuffled = frame.sample(frac=1, random_state=seed).reset_index(drop=True)
    parts = [shuffled[a:b].reset_index(drop=True) for a, b in ((0, train), (train, train + test))]
    fresh = None if name == BREAST else shuffled[train + test : train + 2 * test].reset_index(drop=True)
    return Split(name, seed, target, parts[0], parts[1], fresh, sha256)


def _seventy(name: str, seed: int) -> Split:
    from sklearn.model_selection import train_test_split

    frame, target, sha256 = _table(name)
    labels = None if name in NUMBERS else frame[target]
    train, test = train_test_split(frame, test_size=0.3, random_state=seed, stratify=labels)
    return Split(name, seed, target, train.reset_index(drop=True), test.reset_index(drop=True), None, sha256)
