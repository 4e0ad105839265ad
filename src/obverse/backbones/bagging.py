"""Bags of scikit-learn's trees, each grown on its own draw of the rows without repetition (subagging).

Half to two thirds of the rows without repetition do what as many bootstrap draws do (Bühlmann and Yu 2002, Analyzing
bagging) and need no weights. scikit-learn's own forests look through the same cells and settings again for every tree,
which on small tables takes longer than growing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray
from .imports import collector_paused
from .threads import side_by_side

SHARE = 0.632  # of the rows a tree sees: as many different ones as a bootstrap draw has


def bagged(x: Array, outputs: FloatArray, count: int, least: int, seed: int,
           share: float = SHARE, max_features: str | float | None = None) -> list[Any]:  # fmt: skip
    """`count` trees that split to lower the squared error of all outputs together.

    Of indicators of classes that is the Gini impurity, and the value of a leaf is their shares.

    Args:
        x: float32 (n, features), NaN where a cell is empty.
        outputs: (n, outputs).
        count: trees.
        least: fewest rows in a leaf, at most a quarter of them.
        seed: of the draws and the trees.
        share: of the rows that each tree sees.
        max_features: as scikit-learn takes it; None looks at all of them.
    """
    with collector_paused():
        from sklearn import config_context
        from sklearn.tree import DecisionTreeRegressor

    target = np.ascontiguousarray(outputs[:, 0] if outputs.shape[1] == 1 else outputs)
    leaf, n, holed = max(1, min(least, len(x) // 4)), len(x), bool(np.isnan(x).any())

    def grown(own_seed: int) -> Any:
        state = np.random.RandomState(own_seed)
        rows = state.permutation(n)[: max(1, round(share * n))]
        # only scikit-learn's own look through the cells finds empty ones
        with config_context(assume_finite=True, skip_parameter_validation=True):
            tree = DecisionTreeRegressor(min_samples_leaf=leaf, max_features=max_features, random_state=state)
            return tree.fit(x[rows], target[rows], check_input=holed)

    return side_by_side(grown, np.random.RandomState(seed).randint(2**31 - 1, size=count), n)
