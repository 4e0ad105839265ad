"""Which pieces of work a plan comes to, in which order, and which of them are left."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..registry import get
from .plan import Plan
from .questions import REFERENCE, WITH_REFERENCES
from .results import Result


class Unit(NamedTuple):
    """Everything asked of one family (or of the references) on one split."""

    family: str
    split: int


def asked(plan: Plan, unit: Unit) -> tuple[str, ...]:
    """The questions of the unit."""
    if unit.family == REFERENCE:
        return tuple(q for q in plan.questions if q in WITH_REFERENCES)
    return plan.questions


def units(plan: Plan) -> list[Unit]:
    """All units, split by split, the longest of a split first, so that no core waits long for the last one."""
    families = [*sorted(plan.families, key=_quickness), REFERENCE]
    everything = [Unit(family, split) for split in range(plan.splits) for family in families]
    return [unit for unit in everything if asked(plan, unit)]


def left(plan: Plan, found: Iterable[Result]) -> list[Unit]:
    """The units of which at least one question has no result yet."""
    have = {(r.family, r.split, r.question) for r in found}
    return [u for u in units(plan) if any((u.family, u.split, q) not in have for q in asked(plan, u))]


def _quickness(family: str) -> tuple[bool, bool, str]:
    """Baselines are quick, and so are families that neither create nor fill."""
    card = get(family).card
    return card.weak, card.side == "discriminative", family
