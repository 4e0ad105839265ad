"""Three categories and a class whose whole joint distribution is one table of 36 cells.

P(sky, wind, season, play) = WEIGHTS[sky, wind, season, play] / sum of WEIGHTS. No column is independent of another, and
what wind says about play turns round with the sky, so no sum of single effects is right.
"""

from __future__ import annotations

from typing import final

import numpy as np
import pandas as pd

from obverse.core.schema import Array, FloatArray

from .pieces import codes, draw
from .world import World

VALUES = {
    "sky": ("cloud", "rain", "sun"),
    "wind": ("calm", "strong"),
    "season": ("autumn", "spring", "summer"),
    "play": ("no", "yes"),
}
WEIGHTS = np.array(
    [
        [[[6, 9], [4, 14], [2, 10]], [[9, 5], [8, 7], [4, 3]]],
        [[[16, 2], [9, 4], [3, 3]], [[8, 11], [4, 12], [1, 5]]],
        [[[2, 8], [3, 20], [3, 38]], [[5, 4], [9, 7], [19, 6]]],
    ],
    dtype=float,
)
PROBABILITIES = WEIGHTS / WEIGHTS.sum()


@final
class Finite(World):
    """Every question has an exact answer by summing cells of `table()`."""

    name = "finite"
    features = ("sky", "wind", "season")
    target = "play"
    task = "class"
    classes = VALUES["play"]
    finite = True

    def table(self) -> pd.DataFrame:
        """All 36 rows with their probability in column `p`."""
        cells = pd.MultiIndex.from_product(list(VALUES.values()), names=list(VALUES)).to_frame(index=False)
        return cells.assign(p=PROBABILITIES.ravel())

    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        cells = draw(np.broadcast_to(PROBABILITIES.ravel(), (n, PROBABILITIES.size)), rng)
        return self.table().drop(columns="p").iloc[cells].reset_index(drop=True)

    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        return np.log(PROBABILITIES[_cells(frame)])

    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        return np.log(PROBABILITIES.sum(axis=-1)[_cells(frame)])

    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        rows = PROBABILITIES[_cells(frame)]
        return rows / rows.sum(axis=-1, keepdims=True)


def _cells(frame: pd.DataFrame) -> tuple[Array, ...]:
    """One array of codes a column, so that `PROBABILITIES[_cells(frame)]` looks rows up."""
    return tuple(codes(frame, name, VALUES[name]) for name in frame.columns)
