"""Small convolutional network of pictures: the half of diffusion's U-Net that goes down, trained as P(y | x).

`image_diffusion` trains the whole of the same network as P(x | y). What it is told of time and class is here one
learned vector, the same for every picture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.card import Card
from ..core.rng import RandomState
from ..core.schema import Schema
from ..modalities.image import IMAGE, shape_of
from ..training.pictures import ClassifiesPictures

if TYPE_CHECKING:
    import torch


class ConvNet(ClassifiesPictures):
    """P(y | x) of pictures.

    Args:
        channels: of the finest scale of the network, twice as many wherever sides halve.
        epochs: passes over the pictures; None takes as many as show 240,000 pictures, 4 to 60, and with a budget as
            many as it allows, at most 60.
        batch: pictures of a step.
        rate: highest learning rate.
        decay: weight decay.
        budget: seconds after which training stops; None: when the epochs are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds weights and batches.
    """

    card = Card(
        key="convnet",
        title="Small convolutional network of pictures",
        learns=frozenset({"P(y|x)"}),
        modality=IMAGE,
        backbone="unet",
        objective="cross-entropy",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=(
            "LeCun et al. 1989, Backpropagation applied to handwritten zip code recognition, Neural Computation",
            "He et al. 2016, Deep residual learning for image recognition, CVPR",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        extras=("deep",),
        avoid_when="there are real weights to start from: resnet reads a folder of them",
        by_name=True,
        tiny={"channels": 8, "epochs": 8, "batch": 32},
    )

    def __init__(
        self,
        channels: int = 32,
        epochs: int | None = None,
        batch: int = 64,
        rate: float = 2e-3,
        decay: float = 5e-2,
        budget: float | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.channels = channels
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    def _network(self, schema: Schema, *, trained: bool) -> torch.nn.Module:
        from ..backbones.unet import Reader, patch_of, widths

        height, width, channels = shape_of(schema)
        patch = patch_of(height, width)
        return Reader(channels, widths(height, width, self.channels, patch), len(schema.columns[1].values), patch)
