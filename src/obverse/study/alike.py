"""Which texts are so alike that one would give the other away, were one learned and the other asked about."""

from __future__ import annotations

import re

import numpy as np

from ..core.schema import Array

UNLIKE = re.compile(r"[\W\d_]+")  # signs, figures and spaces


def groups(texts: Array) -> Array:
    """int64 (n,): the same number for texts that differ only in case, figures, spaces and signs.

    Texts of the like of a spreading message, whose number to call changes, are one group. A text without a letter is
    alone.
    """
    first: dict[str, int] = {}
    out = np.empty(len(texts), np.int64)
    for i, text in enumerate(texts):
        key = UNLIKE.sub("", str(text)).casefold()
        out[i] = first.setdefault(key or f"\0{i}", i)
    return out
