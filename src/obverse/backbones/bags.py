"""Texts as bags: how often each word and each run of characters stands in a text, as sparse rows.

Words are runs of letters and digits, and every mark between them is a word of its own; runs of characters stay within a
word and the blank on either side of it, so that misspelt and inflected words share most of theirs. scikit-learn counts.
What was never met while learning is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from scipy import sparse

from ..core.schema import FloatArray
from ..core.store import Blob
from .arguments import Rule

WORD = r"(?u)\w+|[^\w\s]"
KINDS = ("word", "char_wb")  # scikit-learn's names
Lengths = tuple[int, int]  # shortest and longest run that is counted


def _is_lengths(value: Any) -> bool:
    if not isinstance(value, list | tuple):
        return False
    each = cast("list[Any]", list(value))  # pyright: ignore[reportUnknownArgumentType]
    whole = all(isinstance(v, int) and not isinstance(v, bool) and v >= 1 for v in each)
    return len(each) == 2 and whole and each[0] <= each[1]


LENGTHS = Rule("None or two whole numbers from 1, as in (1, 2)", lambda v: v is None or _is_lengths(v))


@dataclass(frozen=True)
class Bag:
    """One kind of count.

    Attributes:
        kind: `word`, or `char_wb` for characters.
        lengths: of the runs that are counted.
        lower: small and capital letters are the same.
        terms: what was met, in order; a term's place is its column.
    """

    kind: str
    lengths: Lengths
    lower: bool
    terms: tuple[str, ...]

    @classmethod
    def learn(cls, texts: Iterable[str], kind: str, lengths: Sequence[int], lower: bool, least: int = 1) -> Bag:
        """The terms of the texts; those in fewer than `least` texts are left out."""
        short, long_ = lengths
        counter = _counter(kind, (short, long_), lower, min_df=least)
        try:
            counter.fit(texts)
        except ValueError:  # scikit-learn's way of saying that there is not one term
            return cls(kind, (short, long_), lower, ())
        return cls(kind, (short, long_), lower, tuple(counter.get_feature_names_out().tolist()))

    def counts(self, texts: Iterable[str]) -> sparse.csr_matrix:
        """float64 (n, terms)."""
        texts = list(texts)
        if not self.terms or not texts:
            return sparse.csr_matrix((len(texts), len(self.terms)))
        vocabulary = {term: i for i, term in enumerate(self.terms)}
        counter = _counter(self.kind, self.lengths, self.lower, vocabulary=vocabulary)
        return sparse.csr_matrix(counter.transform(texts), dtype=float)

    def to_blob(self) -> Blob:
        """All there is to know, as JSON."""
        held = {"kind": self.kind, "lengths": self.lengths, "lower": self.lower, "terms": self.terms}
        return Blob("json", json.dumps(held).encode())

    @classmethod
    def from_blob(cls, blob: Blob) -> Bag:
        """Inverse of `to_blob`; ValueError where the terms are not what `learn` makes."""
        held = json.loads(blob.data)
        terms, lengths = held["terms"], held["lengths"]
        sound = held["kind"] in KINDS and _is_lengths(lengths) and isinstance(terms, list)
        if not sound or len(set(terms)) != len(terms) or not all(isinstance(term, str) for term in terms):
            raise ValueError("the terms of a bag of words are damaged")
        return cls(held["kind"], (lengths[0], lengths[1]), bool(held["lower"]), tuple(terms))


def learned(texts: Sequence[str], words: Lengths | None, characters: Lengths | None, lower: bool,
            least: int = 1) -> list[Bag]:  # fmt: skip
    """The bags that were asked for; None for a kind that is not."""
    asked = zip(KINDS, (words, characters), strict=True)
    return [Bag.learn(texts, kind, lengths, lower, least) for kind, lengths in asked if lengths is not None]


def dampened(counts: sparse.csr_matrix, rarity: FloatArray) -> sparse.csr_matrix:
    """TF-IDF: 1 + log of each count, times the rarity of its term, every row of length 1 (Salton and Buckley 1988)."""
    out = counts.copy()
    out.data = (1 + np.log(out.data)) * rarity[out.indices]
    length = np.sqrt(np.asarray(out.multiply(out).sum(axis=1)).ravel())
    out.data /= np.repeat(np.maximum(length, 1e-300), np.diff(out.indptr))
    return out


def rarity(counts: sparse.csr_matrix) -> FloatArray:
    """(terms,): 1 + log((1 + texts) / (1 + texts that hold the term))."""
    texts, terms = cast("tuple[int, int]", counts.shape)
    held = np.bincount(counts.indices, minlength=terms)
    return 1 + np.log((1 + texts) / (1 + held))


def _counter(kind: str, lengths: Lengths, lower: bool, **more: Any) -> Any:
    from sklearn.feature_extraction.text import CountVectorizer

    cut = {"token_pattern": WORD} if kind == "word" else {}
    return CountVectorizer(analyzer=kind, ngram_range=lengths, lowercase=lower, **cut, **more)
