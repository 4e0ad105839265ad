"""The kernel density of contrasts: what is odd, in which direction, and where."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

import obverse
from obverse.core.errors import BadInput, CannotAnswer


@pytest.fixture(scope="module")
def digits() -> tuple[np.ndarray, np.ndarray]:
    found = load_digits()
    return (found.images * 15.9).astype(np.uint8)[..., None], found.target


def test_a_class_that_was_left_out_is_odd(digits):
    pixels, label = (part[np.random.default_rng(0).permutation(len(part))] for part in digits)
    found = []
    for out in (1, 3, 8, 9):
        model = obverse.fit("image_kernel_density", pixels[:1200][label[:1200] != out], seed=0)
        found.append(roc_auc_score(label[1200:] == out, model.anomaly(pixels[1200:])))
    assert min(found) > 0.94


def test_what_lacks_detail_is_as_odd_as_what_has_too_much(digits):
    pixels, _ = digits
    model = obverse.fit("image_kernel_density", pixels[:600], seed=0)
    plain = pixels[600:700].astype(float)
    dull = np.rint(gaussian_filter(plain, (0, 1.2, 1.2, 0)))
    rough = np.clip(np.rint(plain + np.random.default_rng(0).normal(0, 40, plain.shape)), 0, 255)
    usual, less, more = (np.median(model.anomaly(x)) for x in (plain, dull, rough))
    assert less > usual + 20 and more > usual + 20


def test_exposure_that_varies_counts_little(digits):
    pixels, _ = digits
    model = obverse.fit("image_kernel_density", pixels[:600], seed=0)
    pale = np.rint(pixels[600:] * 0.5 + 60)
    assert np.median(model.anomaly(pale)) < np.median(model.anomaly(255 - pixels[600:]))


def test_the_patch_that_was_changed_is_the_most_surprising(digits):
    pixels, _ = digits
    model = obverse.fit("image_kernel_density", pixels[:600], seed=0)
    asked = pixels[600:640].copy()
    asked[:, 0:2, 0:2, 0] = [[255, 0], [0, 255]]  # a corner that is black in every picture
    where = model.anomaly(asked, by="patch")
    assert where.shape == (40, 8, 8)
    assert (where.reshape(40, -1).argmax(axis=1) == 0).mean() > 0.9


def test_unknown_places_are_left_out(digits):
    pixels, _ = digits
    model = obverse.fit("image_kernel_density", pixels[:300], seed=0)
    holed = pixels[300:303].astype(float)
    holed[0] = np.nan
    holed[1, :4] = np.nan
    log = model.log_prob(holed)
    assert log[0] == pytest.approx(0, abs=1e-9) and np.isfinite(log).all()
    assert log[1] == pytest.approx(model.log_prob(holed[1:2])[0])


def test_the_width_is_the_likeliest_or_the_one_given(digits):
    pixels, _ = digits
    found = obverse.fit("image_kernel_density", pixels[:400], seed=0)
    held = pixels[400:800]
    others = [obverse.fit("image_kernel_density", pixels[:400], seed=0, width=w) for w in (0.15, 2.0)]
    assert others[0].width_ == 0.15
    assert found.log_prob(held).mean() > max(model.log_prob(held).mean() for model in others)


def test_of_many_pictures_some_are_kept_and_repeats_or_a_single_one_do_no_harm(digits):
    pixels, _ = digits
    few = obverse.fit("image_kernel_density", pixels[:500], seed=3, kept=100)
    assert few.known_.shape[0] == 100
    other = obverse.fit("image_kernel_density", pixels[:500], seed=4, kept=100)
    assert not np.array_equal(few.known_, other.known_)
    for known in (np.repeat(pixels[:1], 20, axis=0), pixels[:1]):
        model = obverse.fit("image_kernel_density", known, seed=0)
        same, unlike = model.anomaly(pixels[:2])
        assert np.isfinite([same, unlike]).all() and same < unlike


def test_colour_counts():
    rng = np.random.default_rng(0)
    grey = rng.integers(60, 200, (200, 12, 12, 1))
    red = np.clip(grey + np.array([40, 0, 0]), 0, 255).astype(np.uint8)
    model = obverse.fit("image_kernel_density", red[:150], seed=0)
    assert np.median(model.anomaly(red[150:, :, :, ::-1])) > model.anomaly(red[150:]).max()


def test_what_it_cannot_answer_is_said(digits):
    pixels, label = digits
    model = obverse.fit("image_kernel_density", pixels[:50], seed=0)
    for ask in (lambda: model.sample(1), lambda: model.predict(pixels[:1])):
        with pytest.raises(CannotAnswer):
            ask()
    with pytest.raises(CannotAnswer, match='by="patch"'):
        model.anomaly(pixels, by="cell")
    with pytest.raises(BadInput, match="width"):
        obverse.fit("image_kernel_density", pixels[:50], width=0.0)
    with pytest.raises(BadInput, match="class target"):
        obverse.fit("image_kernel_density", pixels[:50], label[:50])
