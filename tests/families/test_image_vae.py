"""The autoencoder of pictures: classes are drawn and told apart, holes filled, masses add up, on pictures of known law.

A picture is dark but for a square on its left (class "left") or on its right, of one brightness drawn from 120 to 250.
"""

from __future__ import annotations

import numpy as np
import pytest

import obverse

pytest.importorskip("torch")

SMALL = {"latent": 3, "width": 6, "epochs": 30, "batch": 32, "rate": 1e-2, "draws": 16}
LEFT, RIGHT = (slice(2, 6), slice(0, 3)), (slice(2, 6), slice(5, 8))


def squares(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """uint8 pictures (n, 8, 8) and labels."""
    rng = np.random.default_rng(seed)
    bright, label = rng.integers(120, 251, size=n), rng.choice(["left", "right"], size=n)
    pictures = np.zeros((n, 8, 8), np.uint8)
    for picture, value, side in zip(pictures, bright, label, strict=True):
        picture[LEFT if side == "left" else RIGHT] = value
    return pictures, label


@pytest.fixture(scope="module")
def model():
    pictures, label = squares(128, 0)
    return obverse.fit("image_vae", pictures, label, seed=0, **SMALL)


def test_a_class_that_is_asked_for_is_drawn_with_its_spread(model):
    for side, inside, outside in (("left", LEFT, RIGHT), ("right", RIGHT, LEFT)):
        drawn = model.sample(300, given=side, seed=1)
        assert drawn.shape == (300, 8, 8, 1) and drawn.dtype == np.uint8
        lit = drawn[:, *inside].reshape(300, -1)
        assert drawn[:, *outside].mean() < 15
        assert abs(lit.mean() - 185) < 20
        brightness = lit.mean(axis=1)
        assert 0.6 < brightness.std() / 37.8 < 1.5  # the standard deviation of 120..250
        assert lit.std(axis=1).mean() < 25  # one brightness a picture


def test_draws_without_a_condition_follow_the_shares():
    pictures, label = squares(160, 2)
    few = np.flatnonzero(label == "left")[40:]
    pictures, label = np.delete(pictures, few, axis=0), np.delete(label, few)
    model = obverse.fit("image_vae", pictures, label, seed=0, **SMALL | {"epochs": 10})
    drawn = model.sample(1_000, seed=1)
    left = drawn[:, *LEFT].mean(axis=(1, 2, 3)) > drawn[:, *RIGHT].mean(axis=(1, 2, 3))
    assert abs(left.mean() - (label == "left").mean()) < 0.06


def test_classes_are_told_apart_by_bayes(model):
    pictures, label = squares(100, 3)
    assert (model.predict(pictures) == label).mean() > 0.98
    given = [model.log_prob((pictures, np.full(100, side))) for side in model.classes_]
    joint = np.stack(given, axis=1) + np.log(model.shares_)
    np.testing.assert_allclose(
        np.log(model.predict_proba(pictures)[:, 0] + 1e-300).clip(-600),
        (joint[:, 0] - np.logaddexp.reduce(joint, axis=1)).clip(-600), atol=1e-6,
    )  # fmt: skip


def test_the_masses_of_a_pixel_add_up_to_one(model):
    """All 256 values of one pixel, the rest unknown: bounds of probabilities that sum to one."""
    pictures = np.full((256, 8, 8, 1), np.nan, np.float32)
    pictures[:, 3, 1, 0] = np.arange(256)
    total = np.exp(model.log_prob((pictures, np.full(256, "left")))).sum()
    assert 0.6 < total < 1.1


def test_the_bound_lies_below_the_truth(model):
    """A picture's mass is that of its brightness, one of 131; no model is nearer to that on average."""
    pictures, label = squares(100, 4)
    bound = model.log_prob((pictures, label))
    assert bound.mean() < -np.log(131)
    strange = model.log_prob((255 - pictures, label))
    assert (strange < bound - 100).all()


def test_with_no_pixel_known_the_label_has_its_share_and_a_strange_label_none(model):
    from obverse.core.evidence import Evidence

    nothing = np.full((3, 8, 8, 1), np.nan, np.float32)
    said = model._log_prob(Evidence(nothing, label=np.array([0.0, np.nan, -1.0])))
    np.testing.assert_allclose(said, [np.log(model.shares_[0]), 0.0, -np.inf], atol=1e-12)


def test_holes_are_filled_and_the_rest_stays(model):
    pictures, _ = squares(40, 5)
    holed = pictures.astype(np.float32)
    holed[:, 4:] = np.nan  # the lower half of the square
    filled = model.impute(holed, seed=1)
    np.testing.assert_array_equal(filled[:, :4], holed[:, :4])
    assert not np.isnan(filled).any()
    truth = pictures[:, 4:].astype(float)
    plain = squares(128, 0)[0][:, 4:].mean(axis=0)
    assert np.abs(filled[:, 4:] - truth).mean() < 0.35 * np.abs(plain - truth).mean()
    copies = model.impute(holed, draws=3, seed=1)
    assert len(copies) == 3 and (copies[0] != copies[1]).any()
    for copy in copies:
        np.testing.assert_array_equal(copy[:, :4], holed[:, :4])


def test_holes_are_filled_as_the_class_that_is_told(model):
    holed = np.full((20, 8, 8, 1), np.nan, np.float32)
    for side, inside, outside in (("left", LEFT, RIGHT), ("right", RIGHT, LEFT)):
        filled = model.impute((holed, np.full(20, side)), seed=2)
        assert filled[:, *inside].mean() > 100 > 30 > filled[:, *outside].mean()


def test_the_same_seed_gives_the_same_answers_also_after_saving(model, tmp_path):
    pictures, label = squares(40, 0)
    one, two = (obverse.fit("image_vae", pictures, label, seed=0, **SMALL | {"epochs": 2}) for _ in range(2))
    again = obverse.load(model.save(tmp_path / "model"))
    holed = pictures[:10].astype(np.float32)
    holed[:, 5:] = np.nan
    for other, same in ((two, one), (again, model)):
        np.testing.assert_array_equal(other.sample(7, seed=3), same.sample(7, seed=3))
        np.testing.assert_array_equal(other.log_prob(holed), same.log_prob(holed))
        np.testing.assert_array_equal(other.impute(holed, seed=4), same.impute(holed, seed=4))


def test_unlabelled_pictures_and_colours():
    rng = np.random.default_rng(0)
    red = rng.integers(50, 200, size=(60, 1, 1, 1)) * np.array([1.0, 0.5, 0.0]) * np.ones((60, 12, 10, 1))
    model = obverse.fit("image_vae", red.astype(np.uint8), seed=0, **SMALL | {"epochs": 20})
    drawn = model.sample(50, seed=1).astype(float)
    assert drawn.shape == (50, 12, 10, 3)
    assert drawn[..., 0].mean() > 1.5 * drawn[..., 1].mean() and drawn[..., 2].mean() < 15
    assert model.log_prob(red[:5].astype(np.uint8)).shape == (5,)


def test_pictures_without_a_label_help_beside_those_with_one():
    pictures, label = squares(120, 6)
    some = label.astype(object)
    some[40:] = None
    model = obverse.fit("image_vae", pictures, some, seed=0, **SMALL | {"epochs": 12})
    assert (model.predict(pictures[40:]) == label[40:]).mean() > 0.95


def test_training_that_was_cut_off_goes_on(tmp_path):
    pictures, label = squares(60, 7)
    folder = str(tmp_path / "state")
    whole = obverse.fit("image_vae", pictures, label, seed=0, **SMALL | {"epochs": 4})
    obverse.fit("image_vae", pictures, label, seed=0, checkpoint=folder, **SMALL | {"epochs": 4})
    resumed = obverse.fit("image_vae", pictures, label, seed=0, checkpoint=folder, **SMALL | {"epochs": 4})
    np.testing.assert_array_equal(resumed.sample(4, seed=1), whole.sample(4, seed=1))
