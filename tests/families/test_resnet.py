"""What is particular to resnet: a folder that transformers saved, and what it refuses."""

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.bars import Bars

TRAIN, FRESH = Bars().sample(200, seed=1), Bars().sample(60, seed=2)


def test_a_folder_of_weights_is_where_training_starts(tmp_path):
    first = obverse.fit("resnet", TRAIN, channels=8, epochs=10, batch=32)
    first.net_.net.save_pretrained(tmp_path / "saved")
    few = Bars().sample(24, seed=3)
    again = obverse.fit("resnet", few, weights=str(tmp_path / "saved"), epochs=1, rate=1e-5)
    plain = obverse.fit("resnet", few, channels=8, epochs=1, rate=1e-5)
    share = [(m.predict(FRESH.pixels) == FRESH.labels).mean() for m in (again, plain)]
    assert share[0] > 0.9 > share[1]
    loaded = obverse.load(again.save(tmp_path / "model"))  # needs the folder of weights no longer
    np.testing.assert_array_equal(loaded.predict_proba(FRESH.pixels), again.predict_proba(FRESH.pixels))


def test_a_folder_without_weights_is_refused(tmp_path):
    with pytest.raises(BadInput, match=r"no config\.json"):
        obverse.fit("resnet", TRAIN, weights=str(tmp_path))


def test_labels_are_needed():
    with pytest.raises(BadInput, match="needs a target"):
        obverse.fit("resnet", TRAIN.pixels)


def test_holes_are_refused():
    model = obverse.fit("resnet", TRAIN, channels=8, epochs=1)
    holed = FRESH.pixels.astype(float)
    holed[0, 0] = np.nan
    with pytest.raises(CannotAnswer, match="whole pictures"):
        model.predict(holed)
    with pytest.raises(CannotAnswer):
        model.sample(1)
