"""A multilayer perceptron as arrays and one function that numpy and torch both run.

Layers after the first add to what they were given (He et al. 2016), rectified. It is trained with torch; asked with
numpy it needs none.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from ..core.schema import Array

Weights = dict[str, Array]


def start(inputs: int, width: int, depth: int, outputs: int, rng: np.random.Generator, *, prefix: str = "") -> Weights:
    """Weights before training: `depth` hidden layers, and an output that is small."""
    out: Weights = {}
    for i in range(depth):
        size = inputs if i == 0 else width
        out[f"{prefix}{i}"] = rng.normal(size=(size, width)) * np.sqrt((2 if i == 0 else 0.5) / size)
        out[f"{prefix}{i}.bias"] = np.zeros(width)
    out[f"{prefix}out"] = rng.normal(size=(width, outputs)) * 0.1 / np.sqrt(width)
    out[f"{prefix}out.bias"] = np.zeros(outputs)
    return out


def forward(weights: Mapping[str, Any], x: Any, *, prefix: str = "") -> Any:
    """(n, inputs) -> (n, outputs), of the kind of x: an array or a tensor."""
    depth = sum(name.startswith(prefix) and name[len(prefix) :].isdigit() for name in weights)
    for i in range(depth):
        new = x @ weights[f"{prefix}{i}"] + weights[f"{prefix}{i}.bias"]
        new = np.maximum(new, 0) if isinstance(new, np.ndarray) else new.relu()  # whose gradient is quicker than clip's
        x = new if i == 0 else x + new
    return x @ weights[f"{prefix}out"] + weights[f"{prefix}out.bias"]
