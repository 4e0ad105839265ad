"""What the training loop costs: time of a step of `gpt` in it, over that of a bare loop in plain PyTorch.

The bare loop is nanoGPT's: batches of windows at random places of one tensor, the same network and loss, gradients
clipped, AdamW of PyTorch; nothing else. Ours also draws rows without replacement, says how far it is, watches a
budget and keeps the best weights. Both run in turn, several times, in one process on one thread; the figure is the
ratio of the medians. On a CPU times are of the processor, so that other work on the machine does not count.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, table

from .shakespeare import parts

TURNS, STEPS, CHARACTERS = 5, 24, 100_000
MOST = 1.1


def measure(words: argparse.Namespace, record: Record) -> None:
    """Both loops in turn."""
    from obverse.backbones.tokens import Characters

    data = parts()
    text = data.train[:CHARACTERS]
    cut = Characters.learn([text])
    tokens = cut.encode([text])[0]
    ours, bare = [], []
    for turn in range(TURNS + 1):
        took = [_seconds(loop, tokens, cut.size, turn) for loop in (_ours, _bare)]
        if turn:  # the first turn warms up
            ours.append(took[0])
            bare.append(took[1])
    record.put(question="loop", set="tiny_shakespeare", family="gpt", seed=0, data=data.digest,
               step_ms=1e3 * statistics.median(ours), bare_ms=1e3 * statistics.median(bare),
               ratio=statistics.median(ours) / statistics.median(bare))  # fmt: skip


def _seconds(loop: Any, tokens: Any, size: int, seed: int) -> float:
    """Of a step."""
    import torch

    from obverse.backbones.transformer import Transformer
    from obverse.families.gpt import GPT
    from obverse.training.device import device

    plain, on = GPT(), device()
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    net = Transformer(size, 4, width=plain.width, layers=plain.layers, heads=plain.heads, context=plain.context).to(on)
    steps, clock = loop(net, tokens, plain, seed, on), time.process_time if on.type == "cpu" else time.perf_counter
    next(steps)  # everything is set up
    _wait(on)
    start = clock()
    count = next(steps)
    _wait(on)
    return (clock() - start) / count


def _wait(on: Any) -> None:
    import torch

    if on.type == "cuda":
        torch.cuda.synchronize()


def _ours(net: Any, tokens: Any, plain: Any, seed: int, on: Any) -> Any:
    from obverse.objectives import next_token
    from obverse.training.device import mixed
    from obverse.training.loop import Player, Recipe, train
    from obverse.training.texts import Windows

    rng, scores = np.random.default_rng(seed), mixed(net, on)
    windows = Windows([tokens], np.zeros(1, np.int64), 1, plain.context, rng, on)

    def loss(rows: Any, noise: Any) -> Any:
        (marks, asked), *_ = windows.batches(rows, noise)
        return next_token.loss(scores(marks, asked[:, :-1].clamp(min=0)), asked)

    recipe = Recipe(epochs=1, batch=plain.batch, rate=plain.rate, decay=plain.decay, patience=0)
    yield 0
    yield train([Player("network", dict(net.named_parameters()), loss)], windows.rows[: STEPS * plain.batch], None,
                recipe, rng).steps  # fmt: skip


def _bare(net: Any, tokens: Any, plain: Any, seed: int, on: Any) -> Any:
    import torch
    from torch.nn import functional

    from obverse.training.device import precision

    data, noise = torch.as_tensor(tokens, device=on), torch.Generator().manual_seed(seed)
    optimiser = torch.optim.AdamW(net.parameters(), plain.rate, weight_decay=plain.decay, fused=True)
    marks, dtype = torch.zeros(plain.batch, dtype=torch.long, device=on), precision(on)
    yield 0
    for _ in range(STEPS):
        at = torch.randint(len(data) - plain.context, (plain.batch,), generator=noise).to(on)
        asked = data[at[:, None] + torch.arange(plain.context, device=on)]
        with torch.autocast(on.type, dtype, enabled=dtype is not None):
            scores = net(marks, asked[:, :-1])
            loss = functional.cross_entropy(scores.flatten(0, 1), asked.flatten())
        optimiser.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()
    yield STEPS


def show(record: Record) -> None:
    """One line."""
    lines = [[c["family"], c["step_ms"], c["bare_ms"], c["ratio"]] for c in record.of(question="loop")]
    if lines:
        table(["loop of", "ms a step", "bare, ms", "ratio"], lines)


def bars(record: Record) -> None:
    """The ratio."""
    if cells := record.of(question="loop"):
        ratio = cells[0]["ratio"]
        record.bar("the loop over a bare one, gpt on tiny_shakespeare", ratio, f"<= {MOST}", ratio <= MOST, cells)
