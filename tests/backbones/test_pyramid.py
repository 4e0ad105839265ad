"""The network of boxes: its size and the size of its map."""

import pytest

torch = pytest.importorskip("torch")

from obverse.backbones.pyramid import pyramid  # noqa: E402


@pytest.mark.parametrize(("height", "width"), [(64, 64), (50, 33), (16, 5), (1, 1)])
def test_an_answer_for_every_fourth_pixel(height, width):
    net = pyramid(3, 8, 7)
    assert net(torch.zeros(2, 3, height, width)).shape == (2, 7, -(-height // 4), -(-width // 4))


def test_it_is_small():
    assert 190_000 < sum(p.numel() for p in pyramid(3, 32, 7).parameters()) < 220_000


def test_far_places_are_seen():
    torch.manual_seed(0)
    net, x = pyramid(1, 8, 5).eval(), torch.randn(1, 1, 128, 128)
    moved = x.clone()
    moved[..., 40, 64] += 5
    change = (net(moved) - net(x)).abs().amax(dim=(0, 1))
    assert change[16, 16] > 0 and change[10, 16] > change[31, 31]  # 24 pixels away, and all the way in a corner
