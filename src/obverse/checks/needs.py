"""What a check is: a plain function of a subject, and the needs that say to which families it applies.

A check never asks for a family by name. It names what it needs, and the card and the abilities of a family say whether
that is there; where an exception seems to be called for, the card lacks a field.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.queries import Impossible, Samples, Scores


@dataclass(frozen=True)
class Need:
    """A property of families, told from their subject: `what` completes "needs a family that ..."."""

    what: str
    met: Callable[[Any], bool]


@dataclass(frozen=True)
class Check:
    """One named statement about a family; calling it raises AssertionError when the statement is false.

    Attributes:
        name: of the function, unique in the battery; the key of `Card.expected_failures`.
        group: the module it lives in (`basics`, `honesty`, ...).
        rule: what it demands, one line.
        body: the function.
        needs: all must be met for the check to apply.
    """

    name: str
    group: str
    rule: str
    body: Callable[[Any], None]
    needs: tuple[Need, ...]

    def __call__(self, subject: Any) -> None:
        """Run it."""
        self.body(subject)

    def unmet(self, subject: Any) -> str:
        """Why the check does not apply, empty when it does."""
        lacking = [need.what for need in self.needs if not need.met(subject)]
        return f"needs a family that {' and '.join(lacking)}" if lacking else ""


def needs(*wanted: Need) -> Callable[[Callable[[Any], None]], Check]:
    """Make a function a check that applies where every need is met."""

    def made(body: Callable[[Any], None]) -> Check:
        rule = (body.__doc__ or "").strip().partition("\n")[0]
        return Check(body.__name__, body.__module__.rpartition(".")[2], rule, body, wanted)

    return made


CLASSES = Need("takes a class target", lambda s: "class" in s.tasks)
NUMBERS = Need("takes a numeric target", lambda s: "number" in s.tasks)
TARGETED = Need("takes a target", lambda s: bool(s.tasks))
PREDICTS_CLASS = Need(
    "predicts classes",
    lambda s: "class" in s.tasks and not isinstance(s.family.can("predict", target="class"), Impossible),
)
PREDICTS_NUMBER = Need(
    "predicts numbers",
    lambda s: "number" in s.tasks and not isinstance(s.family.can("predict", target="number"), Impossible),
)
PREDICTS = Need(
    "predicts its target",
    lambda s: any(not isinstance(s.family.can("predict", target=task), Impossible) for task in s.tasks),
)
SAMPLES = Need("draws examples", lambda s: issubclass(s.family, Samples))
SCORES = Need("has a log_prob of whole rows", lambda s: issubclass(s.family, Scores))
LOG_PROB = Need("has a log_prob", lambda s: s.card.log_prob != "none")
DENSITY = Need(
    "has a density of a numeric target", lambda s: "number" in s.card.density_tasks and s.card.log_prob != "none"
)
EXACT = Need("has an exact log_prob", lambda s: s.card.log_prob == "exact")
BOUNDED = Need("has an exact log_prob or a lower bound", lambda s: s.card.log_prob in ("exact", "lower_bound"))
DISCRIMINATIVE = Need("learns P(y|x) only", lambda s: s.card.side == "discriminative")
FILLS = Need("completes any cell", lambda s: s.fills)
STRONG = Need("is no baseline (card.weak is false)", lambda s: not s.card.weak)
HOLES = Need("takes missing cells", lambda s: s.card.missing != "refused")
HAS_FILE = Need("is defined in a file", lambda s: s.file is not None)


def learns(*worlds: str) -> Need:
    """The family can be fitted to these worlds, with or without their target."""
    return Need(f"can learn the world {' and '.join(worlds)}", lambda s: all(s.can_learn(w) for w in worlds))
