"""The frozen facts of a family, readable without building it and without importing its backbone.

The table family x query in the README, the command line, the report and the studio are computed from cards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, cast

from .modality import Modality
from .schema import Given, Task

Objective = Literal["P(y|x)", "P(x)", "P(x|y)", "P(x,y)"]
LogProb = Literal["exact", "lower_bound", "unnormalised", "none"]
Missing = Literal["marginalised", "native", "imputed", "refused"]
Condition = Literal["row", "label", "caption", "prompt", "source", "none"]


@dataclass(frozen=True)
class Card:
    """What a family is.

    Attributes:
        key: the name users type, equal to the file's name in `families/`.
        title: one line for people.
        learns: the distributions it can learn; `fit` with or without y picks one.
        modality: how raw data become arrays and answers become raw data.
        backbone: the function class (linear, kernel, trees, mlp, mixture, ...).
        objective: how it is trained, in a few words.
        log_prob: what a log-probability of it means.
        missing: what happens to empty input cells: summed out exactly, handled by the backbone, filled first, refused.
        condition: what a sample can be conditioned on: any cells of a row, the label, a caption, a prompt, a
            source, nothing.
        references: papers or libraries it follows.
        tasks: kinds of target it takes.
        density_tasks: kinds of target for which P(y|x) is a distribution, not only a point.
        exact_given: kinds of condition its own hooks honour; others are met by bounded rejection.
        needs_target: `fit` without y is refused.
        unlabelled: a P(y|x) family that learns something from rows without a label, too; else they are dropped.
        extras: optional dependency groups it needs (`deep`, ...).
        avoid_when: when to use something else.
        weak: a baseline, not expected to beat `dummy`.
        by_name: a comparison that names no families leaves it out, for it takes long or answers few questions.
        stands_on: the argument that names what the family cannot do without and no battery can train: weights,
            or a server. A model built with it is asked everything, the class alone only how it is imported.
        weights_licence: licence of shipped or loaded weights.
        expected_failures: check name -> reason; strict, an unexpected pass is an error.
        tiny: constructor arguments that make it small enough for the battery.
    """

    key: str
    title: str
    learns: frozenset[Objective]
    modality: Modality
    backbone: str
    objective: str
    log_prob: LogProb
    missing: Missing
    condition: Condition
    references: tuple[str, ...]
    tasks: frozenset[Task] = frozenset({"class", "number"})
    density_tasks: frozenset[Task] = frozenset({"class", "number"})
    exact_given: frozenset[Given] = frozenset()
    needs_target: bool = False
    unlabelled: bool = False
    extras: tuple[str, ...] = ()
    avoid_when: str = ""
    weak: bool = False
    by_name: bool = False
    stands_on: str = ""
    weights_licence: str = ""
    expected_failures: Mapping[str, str] = field(default_factory=dict[str, str])
    tiny: Mapping[str, Any] = field(default_factory=dict[str, Any])

    def learned(self, target: Task | None) -> Objective:
        """The one of `learns` that a fit with such a target (or without one) learns; the joint comes first."""
        if target is None:
            return "P(x)"
        if "P(x,y)" in self.learns:
            return "P(x,y)"
        return "P(x|y)" if "P(x|y)" in self.learns else "P(y|x)"

    @property
    def side(self) -> Literal["discriminative", "generative", "both"]:
        """Which side of the coin: learns P(y|x), learns a distribution of x, or either."""
        discriminative = "P(y|x)" in self.learns
        generative = bool(self.learns - {"P(y|x)"})
        return "both" if discriminative and generative else "discriminative" if discriminative else "generative"

    def to_json(self) -> dict[str, Any]:
        """Plain dict of every field."""
        out: dict[str, Any] = {}
        for name in self.__dataclass_fields__:
            value: Any = getattr(self, name)
            if isinstance(value, frozenset):
                value = sorted(cast("frozenset[str]", value))
            elif isinstance(value, Modality):
                value = value.name
            elif isinstance(value, Mapping):
                value = dict(cast("Mapping[str, Any]", value))
            elif isinstance(value, tuple):
                value = list(cast("tuple[str, ...]", value))
            out[name] = value
        out["side"] = self.side
        return out
