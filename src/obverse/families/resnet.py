"""Residual network of pictures (He et al. 2016), built by `transformers` from a config or read from a folder.

A folder that `transformers` saved (`from_pretrained`) brings real weights; its last layer is new where the classes are
others. Small pictures are enlarged, since the network halves them twice before its first block.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.card import Card
from ..core.errors import BadInput, MissingExtra
from ..core.rng import RandomState
from ..core.schema import Schema
from ..modalities.image import IMAGE, shape_of
from ..training.pictures import ClassifiesPictures

if TYPE_CHECKING:
    import torch

SIDE = 32  # pixels that a picture is enlarged to at least, in whole steps
STAGES, BLOCKS = 3, 2  # of a network from scratch, each stage of twice the channels


class ResNet(ClassifiesPictures):
    """P(y | x) of pictures.

    Args:
        channels: of the first stage of a network from scratch, by default those of He et al.'s for small pictures.
        weights: folder saved by `transformers` to start from, instead of a network from scratch.
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
        key="resnet",
        title="Residual network of pictures",
        learns=frozenset({"P(y|x)"}),
        modality=IMAGE,
        backbone="convnet",
        objective="cross-entropy",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=("He et al. 2016, Deep residual learning for image recognition, CVPR",),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        extras=("deep",),
        avoid_when="there are a few dozen labels: start from a folder of real weights",
        by_name=True,
        tiny={"channels": 8, "epochs": 8, "batch": 32},
    )

    def __init__(
        self,
        channels: int = 16,
        weights: str | None = None,
        epochs: int | None = None,
        batch: int = 64,
        rate: float = 3e-3,
        decay: float = 5e-2,
        budget: float | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.channels = channels
        self.weights = weights
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    def _network(self, schema: Schema, *, trained: bool) -> torch.nn.Module:
        try:
            from transformers import ResNetConfig, ResNetForImageClassification
        except ImportError as error:
            raise MissingExtra(f'{self.card.key} needs transformers: pip install "obverse[deep]"') from error
        height, width, channels = shape_of(schema)
        classes, repeat = len(schema.columns[1].values), math.ceil(SIDE / min(height, width))
        if self.weights is not None and not trained:
            if not (Path(self.weights) / "config.json").is_file():
                raise BadInput(f"{self.weights} is no folder that transformers saved: it has no config.json")
            net: Any = ResNetForImageClassification.from_pretrained(
                self.weights, num_labels=classes, ignore_mismatched_sizes=True, local_files_only=True
            )
            if net.config.num_channels != channels:
                raise BadInput(f"{self.weights} reads {net.config.num_channels} channels, the pictures have {channels}")
        else:
            own = {
                "num_channels": channels, "embedding_size": self.channels, "depths": [BLOCKS] * STAGES,
                "hidden_sizes": [self.channels * 2**i for i in range(STAGES)], "layer_type": "basic",
            }  # fmt: skip
            config = (self.config_ if trained else own) | {"num_labels": classes}
            net = ResNetForImageClassification(ResNetConfig.from_dict(config))
        self.config_ = {k: getattr(net.config, k) for k in CONFIG}
        return _Enlarged(net, repeat)

    def _state(self) -> dict[str, Any]:
        return super()._state() | {"config": self.config_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.config_ = {k: state["config"][k] for k in CONFIG}
        super()._restore(state)


CONFIG = ("num_channels", "embedding_size", "depths", "hidden_sizes", "layer_type", "downsample_in_first_stage",
          "downsample_in_bottleneck", "hidden_act")  # fmt: skip


def _Enlarged(net: Any, repeat: int) -> torch.nn.Module:
    """The network after enlarging pictures so many times."""
    from torch import nn

    class Enlarged(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            if repeat > 1:
                x = nn.functional.interpolate(x, scale_factor=repeat, mode="bilinear", align_corners=False)
            return self.net(pixel_values=x).logits

    return Enlarged()
