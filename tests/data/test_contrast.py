"""Pictures of one contrast."""

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.data.contrast import even_contrast


def test_brightness_and_contrast_are_the_same_afterwards():
    rng = np.random.default_rng(0)
    base = rng.normal(0, 1, (1, 20, 20))
    pictures = np.concatenate([100 + 10 * base, 150 + 30 * base]).round().clip(0, 255).astype(np.uint8)
    even = even_contrast(pictures).astype(float)
    assert even.shape == (2, 20, 20, 1)
    np.testing.assert_allclose(even.mean(axis=(1, 2, 3)), 128, atol=1)
    np.testing.assert_allclose(even.std(axis=(1, 2, 3)), 48, atol=1)
    assert np.abs(even[0] - even[1]).max() <= 6  # what they show is the same, but for rounding of the pale one


def test_an_empty_picture_stays_empty_and_numbers_are_checked():
    assert (even_contrast(np.full((1, 4, 4), 7, np.uint8)) == 128).all()
    with pytest.raises(BadInput, match="uint8"):
        even_contrast(np.zeros((1, 4, 4)))
