"""What the arguments DATA and MODEL name, read; what reading has to say goes to stderr."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .output import note, working

if TYPE_CHECKING:
    from obverse.core.model import Model
    from obverse.data.table import Table


def table(source: str, target: str | None = None) -> Table:
    """The table a path or a catalogue name stands for; BadInput when it cannot be read or has no such target."""
    from obverse.data.read import read

    with working(f"reading {source}"):
        found = read(source, target=target)
    for text in found.notes:
        note(text)
    return found


def model(folder: Path) -> Model:
    """The model saved in a folder; BrokenModel when it is none or was changed."""
    from obverse.facade import load

    with working(f"loading {folder}"):
        return load(folder)
