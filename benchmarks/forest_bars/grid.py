"""A common grid: the same finite set of events for every model, so that log-probabilities of any two compare.

Rows with a missing cell are left out of both parts. A number column becomes the numbers of its bins: its own values
where there are at most 50, else bins between the 50-quantiles of the training rows; a bin with fewer than 20 training
rows joins its smaller neighbour (the next one up for the first). Test numbers fall into the bin they lie in, those
beyond the ends into the end bins. A category with fewer than 20 training rows, or never met there, becomes "other",
which joins the most frequent category where it stays that rare. So every event has at least 20 training rows: nobody
has to guess at what was never seen, and no peer's protection of rare values merges two events into one.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

BINS = 50
FEWEST = 20
OTHER = "other"


def on_grid(train: pd.DataFrame, test: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Both parts on the grid of the training rows: whole numbers from 0 for bins, text for categories."""
    train, test = (frame.dropna().reset_index(drop=True) for frame in (train, test))
    parts: list[dict[str, pd.Series]] = [{}, {}]
    for name in train.columns:
        one = _bins if pd.api.types.is_numeric_dtype(train[name]) else _categories
        for part, column in zip(parts, one(train[name], test[name]), strict=True):
            part[name] = column
    return pd.DataFrame(parts[0]), pd.DataFrame(parts[1])


def as_words(frame: pd.DataFrame) -> pd.DataFrame:
    """The same events as text, for a peer that would take whole numbers for amounts."""
    words = {c: "v" + frame[c].astype(str) for c in frame}
    return pd.DataFrame(words)


def _bins(train: pd.Series, test: pd.Series) -> tuple[pd.Series, pd.Series]:
    known = train.to_numpy(np.float64)
    values = np.unique(known)
    if len(values) > BINS:
        values = np.unique(np.quantile(known, np.arange(1, BINS + 1) / BINS, method="inverted_cdf"))
    upper = _merged(values, known)
    return pd.Series(_bin(upper, known)), pd.Series(_bin(upper, test.to_numpy(np.float64)))


def _bin(upper: npt.NDArray[np.float64], numbers: npt.NDArray[np.float64]) -> npt.NDArray[np.int64]:
    """The bin of each number: the first whose upper end is not below it."""
    return np.minimum(np.searchsorted(upper, numbers), len(upper) - 1)


def _merged(upper: npt.NDArray[np.float64], known: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Upper ends of bins that all hold enough training rows."""
    while len(upper) > 1:
        count = np.bincount(_bin(upper, known), minlength=len(upper))
        i = int(count.argmin())
        if count[i] >= FEWEST:
            break
        down = i > 0 and (i == len(upper) - 1 or count[i - 1] <= count[i + 1])
        upper = np.delete(upper, i - 1 if down else i)  # without its upper end a bin belongs to the next one up
    return upper


def _categories(train: pd.Series, test: pd.Series) -> tuple[pd.Series, pd.Series]:
    train, test = train.astype(str), test.astype(str)
    count = train.value_counts()
    kept = set(count.index[count >= FEWEST]) or {count.index[0]}
    rare = (~train.isin(kept)).sum()
    other = OTHER if rare >= FEWEST else count.index[0]
    return train.where(train.isin(kept), other), test.where(test.isin(kept), other)
