"""A family from texts to texts under examination: how to build it small, and models fitted to the world `Clauses`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..core.modality import HOLE
from ..core.model import Model
from ..data.texts import Texts
from ..data.worlds.clauses import Clauses
from .answers import SEED, answer
from .examined import Examined

SMALL, QUESTIONED = 60, 6  # to fit and to ask about where only sameness matters


class PairSubject(Examined):
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        super().__init__(family, params)
        self.world = Clauses()
        learned, self.held = self.world.split(seed=0)
        self._learned = self.world.pairs(learned * 2, seed=1)
        self._fitted: dict[int, Model] = {}

    def train(self, n: int | None = None) -> Texts:
        """n pairs to fit; without a number all, two of each sentence to learn from."""
        return self._learned if n is None else self.world.sample(n, seed=1)

    def fresh(self, n: int) -> Texts:
        """n pairs of sentences that none of all was of."""
        return self.world.pairs(self.held[:n], seed=2)

    def fit(self, n: int | None = None, **over: Any) -> Model:
        """A new model, trained briefly on few pairs; `over` are constructor arguments."""
        made, over = self.train(n), over if n is None or n > SMALL else self.brief | over
        return self.make(**over).fit(made.texts.tolist(), made.told.tolist())

    def own(self, n: int | None = None) -> Model:
        """A copy of the model fitted to n pairs, or to all, as it was just after fitting."""
        key = n or 0
        if key not in self._fitted:
            self._fitted[key] = self.fit(n)
        return copy.deepcopy(self._fitted[key])

    @property
    def reference(self) -> dict[str, str]:
        """What the model fitted to a few pairs says to a few others."""
        return self.question(self.own(SMALL))

    def question(self, model: Model) -> dict[str, str]:
        """What it says to a few pairs, drawing verbs with a seed and then with its own generator."""
        fresh = self.fresh(QUESTIONED)
        sources, targets = fresh.texts.tolist(), fresh.told.tolist()
        holed = [None, f"la{HOLE}", *targets[2:]]
        given = {"source": sources[0]}
        questions: dict[str, Callable[[], Any]] = {
            "predict": lambda: model.predict(sources),
            "log_prob": lambda: model.log_prob((sources, targets)),
            "sample": lambda: model.sample(4, given=given, seed=SEED),
            "the next sample": lambda: model.sample(2, given=given),
            "impute": lambda: model.impute((sources, holed), seed=SEED),
        }
        return {name: answer(ask) for name, ask in questions.items()}
