"""Pictures in and out: labels, holes, sizes, and everything that is refused."""

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.core.schema import Schema
from obverse.modalities.image import IMAGE, scaled, shape_of, unscaled

X = np.arange(4 * 12, dtype=np.uint8).reshape(4, 3, 4)


def test_pictures_and_labels_are_learned_and_written_back():
    data = IMAGE.learn(X, np.array(["b", "a", None, "b"], dtype=object))
    assert data.values.shape == (4, 3, 4, 1) and shape_of(data.schema) == (3, 4, 1)
    assert data.schema.columns[1].values == ("a", "b") and data.schema.columns[1].missing == 0.25
    np.testing.assert_array_equal(data.y, [1, 0, np.nan, 1])
    np.testing.assert_array_equal(IMAGE.write(data.values, data.schema)[..., 0], X)
    assert repr(Schema.from_json(data.schema.to_json())) == repr(data.schema)


def test_whole_numbers_with_holes_are_whole_labels():
    data = IMAGE.learn(X, np.array([7.0, np.nan, 3.0, 7.0]))
    assert data.schema.columns[1].values == (3, 7)


def test_scaling_goes_both_ways():
    values = IMAGE.learn(X).values
    inside = scaled(values)
    assert inside.shape == (4, 1, 3, 4) and inside.min() >= -1 and inside.max() <= 1
    np.testing.assert_allclose(unscaled(inside), values, atol=1e-4)


@pytest.mark.parametrize(
    ("pictures", "labels", "said"),
    [
        (X / 255.0, None, "0..1"),
        (X.astype(float) - 1, None, "outside 0 to 255"),
        (X.astype(float) * np.nan, None, "holes"),
        (X[0], None, "arrays"),
        (X.reshape(4, 3, 2, 2), None, "1 or 3"),
        (X.astype(str), None, "numbers"),
        ([X[0], X[1, :2]], None, "several sizes"),
        (X[:0], None, "no picture"),
        (X, [1, 2], "labels for 4 pictures"),
    ],
)
def test_what_is_no_picture_is_refused(pictures, labels, said):
    with pytest.raises(BadInput, match=said):
        IMAGE.learn(pictures, labels)


def test_a_query_of_another_size_says_both():
    schema = IMAGE.learn(X).schema
    with pytest.raises(BadInput, match="3 x 3 with 1 channels, and the model was fitted to 3 x 4"):
        IMAGE.read(X[:, :, :3], schema)
    grey, _ = IMAGE.read(X, IMAGE.learn(np.repeat(X[..., None], 3, axis=-1)).schema)
    assert grey.values.shape == (4, 3, 4, 3)  # grey pictures serve a model of coloured ones


def test_an_unknown_label_is_unknown_or_unseen():
    schema = IMAGE.learn(X, [1, 2, 1, 2]).schema
    assert np.isnan(IMAGE.read((X[:1], [9]), schema)[0].label[0])
    assert IMAGE.read((X[:1], [9]), schema, unseen="code")[0].label[0] == -1


def test_only_holes_are_filled():
    schema, holed = IMAGE.learn(X).schema, X.astype(np.float32)
    holed[:, 0] = np.nan
    filled = IMAGE.fill(holed, np.full((4, 3, 4, 1), 300.4), schema)
    assert filled.dtype == np.float32 and (filled[:, 0] == 255).all()
    np.testing.assert_array_equal(filled[:, 1:], X[:, 1:])
