"""Which texts a study is about: not the empty ones, those without a label, and those that stand there twice."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..data.texts import Texts


def sifted(found: Texts) -> tuple[Texts, list[str]]:
    """Without texts that are empty, have no label where others do, or stand there before; and what was left out."""
    notes, texts = list(found.notes), found.texts.tolist()
    keep = np.array([bool(text.strip()) for text in texts], dtype=bool)
    if empty := int((~keep).sum()):
        notes.append(f"left out {empty:,} texts: empty")
    if found.labels is not None:
        told = np.array([label is not None for label in found.labels], dtype=bool)
        if untold := int((keep & ~told).sum()):
            notes.append(f"left out {untold:,} texts: no label")
        keep &= told
    first: dict[str, Any] = {}
    again, other = 0, set[str]()
    for i in np.flatnonzero(keep):
        label = None if found.labels is None else found.labels[i]
        if texts[i] in first:
            keep[i], again = False, again + 1
            if first[texts[i]] != label:
                other.add(texts[i])
        first.setdefault(texts[i], label)
    if again:
        unlike = f"; {len(other):,} of them have several labels, of which the first stays" if other else ""
        notes.append(f"left out {again:,} texts: equal to an earlier one, which would be learned and asked{unlike}")
    return found.take(np.flatnonzero(keep)), notes
