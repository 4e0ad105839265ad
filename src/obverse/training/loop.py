"""The training loop: AdamW with warm-up and cosine decay, clipped gradients, averaged weights, early stopping, resume.

What is learned comes as named tensors and a loss of (positions of rows, generator), so the loop knows nothing of
tables, pictures or text; it keeps to nanoGPT's order of things. Several players (Goodfellow et al. 2014) take turns,
each with its own loss and optimiser. Averaging of weights: Polyak and Juditsky 1992.
"""

# pyright: reportPrivateImportUsage=false
# (operations on lists of tensors have names that begin with an underscore)

from __future__ import annotations

import hashlib
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from . import checkpoint
from .adamw import AdamW
from .device import Parameters, generator, one_thread
from .memory import memory_told
from .progress import Progress

if TYPE_CHECKING:
    import torch

    Loss = Callable[[torch.Tensor, torch.Generator], torch.Tensor]


@dataclass(frozen=True)
class Recipe:
    """How to train.

    Attributes:
        epochs: most passes over the rows.
        batch: rows of a step.
        rate: highest learning rate; it rises over the first `warm_up` share of all steps and falls as a cosine.
        decay: weight decay, of what is neither a vector nor named a bias.
        clip: largest norm of a gradient.
        patience: epochs without a better held-out loss after which training stops; 0 never stops and keeps the last.
        least: share of the epochs before which it never stops: few rows make few steps, and nothing is learned yet.
        average: share of the averaged weights kept at a step (0: the weights themselves are judged and kept).
        betas: of AdamW.
        floor: what is left of the rate at the end.
        budget: seconds after which it stops, with the rate falling by whichever of time and steps is further on; then
            the weights depend on the machine's speed. None: no limit.
    """

    epochs: int = 100
    batch: int = 256
    rate: float = 1e-3
    decay: float = 1e-4
    warm_up: float = 0.05
    clip: float = 1.0
    patience: int = 10
    least: float = 0.3
    average: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    floor: float = 0.02
    budget: float | None = None


@dataclass
class Player:
    """One side of a training.

    Attributes:
        name: in checkpoints.
        parameters: leaf tensors, changed in place.
        loss: of a batch of row positions, with noise from the generator; nats or whatever is to fall.
        every: takes part in every so many-th step.
        judged: the loss on held-out rows, where it is another.
        buffers: tensors that the loss changes by itself, such as running means; kept with the weights.
    """

    name: str
    parameters: Parameters
    loss: Loss
    every: int = 1
    judged: Loss | None = None
    buffers: Parameters = field(default_factory=dict)

    @property
    def kept(self) -> Parameters:
        """All that makes the network what it is."""
        return self.parameters | self.buffers


@dataclass
class History:
    """What happened.

    Attributes:
        losses: for each epoch the mean loss of the first player over its steps.
        held: for each epoch its loss on held-out rows; empty without any.
        best: the epoch (from 0) whose weights were kept, -1 before the first.
        steps: taken.
        seconds: spent on the epochs that are over.
    """

    losses: list[float] = field(default_factory=list)
    held: list[float] = field(default_factory=list)
    best: int = -1
    steps: int = 0
    seconds: float = field(default=0.0, compare=False)  # two machines, one history


def train(
    players: Sequence[Player],
    rows: torch.Tensor,
    held: torch.Tensor | None,
    recipe: Recipe,
    rng: np.random.Generator,
    *,
    folder: str | Path | None = None,
    data: str = "",
    what: str = "training",
) -> History:
    """Train all players and leave the best weights in their parameters.

    Args:
        players: the first one is judged on the held-out rows.
        rows, held: int64 positions of the rows to learn from and of those held out (None or empty: none).
        recipe: see `Recipe`.
        rng: seeds everything that is drawn.
        folder: of checkpoints; a training found there goes on. None keeps none.
        data: digest of the data, so that a checkpoint of other data is refused.
        what: for the line of progress.

    Raises:
        BadInput: the folder holds another training, or cannot be written.
        FloatingPointError: a loss is no number.
        OutOfMemory: memory ended.
    """
    with one_thread(), memory_told(what, recipe.batch):
        run = _Run(players, rows, held, recipe, rng, folder, data)
        line = Progress(what, recipe.epochs)
        for epoch in run.epochs():
            line.say(epoch + 1, run.history.losses[-1], run.history.held[-1] if run.history.held else None)
        line.end()
        run.finish()
        return run.history


