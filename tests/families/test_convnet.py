"""What is particular to convnet: it is the half of diffusion's network that goes down."""

import numpy as np
import pytest

import obverse
from obverse.data.worlds.bars import Bars

torch = pytest.importorskip("torch")
TRAIN, FRESH = Bars().sample(120, seed=1), Bars().sample(40, seed=2)


def test_it_has_the_weights_of_the_way_down_of_the_diffusion_network():
    reader = obverse.fit("convnet", TRAIN, channels=8, epochs=1).net_.state_dict()
    whole = obverse.fit("image_diffusion", TRAIN, channels=8, epochs=1).net_.state_dict()
    own = {name: t.shape for name, t in reader.items() if name.startswith(("enter", "down", "shrink"))}
    assert own
    assert own == {name: whole[name].shape for name in own}


def test_scores_are_read_from_its_features():
    model = obverse.fit("convnet", TRAIN, channels=8, epochs=6, batch=16, seed=0)
    x = torch.as_tensor(np.moveaxis(FRESH.pixels, -1, 1) / 127.5 - 1, dtype=torch.float32)
    with torch.no_grad():
        features = model.net_.features(x)
        proba = torch.softmax(model.net_.scores(features).double(), dim=1).numpy()
    assert features.shape == (40, 8 * 2)  # two scales of 8 x 8 pixels
    np.testing.assert_allclose(model.predict_proba(FRESH.pixels), proba, atol=1e-6)


def test_a_budget_allows_more_passes_than_there_are_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    from obverse.training import pictures

    monkeypatch.setattr(pictures, "SHOWN", 4 * len(TRAIN))
    monkeypatch.setattr(pictures, "MOST_EPOCHS", 6)
    assert len(obverse.fit("convnet", TRAIN, channels=8).history_["train"]) == 4
    assert len(obverse.fit("convnet", TRAIN, channels=8, budget=600.0).history_["train"]) == 6
