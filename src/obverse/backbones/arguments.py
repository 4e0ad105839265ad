"""Constructor arguments checked when a family is fitted (`__init__` only stores), every problem in one error."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from ..core.errors import BadInput


@dataclass(frozen=True)
class Rule:
    """What an argument must be, in words and as a test."""

    words: str
    holds: Callable[[Any], bool]


def _whole(value: Any, least: int) -> bool:
    return isinstance(value, numbers.Integral) and not isinstance(value, bool) and int(value) >= least


def _real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool) and math.isfinite(value)


COUNT = Rule("a whole number from 1", lambda v: _whole(v, 1))
COUNT_OR_NONE = Rule("a whole number from 0", lambda v: _whole(v, 0))
POSITIVE = Rule("a number above 0", lambda v: _real(v) and v > 0)
NOT_NEGATIVE = Rule("a number from 0", lambda v: _real(v) and v >= 0)
BELOW_ONE = Rule("a number from 0 and below 1", lambda v: _real(v) and 0 <= v < 1)
COUNT_OR_UNSET = Rule("a whole number from 1 or None", lambda v: v is None or _whole(v, 1))
POSITIVE_OR_UNSET = Rule("a number above 0 or None", lambda v: v is None or (_real(v) and v > 0))
SHARE = Rule("a number above 0 and at most 1", lambda v: _real(v) and 0 < v <= 1)


def at_least(least: int) -> Rule:
    """A whole number that is no smaller."""
    return Rule(f"a whole number from {least}", lambda v: _whole(v, least))


def check(model: object, /, **rules: Rule) -> None:
    """BadInput that lists every attribute of the model that breaks its rule."""
    values = {name: getattr(model, name) for name in rules}
    problems = [
        f"{n} must be {rule.words}, not {values[n]!r}" for n, rule in rules.items() if not rule.holds(values[n])
    ]
    if problems:
        raise BadInput(problems)
