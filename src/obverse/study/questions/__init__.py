"""The questions a study asks, one file each; a file is imported when its question is first asked, with its metrics."""

from __future__ import annotations

from importlib import import_module

from .question import Question

PORTRAIT = "portrait"  # what the data are like: asked of the data, not of a family, before all others
KEYS = (PORTRAIT, "predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost")
NEED_TARGET = ("predict", "probabilities", "missing", "labels", "shift")
WITH_REFERENCES = ("create", "fill")
REFERENCE = "reference"  # stands in results where the others have the key of a family


OF_PICTURES = ("labels", "shift", "create", "flag", "fill")  # those that are put in another way to pictures
KEYS_OF_PICTURES = ("predict", "probabilities", *OF_PICTURES, "cost")


def get(key: str, modality: str) -> Question:
    """The question of that key, one of `KEYS` or of `KEYS_OF_PICTURES`, as it is put to families of the modality."""
    where = ".of_pictures" if modality == "image" and key in OF_PICTURES else ""
    return import_module(f"{__name__}{where}.{key}").QUESTION
