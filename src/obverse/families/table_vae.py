"""Variational autoencoder of a table, answered as the mixture of products that its decoder is at finitely many latents.

Encoder and decoder are perceptrons over the codes of binned columns, trained by the evidence lower bound (Kingma and
Welling 2014; for tables TVAE, Xu et al. 2019). Given a latent the columns are independent, so with the prior replaced
by latents that the encoder draws for training rows (the aggregated posterior: Tomczak and Welling 2018; Ghosh et al.
2020) the model is a finite mixture of products: every query then has an exact answer, under any condition, without
torch.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import residual_mlp
from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, check, or_none
from ..backbones.class_answers import AnswersByClasses
from ..backbones.coding import Coding
from ..backbones.latent_classes import SURE, LatentClasses
from ..backbones.product_mixture import ProductMixture
from ..core.card import Card
from ..core.model import Model
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.table import TABLE

if TYPE_CHECKING:
    import torch

HELD = 0.1  # share of the rows that training stops by
JUDGING = 0.5  # most weight of the divergence there: by the whole bound a start that knows no latents is hard to beat
SLACK = 1e-3  # part of every component that belongs to the column's own shares


class TableVAE(AnswersByClasses, Model):
    """P(x, y) = mean over k of prod_j P(x_j | z_k), the decoder at latents z_k of the encoder.

    Args:
        latent: numbers in a latent.
        width: hidden units of a layer; depth: layers of the encoder, and of the decoder.
        beta: weight of the divergence from the prior; small values let latents tell rows apart. None takes 1 up to 200
            rows, which would be learned by heart, and 1/2 from 400 rows.
        n_components: latents that the fitted model is a mixture of, at most one for each training row.
        bins: about how many bins a number has; None takes one for every 15 rows, 8 to 16, and from there one for every
            60 rows, to 64.
        epochs: most passes over the rows; None takes as many as show 1,200,000 rows, 40 to 200.
        batch: rows of a step; None takes a fortieth of the rows, 64 to 512.
        rate: highest learning rate.
        decay: weight decay.
        patience: epochs without a better bound on held-out rows after which training stops.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the latents and the drawing verbs.
    """

    card = Card(
        key="table_vae",
        title="Variational autoencoder over binned columns",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mlp",
        objective="variational: evidence lower bound; then the exact mixture at latents of training rows",
        log_prob="exact",
        missing="marginalised",
        condition="row",
        references=(
            "Kingma and Welling 2014, Auto-encoding variational Bayes, ICLR",
            "Xu et al. 2019, Modeling tabular data using conditional GAN (TVAE), NeurIPS",
            "Tomczak and Welling 2018, VAE with a VampPrior, AISTATS",
            "Ghosh et al. 2020, From variational to deterministic autoencoders, ICLR",
        ),
        exact_given=frozenset({"equal", "set", "range", "missing", "partial_input"}),
        extras=("deep",),
        avoid_when="columns follow each other closely: given a latent they are independent",
        tiny={"latent": 4, "width": 32, "beta": 0.3, "n_components": 300, "epochs": 60, "batch": 100, "rate": 0.015},
    )

    def __init__(
        self,
        latent: int = 16,
        width: int = 128,
        depth: int = 2,
        beta: float | None = None,
        n_components: int = 4_000,
        bins: int | None = None,
        epochs: int | None = None,
        batch: int | None = None,
        rate: float = 2e-3,
        decay: float = 1e-2,
        patience: int = 10,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.latent = latent
        self.width = width
        self.depth = depth
        self.beta = beta
        self.n_components = n_components
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
            self, latent=COUNT, width=COUNT, depth=COUNT, beta=or_none(NOT_NEGATIVE), n_components=COUNT,
            bins=COUNT_OR_NONE, epochs=COUNT_OR_NONE, batch=COUNT_OR_NONE, rate=POSITIVE, decay=NOT_NEGATIVE,
            patience=COUNT,
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)
        few = max(8, len(data) // 15)  # more would be learned by heart
        coding = Coding.of(data, self.bins or int(min(few, np.clip(len(data) // 60, 16, 64))))
        tables, self.history_ = self._trained(coding, coding.codes(data.values), rng)
        self.components_ = _mixture(coding, tables)

    def _trained(self, coding: Coding, codes: Array, rng: np.random.Generator) -> tuple[list[FloatArray], Any]:
        """P(code | latent k) of each column, (K, size), and the losses epoch by epoch."""
        import torch
        from torch.nn import functional

        from ..objectives.autoregressive import negative_log_likelihood
        from ..objectives.variational import negative_bound, posterior
        from ..training.device import device, generator, trainable
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest, held_out

        on, sizes, total = device(), list(coding.sizes), sum(coding.sizes)
        start = residual_mlp.start(total, self.width, self.depth, 2 * self.latent, rng, prefix="encode.")
        start |= residual_mlp.start(self.latent, self.width, self.depth, total, rng, prefix="decode.")
        start["decode.out.bias"] = np.log(np.maximum(np.concatenate(coding.shares), 1e-6))
        weights = trainable(start, on)
        table = torch.as_tensor(codes, device=on)
        beta = float(np.clip(200 / len(codes), JUDGING, 1.0)) if self.beta is None else self.beta

        def encode(rows: torch.Tensor) -> torch.Tensor:
            part = table[rows]  # an unknown cell (-1) lights nothing
            hot = [functional.one_hot(part[:, j] + 1, k + 1)[:, 1:] for j, k in enumerate(sizes)]
            return residual_mlp.forward(weights, torch.cat(hot, dim=1).float(), prefix="encode.")

        def decode(latents: torch.Tensor) -> tuple[torch.Tensor, ...]:
            return residual_mlp.forward(weights, latents, prefix="decode.").split(sizes, dim=1)

        def bound(rows: torch.Tensor, noise: torch.Generator, weight: float = beta) -> torch.Tensor:
            return negative_bound(
                encode(rows), lambda z: negative_log_likelihood(decode(z), table[rows]), weight, noise
            )

        def judged(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            return bound(rows, noise, min(beta, JUDGING))

        rows, held = held_out(len(codes), HELD, rng, on)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(1_200_000 // len(codes), 40, 200)),
            batch=self.batch or int(np.clip(len(codes) // 40, 64, 512)), rate=self.rate, decay=self.decay,
            patience=self.patience, average=0.99,
        )  # fmt: skip
        history = train(
            [Player("autoencoder", weights, bound, judged=judged)], rows, held, recipe, rng, folder=self.checkpoint,
            data=digest(codes), what=self.card.key,
        )  # fmt: skip
        with torch.no_grad():
            chosen = rng.permutation(len(codes))[: self.n_components]
            mean, log_variance = posterior(encode(torch.as_tensor(chosen, device=on)))
            draw = torch.randn(mean.shape, generator=generator(rng)).to(on)
            parts = decode(mean + draw * (0.5 * log_variance).exp())
            tables = [torch.softmax(p.double(), dim=1).cpu().numpy() for p in parts]
        return tables, {"train": history.losses, "held": history.held, "best": history.best}

    def _state(self) -> dict[str, Any]:
        return {"components": self.components_.state(), "history": self.history_}

    def _restore(self, state: dict[str, Any]) -> None:
        self.components_ = LatentClasses.from_state(self.schema_, state["components"])
        self.history_ = state["history"]


def _mixture(coding: Coding, tables: list[FloatArray]) -> LatentClasses:
    """The mixture whose component k has these probabilities of codes; a small part is the columns' own shares."""
    k = len(tables[0])
    missing, parts = np.zeros((k, len(tables))), list[FloatArray]()
    for j, (table, share, factor) in enumerate(zip(tables, coding.shares, coding.factors, strict=True)):
        mixed = (1 - SLACK) * table + SLACK * share
        full = mixed[:, : factor.part.bins]
        total = full.sum(axis=1, keepdims=True)
        parts.append(full / total)
        if coding.empty[j]:
            missing[:, j] = np.clip(1 - total[:, 0], SURE, 1 - SURE)
    return LatentClasses(ProductMixture(coding.schema, np.full(k, 1 / k), missing, coding.with_tables(tuple(parts))))
