"""Detector of objects: boxes, their classes and how sure each is, from a picture.

A small convolutional network says where centres of objects are and how far the sides of each box are from there
(`backbones/pyramid.py`, `objectives/boxes.py`); boxes that repeat a surer one are left out. A DETR or YOLOS that
`transformers` saved in a folder takes its place: `weights=FOLDER` goes on training it, and
`Detector.from_pretrained(FOLDER)` takes it as it is, with its own classes.
"""

# pyright: reportPrivateUsage=false

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from ..backbones.arguments import COUNT, NOT_NEGATIVE, PART, POSITIVE, SHARE, Rule, check, or_none
from ..core import rng as randomness
from ..core.card import Card
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.model import Model
from ..core.queries import Prediction, Predicts
from ..core.rng import RandomState
from ..core.schema import Array, Dataset
from ..modalities.boxes import BOXED, pretrained
from ..modalities.image import scaled, shape_of, without_holes
from ..modalities.overlap import without_repeats

if TYPE_CHECKING:
    import torch

SEEN = 60_000_000  # pixels shown in a training, those of a picture counted once an epoch
EPOCHS = (8, 100)
RATE, RATE_ON = 4e-3, 1e-4  # highest learning rates, from scratch and from a folder of weights
BLOCK = 4_000_000  # pixels worked on at once: bounds memory


