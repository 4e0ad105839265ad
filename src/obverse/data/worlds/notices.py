"""Notices whose names are known: made-up persons, places and firms, which only their surroundings and capitals tell.

    notice -> event { ", " event } "."     event -> PERSON " moved to " PLACE | PERSON " left " FIRM
                                           | FIRM " hired " PERSON | "rain fell in " PLACE | "nothing happened"

A name is one or two made-up words. The same word may be a person's in one notice and a place's in the next, so that
what a span is has to be read off the words around it.
"""

from __future__ import annotations

import numpy as np

from ..spans import Marked, Spans

SYLLABLES = ("ba", "dor", "fen", "gil", "ka", "lu", "mer", "no", "pra", "sit", "tam", "vo", "wen", "zu")
KINDS = ("firm", "person", "place")
EVENTS = (
    ("", "person", " moved to ", "place", ""),
    ("", "person", " left ", "firm", ""),
    ("", "firm", " hired ", "person", ""),
    ("rain fell in ", "place", ""),
    ("nothing happened",),
)
TWO, MORE = 0.4, 0.4  # shares of names of two words, and of events that another follows


class Notices:
    """See the module docstring."""

    name, kinds = "notices", KINDS

    def sample(self, n: int, seed: int) -> Marked:
        """n notices with their spans."""
        rng = np.random.default_rng([seed, 5])
        texts, spans = list[str](), list[Spans]()
        for _ in range(n):
            text, own = "", Spans()
            while True:
                for i, part in enumerate(EVENTS[rng.integers(len(EVENTS))]):
                    piece = _name(rng) if i % 2 else part
                    if i % 2:
                        own.append((len(text), len(text) + len(piece), part))
                    text += piece
                if rng.random() >= MORE:
                    break
                text += ", "
            texts.append(text + ".")
            spans.append(own)
        return Marked.of(texts, spans, self.name)


def _name(rng: np.random.Generator) -> str:
    words = ["".join(rng.choice(SYLLABLES, size=2)).capitalize() for _ in range(1 + (rng.random() < TWO))]
    return " ".join(words)
