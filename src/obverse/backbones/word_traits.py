"""What a word and its neighbours look like, as names of traits: spelling, letters at both ends, shape, and the text's
own way with capitals.

Traits such as taggers have used since McCallum and Li 2003, Early results for named entity recognition with conditional
random fields, CoNLL.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from scipy import sparse

ENDS = 4  # letters at each end of a word that are looked at
NOTHING = "<>"  # before the first word and after the last
SHOUTS, TITLE, CALM = 0.6, 0.6, 0.02  # shares of capitals among letters, and of words that begin with one


def shape_of(word: str) -> str:
    """Capitals as X, other letters as x, digits as d; the rest stays, and runs of more than two are two."""
    kinds = ("X" if c.isupper() else "x" if c.isalpha() else "d" if c.isdigit() else c for c in word)
    return re.sub(r"(.)\1+", r"\1\1", "".join(kinds))


def traits(words: Sequence[str]) -> list[list[str]]:
    """Names of the traits of each word of one text."""
    low = [word.lower() for word in words]
    long_ = [shape_of(word) for word in words]
    brief = [re.sub(r"(.)\1", r"\1", one) for one in long_]
    style = _style(words)

    def at(what: Sequence[str], i: int) -> str:
        return what[i] if 0 <= i < len(what) else NOTHING

    out = list[list[str]]()
    for i, word in enumerate(words):
        own, before, after = low[i], at(low, i - 1), at(low, i + 1)
        shape, left, right = brief[i], at(brief, i - 1), at(brief, i + 1)
        found = ["", f"word {word}", f"low {own}", f"long {long_[i]}", f"shape {shape}", f"style {style}"]
        found += [f"shape {shape} {style}", f"shapes {left} {shape}", f"shapes+ {shape} {right}"]
        found += [f"shapes {left} {shape} {right}", f"pair {before} {own}", f"pair+ {own} {after}"]
        found += [f"between {before} {after}", f"after {before} {shape}", f"ahead {shape} {after}"]
        found += [f"after {at(low, i - 2)} {before} {shape}"]
        for size in range(1, min(ENDS, len(own)) + 1):
            found += [f"begin {own[:size]}", f"end {own[-size:]}"]
        for d in (-2, -1, 1, 2):
            found += [f"low{d:+} {at(low, i + d)}", f"shape{d:+} {at(brief, i + d)}"]
        for d in (-1, 1):
            found += [f"end{d:+} {at(low, i + d)[-3:]}"]
        out.append(found)
    return out


def _style(words: Sequence[str]) -> str:
    """How the text uses capitals, without which a capital says little."""
    letters = [c for c in "".join(words) if c.isalpha()]
    capitals = sum(c.isupper() for c in letters) / max(1, len(letters))
    begun = sum(word[0].isupper() for word in words) / max(1, len(words))
    return "shouts" if capitals > SHOUTS else "title" if begun > TITLE else "calm" if capitals < CALM else "usual"


class Traits:
    """Which traits are looked at.

    Args:
        names: of the traits, in the order of their columns.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.column = {name: i for i, name in enumerate(names)}

    @classmethod
    def learn(cls, texts: Iterable[Sequence[str]], least: int) -> Traits:
        """Those that words of the texts have at least so many times."""
        count: Counter[str] = Counter()
        for words in texts:
            for found in traits(words):
                count.update(found)
        return cls(name for name, times in count.items() if times >= least)

    def __len__(self) -> int:
        return len(self.column)

    def matrix(self, texts: Iterable[Sequence[str]]) -> sparse.csr_matrix:
        """float64 (words of all texts, traits), 1 where a word has a trait."""
        places, ends = list[int](), [0]
        for words in texts:
            for found in traits(words):
                places += sorted({self.column[name] for name in found if name in self.column})
                ends.append(len(places))
        shape = (len(ends) - 1, len(self))
        return sparse.csr_matrix((np.ones(len(places)), np.array(places, np.int64), np.array(ends)), shape=shape)

    def to_json(self) -> str:
        """All there is to know."""
        return json.dumps(list(self.column))

    @classmethod
    def of_json(cls, text: str) -> Traits:
        """Inverse of `to_json`."""
        return cls(json.loads(text))
