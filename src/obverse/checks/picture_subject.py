"""A family of pictures under examination: how to build it small, and models fitted to the world `Bars`."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..core.card import Card, Task
from ..core.model import Model
from ..data.pictures import Pictures
from ..data.worlds.bars import Bars

TRAIN, FRESH = 400, 100  # pictures
SMALL = 60  # to fit where only sameness matters


class PictureSubject:
    """One family, built with `card.tiny`; see `Subject` for tables.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    world = Bars()

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        self.family = family
        self.params: dict[str, Any] = {**family.card.tiny, **(params or {})}
        self._fitted: dict[int, Model] = {}

    @property
    def card(self) -> Card:
        """The family's card."""
        return self.family.card

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Kinds of target it takes."""
        return () if self.card.learns <= {"P(x)"} else tuple(sorted(self.card.tasks))

    @property
    def untargeted(self) -> bool:
        """It can be fitted without labels."""
        return "P(x)" in self.card.learns and not self.card.needs_target

    @cached_property
    def file(self) -> Path | None:
        """The file that defines it, None when there is none."""
        try:
            path = Path(inspect.getfile(self.family))
        except (TypeError, OSError):
            return None
        return path if path.is_file() else None

    def make(self, **over: Any) -> Model:
        """A new, unfitted model with `random_state=0`."""
        return self.family(**{**self.params, "random_state": 0, **over})

    def train(self, n: int = TRAIN) -> Pictures:
        """n pictures to fit."""
        return self.world.sample(n, seed=1)

    def fresh(self, n: int = FRESH) -> Pictures:
        """n other pictures."""
        return self.world.sample(n, seed=2)

    def fit(self, n: int = TRAIN, **over: Any) -> Model:
        """A new model; `over` are constructor arguments."""
        made = self.train(n)
        return self.make(**over).fit(made if self.tasks else made.pixels)

    def own(self, n: int = TRAIN) -> Model:
        """A copy of the model fitted to n pictures as it was just after fitting."""
        if n not in self._fitted:
            self._fitted[n] = self.fit(n)
        return copy.deepcopy(self._fitted[n])
