"""Expectation-maximisation for mixtures of products, with missing cells, mixed types and unlabelled rows.

Follows Dempster, Laird and Rubin (1977); missing cells drop out of the E-step because the mixture sums them out.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from ..core.evidence import Evidence
from ..core.schema import Array, Dataset, FloatArray
from .estimate import Assignment, product_mixture
from .product_mixture import ProductMixture
from .scale import centre_and_spread

SMALLEST = 1e-3  # memberships below are left out of the M-step (sparse EM, Neal and Hinton 1998)
TINY = 1e-6  # imaginary rows behind the target's frequencies: a component keeps the class it was born with


def memberships(component: Array, components: int) -> sparse.csr_matrix:
    """Sparse (n, K): each row wholly in its component; one of -1, unknown, is shared out as the known rows are."""
    n, known = len(component), component >= 0
    hard = sparse.csr_matrix((np.ones(known.sum()), (np.flatnonzero(known), component[known])), shape=(n, components))
    if known.all():
        return hard
    share = np.asarray(hard.sum(axis=0)) / known.sum()
    return sparse.csr_matrix(hard + sparse.csr_matrix((~known)[:, None].astype(float)) @ sparse.csr_matrix(share))


def maximise(data: Dataset, weights: sparse.csr_matrix, strength: float) -> ProductMixture:
    """M-step: the mixture fitted to soft memberships, sparse (n, K); memberships too small to matter are left out."""
    pairs = weights.tocoo()
    keep = pairs.data > SMALLEST
    assigned = Assignment(pairs.row[keep], pairs.col[keep], pairs.data[keep], weights.shape[1])
    return product_mixture(data, assigned, strength=strength, target_strength=TINY)


def expectation_maximisation(
    data: Dataset, weights: sparse.csr_matrix, *, strength: float, steps: int, tolerance: float
) -> ProductMixture:
    """Alternate E and M steps from soft memberships until the mean log-likelihood gains less than `tolerance` nats."""
    evidence, before = Evidence(data.values), -np.inf
    mixture = maximise(data, weights, strength)
    for _ in range(steps):
        weights, total = mixture.expectation(evidence)
        if total.mean() - before < tolerance:
            break
        before = total.mean()
        mixture = maximise(data, weights, strength)
    return mixture


def standardised(data: Dataset) -> FloatArray:
    """Features for a first clustering: z-scores with holes at the mean, one-hot categories up to ten levels."""
    blocks: list[Array] = []
    for j in data.schema.features:
        column, v = data.schema.columns[j], data.values[:, j]
        if column.kind == "number":
            known = v[~np.isnan(v)]
            centre, spread = centre_and_spread(known)
            if spread > 0:
                blocks.append(np.where(np.isnan(v), 0.0, (v - centre) / spread)[:, None])
        else:
            common = np.argsort(-np.bincount(v[~np.isnan(v)].astype(int), minlength=len(column.values)))[:10]
            blocks.append((v[:, None] == common[None, :]).astype(float))
    return np.hstack(blocks) if blocks else np.zeros((len(data), 1))
