"""Pictures as characters: bright is dense, several stand side by side, nothing is wider than a terminal."""

from __future__ import annotations

import numpy as np
import pytest

from obverse.cli.pictures import COLUMNS, SHADES, rows


def test_a_pixel_of_a_small_picture_is_two_characters():
    one = np.zeros((1, 2, 3, 1), np.uint8)
    one[0, 0, 1], one[0, 1, 2] = 255, 130
    assert rows(one) == [f"  {2 * SHADES[-1]}\n    {2 * SHADES[5]}"]


@pytest.mark.parametrize("side, across", [(8, 4), (28, 2), (64, 1), (200, 1)])
def test_as_many_as_fit_stand_side_by_side(side, across):
    found = rows(np.full((5, side, side, 3), 255, np.uint8))
    assert len(found) == -(-5 // across)
    lines = found[0].splitlines()
    assert max(map(len, lines)) <= COLUMNS
    assert lines[0].count("  ") == across - 1


def test_no_picture_shows_nothing():
    assert rows(np.zeros((0, 8, 8, 1), np.uint8)) == []
