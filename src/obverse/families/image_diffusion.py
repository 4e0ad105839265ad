"""Diffusion of pictures: a U-shaped network learns to undo noise, told the class (Ho et al. 2020; Lipman et al. 2023).

One network answers all four queries: it draws by undoing noise from nothing but noise, fills holes by undoing it with
the known pixels held, has a bound on the likelihood of a picture of each class, and so predicts by Bayes' rule.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, POSITIVE_OR_NONE, check, one_of
from ..core.card import Card
from ..core.errors import CannotAnswer
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Imputes, Samples, Scores
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray
from ..modalities.image import IMAGE, scaled, shape_of, unscaled

if TYPE_CHECKING:
    import torch

HELD = 0.05  # share of the pictures that training is judged by
BLOCK = 256  # pictures worked on at once: bounds memory
UNTOLD = 0.1  # share of pictures whose class the network is not told, so that it learns both
POINT_DRAWS = 8  # fillings that the point is the mean of
HALF = 1 / 255  # half the distance of neighbouring values in -1..1
PATHS = {"flow_matching": "straight", "ddpm": "cosine"}


class ImageDiffusion(Samples, Scores, Imputes, Model):
    """P(x | y), or P(x) of pictures without labels.

    Args:
        objective: `flow_matching` (the velocity of a straight path) or `ddpm` (the noise on a cosine path).
        channels: of the finest scale of the network; None takes 24 up to 8 x 8 pixels, else 48.
        epochs: most passes over the pictures; None takes as many as show 60,000 pictures, at least 2.
        batch: pictures of a step.
        rate: highest learning rate.
        decay: weight decay.
        budget: seconds after which training stops; None: when the epochs are over.
        steps: of drawing, each of two answers of the network but the last.
        guidance: how far to go from what the network says without the class to what it says with it, and beyond (Ho and
            Salimans 2022): 1 is the class alone, more is surer and less varied.
        bound_draws: answers of the network that a likelihood is estimated from, for each class.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches and the drawing verbs.
    """

    card = Card(
        key="image_diffusion",
        title="Diffusion of pictures (U-Net)",
        learns=frozenset({"P(x)", "P(x|y)"}),
        modality=IMAGE,
        backbone="unet",
        objective="flow matching or denoising: squared error of the velocity or of the noise",
        log_prob="lower_bound",
        missing="refused",
        condition="label",
        references=(
            "Ho, Jain and Abbeel 2020, Denoising diffusion probabilistic models, NeurIPS",
            "Lipman et al. 2023, Flow matching for generative modeling, ICLR",
            "Kingma and Gao 2023, Understanding diffusion objectives as the ELBO, NeurIPS",
            "Lugmayr et al. 2022, RePaint, CVPR",
        ),
        tasks=frozenset({"class"}),
        density_tasks=frozenset({"class"}),
        exact_given=frozenset({"equal"}),
        extras=("deep",),
        avoid_when="only the class is wanted: resnet is quicker and surer",
        by_name=True,
        tiny={"channels": 8, "epochs": 40, "batch": 32, "rate": 4e-3, "steps": 8, "bound_draws": 8},
    )

    def __init__(
        self,
        objective: str = "flow_matching",
        channels: int | None = None,
        epochs: int | None = None,
        batch: int = 32,
        rate: float = 2e-3,
        decay: float = 1e-2,
        budget: float | None = None,
        steps: int = 32,
        guidance: float = 1.2,
        bound_draws: int = 16,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.objective = objective
        self.channels = channels
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.budget = budget
        self.steps = steps
        self.guidance = guidance
        self.bound_draws = bound_draws
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, objective=one_of(PATHS), channels=COUNT_OR_NONE, epochs=COUNT_OR_NONE, batch=COUNT, rate=POSITIVE,
            decay=NOT_NEGATIVE, budget=POSITIVE_OR_NONE, steps=COUNT, guidance=NOT_NEGATIVE, bound_draws=COUNT,
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        from ..objectives import diffusion
        from ..training.device import device, mixed, seeded
        from ..training.labels import classes, shares_of
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest, held_out

        self.size_ = self.channels or (24 if max(shape_of(data.schema)[:2]) <= 8 else 48)
        count = classes(data.schema)
        label = np.full(len(data), np.nan) if data.label is None else data.y
        self.share_ = shares_of(label, count)
        self.seed_ = int(rng.integers(2**62))
        net = self._network(data.schema, seed=int(rng.integers(2**31))).to(on := device())
        pictures = torch.as_tensor(scaled(data.values), device=on)
        codes = torch.as_tensor(np.where(np.isnan(label), count, label).astype(np.int64), device=on)
        untold, said = torch.tensor(count, device=on), mixed(net, on)

        def error(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            hidden = (torch.rand(len(rows), generator=noise) < UNTOLD).to(on)
            told = torch.where(hidden, untold, codes[rows])
            return diffusion.loss(lambda x, t: said(x, t, told), pictures[rows], noise, self._path)

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.train()
            with seeded(noise):
                return error(rows, noise)

        def judged(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.eval()
            return error(rows, noise)

        rows, held = held_out(len(data), HELD, rng, on)
        epochs = self.epochs or max(2, round(60_000 / len(data)))
        average = min(
            0.999, 1 - 1 / max(2.0, 0.1 * epochs * len(data) / self.batch)
        )  # over the last tenth of the steps
        recipe = Recipe(epochs=epochs, batch=self.batch, rate=self.rate, decay=self.decay, patience=0, average=average,
                        budget=self.budget)  # fmt: skip
        history = train(
            [Player("network", dict(net.named_parameters()), loss, judged=judged)], rows, held, recipe, rng,
            folder=self.checkpoint, data=digest(data.values, label), what=self.card.key,
        )  # fmt: skip
        self.history_ = {"train": history.losses, "held": history.held, "steps": history.steps}
        self.net_ = net.eval()

    @property
    def _path(self) -> Any:
        return PATHS[self.objective]

    def _network(self, schema: Any, seed: int) -> Any:
        """The network before training."""
        import torch

        from ..backbones.unet import UNet, patch_of, widths
        from ..training.labels import classes

        height, width, channels = shape_of(schema)
        patch = patch_of(height, width)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            return UNet(channels, widths(height, width, self.size_, patch), classes(schema), patch)

    # ------------------------------------------------------------------------- queries

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        from ..objectives import diffusion
        from ..training.labels import drawn_codes

        height, width, channels = shape_of(self.schema_)
        codes = drawn_codes(n, given.label, self.share_, rng)
        parts = [np.empty((0, height, width, channels), np.float32)]
        for at in range(0, n, BLOCK):
            told = codes[at : at + BLOCK]
            noise = rng.standard_normal((len(told), channels, height, width), dtype=np.float32)
            parts.append(
                unscaled(self._run(lambda net, x: diffusion.drawn(net, x, self.steps, self._path), noise, told))
            )
        return np.concatenate(parts)

    def _impute(self, given: Evidence, draws: int | None, rng: np.random.Generator) -> list[Array]:
        from ..objectives import diffusion
        from ..training.device import generator

        copies = [given.values.copy() for _ in range(draws or 1)]
        holed = np.flatnonzero(np.isnan(given.values).any(axis=(1, 2, 3)))
        noise = generator(rng)
        for at in range(0, len(holed), BLOCK):
            rows = holed[at : at + BLOCK]
            x = scaled(given.values[rows])
            hole = np.isnan(x)
            told = np.array([_code_or_none(code, len(self.share_)) for code in given.label[rows]], dtype=int)

            def once(net: Any, x: torch.Tensor, hole: Array = hole) -> torch.Tensor:
                import torch

                return diffusion.filled(net, x, torch.as_tensor(hole, device=x.device), noise, self.steps, self._path)

            made = [unscaled(self._run(once, np.nan_to_num(x), told)) for _ in range(draws or POINT_DRAWS)]
            for copy, filling in zip(copies, made if draws else [np.mean(made, axis=0)], strict=True):
                copy[rows] = np.where(np.isnan(given.values[rows]), filling, given.values[rows])
        return copies

    def _log_prob(self, event: Evidence) -> FloatArray:
        holes = np.isnan(event.values)
        unknown, some = (np.asarray(test(holes, axis=(1, 2, 3))) for test in (np.all, np.any))
        if (some & ~unknown).any():
            raise CannotAnswer(
                f"{self.card.key} has no likelihood of pictures with holes", instead="fill them with impute first"
            )
        label = np.asarray(event.label, dtype=float)
        with np.errstate(divide="ignore"):
            log_share = np.log(self.share_)
        if not len(self.share_):
            return self._bounds(event.values, unknown, 0)
        out = np.full((len(event), len(self.share_)), -np.inf)
        for code in range(len(self.share_)):
            asked = np.isnan(label) | (label == code)
            skip = unknown | ~asked
            out[asked, code] = (self._bounds(event.values, skip, code) + log_share[code])[asked]
        return np.logaddexp.reduce(out, axis=1)

    def _bounds(self, values: Array, skip: Array, code: int) -> FloatArray:
        """The bound of each picture under one class; 0 where it is not asked."""
        import torch

        from ..objectives import diffusion

        out, rows = np.zeros(len(values)), np.flatnonzero(~skip)
        for at in range(0, len(rows), BLOCK):
            part = rows[at : at + BLOCK]
            noise = torch.Generator().manual_seed(self.seed_)  # the same for every class, so that differences are sharp

            def asked(net: Any, x: torch.Tensor, noise: torch.Generator = noise) -> torch.Tensor:
                return diffusion.bound(net, x, noise, self.bound_draws, self._path, HALF)

            out[part] = self._run(asked, scaled(values[part]), np.full(len(part), code), guided=False)
        return out

    def _run(self, what: Any, x: Array, told: Array, *, guided: bool = True) -> Array:
        """What a function of (network of points and times, pictures) gives, the network told these classes."""
        import torch

        from ..training.device import device, one_thread

        on = device()
        network, codes = self.net_.to(on), torch.as_tensor(np.asarray(told, dtype=np.int64), device=on)
        nothing = torch.full_like(codes, len(self.share_))
        beyond = self.guidance if guided and len(self.share_) else 1.0

        def net(point: torch.Tensor, time: torch.Tensor) -> torch.Tensor:
            said = network(point, time, codes)
            if beyond == 1.0:
                return said
            plain = network(point, time, nothing)
            return plain + beyond * (said - plain)

        with torch.no_grad(), one_thread():
            return what(net, torch.as_tensor(x, device=on)).cpu().numpy()

    # --------------------------------------------------------------------------- state

    def _state(self) -> dict[str, Any]:
        weights = {name: t.detach().cpu().numpy() for name, t in self.net_.state_dict().items()}
        return {"weights": weights, "share": self.share_, "size": self.size_, "seed": self.seed_,
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        self.share_, self.size_, self.seed_ = state["share"], int(state["size"]), int(state["seed"])
        self.history_ = state["history"]
        self.net_ = self._network(self.schema_, seed=0).eval()
        self.net_.load_state_dict({name: torch.as_tensor(a) for name, a in state["weights"].items()})


def _code_or_none(code: float, classes: int) -> int:
    """A class code, or the one that stands for none."""
    return classes if np.isnan(code) else int(code)
