"""Pictures and boxes altered together, padded and brought to a size."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from obverse.training import boxes as training  # noqa: E402


def test_a_box_stays_on_what_it_marks():
    """A bright square is where its box says, however the picture was altered."""
    x, box = torch.zeros(200, 1, 40, 60), torch.tensor([22.0, 12.0, 34.0, 26.0])
    x[..., 12:26, 22:34] = 1.0
    boxes, codes = box.expand(200, 1, 4), torch.zeros(200, 1, dtype=torch.int64)
    out, moved, kept = training.altered(x, boxes, codes, torch.Generator().manual_seed(0))
    assert out.shape == x.shape and (kept == 0).all()
    bright = out[:, 0] > (out[:, 0].amax(dim=(1, 2), keepdim=True) + out[:, 0].amin(dim=(1, 2), keepdim=True)) / 2
    for mask, (left, top, right, bottom) in zip(bright, moved[:, 0], strict=True):
        rows, columns = (mask.any(dim=d).nonzero() for d in (1, 0))
        seen = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
        np.testing.assert_allclose([left, top, right, bottom], np.array(seen), atol=1.1)
    sides = moved[:, 0, 2] - moved[:, 0, 0]
    assert sides.min() < 11 and sides.max() > 13 and len(set(moved[:, 0, 0].tolist())) > 100


def test_pictures_are_mirrored_and_not_turned_over():
    x = torch.zeros(100, 1, 8, 8)
    x[:, :, 0, 0] = 1
    boxes, codes = torch.tensor([0.0, 0, 4, 2]).expand(100, 1, 4), torch.zeros(100, 1, dtype=torch.int64)
    _, moved, kept = training.altered(x, boxes, codes, torch.Generator().manual_seed(0))
    middle = (moved[..., :2] + moved[..., 2:])[kept == 0] / 2
    assert 20 < (middle[:, 0] > 4).sum() < len(middle) - 20 and (middle[:, 1] < 4).all()


def test_a_box_that_leaves_the_picture_is_none(monkeypatch):
    monkeypatch.setattr(training, "SHIFT", 0.9)
    boxes, codes = torch.tensor([12.0, 12, 16, 16]).expand(200, 1, 4), torch.ones(200, 1, dtype=torch.int64)
    _, moved, kept = training.altered(torch.zeros(200, 1, 16, 16), boxes, codes, torch.Generator().manual_seed(0))
    assert 20 < (kept == -1).sum() < 180
    assert (moved[kept == 1] >= 0).all() and (moved[kept == 1] <= 16).all()
    sides = (moved[..., 2:] - moved[..., :2])[kept == 1]
    assert (sides > 0).all()


def test_padding():
    boxes, codes = training.padded([np.ones((2, 4)), np.empty((0, 4))], [np.array([3, 0]), np.array([], int)])
    assert boxes.shape == (2, 2, 4) and codes.tolist() == [[3, 0], [-1, -1]] and boxes.dtype == np.float32
    assert training.padded([], [])[0].shape == (0, 1, 4)


@pytest.mark.parametrize(
    ("height", "width", "side", "size"), [(240, 320, 256, (192, 256)), (64, 64, 256, (64, 64)), (500, 5, 100, (100, 1))]
)
def test_the_longer_side_is_bounded(height, width, side, size):
    assert training.sizes(height, width, side) == size


def test_a_smaller_picture_has_the_mean_of_what_it_covers():
    x = torch.zeros(1, 1, 8, 8)
    x[..., ::2] = 1.0
    assert training.resized(x, (8, 8)) is x or torch.equal(training.resized(x, (8, 8)), x)
    assert (training.resized(x, (4, 4)) - 0.5).abs().max() < 0.2
    assert training.resized(x[:0], (4, 4)).shape == (0, 1, 4, 4)
