"""Independent marginals: every column on its own, no dependence at all. The honest floor of every comparison.

With `epsilon` the columns are noisy histograms over declared bins: differentially private.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones.estimate import histograms
from ..backbones.private_counts import asked, private_mixture
from ..backbones.product_mixture import AnswersByMixture
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Dataset
from ..modalities.table import TABLE


class Marginals(AnswersByMixture, Model):
    """P(x, y) as the product of the columns' own distributions: frequencies, atoms and equal-count histograms.

    Args:
        epsilon: privacy budget of one fit, each row one person; None protects nobody. Numbers then have 20 equally wide
            bins, or those of the domain.
        domain: with `epsilon`, what each column may hold, known without the rows (`obverse.modalities.domain`): a dict,
            JSON text or the path of a JSON file; "observed" reads it off the rows, unprotected.
        noise_seed: makes the noise of `epsilon` repeatable and voids its guarantee; for tests.
        random_state: unused by the fit, also by its noise; seeds the drawing verbs.
    """

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

    def __init__(self, epsilon: float | None = None, domain: Any = None, noise_seed: int | None = None,
                 random_state: RandomState = None) -> None:  # fmt: skip
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
        if self.epsilon is None:
            self.mixture_ = histograms(data)
            return
        self.mixture_ = private_mixture(data, by_target=False, strength=1.0, noise_seed=self.noise_seed)
        self.schema_ = self.mixture_.schema
