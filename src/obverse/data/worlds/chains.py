"""Strings of known probability: a Markov chain over three letters, of two classes that follow each other differently.

A string begins with any of the letters; after each letter it ends with probability 0.3, else another letter follows: in
the class `calm` mostly the same one, in `wild` mostly the next of the alphabet.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise, product

import numpy as np

from ...core.schema import Array, FloatArray
from ..texts import Texts

LETTERS = "abc"
CLASSES = ("calm", "wild")
ENDS, MOSTLY = 0.3, 0.8


class Chains:
    """See the module docstring."""

    name = "chains"
    letters, classes = LETTERS, CLASSES

    def __init__(self) -> None:
        other = (1 - MOSTLY) / 2
        same = np.full((3, 3), other) + (MOSTLY - other) * np.eye(3)
        self.follow: tuple[FloatArray, ...] = (same, np.roll(same, 1, axis=1))  # of each class: (letter, next letter)

    def sample(self, n: int, seed: int) -> Texts:
        """n strings with labels, both classes alike."""
        rng = np.random.default_rng([seed, 3])
        texts, labels = list[str](), list[str]()
        for code in rng.integers(2, size=n):
            letters = [int(rng.integers(3))]
            while rng.random() >= ENDS:
                letters.append(int(rng.choice(3, p=self.follow[code][letters[-1]])))
            texts.append("".join(LETTERS[i] for i in letters))
            labels.append(CLASSES[code])
        return Texts.of(texts, np.array(labels, dtype=object), self.name)

    def log_prob(self, texts: Iterable[str], label: str | None = None) -> FloatArray:
        """log P(text | label), or without one log P(text), float64."""
        out = np.stack([[self._one(text, follow) for text in texts] for follow in self.follow])
        if label is not None:
            return out[CLASSES.index(label)]
        return np.logaddexp(*out) - np.log(2)

    def _one(self, text: str, follow: FloatArray) -> float:
        if not text or set(text) - set(LETTERS):
            return -np.inf
        at = [LETTERS.index(letter) for letter in text]
        steps = sum(float(np.log(follow[a, b])) for a, b in pairwise(at))
        return float(-np.log(3) + steps + (len(text) - 1) * np.log(1 - ENDS) + np.log(ENDS))

    def strings(self, longest: int) -> tuple[list[str], float]:
        """Every string of up to so many letters, and the probability of longer ones."""
        each = ["".join(letters) for size in range(1, longest + 1) for letters in product(LETTERS, repeat=size)]
        return each, float((1 - ENDS) ** longest)

    def posterior(self, texts: Iterable[str]) -> FloatArray:
        """P(label | text), (n, 2) in the order of `classes`."""
        texts = list(texts)
        log = np.stack([self.log_prob(texts, label) for label in CLASSES], axis=1)
        return np.exp(log - np.logaddexp.reduce(log, axis=1, keepdims=True))

    def holds(self, texts: Iterable[str]) -> Array:
        """Boolean: which strings the chain can make."""
        return np.array([bool(text) and not set(text) - set(LETTERS) for text in texts])
