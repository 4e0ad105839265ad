"""The U-shaped network and its half: any sides, and squares of pixels as one place of larger pictures."""

import pytest

torch = pytest.importorskip("torch")
unet = pytest.importorskip("obverse.backbones.unet")


def test_larger_pictures_have_places_of_several_pixels() -> None:
    patches = [unet.patch_of(*sides) for sides in ((8, 8), (16, 16), (17, 4), (28, 28), (32, 32), (33, 9), (96, 96))]
    assert patches == [1, 1, 2, 2, 2, 4, 4]
    assert unet.widths(28, 28, 8, 2) == [8, 16] and unet.widths(28, 28, 8) == [8, 16, 32]


@pytest.mark.parametrize("patch", [1, 2, 4])
def test_every_pixel_is_read_and_written_whatever_the_sides(patch: int) -> None:
    torch.manual_seed(0)
    x = torch.randn(2, 3, 19, 13, requires_grad=True)
    net = unet.UNet(3, unet.widths(19, 13, 8, patch), 2, patch).eval()
    reader = unet.Reader(3, unet.widths(19, 13, 8, patch), 5, patch).eval()
    made, read = net(x, torch.rand(2), torch.zeros(2, dtype=torch.long)), reader(x)
    assert made.shape == x.shape and read.shape == (2, 5)
    for out in (made, read):
        (slope,) = torch.autograd.grad(out.square().sum(), x)
        assert bool((slope != 0).any(dim=(0, 1)).all())
    assert made.std(dim=(0, 1)).min() > 0
