"""Every family there is: the files of `families/` and the entry points of group `obverse.families`. No central list."""

from __future__ import annotations

import difflib
import importlib
import inspect
import pkgutil
from functools import cache
from importlib.metadata import entry_points
from types import ModuleType

from . import families as builtin
from .core.card import Given, Task
from .core.errors import BadInput, MissingExtra
from .core.model import Model
from .core.queries import Impossible, Query


@cache
def families() -> dict[str, type[Model]]:
    """Key -> class of every family that can be imported, sorted by key."""
    modules = [importlib.import_module(f"{builtin.__name__}.{m.name}") for m in pkgutil.iter_modules(builtin.__path__)]
    found: dict[str, type[Model]] = {}
    for module in [*modules, *_plugins()[0]]:
        for family in families_in(module):
            other = found.setdefault(family.card.key, family)
            if other is not family:
                raise BadInput(
                    f"two families have the key {family.card.key!r}: {other.__module__} and {family.__module__}"
                )
    return dict(sorted(found.items()))


@cache
def _plugins() -> tuple[list[ModuleType], dict[str, str]]:
    """The modules of the entry points, and why others cannot be imported, by name: one must not hide all families."""
    modules: list[ModuleType] = []
    broken: dict[str, str] = {}
    for entry in entry_points(group="obverse.families"):
        try:
            modules.append(importlib.import_module(entry.module))
        except ImportError as error:
            broken[entry.name] = str(error)
    return modules, broken


def families_in(module: object) -> list[type[Model]]:
    """The final families defined in one module."""
    members = [m for _, m in inspect.getmembers(module, inspect.isclass)]
    name = getattr(module, "__name__", None)
    return [m for m in members if issubclass(m, Model) and m.__module__ == name and not inspect.isabstract(m)]


def get(key: str) -> type[Model]:
    """The family of that key.

    Raises:
        BadInput: there is none; offers the nearest one.
        MissingExtra: an installed package promises it and cannot be imported.
    """
    known = families()
    broken = _plugins()[1]
    if key in broken and key not in known:
        raise MissingExtra(f"family {key!r} is installed but cannot be imported ({broken[key]}); install what it needs")
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
