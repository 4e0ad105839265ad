"""Generative adversarial network of pictures that is told their class.

A convolutional generator and a discriminator that looks at a picture and its class together (projection: Miyato and
Koyama 2018), with non-saturating losses and a penalty on the discriminator's slope at real pictures (Mescheder, Geiger
and Nowozin 2018), which keeps training stable. What is kept is the average of the generator over its last steps
(Yazıcı et al. 2019).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import convnet
from ..backbones.arguments import COUNT, NOT_NEGATIVE, POSITIVE, POSITIVE_OR_NONE, check
from ..core.card import Card
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Samples
from ..core.rng import RandomState
from ..core.schema import Array, Dataset
from ..modalities.image import IMAGE, scaled, shape_of, unscaled

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

BETAS = (0.0, 0.99)
AVERAGE = 0.995  # of the generator's weights is kept at a step, less where steps are few
CHUNK = 2_000  # pictures made at once


class ImageGAN(Samples, Model):
    """Pictures g(noise, class).

    Args:
        latent: numbers of noise.
        truncation: spread of the noise that pictures are drawn from, as a share of what it learned from: less makes
            them clearer and more alike (Brock et al. 2019).
        width: channels of the networks at the full size of a picture.
        steps: of both players.
        batch: pictures of a step, at most.
        rate: highest learning rate.
        penalty: weight of the discriminator's squared slope at real pictures.
        decay: weight decay.
        budget: seconds after which training stops; None: when the steps are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the noise and the drawing verbs.
    """

    card = Card(
        key="image_gan",
        title="Convolutional generative adversarial network told the class",
        learns=frozenset({"P(x)", "P(x|y)"}),
        modality=IMAGE,
        backbone="convnet",
        objective="adversarial: non-saturating, with a penalty on the slope at real pictures",
        log_prob="none",
        missing="refused",
        condition="label",
        references=(
            "Goodfellow et al. 2014, Generative adversarial nets, NeurIPS",
            "Mescheder, Geiger and Nowozin 2018, Which training methods for GANs do actually converge?, ICML",
            "Miyato and Koyama 2018, cGANs with projection discriminator, ICLR",
            "Brock, Donahue and Simonyan 2019, Large scale GAN training, ICLR",
            "Yazıcı et al. 2019, The unusual effectiveness of averaging in GAN training, ICLR",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset(),
        exact_given=frozenset({"equal"}),
        extras=("deep",),
        avoid_when="a probability, a prediction or a filled hole is asked for (image_vae answers those)",
        tiny={"latent": 8, "width": 12, "steps": 600, "batch": 32},
    )

    def __init__(
        self,
        latent: int = 32,
        truncation: float = 0.9,
        width: int = 16,
        steps: int = 1_300,
        batch: int = 64,
        rate: float = 2e-3,
        penalty: float = 1.0,
        decay: float = 0.0,
        budget: float | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.latent = latent
        self.truncation = truncation
        self.width = width
        self.steps = steps
        self.batch = batch
        self.rate = rate
        self.penalty = penalty
        self.decay = decay
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, latent=COUNT, truncation=POSITIVE, width=COUNT, steps=COUNT, batch=COUNT, rate=POSITIVE,
            penalty=NOT_NEGATIVE, decay=NOT_NEGATIVE, budget=POSITIVE_OR_NONE,
        )  # fmt: skip
        from ..training.device import require_torch
        from ..training.labels import classes, shares_of

        require_torch(self.card.key)
        self.shape_, self.count_ = shape_of(data.schema), classes(data.schema)
        self.shares_ = shares_of(data.label, self.count_)
        self.weights_, self.history_ = self._trained(data, rng)

    def _trained(self, data: Dataset, rng: np.random.Generator) -> tuple[dict[str, Array], dict[str, Any]]:
        """The generator's weights, and the losses epoch by epoch."""
        import torch

        from ..objectives.non_saturating import discriminator_loss, generator_loss
        from ..training.device import arrays_of, device, trainable
        from ..training.labels import indicators
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest

        on, n, count = device(), len(data), self.count_
        painter = trainable(convnet.start_painter(self.latent, self.shape_, self.width, count, rng), on)
        # the first number it says judges any picture, the others pictures of a class
        reader = trainable(convnet.start_reader(self.shape_, self.width, 1 + count, 0, rng), on)
        pictures, label = torch.as_tensor(scaled(data.values), device=on), indicators(data.label, n, count, on)

        def make(told: Tensor, noise: torch.Generator) -> Tensor:
            latents = torch.randn((len(told), self.latent), generator=noise).to(on)
            return _made(painter, latents, told, self.shape_)

        def judge(seen: Tensor, told: Tensor) -> Tensor:
            said = convnet.read(reader, seen, told)
            return said[:, 0] + (said[:, 1:] * told).sum(dim=1)

        def discriminators(rows: Tensor, noise: torch.Generator) -> Tensor:
            with torch.no_grad():
                made = make(label[rows], noise)
            return discriminator_loss(judge, pictures[rows], made, label[rows], self.penalty)

        def generators(rows: Tensor, noise: torch.Generator) -> Tensor:
            return generator_loss(judge(make(label[rows], noise), label[rows]))

        batch = min(self.batch, n)
        recipe = Recipe(
            epochs=max(1, round(self.steps * batch / n)), batch=batch, rate=self.rate, decay=self.decay, clip=10.0,
            patience=0, average=min(AVERAGE, 1 - 5 / max(10, self.steps)), betas=BETAS, budget=self.budget,
        )  # fmt: skip
        history = train(
            [Player("generator", painter, generators), Player("discriminator", reader, discriminators)],
            torch.arange(n, device=on), None, recipe, rng, folder=self.checkpoint,
            data=digest(data.values, np.asarray(data.label if count else [])), what=self.card.key,
        )  # fmt: skip
        return arrays_of(painter), {"train": history.losses}

    # -------------------------------------------------------------------------- queries

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        import torch

        from ..training.device import device, generator, one_thread
        from ..training.labels import drawn_codes, indicators

        on, noise = device(), generator(rng)
        code = drawn_codes(n, given.label, self.shares_, rng).astype(float)
        weights = {name: torch.as_tensor(w, device=on) for name, w in self.weights_.items()}
        parts = [np.empty((0, *self.shape_), np.float32)]
        with torch.no_grad(), one_thread():
            for i in range(0, n, CHUNK):
                part = code[i : i + CHUNK]
                told = indicators(part, len(part), self.count_, on)
                latents = self.truncation * torch.randn((len(told), self.latent), generator=noise).to(on)
                parts.append(unscaled(_made(weights, latents, told, self.shape_).cpu().numpy()))
        return np.concatenate(parts)

    # ---------------------------------------------------------------------------- store

    def _state(self) -> dict[str, Any]:
        return {"shares": self.shares_, "weights": self.weights_, "history": self.history_}

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.labels import classes

        self.shape_, self.count_ = shape_of(self.schema_), classes(self.schema_)
        self.shares_, self.weights_, self.history_ = state["shares"], state["weights"], state["history"]


def _made(weights: convnet.Weights, latents: Tensor, label: Tensor, shape: convnet.Shape) -> Tensor:
    """Pictures (n, c, h, w) in -1..1."""
    return convnet.paint(weights, latents, label, shape).tanh()
