"""Which pieces of work a plan comes to, in which order, and which of them are left."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from .plan import Plan
from .questions import PORTRAIT, REFERENCE, WITH_REFERENCES
from .results import Result
from .variants import family_of

if TYPE_CHECKING:
    from ..data.split import Split


class Unit(NamedTuple):
    """Everything asked of one family (or of the references, or of the data themselves) on one split.

    It is fitted once; each of its questions is a cell, which is kept as soon as it is answered.
    """

    family: str
    split: int


@dataclass(frozen=True)
class Task:
    """What a worker is handed.

    Attributes:
        plan: of the study.
        frame: all rows of the study, or its pictures or texts.
        rows: which of them train and test.
        unit: the family and the split.
        questions: those that have no result yet.
        folder: of the study, to which each result is appended as soon as it is there.
        parent: process that started the study; when it is gone, nobody waits for the results.
        stop: `time.time()` after which no further question is started; None for no limit.
        elsewhere: texts of another source, None without.
    """

    plan: Plan
    frame: Any
    rows: Split
    unit: Unit
    questions: tuple[str, ...]
    folder: Path
    parent: int
    stop: float | None = None
    elsewhere: Any = None


def asked(plan: Plan, unit: Unit) -> tuple[str, ...]:
    """The questions of the unit."""
    if unit.family == REFERENCE:
        return tuple(q for q in plan.questions if q in WITH_REFERENCES)
    if unit.family == PORTRAIT:
        return tuple(q for q in plan.questions if q == PORTRAIT)
    return tuple(q for q in plan.questions if q != PORTRAIT)


def units(plan: Plan) -> list[Unit]:
    """All units, split by split, the longest of a split first, so that no core waits long for the last one."""
    families = [*sorted(plan.families, key=_quickness), REFERENCE]
    everything = [Unit(PORTRAIT, 0), *(Unit(family, split) for split in range(plan.splits) for family in families)]
    return [unit for unit in everything if asked(plan, unit)]


def left(plan: Plan, found: Iterable[Result]) -> dict[Unit, tuple[str, ...]]:
    """The units that have questions without a result yet, and these questions, in the order of the plan."""
    have = {(r.family, r.split, r.question) for r in found}
    wanted = {u: tuple(q for q in asked(plan, u) if (u.family, u.split, q) not in have) for u in units(plan)}
    return {unit: questions for unit, questions in wanted.items() if questions}


def cells(plan: Plan) -> int:
    """How many results the whole plan comes to."""
    return sum(len(asked(plan, unit)) for unit in units(plan))


def _quickness(family: str) -> tuple[bool, bool, bool, str]:
    """Baselines are quick, and so are families without a network, and those that neither create nor fill."""
    card = family_of(family).card
    return card.weak, "deep" not in card.extras, card.side == "discriminative", family
