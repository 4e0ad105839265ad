"""How good are made pictures? Figures in the space of a judge's features, and two in that of pixels.

Each is to be read beside what real pictures get that nobody made or trained on (the floor): a distance between two
samples of one distribution is not 0.
"""

from __future__ import annotations

import numpy as np
from scipy.linalg import sqrtm
from scipy.spatial import KDTree

from ...core.schema import Array, FloatArray

NEIGHBOURS = 3  # of the balls that precision and recall are about
DRAWS = 5  # samples of the training pictures that a share is averaged over


def frechet(a: FloatArray, b: FloatArray) -> float:
    """Distance of two normal distributions with the means and covariances of features (n, d) and (m, d).

    Best 0, and at least the floor of samples of this size. Source: Heusel et al. 2017, GANs trained by a two time-scale
    update rule, where the features are Inception's.
    """
    mean, (one, two) = a.mean(axis=0) - b.mean(axis=0), (np.cov(x, rowvar=False) for x in (a, b))
    root = np.real(sqrtm(np.atleast_2d(one @ two)))
    return float(max(mean @ mean + np.trace(np.atleast_2d(one + two - 2 * root)), 0.0))


def precision_recall(real: FloatArray, made: FloatArray) -> tuple[float, float]:
    """Share of made pictures within reach of real ones, and of real ones within reach of made ones.

    Features (n, d) and (m, d), n = m for a fair pair; within reach is nearer to some picture of the other kind than
    that one's third neighbour of its own kind. Source: Kynkäänniemi et al. 2019, Improved precision and recall metric.
    """
    return _within(made, real), _within(real, made)


def _within(points: FloatArray, of: FloatArray) -> float:
    reach = KDTree(of).query(of, NEIGHBOURS + 1)[0][:, -1]
    near = np.zeros(len(points), bool)
    for center, far in zip(of, reach, strict=True):
        near |= ((points - center) ** 2).sum(axis=1) <= far**2
    return float(near.mean())


def spread(made: Array, labels: Array, real: Array, real_labels: Array) -> float:
    """How much made pictures of a class vary, as a share of how much real ones do: the mean over classes of the ratio
    of the roots of the summed variances of all pixels. Best 1; below it pictures of a class are too much alike.

    Pictures (n, ...) and (m, ...), and a label each; classes that were not made are left out.
    """
    made, real = (x.reshape(len(x), -1).astype(float) for x in (made, real))
    shares = [
        np.sqrt(made[labels == label].var(axis=0).sum() / real[real_labels == label].var(axis=0).sum())
        for label in np.unique(real_labels)
        if (labels == label).any()
    ]
    return float(np.mean(shares))


def nearer_to_train(made: Array, train: Array, held: Array, rng: np.random.Generator) -> float:
    """Share of made pictures whose nearest neighbour in pixels is one learned from, not an unseen one.

    As many of either are looked at, in several draws; 0.5 where nothing was learned by heart, 1 for copies.
    Pictures (n, ...), (m, ...), (k, ...).
    """
    made, train, held = (x.reshape(len(x), -1).astype(float) for x in (made, train, held))
    count = min(len(train), len(held))
    shares = []
    for _ in range(DRAWS):
        known, unseen = (x[rng.permutation(len(x))[:count]] for x in (train, held))
        near, far = (KDTree(x).query(made)[0] for x in (known, unseen))
        shares.append((near < far).mean() + (near == far).mean() / 2)
    return float(np.mean(shares))
