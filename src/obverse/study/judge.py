"""The judge of made pictures: a network that learned the classes from the training part, one for each split.

It is trained once and kept in the study's folder; whoever needs it first makes it, and the others wait.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..core.model import Model
from ..core.schema import Array, FloatArray
from ..data.pictures import Pictures
from ..modalities.image import scaled
from ..registry import get
from .lock import lock

FAMILY, FOLDER = "convnet", "judges"
BLOCK = 500  # pictures looked at at once


@dataclass(frozen=True)
class Judge:
    """A fitted `convnet`."""

    model: Model

    def reads(self, pictures: Pictures) -> float:
        """Share of pictures that it reads as their label."""
        return float((np.asarray(self.model.predict(pictures.pixels)) == pictures.told).mean())

    def features(self, pixels: Array) -> FloatArray:
        """What its scores are read from, float64 (n, d), of uint8 pictures (n, h, w, c)."""
        import torch

        net: Any = self.model.net_  # pyright: ignore[reportAttributeAccessIssue]
        with torch.no_grad():
            x = torch.as_tensor(scaled(pixels.astype(np.float32)))
            return torch.cat([net.features(part) for part in x.split(BLOCK)]).double().numpy()


def of_split(folder: Path, split: int, train: Pictures, seed: int) -> Judge:
    """The judge of a split, made now or read from the study's folder."""
    place = folder / FOLDER
    place.mkdir(exist_ok=True)
    with (place / f"{split}.lock").open("wb") as file:
        lock(file.fileno(), wait=True)
        if (place / str(split)).is_dir():
            return Judge(get(FAMILY).load(place / str(split)))
        given: dict[str, Any] = {"random_state": seed + 1}
        model = get(FAMILY)(**given).fit(train)
        model.save(place / str(split))
        return Judge(model)
