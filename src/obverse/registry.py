"""Every family there is: the files of `families/` and the entry points of group `obverse.families`. No central list."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from functools import cache
from importlib.metadata import entry_points

from . import families as builtin
from .core.card import Given, Task
from .core.errors import BadInput
from .core.lookup import install
from .core.model import Model
from .core.queries import Impossible, Query


@cache
def families() -> dict[str, type[Model]]:
    """Key -> class of every family, sorted by key."""
    modules = [f"{builtin.__name__}.{m.name}" for m in pkgutil.iter_modules(builtin.__path__)]
    modules += [e.value for e in entry_points(group="obverse.families")]
    found: dict[str, type[Model]] = {}
    for name in modules:
        for family in families_in(importlib.import_module(name.partition(":")[0])):
            other = found.setdefault(family.card.key, family)
            if other is not family:
                raise BadInput(f"two families have the key {family.card.key!r}: {other.__module__} and {name}")
    return dict(sorted(found.items()))


def families_in(module: object) -> list[type[Model]]:
    """The final families defined in one module."""
    members = [m for _, m in inspect.getmembers(module, inspect.isclass)]
    name = getattr(module, "__name__", None)
    return [m for m in members if issubclass(m, Model) and m.__module__ == name and not inspect.isabstract(m)]


def get(key: str) -> type[Model]:
    """The family of that key; BadInput offers the nearest one."""
    known = families()
    if key not in known:
        near = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(known)}"
        raise BadInput(f"no family {key!r}; {hint}")
    return known[key]


def able(
    query: Query, *, modality: str | None = None, target: Task | None = None, given: Given = "none"
) -> tuple[str, ...]:
    """Keys of the families that can answer the query, natively or derived."""
    return tuple(
        key
        for key, family in families().items()
        if (modality is None or family.card.modality.name == modality)
        and not isinstance(family.can(query, target=target, given=given), Impossible)
    )


install(able, get)
