"""Joint forest: P(y|x) is a random forest, p(x) a mixture of products; together an exact joint model of the table.

The mixture (latent classes on bins, hundreds of components) can sum out, restrict or draw any cells exactly, and a tree
cuts along columns, so the same holds for the two together: the model predicts, creates, completes and scores, under any
condition on cells, and with complete inputs it predicts what an ordinary forest does. After "joints in random forests"
(Correia, Peharz and de Campos 2020), but with one p(x) shared by all trees and fitted by EM; it replaces the
adversarial random forest (Watson, Blesch, Kapar and Wright 2023) that this family was before.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, POSITIVE, check
from ..backbones.forest import category_ranks
from ..backbones.latent_classes import STRUCTURE_ROWS, LatentClasses, latent_classes
from ..backbones.marginal_trees import grown
from ..backbones.product_mixture import ProductMixture
from ..backbones.scale import offsets
from ..backbones.tree_joint import TreeJoint, target_of
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Imputes, Prediction, Predicts, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE

ROWS_PER_COMPONENT, MOST_COMPONENTS = 30, 500


class JointForest(Predicts, Samples, Scores, Imputes, Model):
    """P(x, y) = (sum over components of w_k prod_j p_k(x_j)) (mean over trees of P(y | leaf of x)).

    Args:
        n_estimators: trees of P(y|x); None takes 16 for a large table and up to 100 for a small one.
        min_samples_leaf: fewest rows in a leaf; None takes 5 for classes, 2 for numbers, more of a large table.
        n_components: components of p(x); None takes one for every 30 rows of a small table, 500 of a large one.
        max_iter: most steps of expectation-maximisation.
        strength: imaginary rows by which the target's distribution in a leaf is shrunk to that of all rows.
        random_state: seeds the mixture, the trees and the drawing verbs.
    """

    card = Card(
        key="joint_forest",
        title="Joint forest (random forest over latent classes)",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="trees",
        objective="maximum likelihood of p(x) by expectation-maximisation; impurity of P(y|x), averaged over trees",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Correia, Peharz and de Campos 2020, Joints in random forests, NeurIPS",
            "Breiman 2001, Random forests",
            "McLachlan and Peel 2000, Finite mixture models",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        avoid_when="fewer than about a hundred rows",
        tiny={"n_estimators": 10},
    )

    def __init__(
        self,
        n_estimators: int | None = None,
        min_samples_leaf: int | None = None,
        n_components: int | None = None,
        max_iter: int = 10,
        strength: float = 0.1,
        random_state: RandomState = None,
    ) -> None:
        self.n_estimators = n_estimators
        self.min_samples_leaf = min_samples_leaf
        self.n_components = n_components
        self.max_iter = max_iter
        self.strength = strength
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, n_estimators=COUNT_OR_NONE, min_samples_leaf=COUNT_OR_NONE, n_components=COUNT_OR_NONE,
            max_iter=COUNT, strength=POSITIVE,
        )  # fmt: skip
        offset, rank = offsets(data), category_ranks(data)
        components = self.n_components or _components(len(data))
        self.inputs_ = latent_classes(data, rank, components, self.max_iter, rng)
        self.joint_ = None
        if data.schema.target is None:
            return
        labelled = data.values[data.labelled]
        values = self.inputs_.completed(labelled, rng)
        most = min(len(values), STRUCTURE_ROWS)
        own = max(5, most // 2500) if data.schema.task == "class" else max(2, most // 5000)
        least = self.min_samples_leaf or own
        number = self.n_estimators or int(np.clip(200_000 // max(most, 1), 16, 100))
        trees = grown(self.inputs_, data, values, rank, offset, trees=number, leaf_rows=least, rng=rng)
        self.joint_ = TreeJoint(trees, target_of(trees, data, values, self.strength))

    @property
    def mixture_(self) -> ProductMixture:
        """p(x), and the target beside it as one more column of the mixture."""
        return self.inputs_.mixture

    def _predict(self, given: Evidence) -> Prediction:
        assert self.joint_ is not None  # Model asks only with a target
        return self.joint_.predict(given)

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        return (self.joint_ or self.mixture_).sample(n, given, rng)

    def _log_prob(self, event: Evidence) -> FloatArray:
        return (self.joint_ or self.inputs_).log_prob(event)

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        return (self.joint_ or self.mixture_).impute(given, draws, rng)

    def _state(self) -> dict[str, Any]:
        return {"inputs": self.inputs_.state()} if self.joint_ is None else {"joint": self.joint_.state()}

    def _restore(self, state: dict[str, Any]) -> None:
        self.joint_ = TreeJoint.from_state(self.schema_, state["joint"]) if "joint" in state else None
        self.inputs_ = self.joint_.inputs if self.joint_ else LatentClasses.from_state(self.schema_, state["inputs"])


def _components(rows: int) -> int:
    """Components that so many rows can tell apart: in proportion to them at first, then ever fewer."""
    return max(1, round(1 / (ROWS_PER_COMPONENT / max(rows, 1) + 1 / MOST_COMPONENTS)))
