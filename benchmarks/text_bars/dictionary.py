"""A dictionary learned from pairs of texts, and texts translated word by word with it: IBM model 1 (Brown et al. 1993).

Every word of a target is answered for by one word of its source, or by none, wherever both stand; expectation and
maximisation in turn find the probabilities of words given words. A text is translated by the likeliest word for each
of its words, in its order; words that were never met stay.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np

WORD = re.compile(r"\w+(?:['-]\w+)*|[^\w\s]")
ROUNDS = 8
NOTHING = ""  # the source of what has none
TIGHT = re.compile(r"\s+([.,;:!?)])")


def words(text: str) -> list[str]:
    """Words and marks of a text."""
    return WORD.findall(text)


def dictionary(sources: Sequence[str], targets: Sequence[str]) -> dict[str, str]:
    """The likeliest word for each word of the sources."""
    code: tuple[dict[str, int], dict[str, int]] = ({NOTHING: 0}, {})
    one, other, line, sums = [], [], [], 0
    for source, target in zip(sources, targets, strict=True):
        f = [0, *(code[0].setdefault(w, len(code[0])) for w in words(source))]
        e = [code[1].setdefault(w, len(code[1])) for w in words(target)]
        one += f * len(e)
        other += [w for w in e for _ in f]
        line += [sums + i for i in range(len(e)) for _ in f]
        sums += len(e)
    f, e, places = np.array(one), np.array(other), np.array(line)
    both, at = np.unique(f * len(code[1]) + e, return_inverse=True)  # pairs of words that ever meet
    share = np.ones(len(both))
    for _ in range(ROUNDS):
        weight = share[at]
        weight /= np.bincount(places, weights=weight)[places]
        count = np.bincount(at, weights=weight)
        share = count / np.bincount(both // len(code[1]), weights=count)[both // len(code[1])]
    best: dict[int, tuple[float, int]] = {}
    for pair, p in zip(both.tolist(), share.tolist(), strict=True):
        source, target = divmod(pair, len(code[1]))
        best[source] = max(best.get(source, (0.0, 0)), (p, target))
    names = [list(table) for table in code]
    return {names[0][source]: names[1][target] for source, (_, target) in best.items() if source}


def word_by_word(texts: Sequence[str], known: dict[str, str]) -> list[str]:
    """Each text with every word replaced by that of the dictionary."""
    return [TIGHT.sub(r"\1", " ".join(known.get(word, word) for word in words(text))) for text in texts]
