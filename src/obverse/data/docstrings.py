"""The first sentences of the standard library's docstrings: texts that lie on every machine that has Python.

Modules are read as text and parsed, never imported. What they say differs a little from one version of Python to the
next. The standard library is under the PSF licence.
"""

from __future__ import annotations

import ast
import sysconfig
from collections import deque
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from ..core.errors import BadInput
from .texts import DOCSTRINGS, Texts

LEFT_OUT = ("test", "tests", "idlelib", "lib2to3", "site-packages", "dist-packages", "__pycache__")
BLOCKS = ("body", "handlers", "orelse", "finalbody", "cases")  # where a statement holds others
LEAST, MOST = 15, 120  # letters of a sentence


def docstrings() -> Texts:
    """The sentences, each once, in the order of the files' names.

    Raises:
        BadInput: this Python came without its sources.
    """
    root = Path(sysconfig.get_paths()["stdlib"])
    found = _found(root)
    if not found:
        raise BadInput(f"{root} holds no sources of the standard library for {DOCSTRINGS}; give texts of your own")
    said = f"{len(found):,} first sentences of the standard library's docstrings"
    return Texts.of(list(found), None, DOCSTRINGS, (said,))


@cache  # seconds of parsing
def _found(root: Path) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for path in sorted(root.rglob("*.py")):
        if not set(LEFT_OUT) & set(path.relative_to(root).parts):
            found |= dict.fromkeys(_sentences(path))
    return tuple(found)


def _sentences(path: Path) -> Iterator[str]:
    """Of the module, its classes and functions."""
    try:
        tree = ast.parse(path.read_text(encoding="utf-8"))
    except (SyntaxError, UnicodeDecodeError, OSError):
        return  # sources kept as bad examples
    for node in _statements(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            said = (ast.get_docstring(node) or "").split("\n\n")[0]
            one = " ".join(said.split()).split(". ")[0].rstrip(".")
            if LEAST <= len(one) <= MOST and one.isascii() and one[0].isupper():
                yield f"{one}."


def _statements(tree: ast.Module) -> Iterator[ast.AST]:
    """The module and every statement in it, outer ones first: as `ast.walk`, but not into expressions."""
    ahead = deque[ast.AST]([tree])
    while ahead:
        node = ahead.popleft()
        yield node
        for block in BLOCKS:
            ahead += getattr(node, block, ())
