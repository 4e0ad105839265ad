"""Boxes in and out: what `fit` takes as y, and everything that is refused."""

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.core.schema import Schema
from obverse.data.boxes import read_boxes
from obverse.modalities.boxes import BOXED, pretrained

X = np.arange(3 * 60, dtype=np.uint8).reshape(3, 6, 10)
BOX = [[1.0, 2.0, 5.0, 6.0]]


def test_classes_stand_in_the_schema_and_codes_in_the_target():
    y = [(BOX, ["dog"]), {"boxes": BOX + BOX, "labels": np.array(["cat", "dog"])}, (np.empty((0, 4)), [])]
    data = BOXED.learn(X, y)
    column = data.schema.target_column
    assert data.schema.task == "structure" and column.values == ("cat", "dog") and column.missing == 0
    assert data.values.shape == (3, 6, 10, 1) and data.values.dtype == np.float32
    boxes, codes = zip(*data.y, strict=True)
    assert [c.tolist() for c in codes] == [[1], [0, 1], []] and [b.shape for b in boxes] == [(1, 4), (2, 4), (0, 4)]
    assert all(b.dtype == np.float32 for b in boxes) and boxes[0].tolist() == BOX
    assert repr(Schema.from_json(data.schema.to_json())) == repr(data.schema)


def test_pictures_of_which_nobody_says_what_they_hold():
    data = BOXED.learn(X, [(BOX, [7]), None, float("nan")])
    assert data.labelled.tolist() == [True, False, False]
    assert data.schema.columns[1].values == (7,) and data.schema.columns[1].missing == pytest.approx(2 / 3)
    assert data.take(data.labelled).y[0][1].tolist() == [0]


def test_pictures_of_several_sizes_are_put_together():
    data = BOXED.learn([X[0], X[1, :4]], [(BOX, ["a"]), (BOX, ["a"])])
    assert (
        data.values.shape == (2, 6, 10, 1) and (data.values[1, 4:] == 128).all() and "several" in data.schema.notes[0]
    )


@pytest.mark.parametrize(
    ("y", "said"),
    [
        (None, r"pair \(boxes \(k, 4\), labels \(k,\)\) for each picture, or put a table boxes\.csv"),
        ([(BOX, ["a"])] * 2, "of 2 pictures for 3"),
        ([(BOX, ["a", "b"])] * 3, "1 boxes and 2 labels"),
        ([([1, 2, 3, 4], ["a"])] * 3, r"boxes are \(k, 4\)"),
        ([(BOX,)] * 3, "needs a pair"),
        ([(BOX, ["a"], [0.5])] * 3, "needs a pair"),
        ([{"boxes": BOX}] * 3, "needs a pair"),
        ([([["a", 1, 2, 3]], ["a"])] * 3, "needs a pair"),
        ([([[1, 2, 5, np.inf]], ["a"])] * 3, "a corner that is no number"),
        ([([[5, 2, 1, 6]], ["a"])] * 3, r"picture 1: box 1 is empty, \(5, 2, 1, 6\)"),
        ([([[1, 2, 12, 6]], ["a"])] * 3, "is not inside the picture of 10 x 6"),
        ([(BOX, [None])] * 3, "no label"),
        ([(BOX, [("a", 1)])] * 3, "text or numbers"),
        ([([], [])] * 3, "no picture has a box"),
    ],
)
def test_what_is_no_target_is_refused(y, said):
    with pytest.raises(BadInput, match=said):
        BOXED.learn(X, y)


def test_every_wrong_box_is_told():
    with pytest.raises(BadInput) as found:
        BOXED.learn(X, [([[1, 2, 12, 6]], ["a"]), (BOX, ["a"]), ([[5, 2, 1, 6], [0, 0, 1, 7.5]], ["a", "b"])])
    assert len(found.value.problems) == 3 and "picture 3: box 2" in found.value.problems[2]


def test_a_box_may_stick_out_by_a_pixel_and_is_clipped():
    data = BOXED.learn(X, [([[-1, 0, 10.5, 7]], ["a"])] * 3)
    assert data.y[0][0].tolist() == [[0, 0, 10, 6]]


def test_a_query_may_have_any_size_and_has_the_channels_it_learned():
    schema = BOXED.learn(X, [(BOX, ["a"])] * 3).schema
    evidence, _ = BOXED.read(np.zeros((2, 30, 7), np.uint8), schema)
    assert evidence.values.shape == (2, 30, 7, 1) and evidence.label.tolist() == [None, None]
    with pytest.raises(BadInput, match="3 channels, and the model learned 1"):
        BOXED.read(np.zeros((2, 6, 10, 3), np.uint8), schema)
    assert BOXED.read(X, pretrained((0, 0, 3), ["a"]))[0].values.shape == (3, 6, 10, 3)


def test_a_path_is_read(tmp_path):
    from PIL import Image

    Image.fromarray(X[0]).save(tmp_path / "a.png")
    (tmp_path / "boxes.csv").write_text("image,label,xmin,ymin,xmax,ymax\na.png,cat,1,2,5,6\n")
    data = BOXED.learn(tmp_path)
    assert data.y[0][0].tolist() == BOX and BOXED.learn(read_boxes(tmp_path)).y[0][1].tolist() == [0]
    assert BOXED.learn(tmp_path, [(BOX, ["dog"])]).schema.columns[1].values == ("dog",)  # a y that is given wins
