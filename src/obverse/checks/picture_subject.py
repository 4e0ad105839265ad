"""A family of pictures under examination: how to build it small, and models fitted to the world `Bars`, or to `Shades`
where pictures have captions."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from ..core.model import Model
from ..data.pictures import Pictures
from ..data.worlds.bars import Bars
from ..data.worlds.shades import Shades
from .answers import SEED, answer
from .examined import Examined

TRAIN, FRESH = 400, 100  # pictures
SMALL, QUESTIONED = 60, 8  # to fit and to ask about where only sameness matters


class PictureSubject(Examined):
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        super().__init__(family, params)
        self.world = Shades() if family.card.condition == "caption" else Bars()
        self._fitted: dict[int, Model] = {}

    def train(self, n: int = TRAIN) -> Pictures:
        """n pictures to fit."""
        return self.world.sample(n, seed=1)

    def fresh(self, n: int = FRESH) -> Pictures:
        """n other pictures."""
        return self.world.sample(n, seed=2)

    def fit(self, n: int = TRAIN, **over: Any) -> Model:
        """A new model, trained briefly on few pictures; `over` are constructor arguments."""
        made, over = self.train(n), over if n > SMALL else self.brief | over
        return self.make(**over).fit(made if self.tasks else made.pixels)

    def own(self, n: int = TRAIN) -> Model:
        """A copy of the model fitted to n pictures as it was just after fitting."""
        if n not in self._fitted:
            self._fitted[n] = self.fit(n)
        return copy.deepcopy(self._fitted[n])

    def question(self, model: Model) -> dict[str, str]:
        """What it says to a few pictures, drawing verbs with a seed and then with its own generator."""
        fresh = self.fresh(QUESTIONED)
        holed = fresh.pixels.astype(float)
        holed[:, :3] = np.nan
        questions: dict[str, Callable[[], Any]] = {
            "predict_proba": lambda: model.predict_proba(fresh.pixels),
            "log_prob": lambda: model.log_prob((fresh.pixels, fresh.labels)),
            "sample": lambda: model.sample(4, seed=SEED),
            "the next sample": lambda: model.sample(2),
            "impute": lambda: model.impute(holed, seed=SEED),
        }
        return {name: answer(ask) for name, ask in questions.items()}
