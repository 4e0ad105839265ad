"""Mean average precision against cases worked out by hand."""

import numpy as np
import pytest

from obverse.study.metrics.detection import average_precision, mean_average_precision

A, B, C = [0, 0, 10, 10], [20, 0, 30, 10], [0, 20, 10, 30]


def found(*rows):
    """Boxes, labels and scores of one picture, of (box, label, score)."""
    boxes = np.array([r[0] for r in rows], float).reshape(-1, 4)
    return boxes, np.array([r[1] for r in rows], object), np.array([r[2] for r in rows], float)


def test_all_found_and_nothing_else():
    truth = [([A, B], ["x", "y"]), ([C], ["x"])]
    said = [found((A, "x", 0.2), (B, "y", 0.9)), found((C, "x", 0.1))]
    assert average_precision(truth, said) == {"x": 1.0, "y": 1.0}


def test_a_wrong_box_between_two_right_ones():
    truth = [([A, B, C], ["x"] * 3)]
    said = [found((A, "x", 0.9), ([50, 50, 60, 60], "x", 0.8), (B, "x", 0.7))]
    # recall 1/3, 1/3, 2/3 at precision 1, 1/2, 2/3; the third box is never found
    assert mean_average_precision(truth, said) == pytest.approx(1 / 3 * 1 + 1 / 3 * 2 / 3)


def test_precision_is_made_to_fall():
    truth = [([A, B], ["x"] * 2)]
    said = [found(([50, 50, 60, 60], "x", 0.9), (A, "x", 0.8), (B, "x", 0.7))]
    # precision 0, 1/2, 2/3: at recall 1/2 the later 2/3 counts
    assert mean_average_precision(truth, said) == pytest.approx(2 / 3)


def test_a_box_is_taken_once():
    truth = [([A], ["x"])]
    assert mean_average_precision(truth, [found((A, "x", 0.9), (A, "x", 0.8))]) == 1.0
    truth = [([A, B], ["x", "x"])]
    assert mean_average_precision(truth, [found((A, "x", 0.9), (A, "x", 0.8), (B, "x", 0.7))]) == pytest.approx(
        1 / 2 + 1 / 2 * 2 / 3
    )


def test_of_two_boxes_the_free_one_is_taken():
    near = [2, 0, 12, 10]  # overlaps A by 2/3
    truth = [([A, near], ["x", "x"])]
    said = [found((A, "x", 0.9), ([1, 0, 11, 10], "x", 0.8))]  # the second overlaps both alike, and A is taken
    assert mean_average_precision(truth, said) == 1.0


def test_pictures_are_ranked_together_and_kept_apart():
    truth = [([A], ["x"]), ([B], ["x"])]
    said = [found((B, "x", 0.9)), found((B, "x", 0.8))]  # B is not in the first picture
    assert mean_average_precision(truth, said) == pytest.approx(1 / 2 * 1 / 2)


def test_half_overlap_is_enough_and_less_is_not():
    truth = [([A], ["x"])]
    assert mean_average_precision(truth, [found(([0, 0, 10, 5], "x", 0.9))]) == 1.0
    assert mean_average_precision(truth, [found(([0, 0, 10, 4.9], "x", 0.9))]) == 0.0
    assert mean_average_precision(truth, [found(([0, 0, 10, 5], "x", 0.9))], overlap=0.75) == 0.0


def test_classes_count_alike_and_only_those_that_are_there():
    truth = [([A, B, C], ["x", "x", "y"])]
    said = [found((A, "x", 0.9), (B, "x", 0.9), (C, "z", 0.9))]
    assert average_precision(truth, said) == {"x": 1.0, "y": 0.0}
    assert mean_average_precision(truth, said) == 0.5
    assert mean_average_precision([(np.empty((0, 4)), [])], [found()]) is None
    with pytest.raises(ValueError, match="1 pictures with boxes and 0"):
        mean_average_precision(truth, [])
