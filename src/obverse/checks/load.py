"""Families from a file that is not installed, for `obverse check my_family.py`."""

from __future__ import annotations

import importlib.util
import inspect
import sys
from pathlib import Path
from types import ModuleType
from typing import cast

from ..core.errors import BadInput
from ..core.model import Model
from ..registry import families_in


def load_file(path: str | Path) -> list[type[Model]]:
    """The families a Python file defines. This runs the file.

    Raises:
        BadInput: no such file, not Python, or no complete family in it (what is missing is named).
    """
    module = load_module(path)
    found = families_in(module)
    if not found:
        unfinished = [_unfinished(c) for _, c in inspect.getmembers(module, inspect.isclass) if _is_own(c, module)]
        reason = "; ".join(unfinished) or "a family is a class that inherits Model and has a card"
        raise BadInput(f"{path} defines no complete family: {reason}; templates/family.py is a start")
    return found


def load_module(path: str | Path) -> ModuleType:
    """The file as a module of its own name, apart from installed ones; BadInput when it cannot be read."""
    path = Path(path)
    if not path.is_file() or path.suffix != ".py":
        raise BadInput(f"{path} is not a Python file; give the .py file of a family, or a family's key")
    name = f"obverse_file.{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except SyntaxError as error:
        raise BadInput(f"{path}, line {error.lineno}: {error.msg}") from error
    return module


def _is_own(member: type, module: ModuleType) -> bool:
    return issubclass(member, Model) and member.__module__ == module.__name__


def _unfinished(family: type) -> str:
    lacking = sorted(cast("frozenset[str]", getattr(family, "__abstractmethods__", frozenset[str]())))
    return f"{family.__name__} does not write {', '.join(lacking)}"
