"""A body of `backbones.encoder` from a folder that `transformers` saved: BERT and its kin.

Only files of the folder are read: config.json, tokenizer.json and safetensors; no code of the folder is run. Whether it
holds a layer that tells masked tokens does not matter: tokens are told by their own embeddings.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..core.errors import BadInput, MissingExtra
from .pretrained import checked_folder
from .quiet import quietly
from .tokens import Subwords

MOST_PLACES = 512  # of a context, whatever the folder allows: time grows with its square
MARGIN = 4  # places that some models keep for themselves, and the two that begin and end a text
BEGINS_AND_ENDS, MASKS = ("[CLS]", "<s>"), ("[MASK]", "<mask>")


class FolderEncoder(nn.Module):
    """See the module docstring.

    Args:
        net: the library's model.
        ends: the tokens before and after every text.
        mask: the token that hides.
    """

    def __init__(self, net: Any, ends: tuple[int, int], mask: int) -> None:
        super().__init__()
        self.net, self.ends, self.mask = net, ends, mask
        self.vocabulary = int(net.config.vocab_size)
        places = getattr(net.config, "max_position_embeddings", None) or MOST_PLACES
        self.context = min(int(places), MOST_PLACES) - MARGIN
        self.width = net.get_input_embeddings().embedding_dim
        self.layers = int(net.config.num_hidden_layers) + 1  # the embeddings are one
        self.say = nn.Linear(self.width, self.width)
        nn.init.eye_(self.say.weight)
        nn.init.zeros_(self.say.bias)

    def read(self, tokens: torch.Tensor) -> tuple[list[torch.Tensor], torch.Tensor]:
        """See `encoder`."""
        n, t = tokens.shape
        long_ = (tokens >= 0).sum(dim=1)
        along = torch.arange(t + 2, device=tokens.device)[None]
        ids = torch.full((n, t + 2), self.net.config.pad_token_id or 0, device=tokens.device)
        ids[:, 0] = self.ends[0]
        ids[:, 1:-1] = tokens.where(tokens >= 0, ids[:, 1:-1])
        ids = ids.where(along != long_[:, None] + 1, self.ends[1])
        seen = along <= long_[:, None] + 1
        said = self.net(input_ids=ids, attention_mask=seen.long(), output_hidden_states=True)
        return list(said.hidden_states), seen

    def scores(self, read: torch.Tensor) -> torch.Tensor:
        """See `encoder`."""
        return self.say(read) @ self.net.get_input_embeddings().weight.T

    @property
    def config(self) -> str:
        """All that `rebuilt` needs, as JSON."""
        return json.dumps({"net": self.net.config.to_dict(), "ends": self.ends, "mask": self.mask})


def from_folder(folder: str | Path) -> tuple[FolderEncoder, Subwords]:
    """The encoder in a folder and how it cuts texts.

    Raises:
        BadInput: the folder holds no such model, or none as safetensors.
        MissingExtra: transformers is not installed.
    """
    where = checked_folder(folder, "an encoder")
    _, model = _library()
    try:
        with quietly():
            net = model.from_pretrained(where, local_files_only=True, use_safetensors=True, dtype=torch.float32)
    except (ValueError, OSError, KeyError) as error:
        raise BadInput(f"{where} holds no encoder ({str(error).splitlines()[0]})") from error
    held = json.loads((where / "tokenizer.json").read_text(encoding="utf-8"))
    cut = Subwords(json.dumps(held | {"padding": None, "truncation": None}))  # texts are cut and padded elsewhere
    ends = cut.tokenizer.encode("").ids
    mask = next((i for i in map(cut.tokenizer.token_to_id, MASKS) if i is not None), None)
    if len(ends) != 2 or mask is None or net.config.is_encoder_decoder or getattr(net.config, "is_decoder", False):
        raise BadInput(f"{where} holds no encoder: its texts have no beginning, end and mask such as BERT's")
    return FolderEncoder(net.eval(), (ends[0], ends[1]), mask), cut


def rebuilt(config: str) -> FolderEncoder:
    """The body of a config, its weights still to be filled in."""
    configs, model = _library()
    held: Mapping[str, Any] = json.loads(config)
    facts: Mapping[str, Any] = held["net"]
    own = {k: v for k, v in facts.items() if k not in ("model_type", "architectures", "transformers_version")}
    net = model.from_config(configs.for_model(facts["model_type"], **own))
    return FolderEncoder(net.eval(), (int(held["ends"][0]), int(held["ends"][1])), int(held["mask"]))


def _library() -> tuple[Any, Any]:
    try:
        from transformers import AutoConfig, AutoModel
    except ImportError as error:
        raise MissingExtra('weights of a folder need transformers: pip install "obverse[deep]"') from error
    return AutoConfig, AutoModel
