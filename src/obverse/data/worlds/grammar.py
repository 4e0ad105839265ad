"""Sentences of known probability: a tiny grammar, of which every sentence can be listed.

    sentence -> who does what          who -> "the dog" | "a cat"         what -> "." | " at " who "."
                                       does -> " sleeps" | " looks"

Whoever sleeps does so at nobody: after " sleeps" the sentence ends. Of two sentences one is about the dog.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product

import numpy as np

from ...core.schema import Array, FloatArray
from ..texts import Texts

WHO = {"the dog": 0.5, "a cat": 0.3, "a bird": 0.2}
SLEEPS, AT = 0.4, 0.75  # shares: of sentences in which somebody sleeps, and of looks that are at somebody


class Grammar:
    """See the module docstring."""

    name = "grammar"

    @property
    def sentences(self) -> dict[str, float]:
        """Every sentence and its probability."""
        out = {f"{who} sleeps.": p * SLEEPS for who, p in WHO.items()}
        out |= {f"{who} looks.": p * (1 - SLEEPS) * (1 - AT) for who, p in WHO.items()}
        for one, other in product(WHO, WHO):
            out[f"{one} looks at {other}."] = WHO[one] * (1 - SLEEPS) * AT * WHO[other]
        return out

    def sample(self, n: int, seed: int) -> Texts:
        """n sentences, without labels."""
        each = self.sentences
        rng = np.random.default_rng([seed, 4])
        return Texts.of(rng.choice(list(each), size=n, p=list(each.values())), None, self.name)

    def log_prob(self, texts: Iterable[str]) -> FloatArray:
        """log P(text), float64."""
        each = self.sentences
        with np.errstate(divide="ignore"):
            return np.log(np.array([each.get(text, 0.0) for text in texts]))

    @property
    def entropy(self) -> float:
        """Nats of a sentence."""
        p = np.array(list(self.sentences.values()))
        return float(-(p * np.log(p)).sum())

    def holds(self, texts: Iterable[str]) -> Array:
        """Boolean: which texts are sentences of the grammar."""
        return np.isin(list(texts), list(self.sentences))
