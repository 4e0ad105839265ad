"""The four hooks of a family whose `components_` are a mixture of products of bins (`LatentClasses`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.evidence import Evidence, Region
from ..core.queries import Imputes, Prediction, Predicts, Samples, Scores
from ..core.schema import Array, FloatArray, Schema
from .latent_classes import BLOCK, LatentClasses, drawn


class AnswersByClasses(Predicts, Samples, Scores, Imputes):
    """Every query re-weighs the components, so all are exact."""

    components_: LatentClasses
    schema_: Schema

    def _log_prob(self, event: Evidence) -> FloatArray:
        return self.components_.log_prob(event)

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        settled = Evidence(_settled(self.schema_, given.values), given.regions)
        return self.components_.mixture.sample(n, settled, rng)

    def _predict(self, given: Evidence) -> Prediction:
        t = self.schema_.target_index
        assert t is not None
        factor, column = self.components_.columns[t], self.schema_.columns[t]
        values, parts = _settled(self.schema_, given.values), []
        for at in range(0, len(given), BLOCK):
            share, _ = self.components_.posterior(Evidence(values[at : at + BLOCK], given.regions))
            parts.append(share @ factor.table)
        table = np.concatenate([np.zeros((0, factor.part.bins)), *parts])
        if column.kind == "number":
            return Prediction(mean=table @ factor.part.middles)
        cell = factor.rank
        proba = table[:, factor.part.bin[cell]] * factor.part.share[cell]
        return Prediction(proba=proba / proba.sum(axis=1, keepdims=True))

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        out = [given.values.copy() for _ in range(draws or 1)]
        values, holes = _settled(self.schema_, given.values), np.isnan(given.values)
        holed = np.flatnonzero(holes.any(axis=1))
        for at in range(0, len(holed), BLOCK):
            rows = holed[at : at + BLOCK]
            share, _ = self.components_.posterior(Evidence(values[rows]))
            for copy in out:
                k = None if draws is None else drawn(share, rng)
                for j, factor in enumerate(self.components_.columns):
                    here = np.flatnonzero(holes[rows, j])
                    if k is None:
                        copy[rows[here], j] = factor.centre_of(share[here] @ factor.table)
                    elif len(here):
                        support = Region.support(self.schema_.columns[j], missing=False)
                        copy[rows[here], j] = factor.draw(k[here], support, rng)
        return out

    def _state(self) -> dict[str, Any]:
        return self.components_.state()

    def _restore(self, state: dict[str, Any]) -> None:
        self.components_ = LatentClasses.from_state(self.schema_, state)


def _settled(schema: Schema, values: FloatArray) -> FloatArray:
    """Numbers between grid points count as the nearest one."""
    return np.column_stack([column.on_grid(values[:, j]) for j, column in enumerate(schema.columns)])
