"""Naive Bayes over mixed types: P(y) times one independent distribution a column, for each class.

Normals with atoms for numbers, smoothed frequencies for categories. A numeric target is cut into equal-count bins, one
component each. Unlabelled rows join by expectation-maximisation (Nigam, McCallum, Thrun and Mitchell 2000).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from ..backbones.arguments import COUNT, POSITIVE, check
from ..backbones.mixture_em import expectation_maximisation, memberships
from ..backbones.private_counts import asked, private_mixture
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
        bins: components of a numeric target, at most one for every ten rows; with `epsilon` bins of every number.
        epsilon: privacy budget of one fit, each row one person; None protects nobody.
        domain: with `epsilon`, what each column may hold, known without the rows (`obverse.modalities.domain`): a dict,
            JSON text or the path of a JSON file; "observed" reads it off the rows, unprotected.
        noise_seed: makes the noise of `epsilon` repeatable and voids its guarantee; for tests.
        random_state: unused by the fit, also by its noise; seeds the drawing verbs.
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
            "Vaidya, Shafiq, Basu and Hong 2013, Differentially private naive Bayes classification (with epsilon)",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        needs_target=True,
        avoid_when="columns depend on each other given the class: its probabilities become overconfident",
    )

    def __init__(self, strength: float = 1.0, bins: int = 20, epsilon: float | None = None, domain: Any = None,
                 noise_seed: int | None = None, random_state: RandomState = None) -> None:  # fmt: skip
        self.strength = strength
        self.bins = bins
        self.epsilon = epsilon
        self.domain = domain
        self.noise_seed = noise_seed
        self.random_state = random_state

    def _read(self, X: Any, y: Any, **roles: Any) -> Dataset:
        privacy = asked(self)
        if privacy is None:
            return super()._read(X, y, **roles)
        return TABLE.learn_privately(X, y, self.domain, privacy, **roles)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, strength=POSITIVE, bins=COUNT)
        if self.epsilon is not None:
            self.mixture_ = private_mixture(
                data, by_target=True, strength=self.strength, bins=self.bins, noise_seed=self.noise_seed
            )
            self.schema_ = self.mixture_.schema
            return
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
