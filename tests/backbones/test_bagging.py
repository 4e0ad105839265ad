"""Trees of a bag see the share of rows they should, and rounds without calls between are XGBoost's own."""

from __future__ import annotations

import numpy as np
import xgboost

from obverse.backbones.bagging import SHARE, bagged
from obverse.backbones.boosters import loaded, saved, trained

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3_000, 4)).astype(np.float32)  # enough rows for trees to be grown side by side
Y = X[:, 0] + RNG.normal(size=len(X))


def test_trees_see_a_share_of_the_rows_without_repetition() -> None:
    for tree in bagged(X, Y[:, None], 3, 5, seed=1):
        assert tree.tree_.n_node_samples[0] == round(SHARE * len(X))
        assert tree.tree_.n_node_samples[tree.tree_.children_left == -1].min() >= 5


def test_the_same_seed_grows_the_same_trees_and_each_is_another_one() -> None:
    first, again = (bagged(X, Y[:, None], 2, 5, seed=1) for _ in range(2))
    assert (first[0].predict(X) == again[0].predict(X)).all()
    assert (first[0].predict(X) != first[1].predict(X)).any()


def test_one_tree_of_all_rows_misses_none() -> None:
    number = np.arange(200.0)
    (tree,) = bagged(number[:, None].astype(np.float32), number[:, None], 1, 1, seed=0, share=1.0)
    assert (tree.predict(number[:, None]) == number).all()


def test_rounds_without_calls_between_are_those_of_train() -> None:
    settings = {"max_depth": 3, "subsample": 0.8, "seed": 3, "nthread": 1, "objective": "reg:squarederror"}
    own, theirs = (f(settings, xgboost.QuantileDMatrix(X, Y), 20) for f in (trained, xgboost.train))
    assert (own.inplace_predict(X) == theirs.inplace_predict(X)).all()
    assert (loaded(saved(own)).inplace_predict(X) == own.inplace_predict(X)).all()
