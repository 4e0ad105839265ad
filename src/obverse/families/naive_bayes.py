"""Naive Bayes over mixed types: P(y) times one independent distribution a column, for each class.

Normals with atoms for numbers, smoothed frequencies for categories. A numeric target is cut into equal-count bins, one
component each. Unlabelled rows join by expectation-maximisation (Nigam, McCallum, Thrun and Mitchell 2000).
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..backbones.arguments import COUNT, POSITIVE, check
from ..backbones.mixture_em import expectation_maximisation, memberships
from ..backbones.product_mixture import AnswersByMixture
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.table import TABLE


class NaiveBayes(AnswersByMixture, Model):
    """P(x, y) = P(y) prod_j P(x_j | y).

    Args:
        strength: imaginary rows that each estimate is shrunk by.
        bins: components of a numeric target, at most one for every ten rows.
        random_state: unused by the fit; seeds the drawing verbs.
    """

    card = Card(
        key="naive_bayes",
        title="Naive Bayes, mixed types",
        learns=frozenset({"P(x,y)"}),
        modality=TABLE,
        backbone="mixture",
        objective="maximum likelihood of P(y) and P(x|y), columns independent given y",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Ng and Jordan 2001, On discriminative vs. generative classifiers",
            "Nigam, McCallum, Thrun and Mitchell 2000, Text classification from labeled and unlabeled documents",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        needs_target=True,
        avoid_when="columns depend on each other given the class: its probabilities become overconfident",
    )

    def __init__(self, strength: float = 1.0, bins: int = 20, random_state: RandomState = None) -> None:
        self.strength = strength
        self.bins = bins
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, strength=POSITIVE, bins=COUNT)
        steps = 50 if np.isnan(data.y).any() else 0
        start = self._start(data)
        self.mixture_ = expectation_maximisation(data, start, strength=self.strength, steps=steps, tolerance=1e-5)

    def _start(self, data: Dataset) -> sparse.csr_matrix:
        """(n, K): one component a class, or a bin of a numeric target; in all of them where the target is unknown."""
        y, known = data.y, ~np.isnan(data.y)
        if data.schema.task == "class":
            component, count = y, len(data.schema.columns[data.schema.target_index or 0].values)
        else:
            count = int(np.clip(known.sum() // 10, 1, self.bins))
            cuts = np.unique(np.quantile(y[known], np.linspace(0, 1, count + 1)[1:-1]))
            component, count = np.searchsorted(cuts, y, side="right"), len(cuts) + 1
        return memberships(np.where(known, component, -1).astype(int), count)
