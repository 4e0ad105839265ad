"""Gaussian mixture over mixed types, fitted by expectation-maximisation, exact under every condition.

Inside a component the columns are independent (diagonal covariance, frequencies for categories); components carry the
dependence. With a class target every component belongs to one class (mixture discriminant analysis, Hastie and
Tibshirani 1996), so the mixture predicts; without one it is a plain mixture.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..backbones.mixture_em import expectation_maximisation, standardised
from ..backbones.product_mixture import AnswersByMixture
from ..core.card import Card
from ..core.errors import BadInput
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
        tol: float = 1e-3,
        random_state: RandomState = None,
    ) -> None:
        self.n_components = n_components
        self.strength = strength
        self.max_iter = max_iter
        self.tol = tol
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        if self.n_components < 1:
            raise BadInput(f"n_components must be 1 or more, not {self.n_components}")
        self.mixture_ = expectation_maximisation(
            data,
            sparse.csr_matrix(self._start(data, rng)),
            strength=self.strength,
            steps=self.max_iter,
            tolerance=self.tol,
        )

    def _start(self, data: Dataset, rng: np.random.Generator) -> FloatArray:
        """(n, K): clusters of the features, within each class when the target is one."""
        features = standardised(data)
        is_class = data.schema.task == "class"
        if not is_class:
            return self._clusters(features, np.arange(len(data)), rng)
        blocks: list[Array] = []
        for code in np.unique(data.y[~np.isnan(data.y)]):
            rows = np.flatnonzero(data.y == code)
            members = self._clusters(features[rows], rows, rng)
            block = np.zeros((len(data), members.shape[1]))
            block[rows] = members
            blocks.append(block)
        weights = np.hstack(blocks)
        unlabelled = np.isnan(data.y)
        weights[unlabelled] = weights[~unlabelled].mean(axis=0)
        return weights

    def _clusters(self, features: FloatArray, rows: Array, rng: np.random.Generator) -> FloatArray:
        """One-hot k-means clusters, (len(rows), k)."""
        from sklearn.cluster import KMeans

        k = int(np.clip(len(rows) // 10, 1, self.n_components))
        k = min(k, len(np.unique(features, axis=0)))
        labels = KMeans(k, n_init=1, max_iter=30, random_state=int(rng.integers(2**31))).fit(features).labels_
        return np.eye(k)[labels]
