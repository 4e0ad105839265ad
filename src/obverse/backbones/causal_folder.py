"""A causal language model that `transformers` saved (GPT-2, Llama and their kin), as `backbones.causal` asks of one.

Only files of the folder are read: config.json, tokenizer.json and safetensors; no code of the folder is run. A text's
mark is one more embedding, which begins as that of the token that such models are used to see first.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..core.errors import BadInput, MissingExtra
from .conversation import template_of
from .pretrained import checked_folder
from .quiet import quietly
from .tokens import Subwords

WRITERS = ("ForCausalLM", "LMHeadModel")
MOST_PLACES = 2_048  # of a context, whatever the folder allows: memory grows with it


@dataclass
class Kept:
    """What the library keeps between tokens."""

    held: Any

    def take(self, rows: torch.Tensor) -> Kept:
        """Those of the chosen texts."""
        self.held.batch_select_indices(rows)
        return self

    def repeated(self, n: int) -> Kept:
        """A copy for n texts that begin as this one does."""
        held = copy.deepcopy(self.held)
        held.batch_repeat_interleave(n)
        return Kept(held)


class FolderModel(nn.Module):
    """See the module docstring, and `transformer.Transformer` for the methods.

    Args:
        net: the library's model.
        marks: kinds of mark.
    """

    def __init__(self, net: Any, marks: int) -> None:
        super().__init__()
        self.net = net
        places = getattr(net.config, "max_position_embeddings", None) or MOST_PLACES
        self.context, self.vocabulary = min(places, MOST_PLACES), int(net.config.vocab_size)
        asked = inspect.signature(type(net).forward).parameters
        self.word = "cache" if "cache" in asked else "past_key_values"  # the name changed within transformers 5
        self.width = int(net.config.hidden_size)
        words = net.get_input_embeddings()
        self.marks = nn.Embedding(marks, words.embedding_dim)
        first = next((t for t in (net.config.bos_token_id, net.config.eos_token_id) if isinstance(t, int)), 0)
        self.first = first  # the token that marks begin as
        with torch.no_grad():
            self.marks.weight[:] = words.weight[first]

    def forward(self, marks: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """Scores (n, t + 1, vocabulary)."""
        return self.net(inputs_embeds=self._read(marks, tokens), use_cache=False).logits

    def read(self, marks: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        """What it makes of the mark and each token, (n, t + 1, width)."""
        return self.net.base_model(inputs_embeds=self._read(marks, tokens), use_cache=False).last_hidden_state

    def leaves(self) -> list[torch.Tensor]:
        """Those that only make scores of tokens: none where the words' own numbers do."""
        head, words = self.net.get_output_embeddings(), self.net.get_input_embeddings()
        return [p for p in head.parameters() if p is not words.weight]

    def begin(self, marks: torch.Tensor, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """Scores (n, vocabulary) of the token after these, and what `go_on` needs."""
        from transformers import DynamicCache

        kept = Kept(DynamicCache(config=self.net.config))
        said = self.net(inputs_embeds=self._read(marks, tokens), use_cache=True, **{self.word: kept.held})
        return said.logits[:, -1], kept

    def go_on(self, kept: Kept, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """The same one token (n,) later."""
        said = self.net(input_ids=tokens[:, None], use_cache=True, **{self.word: kept.held})
        return said.logits[:, -1], kept

    def read_on(self, kept: Kept, tokens: torch.Tensor) -> tuple[torch.Tensor, Kept]:
        """Scores (n, t, vocabulary) after each of some more tokens (n, t)."""
        said = self.net(input_ids=tokens, use_cache=True, **{self.word: kept.held})
        return said.logits, kept

    def _read(self, marks: torch.Tensor, tokens: torch.Tensor) -> torch.Tensor:
        return torch.cat([self.marks(marks)[:, None], self.net.get_input_embeddings()(tokens)], dim=1)

    @property
    def config(self) -> str:
        """The library's config as JSON, which `rebuilt` reads."""
        return json.dumps(self.net.config.to_dict())


def from_folder(folder: str | Path, marks: int) -> tuple[FolderModel, Subwords]:
    """The model in a folder and how it cuts texts.

    Raises:
        BadInput: the folder holds no such model, or none as safetensors.
        MissingExtra: transformers is not installed.
    """
    where = checked_folder(folder, "a language model")
    _check_kind(where)
    _, model, _ = _library()
    try:
        with quietly():
            net = model.from_pretrained(where, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    except (ValueError, OSError, KeyError) as error:
        raise BadInput(f"{where} holds no causal language model ({str(error).splitlines()[0]})") from error
    end = net.config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    if not isinstance(end, int):
        raise BadInput(f"{where}: config.json names no eos_token_id, so that a text would never end")
    held = (where / "tokenizer.json").read_text(encoding="utf-8")
    return FolderModel(net.eval(), marks), Subwords(held, end, template=template_of(where))


def _check_kind(where: Path) -> None:
    """BadInput where the config names a model that only reads, which transformers would load all the same."""
    try:
        named = json.loads((where / "config.json").read_text(encoding="utf-8")).get("architectures") or []
    except (ValueError, AttributeError) as error:
        raise BadInput(f"{where / 'config.json'} is not JSON ({error})") from error
    if named and not any(str(one).endswith(WRITERS) for one in named):
        raise BadInput(f"{where} holds {', '.join(map(str, named))}, which is no causal language model")


def rebuilt(config: str, marks: int) -> FolderModel:
    """The network of a config, its weights still to be filled in."""
    configs, model, _ = _library()
    facts: Mapping[str, Any] = json.loads(config)
    own = {k: v for k, v in facts.items() if k not in ("model_type", "architectures", "transformers_version")}
    return FolderModel(model.from_config(configs.for_model(facts["model_type"], **own)).eval(), marks)


def _library() -> tuple[Any, Any, Any]:
    try:
        import transformers
        from transformers import AutoConfig, AutoModelForCausalLM
    except ImportError as error:
        raise MissingExtra('weights of a folder need transformers: pip install "obverse[deep]"') from error
    return AutoConfig, AutoModelForCausalLM, transformers
