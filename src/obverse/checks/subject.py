"""The family under examination: how to build it small, what to fit it to, and fitted models shared by the checks."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from ..core.card import Task
from ..core.errors import BadInput
from ..core.model import Model
from ..core.queries import Imputes, Samples
from ..data import worlds
from .answers import answers
from .examined import Examined
from .frames import clinic

TRAIN, FRESH = 400, 300  # rows
SMALL, QUESTIONED = 120, 20  # rows to fit and to ask about where only sameness matters
WORLDS: dict[str, worlds.World] = {world.name: world for world in worlds.ALL}


class Subject(Examined):
    """One family, built with `card.tiny`, and what checks need to question it.

    Tables come by name: a world of `data.worlds`, or `clinic` (see `checks.frames`). `train` and `fresh` rows are
    different rows of the same distribution. Models of `model` are shared: a check that changes one, or that draws
    without a seed, takes one of its own from `own`; a check of fitting itself takes one from `fit`.

    Args:
        family: the class.
        params: constructor arguments that replace those of `card.tiny`.
    """

    def __init__(self, family: type[Model], params: Mapping[str, Any] | None = None) -> None:
        if family.card.modality.name != "table":
            kind = family.card.modality.name
            raise BadInput(f"the battery has worlds for tables, pictures and texts, and {family.card.key} is {kind}")
        super().__init__(family, params)
        self._fitted: dict[tuple[str, int], Model] = {}  # never asked anything
        self._models: dict[tuple[str, int], Model] = {}

    @property
    def fills(self) -> bool:
        """It can complete cells other than the target's."""
        conditional = issubclass(self.family, Samples) and "equal" in self.card.exact_given
        return issubclass(self.family, Imputes) or conditional

    # --------------------------------------------------------------------- the data

    def target(self, table: str) -> str | None:
        """The target to fit with: the table's own where the family takes its kind, else none."""
        if table == "clinic":
            names: dict[Task, str] = {"class": "outcome", "number": "weight"}
            return next((names[task] for task in self.tasks), None)
        world = WORLDS[table]
        return world.target if world.task in self.tasks else None

    def can_learn(self, table: str) -> bool:
        """Whether it can be fitted to the table, with or without the target."""
        return self.target(table) is not None or self.untargeted

    def train(self, table: str, n: int = TRAIN) -> Any:
        """n rows to fit, a DataFrame with the target among the columns."""
        return self._rows(table, n, seed=1)

    def fresh(self, table: str, n: int = FRESH) -> Any:
        """n other rows."""
        return self._rows(table, n, seed=2)

    def _rows(self, table: str, n: int, seed: int) -> Any:
        if table == "clinic":
            return clinic(n, seed, holes=self.card.missing != "refused")
        return WORLDS[table].sample(n, seed)

    # ------------------------------------------------------------------- the models

    def fit(self, table: str, n: int = TRAIN, **over: Any) -> Model:
        """A new model fitted to n rows; `over` are constructor arguments."""
        return self.make(**over).fit(self.train(table, n), self.target(table))

    def model(self, table: str, n: int = TRAIN) -> Model:
        """The shared model fitted to n rows: leave it as it is."""
        if (table, n) not in self._models:
            self._models[table, n] = self.own(table, n)
        return self._models[table, n]

    def own(self, table: str, n: int = TRAIN) -> Model:
        """A copy of the model fitted to n rows as it was just after fitting."""
        if (table, n) not in self._fitted:
            self._fitted[table, n] = self.fit(table, n)
        return copy.deepcopy(self._fitted[table, n])

    def question(self, model: Model) -> dict[str, str]:
        """All answers of a model about a few fresh `clinic` rows (see `checks.answers`)."""
        return answers(model, self.fresh("clinic", QUESTIONED))

    @cached_property
    def reference(self) -> dict[str, str]:
        """All answers of a new model with `random_state=0`, fitted to a small `clinic` table."""
        return self.question(self.own("clinic", SMALL))
