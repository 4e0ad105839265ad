"""The generator of pictures makes the class it is told, with its spread, and only draws are promised.

A picture is dark but for a square on its left (class 0) or on its right (class 1), of one brightness.
"""

from __future__ import annotations

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, CannotAnswer

pytest.importorskip("torch")

SMALL = {"latent": 4, "width": 6, "steps": 180, "batch": 32, "rate": 4e-3}
LEFT, RIGHT = (slice(2, 6), slice(0, 3)), (slice(2, 6), slice(5, 8))


def squares(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 pictures (n, 8, 8) and labels."""
    rng = np.random.default_rng(seed)
    bright, label = rng.integers(120, 251, size=n), rng.integers(0, 2, size=n)
    pictures = np.zeros((n, 8, 8), np.uint8)
    for picture, value, side in zip(pictures, bright, label, strict=True):
        picture[RIGHT if side else LEFT] = value
    return pictures, label


@pytest.fixture(scope="module")
def model():
    return obverse.fit("image_gan", *squares(128, 0), seed=0, **SMALL)


def test_a_class_that_is_asked_for_is_made_with_its_spread(model):
    for side, inside, outside in ((0, LEFT, RIGHT), (1, RIGHT, LEFT)):
        drawn = model.sample(200, given=side, seed=1)
        assert drawn.shape == (200, 8, 8, 1) and drawn.dtype == np.uint8
        brightness = drawn[:, *inside].reshape(200, -1).mean(axis=1)
        assert abs(brightness.mean() - 185) < 40 and drawn[:, *outside].mean() < 30
        assert brightness.std() > 12  # of 37.8: not one picture alone


def test_less_noise_makes_pictures_more_alike(model):
    whole, half = (
        model.set_params(truncation=t).sample(200, given=0, seed=1)[:, *LEFT].reshape(200, -1).mean(axis=1)
        for t in (1.0, 0.5)
    )
    model.set_params(truncation=0.9)
    assert half.std() < 0.8 * whole.std()


def test_the_same_seed_gives_the_same_answers_also_after_saving(model, tmp_path):
    pictures, label = squares(40, 1)
    one, two = (obverse.fit("image_gan", pictures, label, seed=3, **SMALL | {"steps": 5}) for _ in range(2))
    np.testing.assert_array_equal(one.sample(6, seed=1), two.sample(6, seed=1))
    again = obverse.load(model.save(tmp_path / "model"))
    np.testing.assert_array_equal(again.sample(9, seed=2), model.sample(9, seed=2))
    assert (model.sample(9, seed=2) != model.sample(9, seed=3)).any()


def test_pictures_without_labels_and_in_colours():
    rng = np.random.default_rng(0)
    red = rng.integers(100, 200, size=(64, 1, 1, 1)) * np.array([1.0, 0.5, 0.0]) * np.ones((64, 12, 10, 1))
    model = obverse.fit("image_gan", red.astype(np.uint8), seed=0, **SMALL | {"steps": 80})
    drawn = model.sample(30, seed=1).astype(float)
    assert drawn.shape == (30, 12, 10, 3)
    assert drawn[..., 0].mean() > drawn[..., 1].mean() + 20 > drawn[..., 2].mean() + 40
    with pytest.raises(BadInput):
        model.sample(1, given=0)


def test_some_pictures_may_lack_a_label():
    pictures, label = squares(40, 1)
    some = label.astype(object)
    some[::3] = None
    model = obverse.fit("image_gan", pictures, some, seed=0, **SMALL | {"steps": 3})
    assert model.sample(3, given=1, seed=0).shape == (3, 8, 8, 1)


def test_training_that_was_cut_off_goes_on(tmp_path):
    pictures, label = squares(40, 1)
    small = SMALL | {"steps": 4}
    whole = obverse.fit("image_gan", pictures, label, seed=0, **small)
    folder = str(tmp_path / "state")
    for _ in range(2):
        resumed = obverse.fit("image_gan", pictures, label, seed=0, checkpoint=folder, **small)
        np.testing.assert_array_equal(resumed.sample(4, seed=1), whole.sample(4, seed=1))


def test_it_has_neither_probability_nor_prediction(model):
    pictures, _ = squares(3, 2)
    for ask in (model.log_prob, model.predict, model.impute):
        with pytest.raises(CannotAnswer):
            ask(pictures)
