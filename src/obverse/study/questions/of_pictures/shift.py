"""Predict under shift: pictures that were made brighter, turned, noisy or partly covered after training was over.

Each change comes in three strengths; what it does to a picture depends on the seed alone, so all families see the same.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import ndimage

from ....core.card import Task
from ....core.model import Model
from ....core.queries import Ability
from ....core.schema import Array
from ...metrics.predict import accuracy
from ..question import Answer, Question, Subject

PICTURES = 200  # of the test part, looked at
TOP = 255.0
Change = Callable[[Array, float, np.random.Generator], Array]


def brightened(pixels: Array, strength: float, rng: np.random.Generator) -> Array:
    """That share of the way to white."""
    return pixels + strength * (TOP - pixels)


def turned(pixels: Array, degrees: float, rng: np.random.Generator) -> Array:
    """Turned either way by lot; what comes in is what lay at the edge."""
    ways = rng.choice([-1.0, 1.0], size=len(pixels))
    return np.stack(
        [
            ndimage.rotate(one, way * degrees, axes=(0, 1), reshape=False, order=1, mode="nearest")
            for one, way in zip(pixels, ways, strict=True)
        ]
    )


def noisy(pixels: Array, deviation: float, rng: np.random.Generator) -> Array:
    """Normal noise of that standard deviation, in grey levels, on every number."""
    return pixels + rng.normal(0, deviation, pixels.shape)


def covered(pixels: Array, share: float, rng: np.random.Generator) -> Array:
    """A grey square of that share of the picture, somewhere."""
    n, height, width, _ = pixels.shape
    high, wide = (max(1, round(side * np.sqrt(share))) for side in (height, width))
    out = pixels.copy()
    for one, top, left in zip(out, rng.integers(height - high + 1, size=n), rng.integers(width - wide + 1, size=n),
                              strict=True):  # fmt: skip
        one[top : top + high, left : left + wide] = TOP / 2
    return out


CHANGES: dict[str, tuple[Change, tuple[float, ...], str]] = {
    "brightness": (brightened, (0.2, 0.4, 0.6), "share of the way to white"),
    "rotation": (turned, (15.0, 30.0, 45.0), "degrees, either way"),
    "noise": (noisy, (20.0, 40.0, 60.0), "standard deviation, of 255"),
    "occlusion": (covered, (0.06, 0.12, 0.25), "share covered by a grey square"),
}


def _can(family: type[Model], task: Task | None) -> Ability:
    return family.can("predict", target=task)


def _put(subject: Subject) -> Answer:
    rows = np.random.default_rng([subject.seed, 4]).permutation(len(subject.test))[:PICTURES]
    some = subject.test.take(np.sort(rows))
    plain = accuracy(some.told, subject.model.predict(some.pixels))
    figures: dict[str, float | None] = {"accuracy_plain": plain}
    curves: dict[str, dict[str, Any]] = {}
    for i, (name, (change, strengths, meaning)) in enumerate(CHANGES.items()):
        rights = []
        for k, strength in enumerate(strengths):
            rng = np.random.default_rng([subject.seed, 5, i, k])
            changed = np.clip(np.rint(change(some.pixels.astype(float), strength, rng)), 0, TOP).astype(np.uint8)
            rights.append(accuracy(some.told, subject.model.predict(changed)))
        figures[f"accuracy_{name}"] = float(np.mean(rights))
        curves[name] = {"strength": [0.0, *strengths], "accuracy": [plain, *rights], "meaning": meaning}
    every = [right for kind in curves.values() for right in kind["accuracy"][1:]]
    figures["accuracy_changed"] = float(np.mean(every))
    return Answer(figures, {"changes": curves})


QUESTION = Question(
    key="shift",
    title="Predict elsewhere",
    ask="How right is it about pictures made brighter, turned, noisy or partly covered?",
    verb="bears changed pictures best",
    metrics=("accuracy_changed", "accuracy_plain", *(f"accuracy_{name}" for name in CHANGES)),
    can=_can,
    put=_put,
)
