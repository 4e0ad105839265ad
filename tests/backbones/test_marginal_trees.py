"""Trees over a mixture: leaves are weighed as drawing the unknown inputs would weigh them."""

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.backbones import marginal_trees as module
from obverse.core.evidence import Evidence, Region, interval


@pytest.fixture(scope="module")
def joint():
    rng = np.random.default_rng(0)
    n = 1500
    kind = rng.choice(list("pqrs"), n)
    x = rng.normal(np.where(kind < "q", 0.0, 2.0))
    count = rng.poisson(np.where(kind == "r", 8, 3)).astype(float)
    count[rng.random(n) < 0.1] = np.nan
    y = np.where(x + (kind == "s") + 0.1 * np.nan_to_num(count) + rng.normal(size=n) > 2, "a", "b")
    frame = pd.DataFrame({"kind": kind, "x": x, "count": count, "y": y})
    return obverse.fit("joint_forest", frame, "y", seed=0, n_estimators=5, n_components=12).joint_


def masses(joint, given, **how):
    """Total mass of every leaf, (rows, L)."""
    share, _ = joint.inputs.posterior(given)
    out = np.zeros((len(given), joint.trees.leaves))
    for block in joint.trees.reach(given, share, **how):
        np.add.at(out, (block.rows[block.row], block.leaf), block.mass)
    return out


def some_rows(joint, holes):
    rows = joint.inputs.mixture.sample(40, Evidence.nothing(4, {2: interval(0, 30)}), np.random.default_rng(3))
    rows[:, 3] = np.nan
    rows[:, holes] = np.nan
    return rows


def test_complete_rows_reach_one_leaf_in_each_tree(joint):
    rows = some_rows(joint, [])
    reached = masses(joint, Evidence(rows))
    assert ((reached > 0).sum(axis=1) == 5).all()
    np.testing.assert_allclose(reached[np.arange(40)[:, None], joint.trees.walk(rows)], 0.2)


@pytest.mark.parametrize("holes", [[0], [1], [2], [0, 2], [0, 1, 2]])
def test_leaves_of_incomplete_rows_have_the_share_that_drawn_inputs_give_them(joint, holes):
    rows = some_rows(joint, holes)[:2]
    reached = masses(joint, Evidence(rows))
    np.testing.assert_allclose(reached.sum(axis=1), 1.0, atol=1e-12)
    many = np.repeat(rows, 20_000, axis=0)
    leaf = joint.trees.walk(joint.inputs.completed(many, np.random.default_rng(0)))
    for i in range(2):
        share = np.bincount(leaf[i * 20_000 : (i + 1) * 20_000].ravel(), minlength=joint.trees.leaves) / 100_000
        np.testing.assert_allclose(share, reached[i], atol=0.006)


def test_regions_restrict_the_branches(joint):
    regions = {1: interval(0.5, 1.5), 0: Region(False, codes=(True, False, False, True)), 2: interval(0, 30)}
    given = Evidence.nothing(4, regions)
    reached = masses(joint, given)
    drawn = joint.inputs.mixture.sample(60_000, given, np.random.default_rng(1))
    leaf = joint.trees.walk(drawn)
    np.testing.assert_allclose(reached[0], np.bincount(leaf.ravel(), minlength=joint.trees.leaves) / 300_000, atol=4e-3)


def test_contributions_of_components_add_up_to_the_mass(joint):
    rows = some_rows(joint, [0, 2])
    given = Evidence(rows)
    share, _ = joint.inputs.posterior(given)
    for block in joint.trees.reach(given, share, keep=True):
        assert (np.diff(block.row) >= 0).all()
        np.testing.assert_allclose(block.share.sum(axis=1), block.mass, atol=1e-12)
        by_row = np.zeros(share[block.rows].shape)
        np.add.at(by_row, block.row, block.share)
        np.testing.assert_allclose(by_row, share[block.rows], atol=1e-12)


def test_many_rows_in_small_blocks_and_single_precision_agree(joint, monkeypatch):
    rows = some_rows(joint, [0, 1])
    whole = masses(joint, Evidence(rows))
    monkeypatch.setattr(module, "PAIRS", 24)
    np.testing.assert_allclose(masses(joint, Evidence(rows)), whole, atol=1e-12)
    monkeypatch.setattr(module, "MANY", 1)
    np.testing.assert_allclose(masses(joint, Evidence(rows)), whole, atol=1e-6)


def test_cuts_of_grid_columns_lie_half_a_step_beside_grid_points(joint):
    partition = joint.trees.partition
    np.testing.assert_allclose(partition.threshold[partition.feature == 2] % 1.0, 0.5)
