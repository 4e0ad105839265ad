"""Conditional Wasserstein GAN of a table, after CTGAN (Xu et al. 2019).

The generator makes places of numbers and indicators of categories; it is told the value of one category column and
fined when it makes another. Training picks that column and value so that rare values are seen (training by sampling).
Afterwards the places of each number are put onto a uniform scale by a monotone map, so that columns alone are right.
"""

from __future__ import annotations

from collections.abc import Set
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backbones import residual_mlp
from ..backbones.arguments import COUNT, NOT_NEGATIVE, POSITIVE, check
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
        steps: of both players.
        batch: rows of a step, at most; a multiple of `pack` is taken.
        rate: highest learning rate.
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
        objective="adversarial: Wasserstein distance with gradient penalty, given the value of one category",
        log_prob="none",
        missing="native",
        condition="row",
        references=(
            "Xu et al. 2019, Modeling tabular data using conditional GAN (CTGAN), NeurIPS",
            "Gulrajani et al. 2017, Improved training of Wasserstein GANs, NeurIPS",
            "Lin, Khetan, Fanti and Oh 2018, PacGAN, NeurIPS",
        ),
        extras=("deep",),
        avoid_when="fidelity matters: of the four networks it is the least faithful, and it has no probability",
        tiny={"width": 48, "steps": 200, "batch": 100, "rate": 0.003},
    )

    def __init__(
        self,
        latent: int = 64,
        width: int = 192,
        depth: int = 2,
        pack: int = 1,
        bins: int = 64,
        steps: int = 2_500,
        batch: int = 256,
        rate: float = 1e-3,
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
        self.decay = decay
        self.checkpoint = checkpoint
        self.random_state = random_state

    # ------------------------------------------------------------------------- learning

    def _fit(self, data: Dataset, rng: np.random.Generator) -> None:
        check(
            self, latent=COUNT, width=COUNT, depth=COUNT, pack=COUNT, bins=COUNT, steps=COUNT, batch=COUNT,
            rate=POSITIVE, decay=NOT_NEGATIVE,
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
        asked, lots = self._condition_rows(code, rng)
        asked = torch.as_tensor(asked, device=on)

        def make(condition: torch.Tensor, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
            latent = torch.randn((len(condition), self.latent), generator=noise).to(on)
            raw = residual_mlp.forward(generator, torch.cat([latent, condition], dim=1))
            scores = raw[:, numbers:]
            parts = indicators(scores, sizes, noise) if sizes else []
            return torch.cat([torch.tanh(raw[:, :numbers]), *parts], dim=1), scores

        def chosen(rows: torch.Tensor, noise: torch.Generator) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
            """Rows whose chosen code is seen often enough, the block that is told, and the condition."""
            if not sizes:
                return rows, torch.zeros(len(rows), dtype=torch.long), torch.zeros((len(rows), 0), device=on)
            block = torch.randint(len(sizes), (len(rows),), generator=noise)
            at = torch.randint(asked.shape[1], (len(rows),), generator=noise)
            own = asked[block.to(on), at.to(on)]
            mask = torch.repeat_interleave(functional.one_hot(block, len(sizes)), torch.tensor(sizes), dim=1).to(on)
            return own, block, table[own, numbers:] * mask

        def judged(rows: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
            return torch.cat([rows, condition], dim=1).view(len(rows) // pack, -1)

        def whole(rows: torch.Tensor) -> torch.Tensor:
            """As many rows as packs need, some twice in the last batch."""
            return rows if len(rows) % pack == 0 else rows.repeat(pack)[: max(pack, len(rows) // pack * pack)]

        def critics(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            own, _, condition = chosen(whole(rows), noise)
            with torch.no_grad():
                made, _ = make(condition, noise)
            score = lambda x: residual_mlp.forward(critic, x)  # noqa: E731
            return critic_loss(score, judged(table[own], condition), judged(made, condition), noise)

        def generators(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
            _, block, condition = chosen(whole(rows), noise)
            made, scores = make(condition, noise)
            fine = torch.zeros((), device=on)
            for b, (part, told) in enumerate(zip(scores.split(sizes, 1), condition.split(sizes, 1), strict=True)):
                here = (block == b).to(on)
                fine = fine - (torch.log_softmax(part, dim=1) * told).sum(dim=1)[here].sum() / len(rows)
            return fine - residual_mlp.forward(critic, judged(made, condition)).mean()

        epochs = max(1, round(self.steps / np.ceil(n / batch)))
        recipe = Recipe(epochs=epochs, batch=batch, rate=self.rate, decay=self.decay, clip=10.0, patience=0,
                        average=0.999, betas=BETAS, warm_up=0.01)  # fmt: skip
        history = train(
            [Player("critic", critic, critics), Player("generator", generator, generators)],
            torch.arange(n, device=on), None, recipe, rng, folder=self.checkpoint, data=digest(place, code, lots),
            what=self.card.key,
        )  # fmt: skip
        return arrays_of(generator), {"train": history.losses, "best": history.best}

    def _condition_rows(self, code: Array, rng: np.random.Generator) -> tuple[Array, Array]:
        """For each block many rows, (blocks, m), chosen so that a code comes as often as the logarithm of its count."""
        out = np.zeros((code.shape[1], max(4 * len(code), 4_000)), np.int64)
        for b in range(code.shape[1]):
            count = np.bincount(code[:, b])
            weight = (np.log1p(count) / np.maximum(count, 1))[code[:, b]]
            out[b] = rng.choice(len(code), size=out.shape[1], p=weight / weight.sum())
        return out, out[:, :10]

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
            codes[:, b] = (part + rng.gumbel(size=part.shape)).argmax(axis=1)
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
