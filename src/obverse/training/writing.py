"""How a causal network learns texts: windows of tokens behind a mark, the loss of the next token, the loop.

The same lesson teaches it to tell labels at the end of a text: rows and loop are these, and only the loss is another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.schema import Array

if TYPE_CHECKING:
    import torch

    from ..backbones.end_reader import EndReader
    from .loop import Loss
    from .texts import Windows

MOST_EPOCHS, LEAST_STEPS = 60, 20  # the latter of an epoch, where texts are many and short


@dataclass(frozen=True)
class Lesson:
    """How to learn.

    Attributes:
        window: most tokens of a row.
        shown: tokens that training shows, unless epochs say otherwise.
        epochs: most passes; None: as many as show so many tokens, 1 to 60, and with a budget as many as it allows.
        batch: whole windows of a step; of shorter texts as many as fill them.
        rate, decay, patience, budget: see `loop.Recipe`.
        random: the network leaves out numbers by lot.
        checkpoint: folder in which training keeps its state.
        what: for the line of progress.
    """

    window: int
    shown: int
    epochs: int | None
    batch: int
    rate: float
    decay: float
    patience: int
    budget: float | None
    random: bool
    checkpoint: str | None
    what: str


def learn(net: Any, learned: Mapping[str, torch.Tensor], texts: Sequence[Array], codes: Array, kinds: int,
          lesson: Lesson, rng: np.random.Generator, on: torch.device) -> tuple[dict[str, Any], bool]:  # fmt: skip
    """Train a network in place.

    Args:
        net: see `backbones.causal`.
        learned: those of its parameters that are learned.
        texts: int64 (length,) tokens of each, its end included.
        codes: int64 (n,) codes of marks.
        kinds: how many such codes there are.
        lesson: how.
        rng: draws batches and which texts are held out.
        on: where it computes.

    Returns:
        What happened (losses an epoch, in nats a token), and whether passages of long texts were learned.
    """
    import torch

    from ..objectives import next_token
    from .device import mixed
    from .tables import digest
    from .texts import Windows

    scores = mixed(net, on)
    rows = Windows(texts, codes, kinds, lesson.window, rng, on)

    def error(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        parts = rows.batches(asked, noise)
        said = [(next_token.loss(scores(m, t[:, :-1].clamp(min=0)), t), (t >= 0).sum()) for m, t in parts]
        if len(said) == 1:
            return said[0][0]
        return torch.stack([nats * n for nats, n in said]).sum() / torch.stack([n for _, n in said]).sum()

    said = _taught(net, learned, rows, error, lesson, rng, digest(np.concatenate(texts), codes))
    return said, rows.passages


def learn_labels(reader: EndReader, texts: Sequence[Array], codes: Array, lesson: Lesson, rng: np.random.Generator,
                 on: torch.device) -> dict[str, Any]:  # fmt: skip
    """Train a network and the layer on it in place: cross-entropy of the label, read at the end.

    Args:
        reader: both.
        texts: int64 (length,) tokens of each, its end included, that fit into the context beside the mark.
        codes: int64 (n,) codes of labels.
        lesson, rng, on: see `learn`.

    Returns:
        What happened (losses an epoch, in nats a text).
    """
    import torch
    from torch.nn import functional

    from .device import mixed
    from .tables import digest
    from .texts import Windows

    scores = mixed(reader, on)
    rows = Windows(texts, codes, reader.mark + 1, lesson.window, rng, on)

    def error(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        parts = rows.batches(asked, noise)
        said = [functional.cross_entropy(scores(t), mark, reduction="sum") for mark, t in parts]
        return torch.stack(said).sum() / len(asked)

    data = f"labels of {digest(np.concatenate(texts), codes)}"  # no language model goes on from this checkpoint
    return _taught(reader, reader.learns(), rows, error, lesson, rng, data)


def _taught(net: Any, learned: Mapping[str, torch.Tensor], rows: Windows, error: Loss, lesson: Lesson,
            rng: np.random.Generator, data: str) -> dict[str, Any]:  # fmt: skip
    """The loop over rows with a loss; what happened."""
    from .device import seeded
    from .loop import Player, Recipe, train

    def loss(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        net.train()
        if not lesson.random:
            return error(asked, noise)
        with seeded(noise):
            return error(asked, noise)

    def judged(asked: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        net.eval()
        return error(asked, noise)

    shown = MOST_EPOCHS if lesson.budget else round(lesson.shown / rows.tokens)
    epochs = lesson.epochs or int(np.clip(shown, 1, MOST_EPOCHS))
    fill = round(lesson.batch * lesson.window * len(rows.rows) / rows.tokens)
    batch = max(lesson.batch, min(fill, len(rows.rows) // LEAST_STEPS))
    recipe = Recipe(epochs=epochs, batch=batch, rate=lesson.rate, decay=lesson.decay, patience=lesson.patience,
                    betas=(0.9, 0.99), budget=lesson.budget)  # fmt: skip
    history = train(
        [Player("network", dict(learned), loss, judged=judged)], rows.rows, rows.held, recipe, rng,
        folder=lesson.checkpoint, data=data, what=lesson.what,
    )  # fmt: skip
    net.eval()
    return {"train": history.losses, "held": history.held, "steps": history.steps, "tokens": rows.tokens}
