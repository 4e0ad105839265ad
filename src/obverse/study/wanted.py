"""The families and questions a comparison is asked for, checked; everything that is wrong is said together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..core.errors import BadInput
from ..core.model import Model

Families = Sequence[str] | Mapping[str, Mapping[str, Any]] | None
Unsuited = Callable[[type[Model]], str | None]


def families_wanted(families: Families, unsuited: Unsuited, usual: Callable[[type[Model]], bool],
                    ) -> dict[str, dict[str, Any]]:  # fmt: skip
    """Family -> its constructor arguments.

    Args:
        families: keys, or names with settings (`variants`), with arguments where it is a mapping; None takes all that
            are usual and not unsuited.
        unsuited: why a family has no place in the comparison, None when it has one.
        usual: whether it takes part without being named.

    Raises:
        BadInput: what is unknown, and what does not suit.
    """
    from ..core import params
    from ..registry import families as registered
    from . import variants

    if families is None:
        return {key: {} for key, family in registered().items() if usual(family) and unsuited(family) is None}
    wanted = {key: dict(families[key]) if isinstance(families, Mapping) else {} for key in families}
    problems = [] if wanted else ["name at least one family; `obverse list` shows them"]
    for key, given in wanted.items():
        try:
            family = variants.family_of(key)
            params.check(family, {k: v for k, v in given.items() if k != "random_state"}, key)
        except BadInput as error:
            problems += error.problems
            continue
        problem = unsuited(family)
        problems += [problem] if problem else variants.problems(key, given)
        if "random_state" in given:
            problems.append(f"{key}: the study seeds its families itself; leave random_state out and give seed")
    if problems:
        raise BadInput(problems)
    return wanted


def questions_wanted(asked: Sequence[str] | None, keys: Sequence[str], possible: Sequence[str], why_not: str = "",
                     of: str = "") -> tuple[str, ...]:  # fmt: skip
    """Keys of questions in their own order; all that are possible when none is named.

    Args:
        asked: keys.
        keys: of all questions there are.
        possible: those that the data allow.
        why_not: what the others need.
        of: what the questions are about, where that helps: ` of pictures`.

    Raises:
        BadInput: unknown keys, impossible ones, or none.
    """
    if asked is None:
        return tuple(possible)
    problems = [f"no question {key!r}{of}; there are: {', '.join(keys)}" for key in asked if key not in keys]
    problems += [f"the question {key!r} {why_not}" for key in asked if key in keys and key not in possible]
    if problems or not asked:
        raise BadInput(problems or f"ask at least one question of {', '.join(keys)}")
    return tuple(key for key in possible if key in asked)


def together(*parts: Callable[[], Any], problems: Sequence[str] = ()) -> list[Any]:
    """What each part gives; BadInput of all that is wrong with any of them."""
    found, wrong = list[Any](), list(problems)
    for part in parts:
        try:
            found.append(part())
        except BadInput as error:
            wrong += error.problems
    if wrong:
        raise BadInput(wrong)
    return found
