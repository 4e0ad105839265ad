"""Trees as arrays find the leaves that scikit-learn's own do."""

import numpy as np

from obverse.backbones.bagging import bagged
from obverse.backbones.decision_trees import DecisionTrees


def test_kept_trees_and_grown_ones_find_the_same_leaves() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(300, 4)).astype(np.float32)
    x[rng.random(x.shape) < 0.2] = np.nan
    trees = DecisionTrees.of(bagged(x, np.nan_to_num(x[:, :1]), 5, 2, 0), 1, keep=True)
    kept = DecisionTrees.from_state(trees.state(), 4)
    assert trees.grown and not kept.grown
    for asked in (x, np.asfortranarray(x), x[:0]):
        assert np.array_equal(trees.apply_all(asked), kept.apply_all(asked))
    each = [trees.apply(x, np.full(len(x), t)) for t in range(5)]
    assert np.array_equal(trees.apply_all(x).T, each)
    assert trees.apply_all(x).max() == trees.leaves - 1


def test_grown_trees_are_let_go_unless_they_are_asked_for() -> None:
    x = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    assert DecisionTrees.of(bagged(x, x[:, :1], 2, 2, 0), 1).grown == ()
