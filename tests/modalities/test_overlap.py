"""Intersection over union and non-maximum suppression against cases worked out by hand."""

import numpy as np

from obverse.modalities.overlap import intersection_over_union, without_repeats

UNIT = np.array([[0, 0, 2, 2]], np.float32)


def test_shares_of_areas():
    others = np.array([[0, 0, 2, 2], [1, 0, 3, 2], [1, 1, 3, 3], [2, 0, 4, 2], [0, 0, 1, 1], [5, 5, 5, 5]])
    np.testing.assert_allclose(intersection_over_union(UNIT, others), [[1, 1 / 3, 1 / 7, 0, 1 / 4, 0]])
    assert intersection_over_union(np.empty((0, 4)), UNIT).shape == (0, 1)
    assert intersection_over_union(UNIT[:0], []).shape == (0, 0)


def test_the_surest_of_repeats_stays():
    boxes = np.array([[0, 0, 10, 10], [0, 0, 10, 9], [0, 0, 10, 8], [50, 50, 60, 60]], float)
    codes, scores = np.array([0, 0, 0, 0]), np.array([0.5, 0.9, 0.4, 0.95])
    assert without_repeats(boxes, codes, scores, 0.85).tolist() == [3, 1]
    assert without_repeats(boxes, codes, scores, 0.89).tolist() == [3, 1, 2]  # 8 / 9 is kept, 9 / 10 repeats
    assert without_repeats(boxes, np.array([0, 1, 0, 0]), scores, 0.5).tolist() == [3, 1, 0]  # another class stays
    assert without_repeats(boxes[:0], codes[:0], scores[:0], 0.5).tolist() == []
