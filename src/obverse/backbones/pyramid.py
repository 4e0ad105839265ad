"""Small residual network that reads a picture at three scales and says so many numbers for every fourth pixel each way.

Residual blocks (He et al. 2016) at a quarter, an eighth and a sixteenth of the picture's size; the coarse maps, which
see far, are added to the fine one, which knows where things are (Lin et al. 2017, feature pyramid networks).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from torch import nn

STRIDE = 4  # pixels from one answer to the next, down and across


def answers_at(height: int, width: int) -> tuple[int, int]:
    """Rows and columns of the map of answers for a picture of that size."""
    return -(-height // STRIDE), -(-width // STRIDE)


def pyramid(inputs: int, width: int, outputs: int) -> nn.Module:
    """A network of pictures (n, inputs, h, w) to maps (n, outputs, h / 4, w / 4), sizes rounded up.

    Args:
        inputs: channels of a picture.
        width: channels of the finest scale; half as many more at each coarser one. 32 makes 0.2 million parameters.
        outputs: numbers said of each place, by a layer named `out` whose bias starts at 0.
    """
    import torch
    from torch import nn
    from torch.nn import functional

    def convolution(before: int, after: int, stride: int = 1) -> nn.Module:
        return nn.Sequential(nn.Conv2d(before, after, 3, stride, 1, bias=False), nn.BatchNorm2d(after))

    class Block(nn.Module):
        def __init__(self, channels: int) -> None:
            super().__init__()
            self.first, self.second = convolution(channels, channels), convolution(channels, channels)

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return (x + self.second(self.first(x).relu())).relu()

    class Pyramid(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            wide = [width, width * 3 // 2, width * 2]
            self.enter = nn.Sequential(convolution(inputs, width // 2, 2), nn.ReLU())
            downs = zip([width // 2, *wide], wide, strict=False)
            self.scales = nn.ModuleList(nn.Sequential(convolution(a, b, 2), nn.ReLU(), Block(b)) for a, b in downs)
            self.beside = nn.ModuleList(nn.Conv2d(channels, width, 1) for channels in wide)
            self.smooth = nn.Sequential(convolution(width, width), nn.ReLU(), convolution(width, width), nn.ReLU())
            self.out = nn.Conv2d(width, outputs, 1)
            nn.init.zeros_(self.out.bias)  # pyright: ignore[reportArgumentType]

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            x, maps = self.enter(x), list[torch.Tensor]()
            for scale in self.scales:
                x = scale(x)
                maps.append(x)
            found = self.beside[-1](maps[-1])
            for beside, finer in zip(reversed(self.beside[:-1]), reversed(maps[:-1]), strict=True):
                found = beside(finer) + functional.interpolate(found, size=finer.shape[-2:], mode="nearest")
            return self.out(self.smooth(found))

    return Pyramid()
