"""Flow matching for tables: noise is carried to rows along a learnt velocity, in a few steps.

Numbers are normal scores of their places among the data, categories scaled indicators, both of which one Gaussian
noise reaches (as in TabDDPM, Kotelnikov et al. 2023, whose categories have noise of their own). Trained on straight
paths (Lipman et al. 2023); drawn by Heun's method with numpy alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.special import ndtr, ndtri

from ..backbones import residual_mlp
from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, check
from ..backbones.coding import Coding
from ..backbones.places import Places
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Samples
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE
from ..objectives import flow_matching

HELD = 0.1  # share of the rows that training stops by
ROWS = 20_000  # drawn at once
LEAST_SPREAD = 0.02  # of an indicator: a rarer one is not blown up further


class TableDiffusion(Samples, Model):
    """Rows from noise, by the flow dx/dt = v(x, t).

    Args:
        width: hidden units of a layer; depth: layers.
        steps: of the flow when rows are drawn, two evaluations each.
        bins: about how many codes a category has at most, and parts a number's line.
        epochs: most passes over the rows; None takes as many as show 1,200,000 rows, 60 to 400.
        batch: rows of a step; None takes a fortieth of the rows, 64 to 512.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better loss on held-out rows after which training stops.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the noise and the drawing verbs.
    """

    card = Card(
        key="table_diffusion",
        title="Flow matching over places and indicators",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mlp",
        objective="flow matching: squared error of the velocity from noise to data",
        log_prob="none",
        missing="native",
        condition="row",
        references=(
            "Lipman et al. 2023, Flow matching for generative modeling, ICLR",
            "Kotelnikov, Baranchuk, Rubachev and Babenko 2023, TabDDPM, ICML",
            "Liu, Gong and Liu 2023, Flow straight and fast, ICLR",
        ),
        extras=("deep",),
        avoid_when="conditions are narrow (they are met by rejection), or a probability is asked for",
        tiny={"width": 64, "epochs": 60, "batch": 100, "steps": 6, "rate": 0.01},
    )

    def __init__(
        self,
        width: int = 256,
        depth: int = 3,
        steps: int = 16,
        bins: int = 64,
        epochs: int | None = None,
        batch: int | None = None,
        rate: float = 2e-3,
        decay: float = 1e-3,
        patience: int = 30,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.width = width
        self.depth = depth
        self.steps = steps
        self.bins = bins
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.checkpoint = checkpoint
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, width=COUNT, depth=COUNT, steps=COUNT, bins=COUNT, epochs=COUNT_OR_NONE, batch=COUNT_OR_NONE,
            rate=POSITIVE, decay=NOT_NEGATIVE, patience=COUNT,
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)
        self.places_ = Places(Coding.of(data, self.bins))
        x, self.spread_ = _points(self.places_, data.values, rng)
        self.weights_, self.history_ = self._trained(x, rng)

    def _trained(self, x: FloatArray, rng: np.random.Generator) -> tuple[residual_mlp.Weights, dict[str, Any]]:
        """The velocity's weights, and the losses epoch by epoch."""
        import torch

        from ..training.device import arrays_of, device, trainable
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest, held_out

        on, (n, d) = device(), x.shape
        weights = trainable(residual_mlp.start(d + flow_matching.WAVES, self.width, self.depth, d, rng), on)
        table = torch.as_tensor(x, dtype=torch.float32, device=on)

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            def velocity(point: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
                return residual_mlp.forward(weights, torch.cat([point, *flow_matching.waves(time)], dim=1))

            return flow_matching.loss(velocity, table[rows], noise)

        rows, held = held_out(n, HELD, rng, on)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(1_200_000 // n, 60, 400)),
            batch=self.batch or int(np.clip(n // 40, 64, 512)),
            rate=self.rate, decay=self.decay, patience=self.patience, average=0.995,
        )  # fmt: skip
        history = train(
            [Player("velocity", weights, loss)], rows, held, recipe, rng, folder=self.checkpoint, data=digest(x),
            what=self.card.key,
        )  # fmt: skip
        return arrays_of(weights), {"train": history.losses, "held": history.held, "best": history.best}

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        parts = [np.empty((0, len(self.schema_.columns)))]
        for at in range(0, n, ROWS):
            start = rng.standard_normal((min(ROWS, n - at), len(self.spread_)), dtype=np.float32)
            parts.append(
                _rows(self.places_, flow_matching.carried(self._velocity, start, self.steps), self.spread_, rng)
            )
        return np.concatenate(parts)

    def _velocity(self, x: FloatArray, time: FloatArray) -> FloatArray:
        return residual_mlp.forward(self.weights_, np.hstack([x, *flow_matching.waves(time)]))

    def _state(self) -> dict[str, Any]:
        return {"places": self.places_.state(), "spread": self.spread_, "weights": self.weights_,
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        self.places_ = Places.from_state(self.schema_, state["places"])
        self.spread_, self.weights_, self.history_ = state["spread"], state["weights"], state["history"]


def _points(places: Places, values: FloatArray, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Rows as points of about unit spread, (n, D), and the spread of each coordinate before that, (D,)."""
    place, code = places.read(values, rng)
    hot = [np.eye(size)[code[:, at]] - share for at, ((_, size), share) in enumerate(_of(places))]
    spread = [np.sqrt(np.maximum(share * (1 - share), LEAST_SPREAD**2)) for share in places.shares]
    scale = np.concatenate([np.ones(place.shape[1]), *spread])
    return np.hstack([ndtri(place), *hot]) / scale, scale


def _rows(places: Places, x: FloatArray, scale: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Inverse of `_points`: places by the normal distribution, of every block its highest indicator that was seen."""
    x, at = x * scale, len(places.ordered)
    place, codes = ndtr(x[:, :at].astype(float)), np.empty((len(x), len(places.blocks)), np.int64)
    for b, ((_, size), share) in enumerate(_of(places)):
        codes[:, b] = places.highest(b, x[:, at : at + size] + share)
        at += size
    return places.write(place, codes, rng)


def _of(places: Places) -> list[tuple[tuple[int, int], FloatArray]]:
    return list(zip(places.blocks, places.shares, strict=True))
