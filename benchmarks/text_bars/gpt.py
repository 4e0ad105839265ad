"""`gpt` on characters of tiny_shakespeare: nats of a character, over the whole of the part it never saw.

The mean of -log p over all characters of that part, each given what stands before it, by `log_prob` of the part as one
text. On two cores: default sizes, with a budget of training. On a GPU: layers, heads, width, context, dropout, batch,
rate and steps of nanoGPT's shakespeare-char, which reaches 1.4697 there; weights are those that were best on a
fiftieth of the training part. `--choose` looks first how much dropout and how many steps suit the training part: it
learns its first nine tenths and is judged by the rest, whole plays later, since windows among those that are learned
are easier than another play; what was best there is taken from then on. MFU is 6 x parameters and 12 x layers x width
x context operations a token (Chowdhery et al. 2022, appendix B), over the seconds of the whole fit and the rate of
this card in products of bfloat16 matrices of 8,192 x 8,192, measured beforehand.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

from forest_bars.record import Record, table

from .shakespeare import parts

BUDGET, SECONDS, CPU_NATS = 215.0, 240.0, 1.88  # of training, of the whole fit, of the bar
GPU_NATS, GPU_SECONDS = 1.47, 300.0
STEPS = 5_000
LARGE = {"layers": 6, "heads": 6, "width": 384, "context": 256, "dropout": 0.2, "batch": 64, "rate": 1e-3}
CHOICES = [(dropout, steps) for dropout in (0.2, 0.3, 0.4) for steps in (1_500, 2_500)]
SIDE, TIMES = 8_192, 20  # of the matrices, and how often they are multiplied


def measure(words: argparse.Namespace, record: Record) -> None:
    """Fit once a seed and score the part held back."""
    import obverse

    data = parts()
    if words.choose:
        choose(data.train, words, record)
    for seed in words.seeds:
        peak = matrix_rate() if words.gpu else None
        arguments: dict[str, Any] = {"budget": words.budget or (GPU_SECONDS - 20 if words.gpu else BUDGET)}
        if words.gpu:
            arguments |= large(data.train, *chosen(record))
        start = time.perf_counter()
        model = obverse.fit("gpt", [data.train], seed=seed, **arguments)
        seconds = time.perf_counter() - start
        start = time.perf_counter()
        nats = -float(model.log_prob([data.test])[0]) / len(data.test)
        cell = {"nats": nats, "seconds": seconds, "steps": model.history_["steps"],
                "score_seconds": time.perf_counter() - start, "parameters": _parameters(model),
                "held": min(model.history_["held"], default=None), "device": _device()}  # fmt: skip
        if peak is not None:
            cell |= {"dropout": model.dropout, "mfu": _operations(model) / seconds / peak, "card_tflops": peak / 1e12}
        family = "gpt --gpu" if words.gpu else "gpt"
        record.put(question="gpt", set="tiny_shakespeare", family=family, seed=seed, data=data.digest, **cell)


def choose(text: str, words: argparse.Namespace, record: Record) -> None:
    """Nats on the last tenth of the training part, learned from what stands before it, for every choice."""
    import obverse

    cut = int(0.9 * len(text))
    for dropout, steps in CHOICES:
        start = time.perf_counter()
        model = obverse.fit("gpt", [text[:cut]], seed=0, budget=words.budget, **large(text[:cut], dropout, steps))
        seconds = time.perf_counter() - start
        nats = -float(model.log_prob([text[cut:]])[0]) / (len(text) - cut)
        head = {"question": "gpt choice", "set": "tiny_shakespeare", "family": f"dropout {dropout:g}, {steps:,} steps"}
        held = min(model.history_["held"], default=None)
        record.put(**head, seed=0, nats=nats, held=held, seconds=seconds, dropout=dropout, steps=steps,
                   device=_device())  # fmt: skip


def chosen(record: Record) -> tuple[float, int]:
    """Dropout and steps: the best of the choices, or nanoGPT's where none was tried."""
    cells = record.of(question="gpt choice")
    best = min(cells, key=lambda c: c["nats"]) if cells else {"dropout": LARGE["dropout"], "steps": STEPS}
    return best["dropout"], best["steps"]


def large(text: str, dropout: float, steps: int) -> dict[str, Any]:
    """Arguments of the larger network; it never stops early, and keeps what was best."""
    epochs = max(1, round(steps * LARGE["batch"] * LARGE["context"] / len(text)))
    return {**LARGE, "dropout": dropout, "epochs": epochs, "patience": epochs}


def matrix_rate() -> float:
    """Operations a second of the GPU in products of bfloat16 matrices."""
    import torch

    a, b = (torch.randn(SIDE, SIDE, device="cuda", dtype=torch.bfloat16) for _ in range(2))
    for times in (3, TIMES):  # the first time warms it up
        torch.cuda.synchronize()
        start = time.perf_counter()
        for _ in range(times):
            a @ b
        torch.cuda.synchronize()
        seconds = time.perf_counter() - start
    return 2 * SIDE**3 * TIMES / seconds


def _parameters(model: Any) -> int:
    """Numbers learned, without the embeddings, which are looked up and not multiplied."""
    net = model.language_.net
    return sum(p.numel() for name, p in net.named_parameters() if not name.startswith(("words", "marks")))


def _operations(model: Any) -> float:
    """Of a whole training."""
    tokens = len(model.history_["train"]) * model.history_["tokens"]
    return tokens * (6 * _parameters(model) + 12 * model.layers * model.width * model.context)


def _device() -> str:
    import torch

    return torch.cuda.get_device_name() if torch.cuda.is_available() else "cpu"


def show(record: Record) -> None:
    """A line a model."""
    tried = record.of(question="gpt choice")
    if tried:
        heads = ["choices, larger network", "nats, later plays", "held out", "fit, s"]
        table(heads, [[c["family"], c["nats"], c["held"], c["seconds"]] for c in tried])
    cells = record.of(question="gpt")
    if cells:
        heads = ["characters of tiny_shakespeare", "seed", "nats", "fit, s", "steps", "MFU", "device"]
        table(heads, [[c["family"], c["seed"], c["nats"], c["seconds"], c["steps"], c.get("mfu"), c["device"][:11]]
                      for c in cells])  # fmt: skip


def bars(record: Record) -> None:
    """Nats, within the time."""
    for family, most, time_ in (("gpt", CPU_NATS, SECONDS), ("gpt --gpu", GPU_NATS, GPU_SECONDS)):
        cells = record.of(question="gpt", family=family)
        if cells:
            nats, seconds = (max(c[figure] for c in cells) for figure in ("nats", "seconds"))
            name = f"{family} on tiny_shakespeare, nats of an unseen character"
            record.bar(name, nats, f"<= {most}", nats <= most, cells)
            record.bar(f"{name}: seconds of the fit", seconds, f"<= {time_:.0f}", seconds <= time_, cells)
