"""The two functions most people need first: fit a family by name, load a saved model."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import shipped
from .backbones import packaged
from .backbones.pretrained import looks_like_one
from .core import params as arguments
from .core.card import Task
from .core.errors import BadInput
from .core.model import Model
from .families.gpt import GPT
from .registry import families, get


def fit(family: str, X: Any, y: Any = None, *, seed: int | None = 0, task: Task | None = None,
        group: str | None = None, order: str | None = None, constraints: Any = None,
        **params: Any) -> Model:  # fmt: skip
    """Fit a family to data.

    Args:
        family: its key, as `obverse list` shows.
        X: DataFrame, array or whatever the family's modality reads.
        y: target: a column name of X, a Series or an array; None learns P(x).
        seed: becomes the model's `random_state`; None for fresh randomness.
        task: `class` or `number` forces the kind of target; None reads it off the data.
        group, order: columns of X that tie rows together or order them; carried, never modelled.
        constraints: a list of texts such as "start <= end", "total = net + tax", "unique id" or
            "together city, country" that every created or completed row keeps; see `obverse.core.constraints`.
        params: arguments of the family.

    Raises:
        BadInput: unknown family or argument, or data that cannot be used; every problem listed.
    """
    cls = get(family)
    if "random_state" in params:
        raise BadInput("give seed=, not random_state=")
    arguments.check(cls, params, family)
    model = cls(**{**params, "random_state": seed})
    return model.fit(X, y, task=task, group=group, order=order, constraints=constraints)


def load(folder: str | Path) -> Model:
    """The model saved in a folder, of whichever family, or one that comes with the package (`obverse.shipped`).

    A language model that transformers saved, or `llm`, a real one (`backbones.packaged`), is a `gpt` as it stands.

    Raises:
        BrokenModel: it is none, or a byte was changed.
        MissingExtra: `llm` is not installed; the text is the command that installs it.
    """
    where = shipped.found(folder)
    if packaged.is_name(where) or looks_like_one(where):
        return GPT.from_pretrained(where)
    return Model.load(where)


def list_families() -> dict[str, type[Model]]:
    """Every family by key; `cls.card` holds its facts and `cls.can(query)` says what it answers."""
    return dict(families())
