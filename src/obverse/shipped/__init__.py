"""Small models that come with the package, so that something can be asked before anything is trained.

Each is a model folder beside this file, made by `make shipped`. A name stands for one wherever a model folder is asked
for, unless a folder of that name is there.
"""

from __future__ import annotations

from pathlib import Path

HERE = Path(__file__).parent


def names() -> tuple[str, ...]:
    """The models there are, in order of the alphabet."""
    return tuple(sorted(p.parent.name for p in HERE.glob("*/manifest.json")))


def found(folder: str | Path) -> Path:
    """The folder that a model's name or path stands for; a path that is no shipped name is handed back.

    `model:NAME` is the shipped one whatever folders there are.
    """
    kind, _, name = str(folder).partition(":")
    if kind == "model" and name in names():
        return HERE / name
    asked = Path(folder)
    return HERE / asked.name if str(asked) in names() and not asked.exists() else asked
