"""How core asks the registry which families there are.

The registry knows every family, every family imports core, and core imports nothing above itself. So the registry is
imported by name and only when a question needs it: in an error that names families that can, or to load a model of a
family unknown until its folder was read. No one has to have imported it before.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Any

from .card import Given, Task
from .queries import Query

REGISTRY = f"{__name__.partition('.')[0]}.registry"


def get(key: str) -> type[Any]:
    """The family of that key; BadInput when there is none."""
    return importlib.import_module(REGISTRY).get(key)


def able(query: Query, *, modality: str, target: Task | None, given: Given = "none") -> Sequence[str]:
    """Keys of the families of a modality that can answer the query."""
    return importlib.import_module(REGISTRY).able(query, modality=modality, target=target, given=given)
