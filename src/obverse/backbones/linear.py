"""A table as a design matrix for linear models: z-scores, one-hot categories up to a cap, indicators of holes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ..core.schema import Array, Dataset, FloatArray
from .scale import centre_and_spread


@dataclass(frozen=True)
class Design:
    """How each feature column becomes columns of a matrix.

    Attributes:
        features: positions of the features in the table.
        centre, scale: (f,) of number columns; 0 and 1 elsewhere.
        holed: (f,) bool, number columns that had missing cells in training and get an indicator.
        is_category: (f,) bool.
        levels: for each feature the category codes that get a column; empty for numbers. Rarer ones share none.
    """

    features: Array
    centre: FloatArray
    scale: FloatArray
    holed: Array
    is_category: Array
    levels: tuple[Array, ...]

    @classmethod
    def of(cls, data: Dataset, max_levels: int) -> Design:
        """Read centres, scales and levels off the training rows; at most `max_levels` columns a category column."""
        features = np.asarray(data.schema.features, dtype=int)
        centre, scale = np.zeros(len(features)), np.ones(len(features))
        holed, levels = np.zeros(len(features), bool), list[Array]()
        is_category = np.array([data.schema.columns[j].kind == "category" for j in features], dtype=bool)
        for i, j in enumerate(features):
            column, v = data.schema.columns[j], data.values[:, j]
            known = v[~np.isnan(v)]
            if is_category[i]:
                count = np.bincount(known.astype(int), minlength=len(column.values))
                common = np.argsort(-count, kind="stable")[:max_levels]
                levels.append(np.sort(common[count[common] > 0]))
                continue
            levels.append(np.zeros(0, int))
            centre[i], spread = centre_and_spread(known)
            scale[i] = spread or 1.0
            holed[i] = len(known) < len(v)
        return cls(features, centre, scale, holed, is_category, tuple(levels))

    def matrix(self, values: FloatArray) -> FloatArray:
        """Encoded table rows (n, d) as a dense design matrix; holes of numbers stand at the mean."""
        x = values[:, self.features]
        blocks: list[Array] = []
        for i, levels in enumerate(self.levels):
            if self.is_category[i]:
                blocks.append((x[:, i, None] == levels[None, :]).astype(float))
                continue
            gone = np.isnan(x[:, i])
            blocks.append(np.where(gone, 0.0, (x[:, i] - self.centre[i]) / self.scale[i])[:, None])
            if self.holed[i]:
                blocks.append(gone[:, None].astype(float))
        # solvers want at least one column, even where no feature is left to use
        return np.hstack([*blocks, np.zeros((len(values), 0 if any(b.shape[1] for b in blocks) else 1))])

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it through `from_state`."""
        return {
            "features": self.features, "centre": self.centre, "scale": self.scale, "holed": self.holed,
            "is_category": self.is_category, "levels": list(self.levels),
        }  # fmt: skip

    @classmethod
    def from_state(cls, state: dict[str, Any]) -> Design:
        """Inverse of `state`."""
        return cls(**{**state, "levels": tuple(state["levels"])})
