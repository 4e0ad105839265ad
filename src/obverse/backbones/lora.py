"""A few small matrices beside the large ones of a folder's model, which alone are learned (Hu et al. 2022, LoRA).

The library `peft` puts them there. What is saved is these matrices and the marks; the model they stand beside is named,
and must be the same, byte for byte, when they are loaded.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import BadInput, MissingExtra
from .pretrained import checked_folder
from .quiet import quietly

if TYPE_CHECKING:
    from .causal_folder import FolderModel

SCALE = 2.0  # of what they add, whatever their rank


def adapted(net: FolderModel, rank: int) -> FolderModel:
    """The model with matrices of this rank beside every linear layer; they and the marks learn, nothing else does.

    They are drawn by PyTorch's own generator, and add nothing before training.

    Raises:
        MissingExtra: peft is not installed.
    """
    try:
        from peft import LoraConfig, inject_adapter_in_model
    except ImportError as error:
        raise MissingExtra("lora= needs peft, which is not installed: pip install peft") from error
    net.requires_grad_(False)
    plain = {"Linear", "Conv1D"}  # the latter is GPT-2's, with its sides swapped
    head = net.net.get_output_embeddings()
    found = {
        type(m).__name__: name for name, m in net.net.named_modules() if type(m).__name__ in plain and m is not head
    }
    if not found:
        raise BadInput("this model has no linear layers that lora= could learn beside; leave lora out")
    names = sorted({n.rpartition(".")[2] for n, m in net.net.named_modules()
                    if type(m).__name__ in plain and m is not head})  # fmt: skip
    config = LoraConfig(r=rank, lora_alpha=round(SCALE * rank), target_modules=names, bias="none",
                        fan_in_fan_out="Conv1D" in found)  # fmt: skip
    with quietly():
        inject_adapter_in_model(config, net.net)
    net.marks.requires_grad_(True)
    return net


def digest(folder: str | Path) -> str:
    """sha256 of the config and the weights of a folder, which says whether it is the same model."""
    where, made = checked_folder(folder, "a language model"), hashlib.sha256()
    for path in [where / "config.json", *sorted(where.glob("*.safetensors"))]:
        with path.open("rb") as file:
            made.update(hashlib.file_digest(file, "sha256").digest())
    return made.hexdigest()
