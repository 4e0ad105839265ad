"""The questions a study asks, one file each; a file is imported when its question is first asked, with its metrics."""

from __future__ import annotations

from importlib import import_module

from .question import Question

PORTRAIT = "portrait"  # what the data are like: asked of the data, not of a family, before all others
KEYS = (PORTRAIT, "predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost")
NEED_TARGET = ("predict", "probabilities", "missing", "labels", "shift")
WITH_REFERENCES = ("create", "fill")
REFERENCE = "reference"  # stands in results where the others have the key of a family


def get(key: str) -> Question:
    """The question of that key, one of `KEYS`."""
    return import_module(f"{__name__}.{key}").QUESTION
