"""How core asks a question upwards without importing upwards: the registry installs the answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

Finder = Callable[..., Sequence[str]]
Getter = Callable[[str], type[Any]]


class _Lookup:
    """Holds the installed functions; before installation no family is known."""

    def __init__(self) -> None:
        self.find: Finder = lambda *_args, **_kwargs: ()
        self.get: Getter | None = None


LOOKUP = _Lookup()


def install(find: Finder, get: Getter) -> None:
    """Called once by the registry: `find(query, modality=, target=, given=)` names families, `get(key)` gives one."""
    LOOKUP.find, LOOKUP.get = find, get
