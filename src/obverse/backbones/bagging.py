"""Bagging (Breiman 1996): scikit-learn's trees, each on its own bootstrap draw of the rows.

scikit-learn's own forests look through the same cells and settings again for every tree, which on small tables takes
longer than growing it.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.schema import Array, FloatArray


def bagged(x: Array, outputs: FloatArray, count: int, least: int, seed: int,
           max_features: str | None = None) -> list[Any]:  # fmt: skip
    """`count` trees that split to lower the squared error of all outputs together.

    Of indicators of classes that is the Gini impurity, and the value of a leaf is their shares.

    Args:
        x: float32 (n, features), NaN where a cell is empty.
        outputs: (n, outputs).
        count: trees.
        least: fewest rows in a leaf, at most a quarter of them.
        seed: of the draws and the trees.
        max_features: as scikit-learn takes it; None looks at all of them.
    """
    from sklearn import config_context
    from sklearn.tree import DecisionTreeRegressor

    target = np.ascontiguousarray(outputs[:, 0] if outputs.shape[1] == 1 else outputs)
    leaf, n, holed = max(1, min(least, len(x) // 4)), len(x), bool(np.isnan(x).any())
    x, state = np.ascontiguousarray(x), np.random.RandomState(seed)
    trees: list[Any] = []
    # only scikit-learn's own look through the cells finds empty ones
    with config_context(assume_finite=True, skip_parameter_validation=True):
        for _ in range(count):
            drawn = np.bincount(state.randint(n, size=n), minlength=n).astype(float)
            tree = DecisionTreeRegressor(min_samples_leaf=leaf, max_features=max_features, random_state=state)
            trees.append(tree.fit(x, target, sample_weight=drawn, check_input=holed))
    return trees
