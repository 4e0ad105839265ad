"""Pictures of shapes are what their boxes and captions say."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from obverse.data.worlds.shapes import COLOURS, NOISE, OVERLAP, PLACES, SHAPES, caption, captioned, scenes


def test_a_shape_fills_its_box_and_only_that():
    found = scenes(20, 0, most=1)
    for pixels, boxes in zip(found.pixels, found.boxes, strict=True):
        ground = np.median(pixels.reshape(-1, 3), axis=0)
        rows, columns = np.nonzero(np.abs(pixels - ground).max(axis=-1) > 6 * NOISE)
        assert [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] == pytest.approx(boxes[0], abs=1.5)


def test_shapes_of_a_scene_hardly_overlap():
    for boxes in scenes(50, 1).boxes:
        for a, b in itertools.combinations(boxes, 2):
            over = np.prod(np.maximum(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0))
            assert over <= OVERLAP * min(np.prod(a[2:] - a[:2]), np.prod(b[2:] - b[:2])) + 1e-3


def test_combinations_held_out_are_not_among_the_others_but_all_their_pairs_are():
    seen, out = ({tuple(f) for f in captioned(3000, 0, held_out=h).facts.tolist()} for h in (False, True))
    assert not seen & out
    assert len(seen | out) == len(COLOURS) * len(SHAPES) * len(PLACES)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        assert {(f[i], f[j]) for f in out} <= {(f[i], f[j]) for f in seen}


def test_the_caption_says_colour_shape_and_place_and_a_seed_repeats():
    one, same = captioned(5, 3), captioned(5, 3)
    assert one.captions == [caption(*f) for f in one.facts]
    assert caption(0, 0, 0) == "a red disc at the top left"
    assert (one.pixels == same.pixels).all()
    assert one.pixels.dtype == np.uint8 and one.pixels.shape == (5, 32, 32, 3)
