"""Joint forest: an adversarial random forest whose leaves are independent columns (Watson, Blesch, Kapar, Wright 2023).

A forest learns to tell the rows from rows whose columns were drawn independently inside the leaves of the round
before. When it no longer can, the columns are independent within its leaves, and p(row) = mean over trees of
p(leaf) prod_j p(cell j | leaf) is a density of the whole table: it predicts, creates, completes and scores, exactly
under any condition on cells.
"""

from __future__ import annotations

import warnings

import numpy as np

from ..backbones.arguments import COUNT, NOT_NEGATIVE, POSITIVE, check
from ..backbones.estimate import Assignment, product_mixture
from ..backbones.forest import category_ranks, leaf_of, partition_of
from ..backbones.partition import Partition, ranked
from ..backbones.product_mixture import AnswersByMixture, ProductMixture
from ..backbones.scale import offsets, shifted
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE


class JointForest(AnswersByMixture, Model):
    """P(x, y) = (1/T) sum over trees of sum over leaves of p(leaf) prod_j p(x_j | leaf).

    Args:
        n_estimators: trees.
        min_samples_leaf: fewest real rows in a leaf; larger leaves copy less and blur more.
        rounds: most adversarial rounds.
        tolerance: a further round is grown while the out-of-bag accuracy of real against synthetic is above
            0.5 + tolerance.
        strength: imaginary rows that each leaf's estimates are shrunk by.
        random_state: seeds the trees, the synthetic rows and the drawing verbs.
    """

    card = Card(
        key="joint_forest",
        title="Joint forest (adversarial random forest)",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="adversarial: independent columns within leaves, then maximum likelihood in each leaf",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=("Watson, Blesch, Kapar and Wright 2023, Adversarial random forests, AISTATS",),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        avoid_when="fewer than about a hundred rows",
        tiny={"n_estimators": 10},
    )

    def __init__(
        self,
        n_estimators: int = 30,
        min_samples_leaf: int = 5,
        rounds: int = 3,
        tolerance: float = 0.02,
        strength: float = 0.5,
        random_state: RandomState = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.rounds = rounds
        self.tolerance = tolerance
        self.strength = strength
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(self, n_estimators=COUNT, min_samples_leaf=COUNT, rounds=COUNT, tolerance=NOT_NEGATIVE, strength=POSITIVE)
        offset, rank = offsets(data), category_ranks(data)
        real = shifted(ranked(data.values, rank), offset)
        fake = _shuffled(real, np.zeros((len(real), 1), int), rng)
        for left in range(self.rounds - 1, -1, -1):
            forest = self._grown(real, fake, rng)
            trees = list(forest.estimators_)
            partition = partition_of(trees, rank, offset)
            leaves = leaf_of(trees, partition, real)
            if left == 0 or forest.oob_score_ <= 0.5 + self.tolerance:
                break
            fake = _shuffled(real, leaves, rng)
        self.mixture_ = self._in_leaves(data, leaves, partition)

    def _in_leaves(self, data: Dataset, leaves: Array, partition: Partition) -> ProductMixture:
        """The mixture of leaves that holds every row once in each tree; `leaves` (n, T) are the rows' components.

        A tree sends a row without a label to one side of a cut on the target, which says nothing about its class. Such
        rows are shared among the leaves that their other cells allow, by the mixture of the labelled rows: one EM step.
        """
        n, trees = leaves.shape
        components, strength = int((partition.leaf >= 0).sum()), self.strength / trees
        labelled = np.ones(n, bool) if data.schema.target is None else data.labelled
        row = np.repeat(np.flatnonzero(labelled), trees)
        assigned = Assignment(row, leaves[labelled].ravel(), np.full(len(row), 1.0 / trees), components)
        mixture = product_mixture(data, assigned, strength=strength, partition=partition)
        if labelled.all():
            return mixture
        shared = mixture.expectation(Evidence(data.values[~labelled]))[0].tocoo()
        assigned = Assignment(
            np.concatenate([row, np.flatnonzero(~labelled)[shared.row]]),
            np.concatenate([assigned.component, shared.col]),
            np.concatenate([assigned.weight, shared.data]),
            components,
        )
        return product_mixture(data, assigned, strength=strength, partition=partition)

    def _grown(self, real: FloatArray, fake: FloatArray, rng: np.random.Generator):
        """A forest that tells real rows (1) from synthetic ones (0)."""
        from sklearn.ensemble import RandomForestClassifier

        x = np.vstack([real, fake]).astype(np.float32)
        label = np.repeat([1, 0], [len(real), len(fake)])
        forest = RandomForestClassifier(
            self.n_estimators,
            min_samples_leaf=min(2 * self.min_samples_leaf, max(1, len(x) // 4)),
            oob_score=True,
            random_state=int(rng.integers(2**31)),
        )
        with warnings.catch_warnings():  # few trees leave some rows in every bag; the others suffice for the stop
            warnings.filterwarnings("ignore", "Some inputs do not have OOB scores", UserWarning)
            return forest.fit(x, label)


def _shuffled(real: FloatArray, leaves: Array, rng: np.random.Generator) -> FloatArray:
    """As many rows again whose cells are drawn independently from the real rows of one leaf of a random tree."""
    n, trees = leaves.shape
    tree = rng.integers(trees, size=n)
    out = np.empty_like(real)
    for t in range(trees):
        mine = np.flatnonzero(tree == t)
        order = np.argsort(leaves[:, t], kind="stable")  # rows of one leaf lie side by side
        ordered = leaves[order, t]
        home = leaves[rng.integers(n, size=len(mine)), t]  # leaves in proportion to their rows
        first, last = np.searchsorted(ordered, home, "left"), np.searchsorted(ordered, home, "right")
        for j in range(real.shape[1]):
            out[mine, j] = real[order[rng.integers(first, last)], j]
    return out
