"""Captions with combinations of attributes that no training picture had: are they followed?

    python benchmarks/text_to_image.py [--seeds 0] [--pictures 4000]
    python benchmarks/text_to_image.py --show             the table and bars of the cells there are, nothing measured

The family learns pictures of a coloured shape at a place, with a fifth of the 60 combinations held out
(`obverse.data.worlds.shapes`), with its defaults. It then draws pictures of every held-out combination, and a judge, a
small convolutional network trained on real pictures of all combinations, reads colour, shape and place off each. Bar:
at least 90 % of the pictures have all three right, by a judge that is right on at least 99 % of fresh real pictures.
Writes docs/bars/text_to_image.json, and a sheet of the pictures beside it with --sheet FILE.png.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from bars import OUT
from forest_bars.record import Record, table

import obverse
from obverse.data.pictures import write_pictures
from obverse.data.worlds.shapes import COLOURS, PLACES, SHAPES, caption, captioned

KEYS = ("set", "combinations", "seed")
FAMILY = "text_to_image"
FACTS = ("colour", "shape", "place")
EACH = 20  # pictures of a caption
JUDGED, JUDGE_TRAIN, JUDGE_EPOCHS, BATCH = 3_000, 10_000, 8, 64
WANTED, JUDGE_WANTED = 0.90, 0.99


class Judge:
    """Reads colour, shape and place off pictures uint8 (n, 32, 32, 3)."""

    def __init__(self, seed: int) -> None:
        import torch
        from torch import nn

        torch.manual_seed(seed)
        ends = len(COLOURS), len(SHAPES), len(PLACES)
        self.cuts = np.cumsum(ends)[:-1].tolist()
        self.net = nn.Sequential(
            nn.Conv2d(3, 24, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(24, 32, 3, padding=1), nn.ReLU(),
            nn.Conv2d(32, 48, 3, stride=2, padding=1), nn.ReLU(), nn.Conv2d(48, 48, 3, padding=1), nn.ReLU(),
            nn.Flatten(), nn.Linear(48 * 64, 128), nn.ReLU(), nn.Linear(128, sum(ends)),
        )  # fmt: skip

    def fit(self, pixels: Any, facts: Any) -> Judge:
        """Learn from real pictures and their facts, int64 (n, 3)."""
        import torch
        from torch.nn import functional

        x, y = self._scaled(pixels), torch.as_tensor(facts)
        steps = JUDGE_EPOCHS * -(-len(x) // BATCH)
        optimiser = torch.optim.Adam(self.net.parameters(), lr=2e-3)
        falling = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, total_steps=steps)
        for _ in range(JUDGE_EPOCHS):
            for batch in torch.randperm(len(x)).split(BATCH):
                said = self._said(x[batch])
                loss = torch.stack([functional.cross_entropy(part, y[batch, i]) for i, part in enumerate(said)]).sum()
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
                falling.step()
        return self

    def right(self, pixels: Any, facts: Any) -> Any:
        """Boolean (n, 3): which facts are read as told."""
        import torch

        with torch.no_grad():
            parts = [torch.stack([p.argmax(dim=1) for p in self._said(x)], dim=1)
                     for x in self._scaled(pixels).split(256)]  # fmt: skip
        return torch.cat(parts).numpy() == facts

    def _said(self, x: Any) -> Any:
        return self.net(x).tensor_split(self.cuts, dim=1)

    def _scaled(self, pixels: Any) -> Any:
        import torch

        return torch.as_tensor(np.moveaxis(pixels, -1, 1).astype(np.float32) / 127.5 - 1)


def mixed(n: int, seed: int) -> tuple[Any, Any]:
    """Pictures of all combinations alike, and their facts."""
    rest = captioned(n - n // 5, seed)
    out = captioned(n // 5, seed + 1, held_out=True)
    return np.concatenate([rest.pixels, out.pixels]), np.concatenate([rest.facts, out.facts])


def measure(words: argparse.Namespace, record: Record) -> None:
    """Judge, train, draw, for every seed."""
    for seed in words.seeds:
        import torch

        torch.set_num_threads(1)
        judge = Judge(seed).fit(*mixed(JUDGE_TRAIN, 100 * seed + 50))
        pixels, facts = mixed(JUDGED, 100 * seed + 60)
        read = judge.right(pixels, facts)
        data = captioned(words.pictures, 100 * seed + 1)
        digest = hashlib.sha256(data.pixels.tobytes()).hexdigest()
        head: dict[str, Any] = {"set": f"shapes {words.pictures}", "seed": seed, "data": digest}
        record.put(**head, combinations="real pictures", pictures=len(facts), **figures(read))
        start = time.process_time()
        model = obverse.fit(FAMILY, data.pixels, data.captions, seed=seed)
        seconds = time.process_time() - start
        for name, held_out in (("held out", True), ("trained", False)):
            asked = np.unique(captioned(2_000, seed, held_out=held_out).facts, axis=0)
            each = EACH if held_out else EACH // 4
            start = time.process_time()
            drawn = [model.sample(each, given={"caption": caption(*fact)}, seed=seed) for fact in asked.tolist()]
            spent = time.process_time() - start
            read = judge.right(np.concatenate(drawn), asked.repeat(each, axis=0))
            record.put(**head, combinations=name, pictures=len(read), **figures(read), seconds=seconds,
                       seconds_a_picture=spent / len(read),
                       worst_caption=float(read.all(axis=1).reshape(-1, each).mean(axis=1).min()))  # fmt: skip
            if held_out and words.sheet:
                write_pictures(np.concatenate([one[:3] for one in drawn]), words.sheet)


def figures(read: Any) -> dict[str, float]:
    """Shares of pictures with each fact right, and with all."""
    shares = {name: float(read[:, i].mean()) for i, name in enumerate(FACTS)}
    return {"followed": float(read.all(axis=1).mean()), **shares}


def bars(record: Record) -> None:
    """Captions of held-out combinations followed, and the judge."""
    used = record.of(combinations="held out")
    if not used:
        return
    share = float(np.mean([cell["followed"] for cell in used]))
    said = f"{FAMILY}: pictures with colour, shape and place as a caption of a held-out combination says"
    record.bar(said, round(share, 4), f">= {WANTED}", share >= WANTED, used)
    real = record.of(combinations="real pictures")
    least = min(cell["followed"] for cell in real)
    said = "the judge: fresh real pictures of all combinations read right in all three"
    record.bar(said, round(least, 4), f">= {JUDGE_WANTED}", least >= JUDGE_WANTED, real)


def show(record: Record) -> None:
    """A line a cell."""
    lines: list[list[Any]] = []
    for cell in record.cells:
        trained = f"{cell['seconds']:.0f}" if "seconds" in cell else "-"
        lines.append([cell["combinations"], cell["seed"], cell["pictures"], cell["followed"],
                      *(cell[name] for name in FACTS), cell.get("worst_caption"), trained])  # fmt: skip
    table(["combinations", "seed", "pictures", "followed", *FACTS, "worst caption", "s to train"], lines)


def main() -> int:
    """Measure, or show what was measured; 1 when a bar is open."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--seeds", nargs="+", type=int, default=[0])
    asked.add_argument("--pictures", type=int, default=4_000, help="to learn from")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the JSON file")
    asked.add_argument("--sheet", type=Path, help="a .png of drawn pictures of held-out combinations")
    asked.add_argument("--show", action="store_true")
    words = asked.parse_args()
    record = Record("text_to_image", KEYS, words.out)
    if not words.show:
        measure(words, record)
    show(record)
    bars(record)
    record.write()
    return 0 if record.met else 1


if __name__ == "__main__":
    sys.exit(main())
