"""Latent diffusion of captioned pictures, of the shape of Stable Diffusion (Rombach et al. 2022), on one's own.

An autoencoder is learned first, by the evidence lower bound with one spread for all pixels (Rybkin, Daniilidis and
Levine 2021); then a network that undoes noise on the small pictures it makes, together with the reader of captions. A
tenth of the captions is left out, so that what a caption adds can be made stronger when drawing (Ho and Salimans 2022).
A folder saved by `diffusers` brings all of these trained: it draws at once, or goes on learning.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, POSITIVE_OR_NONE, Rule, check
from ..core import rng as generators
from ..core.card import Card
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Samples
from ..core.rng import RandomState
from ..core.schema import Array, Column, Dataset, Schema
from ..modalities.captioned import CAPTION, CAPTIONED
from ..modalities.image import PICTURE, scaled, shape_of, unscaled

if TYPE_CHECKING:
    import torch

    from ..backbones.stable_diffusion import Parts

HELD = 0.05  # share of the pictures that training is judged by
BLOCK = 64  # pictures worked on at once: bounds memory
UNTOLD = 0.1  # share of pictures whose caption the network is not told, so that it learns both
NOTHING = ""  # the caption of those
SHOWN = 90_000  # pictures that training shows, to the autoencoder and then to the network
FIRST_SHARE = 0.3  # of a budget, for the autoencoder
FIRST_BATCH, FIRST_RATE = 32, 6e-3  # of the autoencoder
DIVERGENCE = 0.1  # weight of the divergence from the prior: less keeps more of a picture
LEAST_SPREAD = 1 / 255  # of a pixel, in the scale -1..1: half a value


class TextToImage(Samples, Model):
    """P(picture | caption).

    Args:
        channels: of the finest scale of the networks, a multiple of 8.
        weights: folder of a Stable Diffusion 1 or 2 that diffusers saved, whose network goes on learning, instead of
            new networks; autoencoder and reader stay as they are.
        epochs: passes over the pictures, of the autoencoder and then of the network; None takes as many as show 90,000
            pictures, at least 2.
        batch: pictures of a step.
        rate: highest learning rate.
        decay: weight decay.
        budget: seconds after which training stops; None: when the epochs are over.
        steps: answers of the network that a picture is drawn in.
        guidance: how far to go from what the network says without the caption to what it says with it, and beyond: 1 is
            the caption alone, more follows it closer and varies less.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches and the drawing.
    """

    card = Card(
        key="text_to_image",
        title="Latent diffusion of captioned pictures",
        learns=frozenset({"P(x|y)"}),
        modality=CAPTIONED,
        backbone="autoencoder, unet and transformer",
        objective="lower bound of the autoencoder, then denoising: squared error of the velocity",
        log_prob="none",
        missing="refused",
        condition="caption",
        references=(
            "Rombach et al. 2022, High-resolution image synthesis with latent diffusion models, CVPR",
            "Ho and Salimans 2022, Classifier-free diffusion guidance",
            "Salimans and Ho 2022, Progressive distillation for fast sampling of diffusion models, ICLR",
            "diffusers",
        ),
        tasks=frozenset({"structure"}),
        density_tasks=frozenset(),
        exact_given=frozenset({"equal"}),
        needs_target=True,
        extras=("deep",),
        avoid_when="there are a few classes and no captions: image_diffusion also scores and fills",
        by_name=True,
        tiny={"channels": 8, "epochs": 18, "batch": 32, "rate": 8e-3, "steps": 8},
    )

    def __init__(
        self,
        channels: int = 32,
        weights: str | None = None,
        epochs: int | None = None,
        batch: int = 64,
        rate: float = 2e-3,
        decay: float = 1e-2,
        budget: float | None = None,
        steps: int = 25,
        guidance: float = 5.0,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.channels = channels
        self.weights = weights
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.budget = budget
        self.steps = steps
        self.guidance = guidance
        self.checkpoint = checkpoint
        self.random_state = random_state

    @classmethod
    def from_pretrained(cls, folder: str | Path, *, steps: int = 25, guidance: float = 7.5,
                        random_state: RandomState = None) -> Self:  # fmt: skip
        """A model that draws with the weights of a Stable Diffusion 1 or 2 that diffusers saved, as they are.

        Raises:
            BadInput: the folder holds no such pipeline.
        """
        model = cls(weights=str(folder), steps=steps, guidance=guidance, random_state=random_state)
        model._check()
        from ..backbones.stable_diffusion import from_folder

        model.parts_ = from_folder(folder)
        side = model.parts_.network.config.sample_size
        height, width = (n * model.parts_.shrink for n in ((side, side) if isinstance(side, int) else side))
        picture = Column(PICTURE, "structure", f"uint8 {height}x{width}x{model.parts_.autoencoder.config.out_channels}")
        model.history_ = {}
        model._set_schema(Schema((picture, Column(CAPTION, "structure", "str")), target=CAPTION))
        _, model.rng_ = generators.generators(random_state)
        model.notes_, model.combinations_ = (f"weights of {Path(folder).name}, not trained here",), []
        return model

    # ------------------------------------------------------------------------- learning

    def _check(self) -> None:
        eights = Rule("a multiple of 8 from 8", lambda v: COUNT.holds(v) and v % 8 == 0)
        check(
            self, channels=eights, epochs=COUNT_OR_NONE, batch=COUNT, rate=POSITIVE, decay=NOT_NEGATIVE,
            budget=POSITIVE_OR_NONE, steps=COUNT, guidance=NOT_NEGATIVE,
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        import torch

        from ..training.device import device
        from ..training.tables import digest, held_out

        self.parts_ = self._parts(data, seed=int(rng.integers(2**31)))
        for net in self.parts_.nets().values():
            net.to(device())
        pictures = self.parts_.cut(torch.as_tensor(scaled(data.values), device=device()))
        rows, held = held_out(len(data), HELD, rng, device())
        about = digest(data.values, np.array(data.label.tolist()))
        self.history_ = {}
        if self.weights is None:
            self._learn_autoencoder(pictures, rows, held, rng, about)
        self._learn_network(pictures, data.label.tolist(), rows, held, rng, about)
        self.parts_.at_rest()

    def _parts(self, data: Dataset, seed: int) -> Parts:
        """Networks before training."""
        import torch

        from ..backbones.stable_diffusion import from_folder, from_scratch

        height, width, channels = shape_of(data.schema)
        if self.weights is not None:
            parts = from_folder(self.weights)
            if parts.autoencoder.config.in_channels != channels:
                many = parts.autoencoder.config.in_channels
                raise BadInput(f"{self.weights} draws {many} channels, the pictures have {channels}")
            return parts
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return from_scratch(data.label.tolist(), height, width, channels, self.channels)

    def _learn_autoencoder(self, pictures: torch.Tensor, rows: torch.Tensor, held: torch.Tensor,
                           rng: np.random.Generator, about: str) -> None:  # fmt: skip
        from ..objectives.variational import negative_bound
        from ..training.loop import Player, Recipe, train

        net, numbers = self.parts_.autoencoder, pictures[0].numel()

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            x = pictures[rows]
            encoded = net.encode(x).latent_dist.parameters
            shape = encoded.shape[0], encoded.shape[1] // 2, *encoded.shape[2:]

            def nats(latents: torch.Tensor) -> torch.Tensor:
                error = (net.decode(latents.reshape(shape)).sample - x).square().mean()
                return (0.5 * numbers * (error + LEAST_SPREAD**2).log()).expand(len(x))  # at the best spread

            return negative_bound(encoded.flatten(1), nats, DIVERGENCE, noise) / numbers

        recipe = Recipe(epochs=self._passes(len(pictures)), batch=FIRST_BATCH, rate=FIRST_RATE,
                        decay=self.decay, patience=0, average=0.99,
                        budget=None if self.budget is None else FIRST_SHARE * self.budget)  # fmt: skip
        player = Player("autoencoder", dict(net.named_parameters()), loss)
        history = train([player], rows, held, recipe, rng, folder=self._kept("autoencoder"), data=about,
                        what=f"{self.card.key}: autoencoder")  # fmt: skip
        self.history_["autoencoder"] = history.losses
        mean, spread = self._small(pictures)
        whole = float((mean.var() + spread.square().mean()).sqrt())
        net.register_to_config(scaling_factor=1 / whole, shift_factor=float(mean.mean()))

    def _learn_network(self, pictures: torch.Tensor, captions: list[str], rows: torch.Tensor, held: torch.Tensor,
                       rng: np.random.Generator, about: str) -> None:  # fmt: skip
        import torch

        from ..objectives import denoising
        from ..training.device import mixed
        from ..training.loop import Player, Recipe, train

        parts, on = self.parts_, pictures.device
        network = mixed(lambda x, time, read: parts.network(x, time, read).sample, on)
        mean, spread = self._small(pictures)
        tokens, nothing = parts.tokens(captions).to(on), parts.tokens([NOTHING]).to(on)
        learned = {"network": parts.network} | ({} if self.weights else {"reader": parts.reader})
        parameters = {f"{name}.{k}": p for name, net in learned.items() for k, p in net.named_parameters()}
        for net in (parts.autoencoder, parts.reader) if self.weights else (parts.autoencoder,):
            net.requires_grad_(False)

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            small = mean[rows] + spread[rows] * torch.randn(mean[rows].shape, generator=noise).to(on)
            untold = (torch.rand(len(rows), generator=noise) < UNTOLD).to(on)
            read = parts.read(torch.where(untold[:, None], nothing, tokens[rows]))
            return denoising.loss(lambda x, time: network(x, time, read), small, noise, parts.scheduler)

        epochs = self._passes(len(pictures))
        average = min(0.999, 1 - 1 / max(2.0, 0.1 * epochs * len(pictures) / self.batch))  # over the last tenth
        recipe = Recipe(epochs=epochs, batch=self.batch, rate=self.rate, decay=self.decay, patience=0, average=average,
                        budget=self._left())  # fmt: skip
        history = train([Player("network", parameters, loss)], rows, held, recipe, rng, folder=self._kept("network"),
                        data=about, what=f"{self.card.key}: network")  # fmt: skip
        self.history_ |= {"train": history.losses, "held": history.held, "steps": history.steps}

    def _small(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Means and spreads of the small pictures."""
        import torch

        from ..training.device import one_thread

        with torch.no_grad(), one_thread():
            parts = [self.parts_.small(block) for block in pictures.split(BLOCK)]
        return torch.cat([mean for mean, _ in parts]), torch.cat([spread for _, spread in parts])

    def _passes(self, rows: int) -> int:
        return self.epochs or max(2, round(SHOWN / rows))

    def _left(self) -> float | None:
        """Seconds of the budget for the network."""
        share = 1.0 if self.weights else 1 - FIRST_SHARE
        return None if self.budget is None else share * self.budget

    def _kept(self, name: str) -> Path | None:
        return None if self.checkpoint is None else Path(self.checkpoint) / name

    # ------------------------------------------------------------------------- queries

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        import torch

        from ..objectives import denoising
        from ..training.device import device, one_thread

        height, width, channels = shape_of(self.schema_)
        caption = given.label[0] or NOTHING
        parts, out, on = self.parts_, [np.empty((0, height, width, channels), np.float32)], device()
        for net in parts.nets().values():
            net.to(on)
        with torch.no_grad(), one_thread():
            told, plain = parts.read(parts.tokens([caption, NOTHING]).to(on))

            def network(x: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
                said = parts.network(x, time, told.expand(len(x), -1, -1)).sample
                if caption == NOTHING or self.guidance == 1.0:
                    return said
                without = parts.network(x, time, plain.expand(len(x), -1, -1)).sample
                return without + self.guidance * (said - without)

            for at in range(0, n, BLOCK):
                shape = min(BLOCK, n - at), *parts.shape(height, width)
                noise = torch.as_tensor(rng.standard_normal(shape, dtype=np.float32), device=on)
                small = denoising.drawn(network, noise, self.steps, parts.scheduler)
                out.append(unscaled(parts.large(small)[:, :, :height, :width].cpu().numpy()))
        return np.concatenate(out)

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        return {"parts": self.parts_.state(), "history": self.history_}

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        from ..backbones.stable_diffusion import Parts

        self.parts_, self.history_ = Parts.of_state(state["parts"]), state["history"]
