"""A folder that `transformers` saved a model to, looked at before any of it is loaded."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import BadInput


def checked_folder(folder: str | Path, what: str) -> Path:
    """The folder, which holds a config, a tokenizer and weights that run no code.

    Raises:
        BadInput: one of them is missing; `what` says what the folder is to hold.
    """
    where = Path(folder).expanduser()
    for name in ("config.json", "tokenizer.json"):
        if not (where / name).is_file():
            raise BadInput(f"{where} is no folder that transformers saved {what} to: it has no {name}")
    if not list(where.glob("*.safetensors")):
        raise BadInput(f"{where} holds no *.safetensors; other files of weights may run code and are not read")
    return where
