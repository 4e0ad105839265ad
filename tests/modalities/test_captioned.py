"""Captions beside pictures: how they are read, what is refused, and how a caption stands in evidence."""

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.data.pictures import Pictures
from obverse.modalities.captioned import CAPTIONED

PIXELS = np.zeros((3, 4, 5, 3), np.uint8)
TEXTS = ["a disc", "a disc", "a box"]


def test_pictures_and_captions_are_learned():
    for data in (CAPTIONED.learn(PIXELS, TEXTS), CAPTIONED.learn(Pictures.of(PIXELS, np.array(TEXTS), "p"))):
        assert data.schema.names == ("picture", "caption") and data.schema.target == "caption"
        assert data.schema.task == "structure" and data.schema.columns[0].dtype == "uint8 4x5x3"
        assert data.label.tolist() == TEXTS and data.values.shape == (3, 4, 5, 3) and data.labelled.all()


@pytest.mark.parametrize(
    ("captions", "said"),
    [
        (None, "no caption"),
        (["a disc"], "1 captions for 3 pictures"),
        ("a disc", "1 captions for 3 pictures"),
        (["a disc", " ", None], r"2 pictures have an empty caption \(positions 1, 2\)"),
        ([1, 2, 3], "captions are texts, not int"),
    ],
)
def test_what_is_refused(captions, said):
    with pytest.raises(BadInput, match=said):
        CAPTIONED.learn(PIXELS, captions)


def test_a_caption_stands_beside_an_unknown_picture():
    schema = CAPTIONED.learn(PIXELS, TEXTS).schema
    blank = CAPTIONED.blank(schema)
    assert np.isnan(blank.values).all() and blank.label.tolist() == [None]
    told = CAPTIONED.with_target(blank, schema, "a disc")
    assert told.label.tolist() == ["a disc"] and CAPTIONED.hide_target(told, schema).label.tolist() == [None]
    evidence, _ = CAPTIONED.read((PIXELS[:2], TEXTS[:2]), schema)
    assert evidence.label.tolist() == TEXTS[:2] and evidence.values.shape == (2, 4, 5, 3)
    assert CAPTIONED.read(PIXELS, schema)[0].label.tolist() == [None] * 3
    with pytest.raises(BadInput, match="4 x 4"):
        CAPTIONED.read(PIXELS[:, :, :4], schema)
