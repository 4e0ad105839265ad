"""The questions a study asks, one file each; a file is imported when its question is first asked, with its metrics."""

from __future__ import annotations

from importlib import import_module

from .question import Question

PORTRAIT = "portrait"  # what the data are like: asked of the data, not of a family, before all others
KEYS = (PORTRAIT, "predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost")
NEED_TARGET = ("predict", "probabilities", "missing", "labels", "shift")
WITH_REFERENCES = ("create", "fill")
REFERENCE = "reference"  # stands in results where the others have the key of a family

# those that are put in another way to what is no row of a table
OF_PICTURES, OF_TEXTS = ("labels", "shift", "create", "flag", "fill"), ("predict", "labels", "shift", "create", "flag")
KEYS_OF_PICTURES = ("predict", "probabilities", *OF_PICTURES, "cost")
KEYS_OF_TEXTS = ("predict", "probabilities", "labels", "shift", "create", "flag", "cost")
_OWN = {"image": ("of_pictures", OF_PICTURES), "text": ("of_texts", OF_TEXTS)}


def get(key: str, modality: str) -> Question:
    """The question of that key, one of `KEYS`, `KEYS_OF_PICTURES` or `KEYS_OF_TEXTS`, as it is put to families of the
    modality."""
    folder, own = _OWN.get(modality, ("", ()))
    where = f".{folder}" if key in own else ""
    return import_module(f"{__name__}{where}.{key}").QUESTION
