"""A number that takes steps: piecewise constant in a category and a number, plus Gaussian noise.

kind ~ Cat(0.5, 0.3, 0.2),  x | kind ~ Uniform(0, 10),  y | kind, x ~ N(LEVELS[kind, piece of x], 0.4^2) with the pieces
[0, 3), [3, 7), [7, 10].
"""

from __future__ import annotations

from typing import final

import numpy as np
import pandas as pd

from obverse.core.schema import FloatArray

from .pieces import codes, draw, log_normal
from .world import World

KINDS = ("flat", "rise", "valley")
KIND = np.array([0.5, 0.3, 0.2])
WIDTH = 10.0
EDGES = np.array([3.0, 7.0])
LEVELS = np.array([[1.0, 1.0, 1.0], [0.0, 2.0, 5.0], [4.0, -1.0, 3.0]])
NOISE = 0.4


@final
class Steps(World):
    """Trees can be exact; a straight line cannot."""

    name = "steps"
    features = ("kind", "x")
    target = "y"
    task = "number"

    def _sample(self, n: int, rng: np.random.Generator) -> pd.DataFrame:
        kind = draw(np.broadcast_to(KIND, (n, len(KIND))), rng)
        frame = pd.DataFrame({"kind": np.array(KINDS)[kind], "x": rng.uniform(0, WIDTH, n)})
        return frame.assign(y=self._predict(frame) + NOISE * rng.standard_normal(n))

    def _log_prob(self, frame: pd.DataFrame) -> FloatArray:
        return self._log_prob_x(frame) + log_normal(frame["y"].to_numpy(float), self._predict(frame), NOISE)

    def _log_prob_x(self, frame: pd.DataFrame) -> FloatArray:
        inside = frame["x"].between(0, WIDTH).to_numpy()
        return np.log(KIND)[codes(frame, "kind", KINDS)] + np.where(inside, -np.log(WIDTH), -np.inf)

    def _predict(self, frame: pd.DataFrame) -> FloatArray:
        return LEVELS[codes(frame, "kind", KINDS), np.searchsorted(EDGES, frame["x"], side="right")]
