"""Seeded train/test splits that keep class shares and never part a group.

Split i depends on the seed, the rows and i alone: every family sees the same splits (so differences are paired), and
asking for more splits leaves the first ones as they were.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from obverse.core.errors import BadInput
from obverse.core.schema import Array

Rows = npt.NDArray[np.int64]


class Split(NamedTuple):
    """Row positions, int64, sorted, without overlap, together all rows; both sides hold at least one row."""

    train: Rows
    test: Rows


class JudgeSplit(NamedTuple):
    """Three frames without common rows; `fresh` may be shorter than `test`, or empty."""

    train: pd.DataFrame
    test: pd.DataFrame
    fresh: pd.DataFrame


def splits(
    rows: int,
    n_splits: int,
    *,
    seed: int = 0,
    test_share: float = 0.3,
    stratify: Array | None = None,
    groups: Array | None = None,
) -> list[Split]:
    """`n_splits` random splits of `rows` rows.

    Args:
        rows: number of rows.
        n_splits: number of splits.
        seed: the same seed gives the same splits.
        test_share: share of the rows in test, between 0 and 1; with groups, share of the groups.
        stratify: (rows,) classes (missing = a class of its own). Each class is divided in `test_share`, a class of two
            or more has rows on both sides, and a lone row goes to train. A group counts as its most common class.
        groups: (rows,) labels of rows that belong together; a missing label is a group of one row.

    Raises:
        BadInput: `stratify` or `groups` has another length, fewer than two rows or groups, or a share outside (0, 1).
    """
    problems = [
        f"{name} has {len(given)} entries for {rows} rows"
        for name, given in (("stratify", stratify), ("groups", groups))
        if given is not None and len(given) != rows
    ]
    if not 0 < test_share < 1:
        problems.append(f"test_share must lie between 0 and 1, not {test_share}")
    if problems:
        raise BadInput(problems)
    unit = np.arange(rows) if groups is None else _codes(groups, missing_apart=True)
    classes = np.zeros(rows, np.int64) if stratify is None else _codes(stratify, missing_apart=False)
    unit_class = classes if groups is None else _most_common(unit, classes)
    if len(unit_class) < 2:
        raise BadInput(f"a split needs at least two {'rows' if groups is None else 'groups'}, not {len(unit_class)}")
    out: list[Split] = []
    for child in np.random.SeedSequence(seed).spawn(n_splits):
        in_test = _draw(unit_class, test_share, np.random.default_rng(child))[unit]
        out.append(Split(np.flatnonzero(~in_test), np.flatnonzero(in_test)))
    return out


def judge_split(frame: pd.DataFrame, seed: int, n: int, m: int) -> JudgeSplit:
    """The rows in the order of `frame.sample(frac=1, random_state=seed)`: n to train, m to test, up to m fresh ones.

    Fresh rows are in neither: the reference that synthetic rows are measured against. The index tells which rows of
    the input they are. BadInput when there are fewer than n + m rows.
    """
    if n + m > len(frame):
        raise BadInput(f"{n} train and {m} test rows are wanted of {len(frame)}; take fewer")
    shuffled = frame.sample(frac=1, random_state=seed)
    return JudgeSplit(shuffled.iloc[:n], shuffled.iloc[n : n + m], shuffled.iloc[n + m : n + 2 * m])


def _codes(labels: Array, *, missing_apart: bool) -> Rows:
    """Labels as 0..k-1; missing labels are one more class, or each of them its own."""
    codes, known = pd.factorize(np.asarray(labels))
    missing = codes < 0
    codes[missing] = len(known) + (np.arange(missing.sum()) if missing_apart else 0)
    return codes


def _most_common(unit: Rows, classes: Rows) -> Rows:
    """(units,): the class most rows of each unit have (the smaller code on a tie)."""
    counts = pd.DataFrame({"unit": unit, "class": classes}).value_counts(sort=False).reset_index()
    counts = counts.sort_values(["unit", "count", "class"], ascending=[True, False, True])
    return counts.drop_duplicates("unit")["class"].to_numpy()


def _draw(classes: Rows, share: float, rng: np.random.Generator) -> npt.NDArray[np.bool_]:
    """(units,): which go to test, `share` of each class by largest remainder."""
    _, codes, sizes = np.unique(classes, return_inverse=True, return_counts=True)
    quota = sizes * share
    take = np.floor(quota).astype(np.int64)
    left = round(len(classes) * share) - take.sum()
    order = rng.permutation(len(sizes))  # ties between equal remainders fall at random
    take[order[np.argsort(take[order] - quota[order], kind="stable")][:left]] += 1
    take = np.clip(take, np.where(sizes > 1, 1, 0), sizes - 1)
    if take.sum() == 0:  # only lone rows: one of them has to be the test
        take[order[0]] = 1
    # shuffle the units, then walk through each class in that order: the first take[c] of class c go to test
    shuffled = rng.permutation(len(classes))
    by_class = shuffled[np.argsort(codes[shuffled], kind="stable")]
    rank = np.arange(len(classes)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    in_test = np.zeros(len(classes), bool)
    in_test[by_class] = rank < np.repeat(take, sizes)
    return in_test
