"""A family of texts under examination: how to build it small, and models fitted to the world `Chains`."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from typing import Any

from ..core.modality import HOLE
from ..core.model import Model
from ..data.texts import Texts
from ..data.worlds.chains import Chains
from .answers import SEED, answer
from .examined import Examined

TRAIN, FRESH = 600, 200  # texts
SMALL, QUESTIONED = 60, 6  # to fit and to ask about where only sameness matters


class TextSubject(Examined):
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        super().__init__(family, params)
        self.world = Chains()
        self._fitted: dict[tuple[int, bool], Model] = {}

    def train(self, n: int = TRAIN) -> Texts:
        """n texts to fit."""
        return self.world.sample(n, seed=1)

    def fresh(self, n: int = FRESH) -> Texts:
        """n other texts."""
        return self.world.sample(n, seed=2)

    def fit(self, n: int = TRAIN, *, labelled: bool = True, **over: Any) -> Model:
        """A new model, trained briefly on few texts; `over` are constructor arguments. Without labels where the family
        takes none."""
        made, over = self.train(n), over if n > SMALL else self.brief | over
        return self.make(**over).fit(made.texts.tolist(), made.told if labelled and self.tasks else None)

    def own(self, n: int = TRAIN, *, labelled: bool = True) -> Model:
        """A copy of the model fitted to n texts as it was just after fitting."""
        key = (n, labelled and bool(self.tasks))
        if key not in self._fitted:
            self._fitted[key] = self.fit(n, labelled=labelled)
        return copy.deepcopy(self._fitted[key])

    @property
    def reference(self) -> dict[str, str]:
        """What the model fitted to a few texts says to a few others."""
        return self.question(self.own(SMALL))

    def question(self, model: Model) -> dict[str, str]:
        """What it says to a few texts, drawing verbs with a seed and then with its own generator."""
        fresh = self.fresh(QUESTIONED)
        texts = fresh.texts.tolist()
        holed = [f"{text[:1]}{HOLE}{text[2:]}" for text in texts[:3]]
        questions: dict[str, Callable[[], Any]] = {
            "predict_proba": lambda: model.predict_proba(texts),
            "log_prob": lambda: model.log_prob((texts, fresh.told) if self.tasks else texts),
            "sample": lambda: model.sample(4, seed=SEED),
            "the next sample": lambda: model.sample(2),
            "impute": lambda: model.impute(holed, seed=SEED),
        }
        return {name: answer(ask) for name, ask in questions.items()}
