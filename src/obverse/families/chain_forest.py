"""Chain of forests: p(x, y) = prod_j p(x_j | x_<j), each factor an ordinary forest on the columns before it.

A discriminative learner, chained, is a generative one. The factor of a number is a random forest whose leaves are
distributions of the column (quantile regression forests, Meinshausen 2006) and which may split on out-of-fold
predictions by a linear and a boosted model; that of a category, or of a number with few values, is a classifier,
boosted where there are rows for it.
Rows are drawn column by column, those of one call sharing the values out evenly; the log-probability of a row is a sum
over columns.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ..backbones.ancestral import Chain
from ..backbones.arguments import COUNT, COUNT_OR_NONE, COUNT_OR_ZERO, NOT_NEGATIVE, TRUTH, check
from ..backbones.certain import follows
from ..backbones.chain_answers import AnswersByChain, chain_order
from ..backbones.class_learners import ClassBoosting
from ..backbones.conditional import Conditional, Reader
from ..backbones.conditional_classes import ConditionalClasses
from ..backbones.conditional_forest import ConditionalForest, Growing
from ..backbones.rank_space import RankSpace
from ..backbones.scale import offsets
from ..backbones.stacking import Boosting, Scales
from ..backbones.threads import side_by_side
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Array, Column, Dataset
from ..modalities.table import TABLE

MOST_GROWN = 100_000  # rows that trees are grown on; leaves are filled with all
ENOUGH_TO_BOOST = 2_000  # rows from which a boosted model sees more than a linear one
FOLDS, LINEAR_FOLDS, TARGET_FOLDS = 2, 5, 4
TARGET_TREES = 3  # times `n_estimators`: the mean of a number profits longest
TARGET_NUMBER = Boosting(400, 0.1, 5)
TARGET_CLASSES = ClassBoosting(300, 0.05, (7,), stops=True, colsample_bytree=0.4)
CLASSES = ClassBoosting(45, 0.3, (3,), stops=False, min_child_weight=20.0, reg_lambda=8.0, max_bin=64, most_trees=900)
VALUES = ClassBoosting(100, 0.3, (3, 6), stops=True, min_child_weight=2.0)
WHOLE_SHRINKAGE = 10_000  # rows below which leaves are shrunk less: surroundings are a large part of a small table
MOST_CLASSES = 50  # values of a column up to which its chances are boosted
MOST_CHANCES = 1_000_000  # rows times values of a number up to which it is taken for classes: bounds time
# rows in a leaf: at least, and for each root of the rows
LEAST_LEAF, CATEGORY_LEAF, TIED_LEAF, INTERPOLATED_LEAF, TARGET_LEAF = 5, 0.25, 0.6, 0.1, 0.1
CATEGORY_SHRINKAGE, INTERPOLATED_SHRINKAGE, TARGET_SHRINKAGE = 0.25, 0.6, 0.15  # times `shrinkage`


class ChainForest(AnswersByChain, Model):
    """P(x, y) = prod_j P(x_j | x_<j), a forest a column.

    Args:
        n_estimators: trees of each column.
        min_samples_leaf: fewest rows in a leaf; None takes a tenth to six tenths of the square root of the rows, at
            least 5: the smallest for numbers that hardly repeat.
        shrinkage: imaginary rows of its surroundings in a leaf for each value it holds (Witten and Bell 1991), about
            half of it for numbers that hardly repeat, and less on less than 10,000 rows.
        boosting_rounds: of the boosted predictions that trees of number columns may split on, given 2,000 rows.
        copies: weighted copies of a row that stand for an unknown cell before a known one.
        histogram: keep equal-count bins of numbers that hardly repeat instead of the training cells themselves.
        random_state: seeds the trees, the folds, the copies and the drawing verbs.
    """

    card = Card(
        key="chain_forest",
        title="Chain of forests",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="autoregressive: squared error of ranks and indicators, then maximum likelihood in each leaf",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Meinshausen 2006, Quantile regression forests, JMLR",
            "Breiman 2001, Random forests",
            "Wolpert 1992, Stacked generalization",
            "Witten and Bell 1991, The zero-frequency problem",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        avoid_when="conditions on many columns must be met exactly: ask joint_forest",
        expected_failures={
            "check_density_integrates_to_one": "p(u | blob) divides an exact density by an average over copies",
        },
        tiny={"n_estimators": 6, "copies": 64, "boosting_rounds": 10},
    )

    def __init__(
        self,
        n_estimators: int = 6,
        min_samples_leaf: int | None = None,
        shrinkage: float = 1.0,
        boosting_rounds: int = 40,
        copies: int = 32,
        histogram: bool = False,
        random_state: RandomState = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.shrinkage = shrinkage
        self.boosting_rounds = boosting_rounds
        self.copies = copies
        self.histogram = histogram
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, n_estimators=COUNT, min_samples_leaf=COUNT_OR_NONE, shrinkage=NOT_NEGATIVE,
            boosting_rounds=COUNT_OR_ZERO, copies=COUNT, histogram=TRUTH,
        )  # fmt: skip
        n = len(data)
        grown = np.arange(n) if n <= MOST_GROWN else np.sort(rng.choice(n, MOST_GROWN, replace=False))
        reader, order = Reader(data.schema, Scales.of(data), offsets(data)), chain_order(data.schema)
        own = rng.spawn(len(order))  # links do not depend on each other, so they may be learnt side by side
        links = side_by_side(lambda i: self._link(data, order, i, reader, grown, own[i]), range(len(order)), n)
        self.chain_ = Chain(reader, tuple(links), self.copies, int(rng.integers(2**31)))

    def _link(
        self, data: Dataset, order: Array, i: int, reader: Reader, grown: Array, rng: np.random.Generator
    ) -> Conditional:
        """The distribution of the i-th column of the order given those before it."""
        j, before, rows = int(order[i]), order[:i], len(grown)
        is_target, column = j == data.schema.target_index, data.schema.columns[j]
        certain = rows >= ENOUGH_TO_BOOST and not is_target and follows(data.values, j, before)
        if i and not certain and self._has_chances(data, j, grown):
            boosting = TARGET_CLASSES if is_target else CLASSES if column.kind == "category" else VALUES
            boosting = boosting if rows >= ENOUGH_TO_BOOST else None
            return ConditionalClasses.fit(data.take(grown), j, before, reader, boosting, rng)
        growing = self._growing(column, rows, is_target=is_target)
        if certain:  # a leaf of one value is surer than any learner of chances, and a tree of all rows misses none
            growing = replace(growing, trees=1, share=1.0, leaf=(1, 1), boosting=Boosting(0))
        folds = TARGET_FOLDS if is_target else FOLDS if growing.boosting.rounds else LINEAR_FOLDS
        fold = rng.permutation(len(data)) % min(folds, len(data))
        return ConditionalForest.fit(data, j, before, reader, growing, grown, fold, rng)

    def _has_chances(self, data: Dataset, j: int, grown: Array) -> bool:
        """Whether a learner of chances is worth its time; leaves hold the other columns."""
        column, cells = data.schema.columns[j], data.values[grown, j]
        known = cells[~np.isnan(cells)]
        values = np.unique(known)
        if j == data.schema.target_index:
            return column.kind == "category" and len(values) > 1
        most = MOST_CLASSES if column.kind == "category" else min(MOST_CLASSES, MOST_CHANCES // len(grown))
        few = 1 < len(values) <= most
        return len(grown) >= ENOUGH_TO_BOOST and few and RankSpace.is_tied(column, values, len(known))

    def _growing(self, column: Column, rows: int, *, is_target: bool) -> Growing:
        """How the forest of a column is grown."""
        boosted, root = rows >= ENOUGH_TO_BOOST, np.sqrt(rows)
        boosting = Boosting(self.boosting_rounds if boosted else 0)
        shrinkage = self.shrinkage * min(1.0, rows / WHOLE_SHRINKAGE)
        if column.kind == "category":
            share, less = (CATEGORY_LEAF, CATEGORY_LEAF), (CATEGORY_SHRINKAGE, CATEGORY_SHRINKAGE)
        elif is_target:
            share, less = (TARGET_LEAF, TARGET_LEAF), (TARGET_SHRINKAGE, TARGET_SHRINKAGE)
            boosting = TARGET_NUMBER if boosted else boosting
        else:
            share, less = (TIED_LEAF, INTERPOLATED_LEAF), (1.0, INTERPOLATED_SHRINKAGE)
        fixed = self.min_samples_leaf
        leaf = [max(LEAST_LEAF, round(root * one)) if fixed is None else fixed for one in share]
        trees = self.n_estimators * (TARGET_TREES if is_target else 1)
        return Growing(trees, (leaf[0], leaf[1]), boosting, (shrinkage * less[0], shrinkage * less[1]), self.histogram,
                       averaged=is_target)  # fmt: skip

    def _state(self) -> dict[str, Any]:
        return self.chain_.state()

    def _restore(self, state: dict[str, Any]) -> None:
        self.chain_ = Chain.from_state(self.schema_, state)