class _Run:
    """One training, between epochs a state that can be written and read."""

    def __init__(self, players: Sequence[Player], rows: torch.Tensor, held: torch.Tensor | None, recipe: Recipe,
                 rng: np.random.Generator, folder: str | Path | None, data: str) -> None:  # fmt: skip
        self.players, self.rows, self.recipe = tuple(players), rows, recipe
        self.held = held if held is not None and len(held) else None
        self.noise, self.judging = generator(rng), int(rng.integers(2**62))
        self.folder = None if folder is None else Path(folder)
        self.history, self.begun = History(), 0.0
        self.optimisers = [AdamW(p.parameters, recipe.betas, recipe.decay) for p in players]
        self.kept = [_copies(p.parameters) for p in players]  # averaged weights
        self.best = [_copies(p.kept) for p in players]
        self.all_steps = max(1, recipe.epochs * math.ceil(len(rows) / recipe.batch))
        shapes = {f"{p.name}.{n}": list(t.shape) for p in players for n, t in p.parameters.items()}
        about = [asdict(recipe), shapes, len(rows), len(held) if held is not None else 0, self.judging, data]
        self.training = hashlib.sha256(json.dumps(about).encode()).hexdigest()
        if self.folder is not None and (found := checkpoint.read(self.folder, self.training)):
            self._restore(*found)

    # ------------------------------------------------------------------------ epochs

    def epochs(self) -> Iterator[int]:
        """Train epoch after epoch, from where the state is."""
        import torch

        while not self._done():
            epoch, seen, self.begun = len(self.history.losses), 0, time.monotonic()
            total = torch.zeros((), device=self.rows.device)
            order = torch.randperm(len(self.rows), generator=self.noise).to(self.rows.device)
            batches = self.rows[order].split(self.recipe.batch)
            for batch in batches:
                total += self._step(batch) * len(batch)
                seen += len(batch)
                if self._spent() >= 1:
                    break
            mean = float(total) / seen
            if not math.isfinite(mean):
                raise FloatingPointError(f"the loss became {mean} in epoch {epoch + 1}; lower the learning rate")
            self.history.losses.append(mean)
            self._judge(epoch)
            self.history.seconds += time.monotonic() - self.begun
            if self.folder is not None:
                checkpoint.write(self.folder, epoch, self._tensors(), self._facts())
            yield epoch

    def _done(self) -> bool:
        history, recipe = self.history, self.recipe
        epoch = len(history.losses)
        stale = epoch - 1 - history.best
        begun = epoch > recipe.least * recipe.epochs
        late = self.held is not None and recipe.patience > 0 and begun and stale >= recipe.patience
        over = recipe.budget is not None and history.seconds >= recipe.budget
        return epoch >= recipe.epochs or late or over

    def _spent(self) -> float:
        """Share of the budget that is spent."""
        if self.recipe.budget is None:
            return 0.0
        return (self.history.seconds + time.monotonic() - self.begun) / self.recipe.budget

    def _step(self, batch: torch.Tensor) -> torch.Tensor:
        """One step of every player whose turn it is; the first one's loss."""
        import torch

        said = torch.zeros((), device=batch.device)
        for i, (player, optimiser) in enumerate(zip(self.players, self.optimisers, strict=True)):
            if self.history.steps % player.every:
                continue
            tensors = list(player.parameters.values())
            loss = player.loss(batch, self.noise)
            gradients = torch.autograd.grad(loss, tensors)
            norm = torch.linalg.vector_norm(torch.stack(torch._foreach_norm(gradients)))
            torch._foreach_mul_(gradients, (self.recipe.clip / (norm + 1e-6)).clamp(max=1.0))
            optimiser.step(dict(zip(player.parameters, gradients, strict=True)), self._rate())
            if self.recipe.average:
                keep = min(self.recipe.average, (1 + self.history.steps) / (10 + self.history.steps))
                kept = list(self.kept[i].values())
                torch._foreach_lerp_(kept, [t.detach() for t in tensors], 1 - keep)
            said = loss.detach() if i == 0 else said
        self.history.steps += 1
        return said

    def _rate(self) -> float:
        recipe, at = self.recipe, max((self.history.steps + 1) / self.all_steps, self._spent())
        if at < recipe.warm_up:
            return recipe.rate * at / recipe.warm_up
        fallen = 0.5 * (1 + math.cos(math.pi * min(1.0, (at - recipe.warm_up) / max(1e-9, 1 - recipe.warm_up))))
        return recipe.rate * (recipe.floor + (1 - recipe.floor) * fallen)

    def _judge(self, epoch: int) -> None:
        """Keep the weights when they are the best so far on held-out rows, or without any the last."""
        import torch

        history = self.history
        with self._averaged():
            if self.held is None:
                better = True
            else:
                noise = torch.Generator().manual_seed(self.judging)  # the same noise for every epoch
                loss = self.players[0].judged or self.players[0].loss
                with torch.no_grad():
                    parts = [float(loss(b, noise)) * len(b) for b in self.held.split(4 * self.recipe.batch)]
                history.held.append(sum(parts) / len(self.held))
                better = history.best < 0 or history.held[-1] < history.held[history.best] or not self.recipe.patience
            if better:
                history.best = epoch
                for best, player in zip(self.best, self.players, strict=True):
                    _put(best, player.kept)

    @contextmanager
    def _averaged(self) -> Iterator[None]:
        """The averaged weights in place of the others meanwhile."""
        if not self.recipe.average:
            yield
            return
        own = [_copies(p.parameters) for p in self.players]
        for player, kept in zip(self.players, self.kept, strict=True):
            _put(player.parameters, kept)
        yield
        for player, tensors in zip(self.players, own, strict=True):
            _put(player.parameters, tensors)

    def finish(self) -> None:
        """Leave the best weights in the players."""
        if self.history.best >= 0:
            for player, best in zip(self.players, self.best, strict=True):
                _put(player.kept, best)

    # -------------------------------------------------------------------------- state

    def _tensors(self) -> dict[str, torch.Tensor]:
        out = {"generator": self.noise.get_state()}
        for player, optimiser, kept, best in zip(self.players, self.optimisers, self.kept, self.best, strict=True):
            for kind, tensors in (("weight", player.kept), ("average", kept), ("best", best)):
                out |= {f"{player.name}/{kind}/{name}": t for name, t in tensors.items()}
            out |= {f"{player.name}/moment/{path}": t for path, t in optimiser.tensors()}
        return out

    def _facts(self) -> dict[str, Any]:
        return {"training": self.training, "history": asdict(self.history)}

    def _restore(self, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
        self.history = History(**facts["history"])
        self.noise.set_state(tensors["generator"])
        for player, optimiser, kept, best in zip(self.players, self.optimisers, self.kept, self.best, strict=True):
            for kind, into in (("weight", player.kept), ("average", kept), ("best", best)):
                _put(into, {name: tensors[f"{player.name}/{kind}/{name}"] for name in into})
            for path, tensor in optimiser.tensors():
                tensor.copy_(tensors[f"{player.name}/moment/{path}"])


def _copies(parameters: Parameters) -> Parameters:
    return {name: t.detach().clone() for name, t in parameters.items()}


def _put(into: Parameters, values: Parameters) -> None:
    """Copy values into tensors, in place."""
    for name, tensor in into.items():
        tensor.data.copy_(values[name])
