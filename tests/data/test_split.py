"""Splits: a partition, seeded, paired, stratified, and no group on both sides."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obverse.core.errors import BadInput
from obverse.data.split import judge_split, splits


@st.composite
def tables(draw):
    rows = draw(st.integers(2, 60))
    classes = draw(st.none() | st.lists(st.sampled_from(["a", "b", "c", None]), min_size=rows, max_size=rows))
    groups = draw(st.none() | st.lists(st.sampled_from([1.0, 2.0, 3.0, np.nan]), min_size=rows, max_size=rows))
    if groups is not None and len({g for g in groups if g == g}) + sum(g != g for g in groups) < 2:
        groups = None
    as_array = [None if v is None else np.array(v, dtype=object) for v in (classes, groups)]
    return rows, *as_array, draw(st.sampled_from([0.1, 0.3, 0.5, 0.9])), draw(st.integers(0, 5))


@settings(max_examples=60, deadline=None)
@given(tables())
def test_every_split_is_a_partition_with_rows_on_both_sides_and_whole_groups(table):
    rows, classes, groups, share, seed = table
    for train, test in splits(rows, 3, seed=seed, test_share=share, stratify=classes, groups=groups):
        assert sorted([*train, *test]) == list(range(rows))
        assert len(train) and len(test)
        assert np.all(np.diff(train) > 0) and np.all(np.diff(test) > 0)
        if groups is not None:
            assert not {g for g in groups[train] if g == g} & {g for g in groups[test] if g == g}


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 40), min_size=1, max_size=6), st.sampled_from([0.2, 0.3, 0.5]), st.integers(0, 3))
def test_each_class_keeps_its_share(sizes, share, seed):
    classes = np.repeat(np.arange(len(sizes)), sizes)
    if len(classes) < 2:
        return
    for train, test in splits(len(classes), 2, seed=seed, test_share=share, stratify=classes):
        for c, size in enumerate(sizes):
            in_test = (classes[test] == c).sum()
            if size == 1:
                assert in_test == 0 or max(sizes) == 1
            else:
                assert 1 <= in_test <= size - 1
                assert abs(in_test - share * size) <= 1
        assert set(classes[test]) <= set(classes[train]) or max(sizes) == 1


def test_unstratified_share_and_seeds():
    pairs = splits(1000, 4, seed=7)
    assert [len(test) for _, test in pairs] == [300] * 4
    assert len({tuple(test) for _, test in pairs}) == 4
    for a, b in zip(pairs, splits(1000, 4, seed=7), strict=True):
        np.testing.assert_array_equal(a.test, b.test)
    assert not np.array_equal(pairs[0].test, splits(1000, 1, seed=8)[0].test)


def test_more_splits_leave_the_first_ones_as_they_were():
    few, many = splits(200, 2, seed=1), splits(200, 9, seed=1)
    for a, b in zip(few, many, strict=False):
        np.testing.assert_array_equal(a.train, b.train)


def test_every_row_is_tested_equally_often():
    """Each row lands in test in 30 % of the splits: its count is binomial, so their variance tells bias."""
    counts = np.zeros(100)
    for _, test in splits(100, 2000, seed=0, stratify=np.arange(100) % 3):
        counts[test] += 1
    assert abs(counts.mean() / 2000 - 0.3) < 1e-9
    assert abs(counts / 2000 - 0.3).max() < 5 * np.sqrt(0.3 * 0.7 / 2000)


def test_rare_class_of_two_is_on_both_sides_and_a_lone_row_in_train():
    classes = np.array(["common"] * 50 + ["pair"] * 2 + ["lone"])
    for train, test in splits(53, 20, seed=0, stratify=classes):
        assert (classes[test] == "pair").sum() == 1
        assert 52 in train


def test_groups_are_stratified_by_their_most_common_class():
    groups = np.repeat(np.arange(40), 5)
    classes = np.where(groups < 10, "rare", "common")
    classes[::5] = "other"  # the first row of each group
    for _, test in splits(200, 10, seed=0, stratify=classes, groups=groups):
        tested = np.unique(groups[test])
        assert len(tested) == 12
        assert (tested < 10).sum() == 3


def test_unlabelled_rows_are_a_class_of_their_own():
    classes = np.array([0.0] * 50 + [1.0] * 30 + [np.nan] * 20)
    for _, test in splits(100, 5, seed=0, stratify=classes):
        assert np.isnan(classes[test]).sum() == 6


def test_faulty_arguments_are_all_listed():
    with pytest.raises(BadInput, match=r"stratify has 3 entries.*groups has 2 entries.*test_share must lie"):
        splits(10, 1, test_share=1.0, stratify=np.zeros(3), groups=np.zeros(2))
    with pytest.raises(BadInput, match="at least two groups, not 1"):
        splits(10, 1, groups=np.zeros(10))
    with pytest.raises(BadInput, match="at least two rows, not 1"):
        splits(1, 1)


def test_judge_split_is_the_shuffled_frame_cut_in_three():
    frame = pd.DataFrame({"a": np.arange(100)})
    order = frame.sample(frac=1, random_state=3)["a"].to_numpy()
    train, test, fresh = judge_split(frame, 3, 60, 25)
    np.testing.assert_array_equal(train["a"], order[:60])
    np.testing.assert_array_equal(test["a"], order[60:85])
    np.testing.assert_array_equal(fresh["a"], order[85:])  # fewer than 25 are left
    assert train.index.tolist() == train["a"].tolist()
    assert len(judge_split(frame, 3, 60, 40).fresh) == 0
    with pytest.raises(BadInput, match="of 100; take fewer"):
        judge_split(frame, 3, 60, 41)
