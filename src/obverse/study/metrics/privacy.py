"""Do created rows give the training rows away? Distances to them, copies of them, and whether membership can be told.

Each figure has a value that unseen real rows would have: 0.5, or their own share of copies. What lies well beyond it
comes from the training rows themselves.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object
from sklearn.metrics import roc_auc_score

from ...core.schema import Array, FloatArray
from .cells import as_numbers, as_text, is_number, require_columns, six_digits
from .distances import nearest, points

TIE = 1e-5
LEVEL = 0.01  # share of unseen real rows that count as near copies
QUERIES = 1_000  # rows on either side of `near_copies`, which looks at every training row


def privacy(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    seed: int = 0,
    cap: int = 10_000,
    n_jobs: int = 1,
) -> dict[str, float | None]:
    """`dcr_share`, `exact_copies`, `near_copies` and `membership_auc` at once, from distances measured once."""
    share, auc = _share_and_auc(train, test, synthetic, seed=seed, cap=cap, n_jobs=n_jobs)
    return {
        "dcr_share": share,
        "exact_copies": exact_copies(train, synthetic),
        "near_copies": near_copies(train, test, synthetic, seed=seed, n_jobs=n_jobs),
        "membership_auc": auc,
    }


def dcr_share(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    seed: int = 0,
    cap: int = 10_000,
    n_jobs: int = 1,
) -> float:
    """Share of created rows nearer to a training row than to an unseen real row.

    0.5 is best: training rows are no nearer than others; 1: every created row sits next to a training row. Equal
    numbers of training and test rows, at most `cap` created rows, ties (nearer than 1e-5) count half. Distances as in
    `distances`.
    Source: Platzer & Reutterer (2021), "Holdout-based empirical assessment of mixed-type synthetic data".
    """
    return _share_and_auc(train, test, synthetic, seed=seed, cap=cap, n_jobs=n_jobs)[0]


def membership_auc(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    seed: int = 0,
    cap: int = 10_000,
    n_jobs: int = 1,
) -> float:
    """How well someone who holds the created rows, and no model, tells training rows from unseen real rows.

    ROC-AUC of the simplest attack: the nearer the closest created row, the likelier a training row. 0.5 is best: it is
    guessing; 1: every training row is found out. Equal numbers of training and test rows, at most `cap` created rows.
    Source: Hilprecht, Härterich & Bernau (2019), "Monte Carlo and reconstruction membership inference attacks against
    generative models"; Chen et al. (2020), "GAN-Leaks".
    """
    return _share_and_auc(train, test, synthetic, seed=seed, cap=cap, n_jobs=n_jobs)[1]


def near_copies(
    train: pd.DataFrame,
    test: pd.DataFrame,
    synthetic: pd.DataFrame,
    *,
    seed: int = 0,
    cap: int = QUERIES,
    n_jobs: int = 1,
) -> float:
    """Share of created rows nearer to a training row than 99 of 100 unseen real rows are.

    So unseen real rows have 0.01, up to chance; well above it rows were copied and changed a little. Where real rows
    lie exactly as far as that bound (they repeat, say), created rows just there count in the proportion that keeps the
    share of real rows at 0.01. With fewer than 99 test rows the bound is the nearest of them. All training rows, at
    most `cap` created and test rows; distances as in `distances`.

    A quantile is a bound in the data's own terms, which no fixed distance and no ratio of distances is. Source: the
    distance to the closest record (DCR) at a low percentile, Zhao et al. (2021), "CTAB-GAN"; read, as Carlini et al.
    (2022), "Membership inference attacks from first principles", ask, as the share found at a false alarm rate of 1 %.
    """
    require_columns(train, test, synthetic)
    real, created = (f.sample(min(cap, len(f)), random_state=seed) for f in (test, synthetic))
    far, made = (_to_train(train, rows, n_jobs) for rows in (real, created))
    bound = np.quantile(far, LEVEL, method="weibull")
    below, at = np.mean(far < bound - TIE), np.mean(np.abs(far - bound) <= TIE)
    part = float(np.clip((LEVEL - below) / at, 0, 1)) if at else 0.0
    return float(np.mean(made < bound - TIE) + part * np.mean(np.abs(made - bound) <= TIE))


def exact_copies(train: pd.DataFrame, frame: pd.DataFrame) -> float:
    """Share of the rows of `frame` equal to a training row in every cell.

    0 to 1; best is what unseen real rows have (`exact_copies(train, test)`): 0 where rows are rich, more where they
    repeat by nature. Numbers are equal when their six first significant digits are. Rows are compared by a 64-bit hash.
    """
    require_columns(train, frame)
    return float(np.isin(_row_hashes(train, frame), _row_hashes(train, train)).mean())


def membership_auc_model(train_scores: Any, test_scores: Any) -> float:
    """How well someone who holds the model tells training rows from unseen real rows by log p(x) alone.

    ROC-AUC of "the more probable, the likelier a training row"; 0.5 is best. Scores: log-probabilities in nats, (n,)
    and (m,); -inf is the least probable. Source: Hayes et al. (2019), "LOGAN"; Yeom et al. (2018), "Privacy risk in
    machine learning: analyzing the connection to overfitting".
    """
    return _auc(np.asarray(train_scores, np.float64), np.asarray(test_scores, np.float64))


def _share_and_auc(
    train: pd.DataFrame, test: pd.DataFrame, synthetic: pd.DataFrame, *, seed: int, cap: int, n_jobs: int
) -> tuple[float, float]:
    """`dcr_share` and `membership_auc`: the same distances, seen from the created rows and from the real ones."""
    require_columns(train, test, synthetic)
    n = min(len(train), len(test))
    real = [f.sample(n, random_state=seed) for f in (train, test)]
    created = synthetic.sample(min(cap, len(synthetic)), random_state=seed)
    member, other, made = points(train, [*real, created])
    to_member, member_to = nearest(made, member, n_jobs=n_jobs)
    to_other, other_to = nearest(made, other, n_jobs=n_jobs)
    tie = np.abs(to_member - to_other) < TIE
    share = float(np.mean(np.where(tie, 0.5, to_member < to_other)))
    return share, _auc(-np.round(member_to, 5), -np.round(other_to, 5))


def _auc(members: FloatArray, others: FloatArray) -> float:
    """Chance that a member has the higher score, ties counted half."""
    finite = np.nan_to_num(np.concatenate([members, others]), neginf=np.finfo(np.float64).min)
    return float(roc_auc_score(np.repeat([1, 0], [len(members), len(others)]), finite))


def _to_train(train: pd.DataFrame, rows: pd.DataFrame, n_jobs: int) -> FloatArray:
    """Distance of each row to the closest training row."""
    learned, queries = points(train, [train, rows])
    return nearest(queries, learned, n_jobs=n_jobs)[0]


def _row_hashes(train: pd.DataFrame, frame: pd.DataFrame) -> Array:
    """uint64 (rows,): equal for rows that are equal in every column of `train`."""
    cells = [
        six_digits(as_numbers(frame[name])) if is_number(train[name]) else as_text(frame[name])
        for name in train.columns
    ]
    table = pd.DataFrame(dict(enumerate(cells)), index=range(len(frame)))
    return hash_pandas_object(table, index=False).to_numpy()  # pyright: ignore[reportCallIssue]
