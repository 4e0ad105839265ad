"""Logistic regression over words and runs of characters, weighted by TF-IDF: the strong simple reader of texts."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse
from scipy.special import expit, softmax

from ..backbones.arguments import COUNT, POSITIVE, TRUTH, check
from ..backbones.bags import LENGTHS, Bag, Lengths, dampened, learned, rarity
from ..core.card import Card
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import HOLE
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.text import TEXTS

FEW = 20  # texts: of fewer every term is kept


class TextLogistic(Predicts, Model):
    """P(y|x) = softmax(W x + b), where x holds the weighted counts of a text's terms.

    Args:
        words: shortest and longest run of words that is a term; None: words are not looked at.
        characters: the same of characters within a word.
        lower: small and capital letters are the same.
        least: texts that a term is met in at least; rarer ones are left out, unless that leaves nothing
            or there are fewer than twenty texts.
        C: inverse strength of the L2 penalty, as in scikit-learn.
        balanced: classes weigh alike, however many texts each has; with rare classes and few labels probabilities
            are better for it, too, since the penalty holds them back.
        max_iter: most steps of the solver.
        random_state: seeds nothing: the problem is convex.
    """

    card = Card(
        key="text_logistic",
        title="Logistic regression over words and characters",
        learns=frozenset({"P(y|x)"}),
        modality=TEXTS,
        backbone="linear",
        objective="cross-entropy over TF-IDF of words and character n-grams, L2 penalty",
        log_prob="exact",
        missing="refused",
        condition="none",
        references=(
            "Salton and Buckley 1988, Term-weighting approaches in automatic text retrieval",
            "Joachims 1998, Text categorization with support vector machines: learning with many relevant features",
            "scikit-learn CountVectorizer, LogisticRegression",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        needs_target=True,
        avoid_when="the order of words decides, or there are a few dozen labels and weights of real texts at hand",
    )

    def __init__(
        self,
        words: Lengths | None = (1, 1),
        characters: Lengths | None = (1, 4),
        lower: bool = True,
        least: int = 2,
        C: float = 30.0,
        balanced: bool = True,
        max_iter: int = 1000,
        random_state: RandomState = None,
    ) -> None:
        self.words = words
        self.characters = characters
        self.lower = lower
        self.least = least
        self.C = C
        self.balanced = balanced
        self.max_iter = max_iter
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, words=LENGTHS, characters=LENGTHS, lower=TRUTH, least=COUNT, C=POSITIVE, balanced=TRUTH,
            max_iter=COUNT,
        )  # fmt: skip
        if self.words is None and self.characters is None:
            raise BadInput("words and characters are both None, and there is nothing else to look at")
        from sklearn.linear_model import LogisticRegression

        texts = data.values.tolist()
        least = self.least if len(texts) >= FEW else 1
        self.bags_ = learned(texts, self.words, self.characters, self.lower, least)
        if not sum(len(bag.terms) for bag in self.bags_):  # texts that share no word
            self.bags_ = learned(texts, self.words, self.characters, self.lower)
        if not sum(len(bag.terms) for bag in self.bags_):
            raise BadInput("the texts hold no word and no run of characters to look at")
        counts = [bag.counts(texts) for bag in self.bags_]
        self.rarity_ = [rarity(one) for one in counts]
        x = self._matrix(counts)
        weight = "balanced" if self.balanced else None
        solver = LogisticRegression(C=self.C, class_weight=weight, max_iter=self.max_iter).fit(x, data.y.astype(int))
        column = data.schema.target_column
        assert column is not None
        self.seen_, self.width_ = solver.classes_.astype(int), len(column.values)
        self.coef_, self.intercept_ = np.ascontiguousarray(solver.coef_), solver.intercept_

    def _matrix(self, counts: list[sparse.csr_matrix]) -> sparse.csr_matrix:
        """(n, terms of all bags): each bag's part has length 1."""
        return sparse.csr_matrix(sparse.hstack([dampened(c, r) for c, r in zip(counts, self.rarity_, strict=True)]))

    def _predict(self, given: Evidence) -> Prediction:
        texts = [str(text) for text in given.values]
        if any(HOLE in text for text in texts):
            raise CannotAnswer(f"{self.card.key} reads no texts with holes", instead="text_naive_bayes leaves them out")
        score = self._matrix([bag.counts(texts) for bag in self.bags_]) @ self.coef_.T + self.intercept_
        own = np.hstack([1 - expit(score), expit(score)]) if score.shape[1] == 1 else softmax(score, axis=1)
        proba = np.zeros((len(score), self.width_))
        proba[:, self.seen_] = own
        return Prediction(proba=proba)

    def _state(self) -> dict[str, Any]:
        names = ("seen_", "width_", "coef_", "intercept_", "rarity_")
        return {"bags": [bag.to_blob() for bag in self.bags_]} | {name: getattr(self, name) for name in names}

    def _restore(self, state: dict[str, Any]) -> None:
        self.bags_ = [Bag.from_blob(blob) for blob in state["bags"]]
        for name in state.keys() - {"bags"}:
            setattr(self, name, state[name])
        terms = [len(bag.terms) for bag in self.bags_]
        if [len(one) for one in self.rarity_] != terms or self.coef_.shape[1] != sum(terms):
            raise ValueError("the terms and their weights do not fit together")
