"""A finder of spans under examination: how to build it small, and models fitted to notices whose names are known."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..core.model import Model
from ..data.spans import Marked
from ..data.worlds.notices import Notices
from .answers import answer
from .examined import Examined

TRAIN, FRESH = 200, 80  # texts
SMALL, QUESTIONED = 40, 6  # to fit and to ask about where only sameness matters


class SpanSubject(Examined):
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        super().__init__(family, params)
        self.world = Notices()
        self._fitted: dict[int, Model] = {}

    def train(self, n: int = TRAIN) -> Marked:
        """n texts to fit."""
        return self.world.sample(n, seed=1)

    def fresh(self, n: int = FRESH) -> Marked:
        """n other texts."""
        return self.world.sample(n, seed=2)

    def fit(self, n: int = TRAIN, **over: Any) -> Model:
        """A new model; `over` are constructor arguments."""
        made = self.train(n)
        return self.make(**over).fit(made.texts.tolist(), made.spans)

    def own(self, n: int = TRAIN) -> Model:
        """A copy of the model fitted to n texts as it was just after fitting."""
        if n not in self._fitted:
            self._fitted[n] = self.fit(n)
        return copy.deepcopy(self._fitted[n])

    @property
    def reference(self) -> dict[str, str]:
        """What the model fitted to a few texts says to a few others."""
        return self.question(self.own(SMALL))

    def question(self, model: Model) -> dict[str, str]:
        """What it says to a few texts."""
        fresh = self.fresh(QUESTIONED)
        texts = fresh.texts.tolist()
        questions: dict[str, Callable[[], Any]] = {
            "predict": lambda: repr(model.predict(texts)),
            "log_prob": lambda: model.log_prob((texts, fresh.spans)),
            "sample": lambda: model.sample(1, seed=0),
        }
        return {name: answer(ask) for name, ask in questions.items()}
