"""Gaussian mixture over mixed types, fitted by expectation-maximisation, exact under every condition.

Inside a component the columns are independent (diagonal covariance, frequencies for categories); components carry the
dependence. With a class target every component belongs to one class (mixture discriminant analysis, Hastie and
Tibshirani 1996), so the mixture predicts; without one it is a plain mixture.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..backbones.arguments import COUNT, COUNT_OR_ZERO, NOT_NEGATIVE, POSITIVE, check
from ..backbones.mixture_em import expectation_maximisation, memberships, standardised
from ..backbones.product_mixture import AnswersByMixture
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE


class GaussianMixture(AnswersByMixture, Model):
    """P(x, y) = sum_k w_k prod_j N(x_j; mu_kj, sigma_kj), categories by frequencies.

    Args:
        n_components: components for each class, or in all when the target is no class; at most one for ten rows.
        strength: imaginary rows that each estimate is shrunk by.
        max_iter: most EM steps.
        tol: EM stops when the mean log-likelihood gains less, in nats.
        random_state: seeds the starting clusters and the drawing verbs.
    """

    card = Card(
        key="gaussian_mixture",
        title="Gaussian mixture, mixed types",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mixture",
        objective="maximum likelihood of P(x,y) by expectation-maximisation",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Dempster, Laird and Rubin 1977, Maximum likelihood from incomplete data via the EM algorithm",
            "Hastie and Tibshirani 1996, Discriminant analysis by Gaussian mixtures",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        avoid_when="few rows and many strongly correlated columns: it needs a component for every bend",
    )

    def __init__(
        self,
        n_components: int = 12,
        strength: float = 1.0,
        max_iter: int = 60,
        tol: float = 1e-2,
        random_state: RandomState = None,
    ) -> None:
        self.n_components = n_components
        self.strength = strength
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, n_components=COUNT, strength=POSITIVE, max_iter=COUNT_OR_ZERO, tol=NOT_NEGATIVE)
        self.mixture_ = expectation_maximisation(
            data,
            self._start(data, rng),
            strength=self.strength,
            steps=self.max_iter,
            tolerance=self.tol,
        )

    def _start(self, data: Dataset, rng: np.random.Generator) -> sparse.csr_matrix:
        """(n, K): clusters of the features, within each class when the target is one."""
        features = standardised(data)
        is_class = data.schema.task == "class"
        group = np.where(np.isnan(data.y), -1, data.y) if is_class else np.zeros(len(data))
        component, count = np.full(len(data), -1), 0
        for code in np.unique(group[group >= 0]):
            rows = np.flatnonzero(group == code)
            labels = self._clusters(features[rows], rng)
            component[rows] = count + labels
            count += int(labels.max()) + 1
        return memberships(component, count)

    def _clusters(self, features: FloatArray, rng: np.random.Generator) -> Array:
        """k-means cluster of every row, 0..k-1, each held by some row."""
        from sklearn.cluster import KMeans

        k = int(np.clip(len(features) // 10, 1, self.n_components))
        k = min(k, len(np.unique(features, axis=0)))
        return KMeans(k, n_init=1, max_iter=30, random_state=int(rng.integers(2**31))).fit(features).labels_
