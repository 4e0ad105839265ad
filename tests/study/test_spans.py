"""Precision, recall and F1 of spans, against counts made by hand."""

import pytest

from obverse.study.metrics.spans import agreement

A, B, C = (0, 3, "person"), (5, 9, "place"), (10, 12, "person")


@pytest.mark.parametrize(
    ("truth", "found", "precision", "recall", "f1"),
    [
        ([[A, B]], [[A, B]], 1, 1, 1),
        ([[A, B], [C]], [[A], []], 1, 1 / 3, 1 / 2),
        ([[A]], [[(0, 3, "place")]], 0, 0, 0),  # the label counts
        ([[A]], [[(0, 2, "person")]], 0, 0, 0),  # and so do both ends
        ([[A], []], [[], [A]], 0, 0, 0),  # in another text it is another span
        ([[A]], [[A, A]], 1 / 2, 1, 2 / 3),  # told twice, right once
        ([[A, B]], [[A, C]], 1 / 2, 1 / 2, 1 / 2),
        ([[]], [[]], 0, 0, 0),
        ([], [], 0, 0, 0),
    ],
)
def test_agreement(truth, found, precision, recall, f1):
    said = agreement(truth, found)
    assert (said.precision, said.recall, said.f1) == pytest.approx((precision, recall, f1))


def test_agreement_of_one_label_and_of_lists_that_do_not_match():
    said = agreement([[A, B, C]], [[A, B]], label="person")
    assert (said.right, said.told, said.true) == (1, 1, 2) and said.f1 == pytest.approx(2 / 3)
    with pytest.raises(ValueError, match="1 texts with spans and 2"):
        agreement([[]], [[], []])
