"""Sentences of a tiny language and what they are in another, with known probabilities: order, agreement and a choice.

    sentence -> who does what          who, what -> article noun | article adjective noun

In the other language what comes first, then who, then the verb; adjectives stand after their noun, and articles and
adjectives take the ending of its gender, so that no dictionary of words translates them. Of two words for `likes` one
is used three times in four.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from ...core.schema import FloatArray
from ..texts import Texts

NOUNS = {"cat": "mira", "bird": "sela", "dog": "turo", "horse": "kavo"}
ARTICLES = {"the": "l", "a": "un"}  # and the ending of the noun
ADJECTIVES = {"": "", "red": "rub", "old": "vet"}
VERBS = {"sees": {"vide": 1.0}, "likes": {"ame": 0.75, "gusta": 0.25}}
COLUMNS = ("english", "other")


class Clauses:
    """See the module docstring."""

    name = "clauses"

    def __init__(self) -> None:
        who: dict[str, str] = {}
        for (article, stem), (adjective, root), (noun, name) in product(
            ARTICLES.items(), ADJECTIVES.items(), NOUNS.items()
        ):
            end = name[-1]
            who[" ".join(filter(None, (article, adjective, noun)))] = f"{stem}{end} {name}" + (
                f" {root}{end}" if root else ""
            )
        self.answers: dict[str, dict[str, float]] = {}
        for (one, said), (verb, verbs), (other, told) in product(who.items(), VERBS.items(), who.items()):
            answers = {f"{told} {said} {word}": p for word, p in verbs.items()}
            self.answers[f"{one} {verb} {other}"] = answers

    @property
    def sources(self) -> list[str]:
        """Every sentence."""
        return list(self.answers)

    @property
    def targets(self) -> list[str]:
        """Everything that can be said in the other language."""
        return sorted({target for each in self.answers.values() for target in each})

    def likeliest(self, sources: Iterable[str]) -> list[str]:
        """The most likely target of each source."""
        return [max(self.answers[source], key=self.answers[source].__getitem__) for source in sources]

    def split(self, seed: int, share: float = 0.5) -> tuple[list[str], list[str]]:
        """A share of the sentences to learn from, and all others."""
        order = [self.sources[i] for i in np.random.default_rng([seed, 5]).permutation(len(self.answers))]
        cut = round(share * len(order))
        return order[:cut], order[cut:]

    def pairs(self, sources: Iterable[str], seed: int) -> Texts:
        """A target drawn for each source."""
        rng, sources = np.random.default_rng([seed, 6]), list(sources)
        drawn = [rng.choice(list(each), p=list(each.values())) for each in map(self.answers.__getitem__, sources)]
        return Texts.of(sources, np.array(list(map(str, drawn)), dtype=object), self.name, columns=COLUMNS)

    def sample(self, n: int, seed: int) -> Texts:
        """n pairs, of sentences that may come twice."""
        rng = np.random.default_rng([seed, 7])
        return self.pairs([self.sources[i] for i in rng.integers(len(self.answers), size=n)], seed)

    def log_prob(self, sources: Iterable[str], targets: Iterable[str]) -> FloatArray:
        """log P(target | source), float64."""
        with np.errstate(divide="ignore"):
            both = zip(sources, targets, strict=True)
            return np.log(np.array([self.answers[source].get(target, 0.0) for source, target in both]))
