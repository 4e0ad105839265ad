"""What the training loop costs: seconds of a step of `image_diffusion` in it, over those of a bare loop.

The bare loop has the same network, loss, batches of the same size, gradients clipped, and AdamW of PyTorch; nothing
else. Both run in turn, several times, in one process on one thread; the figure is the ratio of the medians.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, table

from .sets import digits

TURNS, BATCH, RATE = 5, 32, 2e-3
MOST = 1.1


def measure(words: argparse.Namespace, record: Record) -> None:
    """Both loops in turn."""
    parts = digits(0)
    ours, bare = [], []
    for turn in range(TURNS):
        ours.append(_seconds(_ours, parts, turn))
        bare.append(_seconds(_bare, parts, turn))
    record.put(question="loop", set="digits", family="image_diffusion", seed=0, data=parts.digest,
               step_ms=1e3 * statistics.median(ours), bare_ms=1e3 * statistics.median(bare),
               ratio=statistics.median(ours) / statistics.median(bare))  # fmt: skip


def _seconds(loop: Any, parts: Any, seed: int) -> float:
    """Of a step."""
    import torch

    from obverse.backbones.unet import UNet, widths
    from obverse.modalities.image import scaled
    from obverse.objectives import diffusion

    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net = UNet(1, widths(8, 8, 32), 10)
    x, y = torch.as_tensor(scaled(parts.train.astype(np.float32))), torch.as_tensor(parts.train_labels.astype(np.int64))

    def loss(rows: torch.Tensor, noise: torch.Generator) -> torch.Tensor:
        return diffusion.loss(lambda point, time: net(point, time, y[rows]), x[rows], noise, "straight")

    start = time.perf_counter()
    steps = loop(net, loss, len(x), seed)
    return (time.perf_counter() - start) / steps


def _ours(net: Any, loss: Any, rows: int, seed: int) -> int:
    import torch

    from obverse.training.loop import Player, Recipe, train

    recipe = Recipe(epochs=2, batch=BATCH, rate=RATE, decay=1e-2, patience=0, average=0.99)
    player = Player("network", dict(net.named_parameters()), loss)
    return train([player], torch.arange(rows), None, recipe, np.random.default_rng(seed)).steps


def _bare(net: Any, loss: Any, rows: int, seed: int) -> int:
    import torch

    noise, steps = torch.Generator().manual_seed(seed), 2 * (rows // BATCH)
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2, fused=True)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(torch.randint(rows, (BATCH,), generator=noise), noise).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
    return steps


def show(record: Record) -> None:
    """One line."""
    lines = [[c["family"], c["step_ms"], c["bare_ms"], c["ratio"]] for c in record.of(question="loop")]
    if lines:
        table(["loop of", "ms a step", "bare, ms", "ratio"], lines)


def bars(record: Record) -> None:
    """The ratio."""
    if cells := record.of(question="loop"):
        ratio = cells[0]["ratio"]
        record.bar("the loop over a bare one, image_diffusion on digits", ratio, f"<= {MOST}", ratio <= MOST, cells)
