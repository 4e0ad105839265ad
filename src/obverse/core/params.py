"""Constructor arguments as data: scikit-learn's `get_params` / `set_params` protocol without inheriting from it."""

from __future__ import annotations

import difflib
import inspect
from typing import Any

from .errors import BadInput


def names(cls: type) -> tuple[str, ...]:
    """The names a constructor takes, in order."""
    signature = inspect.signature(cls.__init__)
    return tuple(p.name for p in signature.parameters.values() if p.name != "self" and p.kind != p.VAR_KEYWORD)


def defaults(cls: type) -> dict[str, Any]:
    """Default value of every constructor argument."""
    parameters = inspect.signature(cls.__init__).parameters
    return {name: parameters[name].default for name in names(cls)}


def read(obj: object) -> dict[str, Any]:
    """Current values, taken from the attributes of the same names."""
    return {name: getattr(obj, name) for name in names(type(obj))}


def check(cls: type, given: dict[str, Any], what: str) -> None:
    """BadInput that lists every unknown argument with the nearest known one."""
    known = names(cls)
    problems: list[str] = []
    for name in given:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]}?" if near else f"it takes: {', '.join(known)}"
            problems.append(f"{what} has no argument {name!r}; {hint}")
    if problems:
        raise BadInput(problems)


def write(obj: object, given: dict[str, Any]) -> None:
    """Set several arguments, all or none."""
    check(type(obj), given, type(obj).__name__)
    for name, value in given.items():
        setattr(obj, name, value)
