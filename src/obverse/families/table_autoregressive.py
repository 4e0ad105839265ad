"""Autoregressive networks over binned columns: p(row) = prod_j p(cell j | cells before it), a small network a column.

Training shows the networks the columns before theirs in the chain's order and in random ones (order-agnostic NADE,
Uria, Murray and Larochelle 2014; MADE, Germain et al. 2015; a network a column as in TabularARGN, Tiwald et al. 2025).
Every query then uses the chain's own order, the target last, so that all answers belong to one distribution.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..backbones import order_net
from ..backbones.ancestral import Chain
from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, PART, POSITIVE, check
from ..backbones.chain_answers import AnswersByChain, chain_order
from ..backbones.coding import Coding
from ..backbones.conditional import Reader
from ..backbones.conditional_bins import ConditionalBins
from ..backbones.order_net import OrderNet
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, Schema
from ..modalities.table import TABLE

HELD = 0.1  # share of the rows that training stops by
SLACK = 1e-3  # least part of every answer that belongs to the column's own shares


class TableAutoregressive(AnswersByChain, Model):
    """P(x, y) = prod_j softmax(network_j(codes before j)) times the distribution inside the bin.

    Args:
        width: hidden units of each column's network.
        embed: numbers that stand for a code, at most; None takes one for every 60 rows, 4 to 16.
        bins: about how many bins a number has at most; None takes one for every 15 rows up to 32, for every 60 rows
            from there to 64, for every 200 rows from there to 96, and at least 8.
        epochs: most passes over the rows; None takes as many as show 200,000 rows, 24 to 100.
        batch: rows of a step; None takes a sixtieth of the rows, 32 to 256.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better loss on held-out rows after which training stops.
        any_order: share of each batch that is trained in a random order.
        copies: weighted copies of a row that stand for an unknown cell before a known one.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the copies and the drawing verbs.
    """

    card = Card(
        key="table_autoregressive",
        title="Autoregressive networks over binned columns",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mlp",
        objective="autoregressive: maximum likelihood of each column's bin given those before it, in many orders",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Uria, Murray and Larochelle 2014, A deep and tractable density estimator, ICML",
            "Germain, Gregor, Murray and Larochelle 2015, MADE, ICML",
            "Tiwald et al. 2025, TabularARGN",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        extras=("deep",),
        avoid_when="there is little time or few rows: chain_forest learns the same chain faster",
        expected_failures={
            "check_density_integrates_to_one": "p(u | blob) divides an exact density by an average over copies",
        },
        tiny={
            "width": 16,
            "embed": 6,
            "epochs": 25,
            "batch": 128,
            "copies": 32,
            "rate": 0.02,
            "bins": 16,
            "any_order": 0.0,
        },
    )

    def __init__(
        self,
        width: int = 32,
        embed: int | None = None,
        bins: int | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        rate: float = 2e-3,
        decay: float = 1e-2,
        patience: int = 8,
        any_order: float = 0.5,
        copies: int = 32,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.width = width
        self.embed = embed
        self.bins = bins
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.any_order = any_order
        self.copies = copies
        self.checkpoint = checkpoint
        self.random_state = random_state

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..training.device import require_torch

        require_torch(self.card.key)
        few = max(8, len(data) // 15)  # more would be learned by heart
        many = max(np.clip(len(data) // 60, 32, 64), min(len(data) // 200, 96))
        bins = int(min(few, many)) if self.bins is None else self.bins
        self.coding_ = Coding.of(data, bins)
        codes, order = self.coding_.codes(data.values), chain_order(data.schema)
        self.net_, self.history_ = self._trained(codes, order, rng)
        self.chain_ = self._chain(data.schema, int(rng.integers(2**31)))

    def _check(self) -> None:
        check(
            self, width=COUNT, embed=COUNT_OR_NONE, bins=COUNT_OR_NONE, epochs=COUNT_OR_NONE, batch=COUNT_OR_NONE,
            rate=POSITIVE, decay=NOT_NEGATIVE, patience=COUNT, any_order=PART, copies=COUNT,
        )  # fmt: skip

    def _trained(self, codes: Array, order: Array, rng: np.random.Generator) -> tuple[OrderNet, dict[str, Any]]:
        """The network, and its losses epoch by epoch."""
        import torch

        from ..objectives.autoregressive import any_order, gains
        from ..training.device import arrays_of, device, trainable
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest, held_out

        coding, on = self.coding_, device()
        embed = self.embed or int(np.clip(len(codes) // 60, 4, 16))
        start = order_net.start(coding.sizes, coding.shares, coding.places, width=self.width, embed=embed, rng=rng)
        weights = trainable(start, on)
        table, way = torch.as_tensor(codes, device=on), torch.as_tensor(order, device=on)
        first = torch.as_tensor(np.cumsum([0, *coding.sizes[:-1]]), device=on)

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            own = table[rows]
            return any_order(lambda c, runs: order_net.logits(weights, c, first, runs), own, way, self.any_order, noise)

        alone = torch.as_tensor(start["out.bias"][:, 0], dtype=torch.float32, device=on)

        def judged(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            return gains(lambda c, runs: order_net.logits(weights, c, first, runs), table[rows], way, alone)

        rows, held = held_out(len(codes), HELD, rng, on)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(200_000 // len(codes), 24, 100)),
            batch=self.batch or int(np.clip(len(codes) // 60, 32, 256)),
            rate=self.rate, decay=self.decay, patience=self.patience, average=0.99,
        )  # fmt: skip
        history = train(
            [Player("net", weights, loss, judged=judged)], rows, held, recipe, rng, folder=self.checkpoint,
            data=digest(codes, order), what=self.card.key,
        )  # fmt: skip
        losses = {"train": history.losses, "held": history.held, "best": history.best}
        net = OrderNet(arrays_of(weights), coding.shares, np.full(len(order), SLACK))
        return (net.mixed(codes[held.cpu().numpy()], order) if len(held) else net), losses

    def _chain(self, schema: Schema, seed: int) -> Chain:
        order = chain_order(schema)
        links = [ConditionalBins(self.coding_, self.net_, int(j), order[:i]) for i, j in enumerate(order)]
        return Chain(Reader.plain(schema), tuple(links), self.copies, seed)

    def _state(self) -> dict[str, Any]:
        return {"coding": self.coding_.state(), "net": self.net_.state(), "seed": self.chain_.seed,
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        self.coding_ = Coding.from_state(self.schema_, state["coding"])
        self.net_ = OrderNet.from_state(state["net"], self.coding_.shares)
        self.history_ = state["history"]
        self.chain_ = self._chain(self.schema_, int(state["seed"]))
