"""Conditional Wasserstein GAN of a table, after CTGAN (Xu et al. 2019).

The generator makes places of numbers and indicators of categories; it is told the value of one category column and
fined when it makes another. Beside the critic the second moments of what it makes are compared with those of the data
(Mroueh, Sercu and Goel 2017), which tells it early how columns hang together. Afterwards the places of each number are
put onto a uniform scale by a monotone map, so that columns alone are right.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import residual_mlp
from ..backbones.arguments import COUNT, COUNT_OR_NONE, NOT_NEGATIVE, POSITIVE, check
from ..backbones.coding import Coding
from ..backbones.places import Places
from ..core.card import Card
from ..core.evidence import Evidence, Region
from ..core.model import Model
from ..core.queries import Honoured, Samples
from ..core.rng import RandomState
from ..core.schema import Array, Dataset, FloatArray, Given
from ..modalities.table import TABLE

if TYPE_CHECKING:
    import torch

KNOTS, CALIBRATION = 257, 20_000  # of the map of places, and rows that are made for it
BETAS = (0.5, 0.9)


class TableGAN(Samples, Model):
    """Rows g(noise, value of one category).

    Args:
        latent: numbers of noise.
        width: hidden units of a layer; depth: layers of the generator, and of the critic.
        pack: rows that the critic judges together (more than one works against rows that are all alike).
        bins: about how many codes a category has at most, and parts a number's line.
        steps: of both players; None takes one for every four rows, 2,500 to 5,000.
        batch: rows of a step, at most; a multiple of `pack` is taken.
        rate: highest learning rate.
        moments: weight of the distance between second moments beside the critic; 0 leaves all to the critic.
        decay: weight decay.
        checkpoint: folder in which training keeps its state and goes on after a kill; None keeps none.
        random_state: seeds the weights, the batches, the noise and the drawing verbs.
    """

    card = Card(
        key="table_gan",
        title="Conditional Wasserstein GAN over places and indicators",
        learns=frozenset({"P(x)", "P(x,y)"}),
        modality=TABLE,
        backbone="mlp",
        objective="adversarial: Wasserstein distance with gradient penalty, and second moments, given one category",
        log_prob="none",
        missing="native",
        condition="row",
        references=(
            "Xu et al. 2019, Modeling tabular data using conditional GAN (CTGAN), NeurIPS",
            "Gulrajani et al. 2017, Improved training of Wasserstein GANs, NeurIPS",
            "Mroueh, Sercu and Goel 2017, McGan: Mean and covariance feature matching GAN, ICML",
            "Lin, Khetan, Fanti and Oh 2018, PacGAN, NeurIPS",
        ),
        extras=("deep",),
        avoid_when="fidelity matters (table_autoregressive is nearer, sooner), or a probability is asked for",
        tiny={"width": 48, "steps": 60, "batch": 100, "rate": 0.005},
    )

    def __init__(
        self,
        latent: int = 64,
        width: int = 192,
        depth: int = 2,
        pack: int = 1,
        bins: int = 64,
        steps: int | None = None,
        batch: int = 256,
        rate: float = 1e-3,
        moments: float = 1.0,
        decay: float = 1e-6,
        checkpoint: str | None = None,
        random_state: RandomState = None,
    ) -> None:
        self.latent = latent
        self.width = width
        self.depth = depth
        self.pack = pack
        self.bins = bins
        self.steps = steps
        self.batch = batch
        self.rate = rate
        self.moments = moments
        self.decay = decay
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, latent=COUNT, width=COUNT, depth=COUNT, pack=COUNT, bins=COUNT, steps=COUNT_OR_NONE, batch=COUNT,
            rate=POSITIVE, moments=NOT_NEGATIVE, decay=NOT_NEGATIVE,
        )  # fmt: skip
        from ..training.device import require_torch

        require_torch(self.card.key)
        self.places_ = Places(Coding.of(data, self.bins))
        place, code = self.places_.read(data.values, rng)
        self.weights_, self.history_ = self._trained(place, code, rng)
        self.knots_ = np.tile(np.linspace(-1, 1, KNOTS), (place.shape[1], 1))
        made, _ = self._made(CALIBRATION, self._lots(CALIBRATION, None, rng), rng)
        self.knots_ = np.quantile(made, np.linspace(0, 1, KNOTS), axis=0).T

    def _trained(self, place: FloatArray, code: Array, rng: np.random.Generator,
                 ) -> tuple[residual_mlp.Weights, dict[str, Any]]:  # fmt: skip
        """The generator's weights, and the losses epoch by epoch."""
        import torch
        from torch.nn import functional

        from ..objectives.adversarial import critic_loss, indicators
        from ..objectives.moments import Moments
        from ..training.device import arrays_of, device, trainable
        from ..training.loop import Player, Recipe, train
        from ..training.tables import digest

        on, n, numbers = device(), len(place), place.shape[1]
        sizes = [size for _, size in self.places_.blocks]
        total, width, depth = sum(sizes), self.width, self.depth
        pack = min(self.pack, n)
        batch = max(pack, min(self.batch, n) // pack * pack)
        start = residual_mlp.start(self.latent + total, width, depth, numbers + total, rng)
        if total:
            shares = np.concatenate(self.places_.shares)
            start["out.bias"][numbers:] = np.log(np.maximum(shares, 1e-6))
        generator = trainable(start, on)
        inputs = pack * (numbers + 2 * total)
        critic = trainable(residual_mlp.start(inputs, width, depth, 1, rng), on)
        hot = [functional.one_hot(torch.as_tensor(code[:, b]), k).float() for b, k in enumerate(sizes)]
        number = torch.as_tensor(2 * place - 1, dtype=torch.float32)
        table = torch.cat([number, *hot], dim=1).to(on)
        starts = np.cumsum([0, *sizes])[: len(sizes)]
        lit = torch.as_tensor(code + starts, device=on)  # position of each row's indicator in each block
        parts = torch.as_tensor(np.arange(len(sizes))[:, None] == np.repeat(np.arange(len(sizes)), sizes), device=on)
        moments = Moments.of(table, numbers)

        def make(condition: torch.Tensor, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
            latent = torch.randn((len(condition), self.latent), generator=noise).to(on)
            raw = residual_mlp.forward(generator, torch.cat([latent, condition], dim=1))
            scores = raw[:, numbers:]
            made = indicators(scores, sizes, noise) if sizes else []
            return torch.cat([torch.tanh(raw[:, :numbers]), *made], dim=1), scores

        def told(rows: torch.Tensor, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
            """The block of each row that is told, and the indicator of the row's own code in it."""
            if not sizes:
                return torch.zeros(len(rows), dtype=torch.long, device=on), table[rows, numbers:]
            block = torch.randint(len(sizes), (len(rows),), generator=noise).to(on)
            return block, table[rows, numbers:] * parts[block]

        def judged(rows: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
            return torch.cat([rows, condition], dim=1).view(len(rows) // pack, -1)

        def whole(rows: torch.Tensor) -> torch.Tensor:
            """As many rows as packs need, some twice in the last batch."""
            return rows if len(rows) % pack == 0 else rows.repeat(pack)[: max(pack, len(rows) // pack * pack)]

        def critics(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            rows = whole(rows)
            _, condition = told(rows, noise)
            with torch.no_grad():
                made, _ = make(condition, noise)
            score = lambda x: residual_mlp.forward(critic, x)  # noqa: E731
            return critic_loss(score, judged(table[rows], condition), judged(made, condition), noise)

        def generators(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            rows = whole(rows)
            block, condition = told(rows, noise)
            made, scores = make(condition, noise)
            loss = self.moments * moments.distance(made) - residual_mlp.forward(critic, judged(made, condition)).mean()
            if not sizes:
                return loss
            asked = lit[rows].gather(1, block[:, None])[:, 0]
            return loss + functional.cross_entropy(scores.masked_fill(~parts[block], -torch.inf), asked)

        steps = self.steps or int(np.clip(n // 4, 2_500, 5_000))
        epochs = max(1, round(steps / np.ceil(n / batch)))
        recipe = Recipe(epochs=epochs, batch=batch, rate=self.rate, decay=self.decay, clip=10.0, patience=0,
                        average=0.999, betas=BETAS, warm_up=0.01)  # fmt: skip
        history = train(
            [Player("critic", critic, critics), Player("generator", generator, generators)],
            torch.arange(n, device=on), None, recipe, rng, folder=self.checkpoint, data=digest(place, code),
            what=self.card.key,
        )  # fmt: skip
        return arrays_of(generator), {"train": history.losses, "best": history.best}

    # -------------------------------------------------------------------------- drawing

    def _lots(self, n: int, told: tuple[int, FloatArray] | None, rng: np.random.Generator) -> Array:
        """(n, 2): the block each row is told, and the code in it; `told` names a block and shares of its codes."""
        blocks, shares = self.places_.blocks, self.places_.shares
        if not blocks:
            return np.zeros((n, 2), np.int64)
        block = np.full(n, told[0]) if told else rng.integers(len(blocks), size=n)
        code = np.zeros(n, np.int64)
        for b in np.unique(block):
            share, here = (told[1] if told else shares[b]), np.flatnonzero(block == b)
            code[here] = rng.choice(len(share), size=len(here), p=share / share.sum())
        return np.column_stack([block, code])

    def _made(self, n: int, lots: Array, rng: np.random.Generator) -> tuple[FloatArray, Array]:
        """Places before the monotone map, in -1..1, and codes of n rows; the code told is the code made."""
        sizes = [size for _, size in self.places_.blocks]
        numbers, starts = len(self.places_.ordered), np.cumsum([0, *sizes])
        x = np.zeros((n, self.latent + starts[-1]), np.float32)
        x[:, : self.latent] = rng.standard_normal((n, self.latent))
        if sizes:
            x[np.arange(n), self.latent + starts[lots[:, 0]] + lots[:, 1]] = 1.0
        raw = residual_mlp.forward(self.weights_, x)
        codes = np.empty((n, len(sizes)), np.int64)
        for b, size in enumerate(sizes):
            part = raw[:, numbers + starts[b] : numbers + starts[b] + size]
            codes[:, b] = self.places_.highest(b, part + rng.gumbel(size=part.shape))
        if sizes:
            codes[np.arange(n), lots[:, 0]] = lots[:, 1]
        return np.tanh(raw[:, :numbers]).astype(float), codes

    def _sample(self, n: int, given: Evidence, rng: np.random.Generator) -> Array:
        if not n:
            return np.empty((0, len(self.schema_.columns)))
        made, codes = self._made(n, self._lots(n, self._told(given), rng), rng)
        even = np.linspace(0, 1, KNOTS)
        places = [np.interp(made[:, i], knots, even) for i, knots in enumerate(self.knots_)]
        return self.places_.write(np.reshape(places, (len(places), n)).T, codes, rng)

    def _told(self, given: Evidence) -> tuple[int, FloatArray] | None:
        """The block that a condition on one category is told by, and the shares of the codes it allows."""
        for b, ((j, _), share) in enumerate(zip(self.places_.blocks, self.places_.shares, strict=True)):
            allowed = self._allowed(j, given)
            if allowed is not None:
                return b, share * allowed
        return None

    def _allowed(self, j: int, given: Evidence) -> Array | None:
        """Which codes of a category a row of evidence allows, (size,); None when all."""
        column, factor = self.schema_.columns[j], self.places_.coding.factors[j]
        region = given.regions.get(j)
        if column.kind != "category" or region is None or region == Region.everything(column):
            return None
        codes = np.flatnonzero(region.codes or ())
        allowed = np.zeros(self.places_.coding.sizes[j], bool)
        allowed[factor.part.bin[factor.rank[codes]]] = True
        allowed[factor.part.bins :] = region.missing
        return None if allowed.all() else allowed

    def _honours(self, asked: Set[Given], columns: Set[int]) -> Honoured:
        """One category whose codes are its values is told to the generator; all else is rejected."""
        if len(columns) != 1 or not asked <= {"equal", "set"}:
            return "no"
        (j,) = columns
        factor = self.places_.coding.factors[j]
        alone = factor.column.kind == "category" and factor.part.bins == len(factor.column.values)
        return "weighted" if alone else "no"

    def _state(self) -> dict[str, Any]:
        return {"places": self.places_.state(), "knots": self.knots_, "weights": self.weights_,
                "history": self.history_}  # fmt: skip

    def _restore(self, state: dict[str, Any]) -> None:
        self.places_ = Places.from_state(self.schema_, state["places"])
        self.knots_, self.weights_, self.history_ = state["knots"], state["weights"], state["history"]
