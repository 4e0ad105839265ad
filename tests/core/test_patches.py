"""Where a picture is odd."""

import numpy as np
import pytest

import obverse
from obverse.core.errors import CannotAnswer
from obverse.core.patches import patches
from obverse.data.worlds.bars import Bars


@pytest.mark.parametrize(("height", "width"), [(8, 8), (28, 28), (9, 13), (2, 5), (240, 320)])
def test_patches_cover_a_picture_once(height, width):
    seen = np.zeros((height, width), int)
    for rows, columns in patches(height, width):
        seen[rows, columns] += 1
    assert (seen == 1).all()


def test_the_patch_that_was_changed_is_the_most_surprising():
    pytest.importorskip("torch")
    model = obverse.fit("image_vae", Bars().sample(400, 0).pixels, epochs=60, batch=32, seed=0)
    pixels = Bars().sample(8, 1).pixels.copy()
    before = model.anomaly(pixels, by="patch")
    assert before.shape == (8, 8, 8) and before.dtype == np.float64
    pixels[:, 2:4, 4:6] = 120  # neither bright nor dark
    after = model.anomaly(pixels, by="patch")
    assert (after.reshape(8, -1).argmax(axis=1) == 2 * 8 + 4).mean() > 0.9
    assert model.anomaly(pixels) == pytest.approx(-model.log_prob(pixels))


def test_tables_have_no_patches_and_pictures_no_cells():
    import pandas as pd

    table = obverse.fit("gaussian_mixture", pd.DataFrame({"a": [1.0, 2, 3, 4], "b": [0.5, 1, 2, 2]}))
    with pytest.raises(CannotAnswer, match="no patches"):
        table.anomaly(pd.DataFrame({"a": [1.0], "b": [1.0]}), by="patch")
    pytest.importorskip("torch")
    pictures = obverse.fit("image_vae", Bars().sample(40, 0), epochs=1, seed=0)
    with pytest.raises(CannotAnswer, match="no columns whose cells"):
        pictures.anomaly(Bars().sample(2, 0).pixels, by="cell")
