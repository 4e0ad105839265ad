"""The state of a training on disk, so that one that was killed goes on to the same result.

    FOLDER/epoch-00012/tensors.safetensors     weights, averages, optimisers' moments, the generator
    FOLDER/epoch-00012/state.json              counters, losses so far, and what training this is

A state is written to a temporary sibling and renamed: a kill leaves the one before. Nothing is pickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..core.errors import BadInput

if TYPE_CHECKING:
    import torch

FORMAT = 1


def write(folder: Path, epoch: int, tensors: dict[str, torch.Tensor], facts: dict[str, Any]) -> None:
    """Keep this state and drop earlier ones.

    Raises:
        BadInput: the folder cannot be written.
    """
    from safetensors.torch import save

    data = save({name: t.detach().cpu().contiguous() for name, t in tensors.items()})
    facts = {"format": FORMAT, "sha256": hashlib.sha256(data).hexdigest(), **facts}
    final = folder / f"epoch-{epoch:05d}"
    part = folder / f".{final.name}.part"
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        for name, content in (("tensors.safetensors", data), ("state.json", json.dumps(facts).encode())):
            with (part / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        shutil.rmtree(final, ignore_errors=True)
        part.rename(final)
    except OSError as error:
        raise BadInput(f"cannot write the checkpoint to {folder}: {error.strerror or error}") from error
    for other in _states(folder):
        if other != final:
            shutil.rmtree(other, ignore_errors=True)


def read(folder: Path, training: str) -> tuple[dict[str, torch.Tensor], dict[str, Any]] | None:
    """The newest state of the training of that name, None where there is none yet.

    Raises:
        BadInput: the folder holds another training, or a state whose bytes were changed.
    """
    from safetensors.torch import load

    states = _states(folder)
    if not states:
        return None
    at = states[-1]
    try:
        facts = json.loads((at / "state.json").read_text())
        data = (at / "tensors.safetensors").read_bytes()
        whole = facts["format"] == FORMAT and hashlib.sha256(data).hexdigest() == facts["sha256"]
        name = facts["training"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BadInput(f"the checkpoint {at} cannot be read ({error}); remove it to start again") from error
    if not whole:
        raise BadInput(f"the checkpoint {at} was changed after it was written; remove it to start again")
    if name != training:
        raise BadInput(
            f"{folder} holds the checkpoint of another training (other data, arguments or seed); choose another folder"
        )
    return load(data), facts


def _states(folder: Path) -> list[Path]:
    """Whole states, oldest first."""
    return sorted(p for p in folder.glob("epoch-*") if p.is_dir()) if folder.is_dir() else []
