"""A language model as what a model folder holds, and back: all weights, or those learned beside a folder's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch

from ..core.errors import BadInput
from ..core.store import Blob
from . import tokens
from .language import Language


def state_of(language: Language, *, of_folder: bool, base: str | None) -> dict[str, Any]:
    """Arrays, numbers and text.

    Args:
        language: what is kept.
        of_folder: its network is one of transformers, and its config is kept.
        base: the folder its network stands beside; then only what was learned is kept, with that folder's digest.
    """
    from .lora import digest

    kept = [(n, p) for n, p in language.net.named_parameters() if base is None or p.requires_grad]
    out = {
        "weights": {name: p.detach().cpu().numpy() for name, p in kept},
        "config": Blob("json", language.net.config.encode()) if of_folder else None,
        "tokens": Blob("json", language.cut.to_json().encode()),
        "share": language.share, "passages": language.passages,
    }  # fmt: skip
    return out if base is None else out | {"base": digest(base)}


def restored(state: dict[str, Any], network: Callable[[int, int], Any], *, base: str | None, rank: int) -> Language:
    """Inverse of `state_of`.

    Args:
        state: what it gave.
        network: makes a network of one's own over so many tokens and kinds of mark.
        base, rank: the folder it stands beside, and the rank of what was learned.

    Raises:
        BadInput: the folder it stands beside is not there, or holds another model than it learned beside.
    """
    cut, share = tokens.of_json(state["tokens"].data.decode()), np.asarray(state["share"])
    kinds = len(share) + 1
    if base is not None:
        from .causal_folder import from_folder
        from .lora import adapted, digest

        if digest(base) != state["base"]:
            raise BadInput(f"{base} holds another model than the one it learned beside")
        net = adapted(from_folder(base, 2 * kinds)[0], rank)
    elif state["config"] is None:
        net = network(cut.size, kinds)
    else:
        from .causal_folder import rebuilt

        net = rebuilt(state["config"].data.decode(), 2 * kinds)
    own = {n: p for n, p in net.named_parameters() if base is None or p.requires_grad}
    if own.keys() != state["weights"].keys():
        raise ValueError("weights of another network")
    with torch.no_grad():
        for name, parameter in own.items():
            parameter.copy_(torch.as_tensor(state["weights"][name]))
    return Language(net.eval(), cut, share, bool(state["passages"]))
