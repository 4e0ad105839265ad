"""Multinomial naive Bayes over counts of words (McCallum and Nigam 1998): P(label) and P(bag of words | label).

Texts without a label join by expectation-maximisation (Nigam, McCallum, Thrun and Mitchell 2000).
"""

from __future__ import annotations

import re
from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import softmax

from ..backbones.arguments import POSITIVE, TRUTH, check
from ..backbones.bags import LENGTHS, Bag, Lengths, learned
from ..core.card import Card
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset, FloatArray
from ..modalities.text import TEXTS

ROUNDS, SETTLED = 50, 1e-3  # of expectation-maximisation; change of a membership below which it ends
TORN = re.compile(rf"\w*{re.escape(HOLE)}\w*")  # a hole and the pieces of words that it tears


class TextNaiveBayes(Predicts, Model):
    """P(y | x) by Bayes' rule from P(y) prod_terms P(term | y)^count.

    What it knows of a text is its bag of words, and many strings have the same one; so it has a probability of labels,
    but none of strings, and draws none. A hole is words that are not known: they are summed out exactly.

    Args:
        words: shortest and longest run of words that is a term; None: words are not looked at.
        characters: the same of characters within a word.
        lower: small and capital letters are the same.
        strength: imaginary occurrences of every term in every class (Lidstone's smoothing).
        random_state: seeds nothing: counting has one answer.
    """

    card = Card(
        key="text_naive_bayes",
        title="Naive Bayes over words",
        learns=frozenset({"P(x,y)"}),
        modality=TEXTS,
        backbone="counts",
        objective="maximum likelihood of P(y) and P(bag of words | y), words independent given y",
        log_prob="none",
        missing="marginalised",
        condition="none",
        references=(
            "McCallum and Nigam 1998, A comparison of event models for naive Bayes text classification",
            "Nigam, McCallum, Thrun and Mitchell 2000, Text classification from labeled and unlabeled documents",
            "scikit-learn CountVectorizer",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        avoid_when="probabilities are needed and not only labels (words are not independent, so they are "
        "overconfident), or texts are to be drawn: a bag of words is no string",
        tiny={"words": None, "characters": (1, 2)},  # words of the battery's world are whole texts
    )

    def __init__(
        self,
        words: Lengths | None = (1, 1),
        characters: Lengths | None = None,
        lower: bool = True,
        strength: float = 0.1,
        random_state: RandomState = None,
    ) -> None:
        self.words = words
        self.characters = characters
        self.lower = lower
        self.strength = strength
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, words=LENGTHS, characters=LENGTHS, lower=TRUTH, strength=POSITIVE)
        if self.words is None and self.characters is None:
            raise BadInput("words and characters are both None, and there is nothing else to look at")
        texts, column = data.values.tolist(), data.schema.target_column
        assert column is not None
        self.bags_ = learned(texts, self.words, self.characters, self.lower)
        x, known = self._counts(texts), data.labelled
        member = np.zeros((len(texts), len(column.values)))
        member[np.flatnonzero(known), data.y[known].astype(int)] = 1
        self._learn(x, member, known)
        if known.all():
            return
        for _ in range(ROUNDS):
            before = member[~known]
            member[~known] = softmax(self._log_joint(x[~known]), axis=1)
            self._learn(x, member, np.ones(len(texts), dtype=bool))
            if np.abs(member[~known] - before).max() < SETTLED:
                return

    def _learn(self, x: sparse.csr_matrix, member: FloatArray, used: Any) -> None:
        """Shares of labels, and of terms within each label, from memberships (n, k) of the texts that are used."""
        member, x = member[used], sparse.csr_matrix(x[used])
        with np.errstate(divide="ignore"):  # a class that was only declared has no text
            self.prior_ = np.log(member.sum(axis=0) / len(member))
        counts = np.asarray((x.T @ member).T) + self.strength
        self.log_share_ = np.log(counts / counts.sum(axis=1, keepdims=True))

    def _counts(self, texts: list[str]) -> sparse.csr_matrix:
        return sparse.csr_matrix(sparse.hstack([bag.counts(texts) for bag in self.bags_]))

    def _log_joint(self, x: sparse.csr_matrix) -> FloatArray:
        """(n, k) log P(label, terms), but for the number of orders the terms can stand in."""
        return self.prior_ + x @ self.log_share_.T

    def _predict(self, given: Evidence) -> Prediction:
        texts = [TORN.sub(" ", str(text)) for text in given.values]
        return Prediction(proba=softmax(self._log_joint(self._counts(texts)), axis=1))

    def _state(self) -> dict[str, Any]:
        return {"bags": [bag.to_blob() for bag in self.bags_], "prior": self.prior_, "log_share": self.log_share_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.bags_ = [Bag.from_blob(blob) for blob in state["bags"]]
        self.prior_, self.log_share_ = state["prior"], state["log_share"]
        if self.log_share_.shape != (len(self.prior_), sum(len(bag.terms) for bag in self.bags_)):
            raise ValueError("the terms and their shares do not fit together")
