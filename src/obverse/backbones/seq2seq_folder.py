"""An encoder with a decoder that `transformers` saved (T5, BART, Marian and their kin), as `seq2seq.Seq2Seq` is asked.

Only files of the folder are read: config.json, tokenizer.json and safetensors; no code of the folder is run. What the
tokenizer puts around a text stands around sources; the token that pads is never written.
"""

from __future__ import annotations

import inspect
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..core.errors import BadInput, MissingExtra
from .pretrained import checked_folder
from .seq2seq import Memory
from .tokens import Subwords

MOST_PLACES = 512  # of a text, whatever the folder allows: memory grows with it


@dataclass
class Kept:
    """What the library keeps between tokens."""

    held: Any
    memory: Memory

    def take(self, rows: torch.Tensor) -> Kept:
        """Those of the chosen targets, each perhaps several times."""
        self.held.reorder_cache(rows)
        return Kept(self.held, self.memory.take(rows))


class FolderSeq2Seq(nn.Module):
    """See the module docstring, and `seq2seq.Seq2Seq` for the methods.

    Args:
        net: the library's model.
        around: tokens before and after a source.
    """

    def __init__(self, net: Any, around: tuple[list[int], list[int]]) -> None:
        super().__init__()
        self.net, self.around = net, around
        facts = net.config
        asked = inspect.signature(type(net).forward).parameters
        self.word = "cache" if "cache" in asked else "past_key_values"  # the name changed within transformers 5
        places = getattr(facts, "max_position_embeddings", None) or MOST_PLACES
        self.context, self.vocabulary = min(places, MOST_PLACES) - len(around[0] + around[1]), int(facts.vocab_size)
        forced = getattr(net.generation_config, "forced_bos_token_id", None)
        self.first = [int(facts.decoder_start_token_id), *([] if forced is None else [int(forced)])]
        self.pad = int(facts.pad_token_id if facts.pad_token_id is not None else facts.eos_token_id)
        self.never = [] if self.pad == facts.eos_token_id else [self.pad]

    def encode(self, sources: torch.Tensor) -> Memory:
        """What is read of sources (n, s), padded with -1."""
        before, after = self.around
        size = (sources >= 0).sum(dim=1)
        places = len(before) + sources.shape[1] + len(after)
        tokens = torch.full((len(sources), places), self.pad, device=sources.device)
        tokens[:, : len(before)] = torch.tensor(before, dtype=torch.long, device=sources.device)
        tokens[:, len(before) : len(before) + sources.shape[1]] = sources.where(sources >= 0, self.pad)
        for i, token in enumerate(after):
            tokens.scatter_(1, (len(before) + size + i)[:, None], token)
        seen = torch.arange(places, device=sources.device) < (len(before) + size + len(after))[:, None]
        return Memory(self.net.get_encoder()(input_ids=tokens, attention_mask=seen.long()).last_hidden_state, seen)

    def answers(self, memory: Memory, targets: torch.Tensor) -> torch.Tensor:
        """Scores (n, t + 1, vocabulary)."""
        return self._said(memory, self._started(targets))[:, len(self.first) - 1 :]

    def forward(self, sources: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """`answers` about sources."""
        return self.answers(self.encode(sources), targets)

    def begin(self, memory: Memory, targets: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """Scores (n, vocabulary) of the token after these, and what `go_on` needs."""
        from transformers import DynamicCache, EncoderDecoderCache

        kept = Kept(EncoderDecoderCache(DynamicCache(), DynamicCache()), memory)
        return self._said(memory, self._started(targets), kept.held)[:, -1], kept

    def go_on(self, kept: Kept, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """The same one token (n,) later."""
        return self._said(kept.memory, tokens[:, None], kept.held)[:, -1], kept

    def _started(self, targets: torch.Tensor) -> torch.Tensor:
        first = torch.tensor([self.first], device=targets.device).expand(len(targets), -1)
        return torch.cat([first, targets.where(targets >= 0, self.pad)], dim=1)

    def _said(self, memory: Memory, tokens: torch.Tensor, held: Any = None) -> torch.Tensor:
        assert memory.seen is not None
        out = self.net(
            encoder_outputs=(memory.states,), attention_mask=memory.seen.long(), decoder_input_ids=tokens,
            use_cache=held is not None, **({} if held is None else {self.word: held}),
        )  # fmt: skip
        scores = out.logits.float()
        scores[..., self.never] = -torch.inf
        return scores

    @property
    def config(self) -> str:
        """What `rebuilt` reads."""
        return json.dumps({"config": self.net.config.to_dict(), "around": self.around, "first": self.first})


def from_folder(folder: str | Path) -> tuple[FolderSeq2Seq, Subwords]:
    """The model in a folder and how it cuts texts.

    Raises:
        BadInput: the folder holds no such model, or none as safetensors.
        MissingExtra: transformers is not installed.
    """
    where = checked_folder(folder, "a translator")
    _, model = _library()
    try:
        net = model.from_pretrained(where, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    except (ValueError, OSError, KeyError) as error:
        raise BadInput(f"{where} holds no encoder with a decoder ({str(error).splitlines()[0]})") from error
    end, start = net.config.eos_token_id, net.config.decoder_start_token_id
    if not isinstance(end, int) or not isinstance(start, int):
        raise BadInput(f"{where}: config.json must name eos_token_id and decoder_start_token_id")
    cut = Subwords((where / "tokenizer.json").read_text(encoding="utf-8"), end)
    return FolderSeq2Seq(net.eval(), _around(cut)), cut


def rebuilt(config: str) -> FolderSeq2Seq:
    """The network of a config, its weights still to be filled in."""
    configs, model = _library()
    held = json.loads(config)
    facts: dict[str, Any] = held["config"]
    own = {k: v for k, v in facts.items() if k not in ("model_type", "architectures", "transformers_version")}
    made = FolderSeq2Seq(model.from_config(configs.for_model(facts["model_type"], **own)).eval(), tuple(held["around"]))
    made.first = [int(token) for token in held["first"]]
    return made


def _around(cut: Subwords) -> tuple[list[int], list[int]]:
    """The tokens that the tokenizer puts before and after a text; where it puts none, the end."""
    whole = cut.tokenizer.encode("a", add_special_tokens=True)
    inner = [i for i, special in enumerate(whole.special_tokens_mask) if not special]
    if len(inner) == len(whole.ids):
        return [], [cut.end]
    return list(whole.ids[: inner[0]]), list(whole.ids[inner[-1] + 1 :])


def _library() -> tuple[Any, Any]:
    try:
        from transformers import AutoConfig, AutoModelForSeq2SeqLM
    except ImportError as error:
        raise MissingExtra('weights of a folder need transformers: pip install "obverse[deep]"') from error
    return AutoConfig, AutoModelForSeq2SeqLM
