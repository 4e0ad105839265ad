"""A real language model: its speed beside plain transformers, and its scores beside transformers' own.

Speed: SmolLM2 goes on from one prompt by so many tokens, ours through `GPT.stream`, transformers through
`model.generate` with the same weights in float32, temperature and top-p, and kept keys; both read the prompt, and
neither may end early. They take turns in one process on one thread; the figure is the ratio of the medians, of the
processor's time. Scores: log P of texts, the sum of the nats of their tokens, beside transformers called directly.
"""

from __future__ import annotations

import argparse
import hashlib
import statistics
import time
from typing import Any

from forest_bars.record import Record, table

TURNS, TOKENS, PROMPT = 5, 48, "The sea was calm and the"
TOP_P = (1.0, 0.9)
TEXTS = (
    "The sea was calm and the sky was blue.",
    "2 + 2 = 4",
    "def f(x):\n    return x",
    "naïve café, 日本",
    "blue sky the",
)
MOST, CLOSE = 1.1, 1e-4


def measure(words: argparse.Namespace, record: Record) -> None:
    """Both, for each way to draw."""
    import torch

    from obverse.backbones.packaged import unpacked
    from obverse.families.gpt import GPT

    torch.set_num_threads(1)
    folder = unpacked()
    data = hashlib.sha256((folder / "model.safetensors").read_bytes()).hexdigest()
    ours, (plain, cut) = GPT.from_pretrained("llm", length=TOKENS, random_state=0), _plain(folder)
    for top_p in TOP_P:
        ours.set_params(top_p=top_p)
        took: list[tuple[float, float]] = []
        for turn in range(TURNS + 1):
            took.append((_ours(ours, turn), _theirs(plain, cut, top_p, turn)))
        own, other = (statistics.median(t[i] for t in took[1:]) for i in (0, 1))  # the first turn warms up
        record.put(question="llm", set=f"smollm2, top-p {top_p:g}", family="gpt", seed=0, data=data,
                   ours_ms=1e3 * own, plain_ms=1e3 * other, ratio=own / other)  # fmt: skip
    gap = max(abs(ours.log_prob([text])[0] - _score(plain, cut, text)) for text in TEXTS)
    tokens = max(abs(ours.token_log_prob(text).log_prob.sum() - _score(plain, cut, text)) for text in TEXTS)
    record.put(question="llm_score", set="smollm2", family="gpt", seed=0, data=data, texts=len(TEXTS),
               gap_micronats=1e6 * max(gap, tokens))  # fmt: skip


def _plain(folder: Any) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval(), AutoTokenizer.from_pretrained(
        folder
    )


def _ours(model: Any, seed: int) -> float:
    """Seconds a token."""
    end, model.language_.cut.end = model.language_.cut.end, -1  # a text then never ends early
    start = time.process_time()
    for _ in model.stream(PROMPT, seed=seed):
        pass
    took = time.process_time() - start
    model.language_.cut.end = end
    return took / TOKENS


def _theirs(net: Any, cut: Any, top_p: float, seed: int) -> float:
    import torch

    ids = cut(PROMPT, return_tensors="pt")
    torch.manual_seed(seed)
    start = time.process_time()
    net.generate(**ids, do_sample=True, temperature=1.0, top_k=0, top_p=top_p, max_new_tokens=TOKENS,
                 min_new_tokens=TOKENS, use_cache=True)  # fmt: skip
    return (time.process_time() - start) / TOKENS


def _score(net: Any, cut: Any, text: str) -> float:
    import torch

    ids = torch.tensor([[cut.bos_token_id, *cut(text)["input_ids"], cut.eos_token_id]])
    with torch.no_grad():
        said = net(ids).logits[0, :-1].double().log_softmax(-1).gather(-1, ids[0, 1:, None])
    return float(said.sum())


def show(record: Record) -> None:
    """A line for each way to draw."""
    lines = [[c["set"], c["ours_ms"], c["plain_ms"], c["ratio"]] for c in record.of(question="llm")]
    if lines:
        table(["generation of", "ms a token", "transformers", "ratio"], lines)


def bars(record: Record) -> None:
    """The worse of the ratios, and the largest difference of a score."""
    if cells := record.of(question="llm"):
        ratio = max(c["ratio"] for c in cells)
        record.bar("SmolLM2 generation over plain transformers'", ratio, f"<= {MOST}", ratio <= MOST, cells)
    if cells := record.of(question="llm_score"):
        gap = 1e-6 * cells[0]["gap_micronats"]
        record.bar("SmolLM2, log P of a text less the sum of its tokens in transformers", gap, f"<= {CLOSE}",
                   gap <= CLOSE, cells)  # fmt: skip
