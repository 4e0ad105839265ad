"""Constructor arguments checked when a family is fitted (`__init__` only stores), every problem in one error."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Iterable
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
COUNT_OR_ZERO = Rule("a whole number from 0", lambda v: _whole(v, 0))
POSITIVE = Rule("a number above 0", lambda v: _real(v) and v > 0)
NOT_NEGATIVE = Rule("a number from 0", lambda v: _real(v) and v >= 0)
BELOW_ONE = Rule("a number from 0 and below 1", lambda v: _real(v) and 0 <= v < 1)
SHARE = Rule("a number above 0 and at most 1", lambda v: _real(v) and 0 < v <= 1)
PART = Rule("a number from 0 to 1", lambda v: _real(v) and 0 <= v <= 1)
TRUTH = Rule("True or False", lambda v: isinstance(v, bool))
TEXT = Rule("a text", lambda v: isinstance(v, str))


def or_none(rule: Rule) -> Rule:
    """The same, or None."""
    return Rule(f"{rule.words} or None", lambda v: v is None or rule.holds(v))


def one_of(names: Iterable[str]) -> Rule:
    """One of these words."""
    known = tuple(names)
    return Rule(" or ".join(known), lambda v: isinstance(v, str) and v in known)


COUNT_OR_NONE, POSITIVE_OR_NONE = or_none(COUNT), or_none(POSITIVE)


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
