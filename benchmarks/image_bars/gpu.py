"""What a GPU does for a training: operations a second of `image_diffusion`, over those of a plain matrix product.

Only on a machine with a GPU. The network is a large one (on a small one a GPU waits for orders), the pictures are the
generated shapes. Operations of a step are counted by PyTorch, forwards and backwards; the rate of the card is measured
by products of square bfloat16 matrices in the same process. Our loop runs beside a bare one in the same precision.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import Any

import numpy as np
from forest_bars.record import Record, table

TURNS, STEPS, BATCH, RATE = 3, 60, 256, 2e-4
SIDE, CHANNELS = 32, 192
MATRIX, PRODUCTS = 8_192, 30


def measure(words: argparse.Namespace, record: Record) -> None:
    """Both loops in turn, then the card's products."""
    import torch

    from obverse.training.device import device

    if (on := device()).type != "cuda":
        print("no GPU here: nothing measured")
        return
    pictures = np.random.default_rng(0).integers(0, 256, (4 * BATCH, SIDE, SIDE, 3), dtype=np.uint8)
    operations = _operations(pictures, on)
    ours, bare = [], []
    for turn in range(TURNS):
        ours.append(_seconds(_ours, pictures, turn, on))
        bare.append(_seconds(_bare, pictures, turn, on))
    rate, card = operations / statistics.median(ours), _card(on)
    record.put(question="gpu", set="noise", family="image_diffusion", seed=0, device=torch.cuda.get_device_name(on),
               step_ms=1e3 * statistics.median(ours), bare_ms=1e3 * statistics.median(bare), tflops=rate / 1e12,
               card_tflops=card / 1e12, share=rate / card)  # fmt: skip


def _parts(pictures: Any, on: Any) -> tuple[Any, Any]:
    """An untrained network, and its loss of (positions of pictures, noise)."""
    import torch

    from obverse.backbones.unet import UNet, widths
    from obverse.modalities.image import scaled
    from obverse.objectives import diffusion
    from obverse.training.device import mixed

    net = UNet(3, widths(SIDE, SIDE, CHANNELS), 10).to(on)
    said, x = mixed(net, on), torch.as_tensor(scaled(pictures.astype(np.float32)), device=on)
    code = torch.arange(len(x), device=on) % 10

    def loss(rows: Any, noise: Any) -> Any:
        return diffusion.loss(lambda point, time: said(point, time, code[rows]), x[rows], noise, "straight")

    return net, loss


def _operations(pictures: Any, on: Any) -> float:
    """Floating-point operations of a step."""
    import torch
    from torch.utils.flop_counter import FlopCounterMode

    _, loss = _parts(pictures, on)
    with FlopCounterMode(display=False) as counted:
        loss(torch.arange(BATCH, device=on), torch.Generator().manual_seed(0)).backward()
    return float(counted.get_total_flops())


def _seconds(loop: Any, pictures: Any, seed: int, on: Any) -> float:
    """Of a step, after some that are not counted."""
    import torch

    torch.manual_seed(seed)
    net, loss = _parts(pictures, on)
    loop(net, loss, len(pictures), seed, 8)
    torch.cuda.synchronize()
    start = time.perf_counter()
    loop(net, loss, len(pictures), seed, STEPS)
    torch.cuda.synchronize()
    return (time.perf_counter() - start) / STEPS


def _ours(net: Any, loss: Any, rows: int, seed: int, steps: int) -> None:
    import torch

    from obverse.training.loop import Player, Recipe, train

    recipe = Recipe(epochs=steps * BATCH // rows, batch=BATCH, rate=RATE, decay=1e-2, patience=0, average=0.99)
    player = Player("network", dict(net.named_parameters()), loss)
    on = next(net.parameters()).device
    train([player], torch.arange(rows, device=on), None, recipe, np.random.default_rng(seed))


def _bare(net: Any, loss: Any, rows: int, seed: int, steps: int) -> None:
    import torch

    noise, on = torch.Generator().manual_seed(seed), next(net.parameters()).device
    optimiser = torch.optim.AdamW(net.parameters(), RATE, weight_decay=1e-2, fused=True)
    for _ in range(steps):
        optimiser.zero_grad()
        loss(torch.randint(rows, (BATCH,), generator=noise).to(on), noise).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        optimiser.step()


def _card(on: Any) -> float:
    """Operations a second of products of bfloat16 matrices."""
    import torch

    a, b = (torch.randn(MATRIX, MATRIX, device=on, dtype=torch.bfloat16) for _ in range(2))
    for _ in range(3):
        a @ b
    torch.cuda.synchronize()
    start = time.perf_counter()
    for _ in range(PRODUCTS):
        a @ b
    torch.cuda.synchronize()
    return 2 * MATRIX**3 * PRODUCTS / (time.perf_counter() - start)


def show(record: Record) -> None:
    """One line."""
    lines = [[c["family"], c["device"], c["step_ms"], c["bare_ms"], c["tflops"], c["card_tflops"], c["share"]]
             for c in record.of(question="gpu")]  # fmt: skip
    if lines:
        table(["training of", "on", "ms a step", "bare, ms", "TFLOP/s", "card's", "share"], lines)


def bars(record: Record) -> None:
    """None: the share is reported."""