class Detector(Predicts, Model):
    """P(boxes | picture): what is where.

    Args:
        width: channels of the network from scratch; 32 makes 0.2 million parameters.
        side: pixels that the longer side of a picture has at most when that network looks at it.
        weights: folder of a DETR or YOLOS saved by `transformers` to start from, instead of a network from scratch.
        epochs: passes over the pictures; None takes as many as show 60 million pixels, 8 to 100.
        batch: pictures of a step.
        rate: highest learning rate; None takes 0.004, or 0.0001 where `weights` are given.
        decay: weight decay.
        threshold: boxes with a lower score, 0 to 1, are left out.
        most: boxes of a picture.
        overlap: intersection over union above which a box repeats a surer one of its class and is left out.
        budget: seconds after which training stops; None: when the epochs are over.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds weights and batches.
    """

    card = Card(
        key="detector",
        title="Detector of objects in pictures",
        learns=frozenset({"P(y|x)"}),
        modality=BOXED,
        backbone="convnet",
        objective="focal loss of centres, overlap of boxes",
        log_prob="none",
        missing="refused",
        condition="none",
        references=(
            "Zhou, Wang and Krähenbühl 2019, Objects as points, arXiv 1904.07850",
            "Liu et al. 2020, Training-time-friendly network for real-time object detection, AAAI",
            "Lin et al. 2017, Feature pyramid networks for object detection, CVPR",
            "Carion et al. 2020, End-to-end object detection with transformers, ECCV",
        ),
        tasks=frozenset({"structure"}),
        density_tasks=frozenset(),
        needs_target=True,
        extras=("deep",),
        avoid_when="a picture holds one thing and only its class is wanted: resnet answers with probabilities",
        by_name=True,
        tiny={"width": 16, "epochs": 8},
    )

    def __init__(
        self,
        width: int = 32,
        side: int = 256,
        weights: str | None = None,
        epochs: int | None = None,
        batch: int = 8,
        rate: float | None = None,
        decay: float = 5e-2,
        threshold: float = 0.05,
        most: int = 100,
        overlap: float = 0.6,
        budget: float | None = None,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.width = width
        self.side = side
        self.weights = weights
        self.epochs = epochs
        self.batch = batch
        self.rate = rate
        self.decay = decay
        self.threshold = threshold
        self.most = most
        self.overlap = overlap
        self.budget = budget
        self.checkpoint = checkpoint
        self.random_state = random_state

    @classmethod
    def from_pretrained(cls, folder: str | Path, **arguments: Any) -> Self:
        """A model that answers with the DETR or YOLOS of a folder that `transformers` saved, as it is.

        `arguments` are those of the constructor, such as `threshold`; `classes_` are the names its config gives.

        Raises:
            BadInput: the folder holds no such network with weights as safetensors.
            MissingExtra: a library is not installed.
        """
        from ..training.detectors import by_queries, class_names, saved_network

        model = cls(**{**arguments, "weights": str(folder)})
        model._check()
        net, sight = saved_network(str(folder))
        size = sight.get("height", sight.get("shortest", 0)), sight.get("width", sight.get("longest", 0)), 3
        model._set_schema(pretrained(size, class_names(net)))
        model.config_, model.sight_, model.history_ = net.config.to_json_string(use_diff=False), sight, {}
        model.net_ = by_queries(net, sight).eval()
        model.rng_ = randomness.generators(model.random_state)[1]
        model.notes_, model.combinations_ = (), []
        return model

    def _check(self) -> None:
        optional = {"epochs": COUNT, "budget": POSITIVE, "rate": POSITIVE}
        maybe = {name: or_none(rule) for name, rule in optional.items()}
        width = Rule("an even number from 2", lambda v: COUNT.holds(v) and v % 2 == 0)
        check(
            self, width=width, side=COUNT, batch=COUNT, decay=NOT_NEGATIVE, threshold=PART, most=COUNT, overlap=SHARE,
            **maybe,
        )  # fmt: skip

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        self._check()
        from ..training.device import require_torch, seeded

        require_torch(self.card.key)
        import torch

        from ..training.boxes import altered, padded
        from ..training.device import device
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest

        on, (_, _, channels) = device(), shape_of(data.schema)
        x = self._seen(torch.as_tensor(scaled(data.values), device=on))
        boxes, codes = padded(*([one[i] for one in data.y] for i in (0, 1)))  # pyright: ignore[reportArgumentType]
        place = torch.as_tensor(boxes * _times(data.values.shape[1:3], x), device=on)
        code = torch.as_tensor(codes, device=on)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(int(rng.integers(2**31)))
            net = self._start(channels, [str(v) for v in data.schema.columns[1].values]).to(on)

        def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            net.train()
            pictures, there, which = altered(x[rows], place[rows], code[rows], noise)
            with seeded(noise):
                return net.loss(pictures, there, which)

        shown = x.shape[0] * x.shape[-2] * x.shape[-1]
        recipe = Recipe(
            epochs=self.epochs or int(np.clip(round(SEEN / shown), *EPOCHS)), batch=self.batch, decay=self.decay,
            rate=self.rate or (RATE if self.weights is None else RATE_ON), warm_up=0.1, patience=0, budget=self.budget,
        )  # fmt: skip
        learned = {n: p for n, p in net.named_parameters() if p.requires_grad and p.numel()}  # some of YOLOS are empty
        player = Player("network", learned, loss, buffers=dict(net.named_buffers()))
        rows = torch.arange(len(data), device=on)
        history = train([player], rows, None, recipe, rng, folder=self.checkpoint, what=self.card.key,
                        data=digest(data.values, boxes, codes))  # fmt: skip
        self.history_ = {"train": history.losses, "steps": history.steps}
        self.net_ = net.eval()

    def _start(self, channels: int, classes: list[str]) -> Any:
        """The network before training."""
        from ..training.detectors import by_centres, by_queries, saved_network

        self.config_, self.sight_ = None, {}
        if self.weights is None:
            return by_centres(channels, self.width, len(classes))
        if channels != 3:
            raise BadInput(f"{self.weights} reads 3 channels, the pictures have {channels}")
        net, self.sight_ = saved_network(self.weights, classes)
        self.config_ = net.config.to_json_string(use_diff=False)
        return by_queries(net, self.sight_)

    def _seen(self, x: torch.Tensor) -> torch.Tensor:
        """Pictures at the size the network from scratch looks at; one of a folder knows its own."""
        from ..training.boxes import resized, sizes

        return x if self.weights is not None else resized(x, sizes(x.shape[-2], x.shape[-1], self.side))

    def _predict(self, given: Evidence) -> Prediction:
        import torch

        from ..training.device import device, one_thread

        net, on = self.net_.to(device()), device()
        values = without_holes(self.card.key, given.values)
        height, width = values.shape[1:3]
        block, found = max(1, BLOCK // (height * width)), list[tuple[Array, Array, Array]]()
        with torch.no_grad(), one_thread():
            for at in range(0, len(values), block):
                x = self._seen(torch.as_tensor(scaled(values[at : at + block]), device=on))
                boxes, codes, scores = (t.cpu().numpy() for t in net.found(x, self.most))
                boxes = np.clip(boxes / _times((height, width), x), 0, [width, height] * 2).astype(np.float32)
                found += [self._said(*one) for one in zip(boxes, codes, scores, strict=True)]
        return Prediction(structure=found)

    def _said(self, boxes: Array, codes: Array, scores: Array) -> tuple[Array, Array, Array]:
        """What is said of one picture: boxes, labels and scores, surest first."""
        sure = scores >= self.threshold
        boxes, codes, scores = boxes[sure], codes[sure], scores[sure]
        kept = without_repeats(boxes, codes, scores, self.overlap)
        return boxes[kept], self.classes_[codes[kept]], scores[kept]

    def _state(self) -> dict[str, Any]:
        weights = {name: t.detach().cpu().numpy() for name, t in self.net_.state_dict().items()}
        return {"weights": weights, "history": self.history_, "config": self.config_, "sight": self.sight_}

    def _restore(self, state: dict[str, Any]) -> None:
        from ..training.device import require_torch

        require_torch(self.card.key)
        import torch

        from ..training.detectors import by_centres, by_queries, network_of

        self.config_, self.sight_, self.history_ = state["config"], state["sight"], state["history"]
        if self.config_ is None:
            self.net_ = by_centres(shape_of(self.schema_)[2], self.width, len(self.classes_))
        else:
            self.net_ = by_queries(network_of(self.config_), self.sight_)
        self.net_.eval().load_state_dict({name: torch.as_tensor(a) for name, a in state["weights"].items()})


def _times(size: tuple[int, ...], x: torch.Tensor) -> Array:
    """(4,) by which boxes in pictures of that height and width are multiplied to be boxes in x."""
    return np.array([x.shape[-1] / size[1], x.shape[-2] / size[0]] * 2, np.float32)
