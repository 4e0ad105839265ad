"""P(y | x) of pictures by any network that gives class scores: fitting, prediction and state, written once.

Families say which network; cross-entropy with softened labels (Szegedy et al. 2016), pictures shifted by lot.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, POSITIVE_OR_NONE, check
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.schema import Dataset, Schema
from ..modalities.image import scaled, shape_of, without_holes

if TYPE_CHECKING:
    import torch

SHOWN, MOST_EPOCHS = 240_000, 60  # pictures that training shows, unless epochs say otherwise, and most passes
HELD = 0.1  # share of the pictures that training is judged by
BLOCK = 512  # pictures worked on at once: bounds memory
SOFTENED = 0.05  # part of a label that is shared among all classes
SHIFT = 1 / 14  # of the shorter side, by which pictures are moved at most


class ClassifiesPictures(Predicts, Model):
    """Abstract: a family adds its card, its arguments and `_network`."""

    channels: int
    epochs: int | None
    batch: int
    rate: float
    decay: float
    budget: float | None
    checkpoint: str | None

    @abstractmethod
    def _network(self, schema: Schema, *, trained: bool) -> torch.nn.Module:
        """A network of pictures (n, c, h, w) from -1 to 1 to class scores (n, k); `trained` when its weights are about
        to be replaced by learned ones."""

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, channels=COUNT, epochs=COUNT_OR_NONE, batch=COUNT, rate=POSITIVE, decay=NOT_NEGATIVE,
            budget=POSITIVE_OR_NONE,
        )  # fmt: skip
        from .device import require_torch

        require_torch(self.card.key)
        import torch
        from torch.nn import functional

        from .device import device, mixed, seeded
        from .loop import Player, Recipe, train
        from .tables import digest, held_out

        on, (height, width, _) = device(), shape_of(data.schema)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            net = self._network(data.schema, trained=False).to(on)
        scores = mixed(net, on)
        x, y = torch.as_tensor(scaled(data.values), device=on), torch.as_tensor(data.y.astype(np.int64), device=on)
        far = round(SHIFT * min(height, width))

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.train()
            moved = _shifted(x[rows], far, noise)
            with seeded(noise):  # numbers that a network leaves out by lot
                return functional.cross_entropy(scores(moved), y[rows], label_smoothing=SOFTENED)

        def judged(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.eval()
            return functional.cross_entropy(scores(x[rows]), y[rows])

        rows, held = held_out(len(data), HELD, rng, on)
        shown = MOST_EPOCHS if self.budget else round(SHOWN / len(data))
        epochs = self.epochs or int(np.clip(shown, 4, MOST_EPOCHS))
        recipe = Recipe(epochs=epochs, batch=self.batch, rate=self.rate, decay=self.decay, patience=0, warm_up=0.1,
                        budget=self.budget)  # fmt: skip
        player = Player("network", dict(net.named_parameters()), loss, judged=judged, buffers=dict(net.named_buffers()))
        history = train([player], rows, held, recipe, rng, folder=self.checkpoint, data=digest(data.values, data.y),
                        what=self.card.key)  # fmt: skip
        self.history_ = {"train": history.losses, "held": history.held, "steps": history.steps}
        self.net_ = net.eval()

    def _predict(self, given: Evidence) -> Prediction:
        import torch

        from .device import device, one_thread

        net, on = self.net_.to(device()), device()
        x = scaled(without_holes(self.card.key, given.values))
        parts = [np.empty((0, len(self.classes_)))]
        with torch.no_grad(), one_thread():
            for at in range(0, len(x), BLOCK):
                scores = net(torch.as_tensor(x[at : at + BLOCK], device=on))
                parts.append(torch.softmax(scores.double(), dim=1).cpu().numpy())
        return Prediction(proba=np.concatenate(parts))

    def _state(self) -> dict[str, Any]:
        weights = {name: t.detach().cpu().numpy() for name, t in self.net_.state_dict().items()}
        return {"weights": weights, "history": self.history_}

    def _restore(self, state: dict[str, Any]) -> None:
        from .device import require_torch

        require_torch(self.card.key)
        import torch

        self.net_ = self._network(self.schema_, trained=True).eval()
        self.net_.load_state_dict({name: torch.as_tensor(a) for name, a in state["weights"].items()})
        self.history_ = state["history"]


def _shifted(x: torch.Tensor, far: int, noise: torch.Generator) -> torch.Tensor:
    """Each picture moved by up to so many pixels either way, what comes in being what lay at the edge."""
    import torch
    from torch.nn import functional

    if not far:
        return x
    n, _, height, width = x.shape
    wide = functional.pad(x, (far, far, far, far), mode="replicate")
    down, right = torch.randint(0, 2 * far + 1, (2, n, 1), generator=noise).to(x.device)
    rows = (down + torch.arange(height, device=x.device))[:, None, :, None]
    columns = (right + torch.arange(width, device=x.device))[:, None, None, :]
    which = torch.arange(n, device=x.device)[:, None, None, None]
    channel = torch.arange(x.shape[1], device=x.device)[None, :, None, None]
    return wide[which, channel, rows, columns]
