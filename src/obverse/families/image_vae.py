"""Variational autoencoder of pictures that is told their class.

A convolutional encoder and decoder, trained by the evidence lower bound (Kingma and Welling 2014; given a class, Sohn,
Lee and Yan 2015) with a discretised logistic distribution of every pixel, whose scale is learned as well (Salimans et
al. 2017). The prior of each class is then fitted to what its encoded pictures have (Ghosh et al. 2020).
Holes are filled by turns of encoding and decoding (Rezende, Mohamed and Wierstra 2014).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import convnet
from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, POSITIVE_OR_NONE, check
from ..backbones.class_prior import ClassPrior
from ..core.card import Card
from ..core.derive import choose, normalised
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Imputes, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.image import IMAGE, scaled, shape_of, unscaled

if TYPE_CHECKING:
    import torch

    Tensor = torch.Tensor

HELD = 0.1  # share of the pictures that training stops by
LEAST_SCALE, MOST_SCALE = -6.0, 2.0  # of the logarithm of a pixel's scale
CHUNK = 2_000  # pictures decoded at once
FILL_ROUNDS, GIBBS_ROUNDS = 5, 12  # of encoding and decoding a picture with holes: for a bound, for draws
POINT_DRAWS = 16  # that a point is the mean of


class ImageVAE(Samples, Scores, Imputes, Model):
    """P(x | y) = integral over z of p(z | y), a mixture of normal densities, times the product of P(pixel | z, y).

    Args:
        latent: numbers in a latent.
        width: channels of the networks at the full size of a picture.
        beta: weight of the divergence from the prior.
        noise: spread of what is added to the pictures that the encoder reads in training, in a scale from -1 to 1: it
            then learns fewer of them by heart (Im et al. 2017).
        grain: share of the spread of each pixel given a latent that draws have: 1 draws from the likelihood itself, 0
            its middle, which is smoothest.
        draws: latents that a bound on the likelihood is estimated with.
        epochs: most passes over the pictures; None takes as many as show 110,000 pictures, 4 to 400.
        batch: pictures of a step.
        rate: highest learning rate.
        decay: weight decay, which keeps few pictures from being learned by heart.
        patience: epochs without a better bound on held-out pictures after which training stops.
        budget: seconds after which training stops; None: when the steps are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the latents and the drawing verbs.
    """

    card = Card(
        key="image_vae",
        title="Convolutional variational autoencoder told the class",
        learns=frozenset({"P(x)", "P(x|y)"}),
        modality=IMAGE,
        backbone="convnet",
        objective="variational: evidence lower bound with discretised logistic pixels; then a prior a class",
        log_prob="lower_bound",
        missing="marginalised",
        condition="label",
        references=(
            "Kingma and Welling 2014, Auto-encoding variational Bayes, ICLR",
            "Sohn, Lee and Yan 2015, Learning structured output representation using deep conditional models, NeurIPS",
            "Rezende, Mohamed and Wierstra 2014, Stochastic backpropagation, ICML",
            "Burda, Grosse and Salakhutdinov 2016, Importance weighted autoencoders, ICLR",
            "Salimans et al. 2017, PixelCNN++, ICLR",
            "Im et al. 2017, Denoising criterion for variational auto-encoding framework, AAAI",
            "Ghosh et al. 2020, From variational to deterministic autoencoders, ICLR",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        exact_given=frozenset({"equal"}),
        extras=("deep",),
        avoid_when="pictures are large and full of detail: what it draws is smooth",
        tiny={"latent": 4, "width": 8, "epochs": 20, "batch": 32, "rate": 4e-3},
    )

    def __init__(
        self,
        latent: int = 16,
        width: int = 16,
        beta: float = 1.25,
        noise: float = 0.15,
        grain: float = 0.6,
        draws: int = 16,
        epochs: int | None = None,
        batch: int = 64,
        rate: float = 2e-3,
        decay: float = 1.0,
        patience: int = 40,
        budget: float | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.latent = latent
        self.width = width
        self.beta = beta
        self.noise = noise
        self.grain = grain
        self.draws = draws
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.patience = patience
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, latent=COUNT, width=COUNT, beta=NOT_NEGATIVE, noise=NOT_NEGATIVE, grain=NOT_NEGATIVE, draws=COUNT,
            epochs=COUNT_OR_NONE, batch=COUNT, rate=POSITIVE, decay=NOT_NEGATIVE, patience=COUNT,
            budget=POSITIVE_OR_NONE,
        )  # fmt: skip
        from ..training.device import require_torch
        from ..training.labels import classes, shares_of

        require_torch(self.card.key)
        self.shape_, self.count_ = shape_of(data.schema), classes(data.schema)
        self.shares_ = shares_of(data.label, self.count_)
        self.noise_ = rng.normal(size=(self.draws, self.latent))
        mean, variance = self._trained(data, rng)
        told = np.zeros(len(data)) if not self.count_ or data.label is None else data.label
        self.turn_ = rng.random(self.draws)
        self.prior_ = ClassPrior.fit(mean, variance, told, max(1, self.count_), rng)

    def _trained(self, data: Dataset, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
        """Train; the posterior's mean and variance of every picture, (n, latent) each."""
        import torch

        from ..objectives.discretised_logistic import picture_nats
        from ..objectives.variational import negative_bound, posterior
        from ..training.device import arrays_of, device, one_thread, trainable
        from ..training.labels import indicators
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest, held_out

        on, n, (_, _, colours) = device(), len(data), self.shape_
        start = convnet.start_reader(self.shape_, self.width, 2 * self.latent, self.count_, rng, prefix="encode.")
        start |= convnet.start_painter(
            self.latent, self.shape_, self.width, self.count_, rng, outputs=2 * colours, prefix="decode."
        )
        weights = trainable(start, on)
        pictures = torch.as_tensor(scaled(data.values), device=on)
        label = indicators(data.label, n, self.count_, on)

        def encode(rows: Tensor, noise: torch.Generator | None = None) -> Tensor:
            seen = pictures[rows]
            if noise is not None:
                seen = seen + self.noise * torch.randn(seen.shape, generator=noise).to(on)
            return convnet.read(weights, seen, label[rows], prefix="encode.")

        def loss(rows: Tensor, noise: torch.Generator) -> Tensor:

            def nats(z: Tensor) -> Tensor:
                return picture_nats(pictures[rows], *_decode(weights, z, label[rows], self.shape_))

            return negative_bound(encode(rows, noise if torch.is_grad_enabled() else None), nats, self.beta, noise)

        rows, held = held_out(n, HELD, rng, on)
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(110_000 // n, 4, 400)), batch=self.batch, rate=self.rate,
            decay=self.decay, patience=self.patience, average=0.99,
            budget=self.budget,
        )  # fmt: skip
        history = train(
            [Player("autoencoder", weights, loss)], rows, held, recipe, rng, folder=self.checkpoint,
            data=digest(data.values, np.asarray(data.label if self.count_ else [])), what=self.card.key,
        )  # fmt: skip
        self.history_ = {"train": history.losses, "held": history.held, "best": history.best}
        self.weights_ = arrays_of(weights)
        with torch.no_grad(), one_thread():
            parts = [posterior(encode(part)) for part in torch.arange(n, device=on).split(CHUNK)]
        mean, log_variance = (torch.cat(side).double().cpu().numpy() for side in zip(*parts, strict=True))
        return mean, np.exp(log_variance)

    # -------------------------------------------------------------------------- queries

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        """Pixels with `grain` of their noise at latents drawn from the prior of the class."""
        import torch

        from ..training.device import generator, one_thread
        from ..training.labels import drawn_codes

        code = drawn_codes(n, given.label, self.shares_, rng)
        latents = self.prior_.at(code, rng.random(n), rng.normal(size=(n, self.latent)))
        noise, parts = generator(rng), [np.empty((0, *self.shape_), np.float32)]
        with torch.no_grad(), one_thread():
            for part in (slice(i, i + CHUNK) for i in range(0, n, CHUNK)):
                parts.append(unscaled(self._grainy(*self._decoded(latents[part], code[part]), noise).cpu().numpy()))
        return np.concatenate(parts)

    def _log_prob(self, event: Evidence) -> FloatArray:
        """A lower bound of log P(known pixels, label), or of log P(known pixels), summed over labels."""
        from ..training.device import one_thread

        n = len(event)
        if not self.count_:
            with one_thread():
                return self._bound(event.values, 0)
        label = np.full(n, np.nan) if event.label is None else np.asarray(event.label, dtype=float)
        joint = np.full((n, self.count_), -np.inf)
        with one_thread(), np.errstate(divide="ignore"):
            for code in range(self.count_):
                rows = np.flatnonzero(np.isnan(label) | (label == code))
                if len(rows):
                    joint[rows, code] = self._bound(event.values[rows], code) + np.log(self.shares_[code])
        return np.logaddexp.reduce(joint, axis=1)

    def _bound(self, values: Array, code: int) -> FloatArray:
        """The importance weighted bound on log P(known pixels | class), (n,), with the noise kept since fitting.

        The encoder sees the picture with its holes filled; whatever it says of the latents, the bound holds.
        """
        import torch

        from ..objectives.discretised_logistic import picture_nats
        from ..training.device import device

        on, out, noise = device(), np.zeros(len(values)), self.noise_
        some = np.flatnonzero(~np.isnan(values).all(axis=(1, 2, 3)))  # of a picture of holes the measure is 1
        size = max(1, CHUNK // len(noise))
        with torch.no_grad():
            for rows in (some[i : i + size] for i in range(0, len(some), size)):
                codes = np.full(len(rows), code)
                pictures = torch.as_tensor(scaled(values[rows]), device=on)
                filled = self._filled(pictures, codes, FILL_ROUNDS)
                mean, log_variance = (side.double().cpu().numpy() for side in self._encoded(filled, codes))
                latents, drawn = self._proposals(mean, log_variance, np.isnan(values[rows]).mean(axis=(1, 2, 3)), code)
                flat = latents.reshape(-1, self.latent)
                middle, log_scale = self._decoded(flat, np.repeat(codes, len(noise)))
                seen = (
                    -picture_nats(pictures.repeat_interleave(len(noise), dim=0), middle, log_scale)
                    .double()
                    .cpu()
                    .numpy()
                )
                weights = seen.reshape(drawn.shape) + self.prior_.log(latents, code) - drawn
                out[rows] = np.logaddexp.reduce(weights, axis=1) - np.log(len(noise))
        return out

    def _proposals(self, mean: FloatArray, log_variance: FloatArray, hidden: FloatArray, code: int,
                   ) -> tuple[FloatArray, FloatArray]:  # fmt: skip
        """Latents (n, draws, latent) and the logarithm of the density they are drawn with, (n, draws).

        The encoder is too sure of a picture with holes, so the hidden share of the latents comes from the prior, and
        the density is that of the mixture (Owen and Zhou 2000).
        """
        few = np.rint(hidden * len(self.noise_))[:, None]  # latents that come from the prior
        near = mean[:, None] + self.noise_ * np.exp(0.5 * log_variance[:, None])
        far = self.prior_.at(np.full(len(self.noise_), code), self.turn_, self.noise_)
        latents = np.where((np.arange(len(self.noise_)) < few)[..., None], far, near)
        step = (latents - mean[:, None]) * np.exp(-0.5 * log_variance[:, None])
        own = -0.5 * (step**2 + log_variance[:, None]).sum(axis=2)
        share = few / len(self.noise_)
        with np.errstate(divide="ignore"):
            return latents, np.logaddexp(np.log(share) + self.prior_.log(latents, code), np.log1p(-share) + own)

    def _filled(self, pictures: Tensor, codes: Array, rounds: int, noise: torch.Generator | None = None) -> Tensor:
        """Pictures (n, c, h, w) with holes filled by rounds of encoding and decoding; with noise the latents are
        drawn, and in the end the pixels."""
        import torch

        holes = pictures.isnan()
        if not bool(holes.any()):
            return pictures
        if noise is None:
            latents = self.prior_.mean(codes)
        else:
            turn, step = torch.rand(len(codes), generator=noise), torch.randn(len(codes), self.latent, generator=noise)
            latents = self.prior_.at(codes, turn.double().numpy(), step.double().numpy())
        pixels = self._decoded(latents, codes)
        filled = torch.where(holes, pixels[0].clamp(-1, 1), pictures)
        for _ in range(rounds):
            mean, log_variance = self._encoded(filled, codes)
            if noise is not None:
                mean = mean + torch.randn(mean.shape, generator=noise).to(mean.device) * (0.5 * log_variance).exp()
            pixels = self._decoded(mean.cpu().numpy(), codes)
            filled = torch.where(holes, pixels[0].clamp(-1, 1), pictures)
        return filled if noise is None else torch.where(holes, self._grainy(*pixels, noise), pictures)

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        """Each copy is the end of its own chain; an unknown label is drawn for each. The point is the mean of some."""
        import torch

        from ..training.device import device, generator, one_thread

        holed = np.flatnonzero(np.isnan(given.values).any(axis=(1, 2, 3)))
        noise, on, count = generator(rng), device(), POINT_DRAWS if draws is None else draws
        many, copies = np.tile(holed, count), np.repeat(given.values[None], count, axis=0)
        parts = [np.empty((0, *self.shape_), np.float32)]
        with torch.no_grad(), one_thread():
            codes = choose(np.tile(self._label_odds(given, holed), (count, 1)), rng).astype(int)
            for part in (slice(i, i + CHUNK) for i in range(0, len(many), CHUNK)):
                pictures = torch.as_tensor(scaled(given.values[many[part]]), device=on)
                parts.append(unscaled(self._filled(pictures, codes[part], GIBBS_ROUNDS, noise).cpu().numpy()))
        copies[:, holed] = np.concatenate(parts).reshape(count, len(holed), *self.shape_)
        copies = np.where(np.isnan(given.values), copies, given.values)
        if draws is not None:
            return list(copies)
        return [copies.mean(axis=0, dtype=np.float64).astype(np.float32)]

    def _label_odds(self, given: Evidence, rows: Array) -> FloatArray:
        """P(class | known pixels) of some rows, (n, k): certain where the label is known."""
        if not self.count_:
            return np.ones((len(rows), 1))
        label = np.full(len(rows), np.nan) if given.label is None else np.asarray(given.label, dtype=float)[rows]
        known, joint = label >= 0, np.zeros((len(rows), self.count_))
        asked = given.values[rows[~known]]
        for code in range(self.count_):
            joint[~known, code] = self._log_prob(Evidence(asked, label=np.full(len(asked), float(code))))
        odds = normalised(joint)
        odds[known] = np.eye(self.count_)[label[known].astype(int)]
        return odds

    def _encoded(self, pictures: Tensor, code: Array) -> tuple[Tensor, Tensor]:
        """Mean and log-variance of the latents, (n, latent) each."""
        from ..objectives.variational import posterior
        from ..training.labels import indicators

        label = indicators(code.astype(float), len(code), self.count_, pictures.device)
        return posterior(convnet.read(self._tensors(pictures.device), pictures, label, prefix="encode."))

    def _decoded(self, latents: Array, code: Array) -> tuple[Tensor, Tensor]:
        """Middle and log-scale of every pixel, (n, c, h, w) each."""
        import torch

        from ..training.device import device
        from ..training.labels import indicators

        on = device()
        label = indicators(code.astype(float), len(code), self.count_, on)
        z = torch.as_tensor(np.asarray(latents, np.float32), device=on)
        return _decode(self._tensors(on), z, label, self.shape_)

    def _grainy(self, middle: Tensor, log_scale: Tensor, noise: torch.Generator) -> Tensor:
        """Pixels drawn with a share of the spread that they have, (n, c, h, w), which may leave -1..1."""
        import torch

        uniform = torch.rand(middle.shape, generator=noise).to(middle.device).clamp(1e-6, 1 - 1e-6)
        return middle + self.grain * log_scale.exp() * uniform.logit()

    def _tensors(self, on: torch.device) -> dict[str, Tensor]:
        import torch

        return {name: torch.as_tensor(w, device=on) for name, w in self.weights_.items()}

    # ---------------------------------------------------------------------------- store

    def _state(self) -> dict[str, Any]:
        return {
            "shares": self.shares_, "prior": self.prior_.state(), "noise": self.noise_, "turn": self.turn_,
            "weights": self.weights_, "history": self.history_,
        }  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.labels import classes

        self.shape_, self.count_ = shape_of(self.schema_), classes(self.schema_)
        self.shares_, self.noise_, self.turn_ = (state[key] for key in ("shares", "noise", "turn"))
        self.prior_ = ClassPrior.from_state(state["prior"])
        self.weights_, self.history_ = state["weights"], state["history"]


def _decode(weights: convnet.Weights, latents: Tensor, label: Tensor, shape: convnet.Shape) -> tuple[Tensor, Tensor]:
    middle, log_scale = convnet.paint(weights, latents, label, shape, prefix="decode.").chunk(2, dim=1)
    return middle, (log_scale - 2).clamp(LEAST_SCALE, MOST_SCALE)
