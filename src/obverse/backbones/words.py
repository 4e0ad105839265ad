"""A text as words with offsets, and the labels of words that stand for spans of the text.

Words are runs of letters and digits; any other character that is no space is a word of its own, but addresses of the
web, names after an @ and words with an apostrophe, a hyphen or a dot inside are one. Spans that do not overlap and
begin and end where words do are, one to one, sequences of labels in which I goes on with B or I of its own kind
(Ramshaw and Marcus 1995), so that a probability of sequences is one of sets of spans.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

from ..core.schema import Array, FloatArray

_WORD = re.compile(
    r"(?:https?://|www\.)\S+"  # addresses
    r"|@\w+"
    r"|\w+(?:[.'’&\-]\w+)*"
    r"|\S",
    re.UNICODE,
)
Place = tuple[int, int]  # start and end, in characters


def words_of(text: str) -> list[Place]:
    """Start and end of each word, in order."""
    return [found.span() for found in _WORD.finditer(text)]


def code_of(kind: int, *, begins: bool) -> int:
    """The label of a word of a span: 0 is outside of any, 1 + 2 kind begins, the next one goes on."""
    return 1 + 2 * kind + (not begins)


def coded(words: Sequence[Place], spans: Sequence[tuple[int, int, int]]) -> tuple[Array, bool]:
    """Labels int64 (words,) of spans (start, end, kind), and whether these begin and end where words do.

    A word that a span touches belongs to it; of two that touch it, to the first.
    """
    out, whole = np.zeros(len(words), np.int64), True
    starts, ends = [w[0] for w in words], [w[1] for w in words]
    for start, end, kind in spans:
        touched = [i for i, (a, b) in enumerate(words) if a < end and b > start and not out[i]]
        for i in touched:
            out[i] = code_of(kind, begins=i == touched[0])
        whole &= start in starts and end in ends
    return out, whole


def allowed(kinds: int) -> tuple[FloatArray, FloatArray]:
    """0 where a label may follow another (k, k), or begin a text (k,), and -inf where not; k = 1 + 2 kinds."""
    k = 1 + 2 * kinds
    follow, begin = np.zeros((k, k)), np.zeros(k)
    for kind in range(kinds):
        first, on = code_of(kind, begins=True), code_of(kind, begins=False)
        begin[on] = -np.inf
        follow[[a for a in range(k) if a not in (first, on)], on] = -np.inf
    return follow, begin
