"""A family under examination, whatever it learns from: what checks of every kind ask of it."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

from ..core.card import Card, Task
from ..core.model import Model

BRIEF = {"epochs": 2, "steps": 20}  # of training, where only sameness matters and not what was learned


class Examined(ABC):
    """One family, built with `card.tiny`.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        self.family = family
        self.params: dict[str, Any] = {**family.card.tiny, **(params or {})}

    @abstractmethod
    def question(self, model: Model) -> dict[str, str]:
        """Answers of a model to a few fresh examples, as text that is equal exactly when they are."""

    @property
    def card(self) -> Card:
        """The family's card."""
        return self.family.card

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Kinds of target it takes; none when it learns P(x) only."""
        return () if self.card.learns <= {"P(x)"} else tuple(sorted(self.card.tasks))

    @property
    def untargeted(self) -> bool:
        """It can be fitted without a target."""
        return "P(x)" in self.card.learns and not self.card.needs_target

    @cached_property
    def file(self) -> Path | None:
        """The file that defines it, None when there is none (a notebook, a prompt)."""
        try:
            path = Path(inspect.getfile(self.family))
        except (TypeError, OSError):
            return None
        return path if path.is_file() else None

    @cached_property
    def brief(self) -> dict[str, int]:
        """Constructor arguments that end training soon, of those that the family has."""
        known = inspect.signature(self.family).parameters
        return {name: min(most, self.params.get(name) or most) for name, most in BRIEF.items() if name in known}

    def make(self, **over: Any) -> Model:
        """A new, unfitted model with `random_state=0`."""
        return self.family(**{**self.params, "random_state": 0, **over})
