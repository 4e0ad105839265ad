"""Local contrasts: what they see, what they do not, and what a hole hides."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from obverse.backbones.contrasts import DIRECTIONS, contrasts
from obverse.core.patches import patches


def stripes(angle: float, side: int = 28) -> np.ndarray:
    """Grey waves that change along an angle, (1, side, side, 1)."""
    down, across = np.mgrid[:side, :side]
    return (128 + 60 * np.sin(np.cos(angle) * across + np.sin(angle) * down))[None, ..., None]


@pytest.mark.parametrize(("height", "width", "channels"), [(8, 8, 1), (28, 28, 1), (9, 13, 3), (2, 5, 1), (40, 32, 3)])
def test_a_mean_and_every_scale_and_direction_of_each_place_and_the_exposure(height, width, channels):
    found = contrasts(np.random.default_rng(0).uniform(0, 255, (3, height, width, channels)))
    places = len(patches(height, width)) * channels
    assert len(found) == 3 and np.isfinite(found).all()
    assert (found.shape[1] - 2 - places) % (places * DIRECTIONS) == 0


def test_exposure_is_in_the_last_two_numbers_alone():
    x = gaussian_filter(np.random.default_rng(1).uniform(0, 255, (4, 28, 28, 1)), (0, 1, 1, 0))
    one, other = contrasts(x), contrasts(0.5 * x + 40)
    assert np.allclose(one[:, :-2], other[:, :-2], atol=1e-6)
    assert np.allclose(other[:, -2], 0.5 * one[:, -2] + 40) and np.allclose(other[:, -1], one[:, -1] + np.log(0.5))


@pytest.mark.parametrize("turn", range(DIRECTIONS))
def test_waves_are_strongest_in_the_direction_they_have(turn):
    found = contrasts(stripes(turn * np.pi / DIRECTIONS))[0, 49:-2].reshape(-1, DIRECTIONS, 49)
    middle = found[:, :, 24]
    assert (middle.argmax(axis=1) == turn).all()


def test_a_blurred_place_has_less_of_the_finest_scale():
    sharp = np.random.default_rng(2).uniform(0, 255, (1, 28, 28, 1))
    dull = sharp.copy()
    dull[:, 12:16, 12:16] = gaussian_filter(sharp, (0, 2, 2, 0))[:, 12:16, 12:16]
    change = (contrasts(dull) - contrasts(sharp))[0, 49 : 49 * (1 + DIRECTIONS)].reshape(DIRECTIONS, 49)
    assert (change.argmin(axis=1) == 24).all() and (change[:, 24] < -0.3).all()


def test_a_hole_hides_its_place_and_little_else():
    x = gaussian_filter(np.random.default_rng(3).uniform(0, 255, (2, 28, 28, 1)), (0, 1, 1, 0))
    holed = x.copy()
    holed[:, 4:8, 8:12] = np.nan
    whole, found = contrasts(x), contrasts(holed)
    hidden = np.isnan(found[:, :-2].reshape(2, -1, 49))
    assert hidden[:, :, 9].all() and hidden.sum() == hidden[:, :, 9].size
    far = np.arange(49).reshape(7, 7)[4:].ravel()
    gap = (found - whole)[:, :-2].reshape(2, -1, 49)[:, :, far]
    assert np.abs(gap).max() < 0.1
    assert np.isnan(contrasts(np.full((1, 8, 8, 1), np.nan))).all()


def test_an_empty_picture_has_contrasts():
    assert np.isfinite(contrasts(np.full((1, 8, 8, 3), 7.0))).all()
