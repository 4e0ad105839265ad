"""A folder that `transformers` saved a model to, or the name of one, looked at before any of it is loaded."""

from __future__ import annotations

from pathlib import Path

from ..core.errors import BadInput
from . import packaged


def checked_folder(folder: str | Path, what: str) -> Path:
    """The folder, which holds a config, a tokenizer and weights that run no code; `llm` stands for `packaged`'s.

    Raises:
        BadInput: one of them is missing; `what` says what the folder is to hold.
        MissingExtra: the model of that name is not installed.
    """
    where = packaged.unpacked() if packaged.is_name(folder) else Path(folder).expanduser()
    for name in ("config.json", "tokenizer.json"):
        if not (where / name).is_file():
            raise BadInput(f"{where} is no folder that transformers saved {what} to: it has no {name}")
    if not list(where.glob("*.safetensors")):
        raise BadInput(f"{where} holds no *.safetensors; other files of weights may run code and are not read")
    return where


def looks_like_one(folder: Path) -> bool:
    """Whether transformers, and not Obverse, saved a model here."""
    return (folder / "config.json").is_file() and not (folder / "manifest.json").exists()
