"""Independent marginals: every column on its own, no dependence at all. The honest floor of every comparison."""

from __future__ import annotations

import numpy as np

from ..backbones.estimate import histograms
from ..backbones.product_mixture import AnswersByMixture
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.table import TABLE


class Marginals(AnswersByMixture, Model):
    """P(x, y) as the product of the columns' own distributions: frequencies, atoms and equal-count histograms."""

    card = Card(
        key="marginals",
        title="Independent marginals (floor)",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mixture",
        objective="maximum likelihood of each column alone",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=("the floor of synthetic-data comparisons: column shapes without dependence",),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        avoid_when="always, except as the floor others are measured against",
        weak=True,
    )

    def __init__(self, random_state: RandomState = None) -> None:
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self.mixture_ = histograms(data)
