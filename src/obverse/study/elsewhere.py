"""Texts of another source: never learned from, and asked about as they are."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..core.errors import BadInput
from ..data.texts import Texts
from .alike import groups
from .sifted import sifted

LEAST = 20  # texts of another source that are left
MOST_SAID = 5


def other_source(read: Callable[[], Texts], home: Texts, raw: Texts) -> tuple[Texts, list[str]]:
    """The texts of another source that a study may ask about, and what was left out of them.

    Args:
        read: gives the other texts as they were found.
        home: those of the study.
        raw: all that stand in the study's source; what is nearly the same as one of these is left out.

    Raises:
        BadInput: it is the same source, has no labels or others, or leaves fewer than `LEAST` texts; in one line.
    """
    found = read()
    if found.sha256 == raw.sha256:
        raise BadInput("elsewhere names the same texts; it takes those of another source")
    if found.labels is None:
        raise BadInput(f"{found.name} has no labels; texts of another source are asked about with theirs")
    name = found.name
    found, notes = sifted(found)
    alike = groups([*raw.texts, *found.texts])
    fresh = [i for i, group in enumerate(alike[len(raw) :]) if group >= len(raw)]
    if len(fresh) < len(found):
        notes.append(f"left out {len(found) - len(fresh):,} texts: nearly the same as one of the study's")
    found = found.take(np.array(fresh, dtype=np.int64))
    known, strange = set(home.told.tolist()), dict[Any, int]()
    for label in found.told.tolist():
        if label not in known:
            strange[label] = strange.get(label, 0) + 1
    if strange:
        named = ", ".join(f"{label!r} ({n})" for label, n in list(strange.items())[:MOST_SAID])
        more = f" and {len(strange) - MOST_SAID} more" if len(strange) > MOST_SAID else ""
        raise BadInput(f"{name} has labels that the study's texts do not have: {named}{more}; name them as there")
    if len(found) < LEAST:
        raise BadInput(f"{name} leaves {len(found):,} texts to ask about; another source needs at least {LEAST}")
    return found, [f"{name}: {note}" for note in [*notes, f"{len(found):,} texts of another source are asked about"]]
