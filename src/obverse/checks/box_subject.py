"""A detector under examination: how to build it small, and models fitted to shapes whose boxes are known."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..core.model import Model
from ..data.worlds.shapes import Scenes, scenes
from .answers import answer
from .examined import Examined

TRAIN, FRESH, SIZE = 200, 60, 32  # pictures; pixels of a side
SMALL, QUESTIONED = 40, 6  # to fit and to ask about where only sameness matters


class BoxSubject(Examined):
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        super().__init__(family, params)
        self._fitted: dict[int, Model] = {}

    def train(self, n: int = TRAIN) -> Scenes:
        """n pictures to fit."""
        return scenes(n, seed=1, size=SIZE)

    def fresh(self, n: int = FRESH) -> Scenes:
        """n other pictures."""
        return scenes(n, seed=2, size=SIZE)

    def fit(self, n: int = TRAIN, **over: Any) -> Model:
        """A new model; `over` are constructor arguments."""
        made = self.train(n)
        return self.make(**over).fit(made.pixels, held(made))

    def own(self, n: int = TRAIN) -> Model:
        """A copy of the model fitted to n pictures as it was just after fitting."""
        if n not in self._fitted:
            self._fitted[n] = self.fit(n)
        return copy.deepcopy(self._fitted[n])

    def question(self, model: Model) -> dict[str, str]:
        """What it says to a few pictures."""
        pixels = self.fresh(QUESTIONED).pixels
        questions: dict[str, Callable[[], Any]] = {
            "predict": lambda: [part for one in model.predict(pixels) for part in one],
            "sample": lambda: model.sample(1, seed=0),
        }
        return {name: answer(ask) for name, ask in questions.items()}


def held(made: Scenes) -> list[Any]:
    """What is in each picture, as `fit(X, y)` takes it."""
    return list(zip(made.boxes, made.labels, strict=True))
