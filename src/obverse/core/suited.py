"""Which rows a family can learn from, and whether the target suits it at all."""

from __future__ import annotations

import numpy as np

from .card import Card
from .errors import BadInput
from .schema import Dataset


def suited(card: Card, data: Dataset) -> tuple[Dataset, list[str]]:
    """The rows that a family of this card learns from, and notes to say aloud.

    Raises:
        BadInput: the target does not suit the family, or (unless the columns were declared, when nothing that is said
            may depend on the rows) has fewer than two classes.
    """
    schema = data.schema
    if schema.target is None:
        if card.needs_target or card.side == "discriminative":
            raise BadInput(f"{card.key} needs a target: fit(X, y) with y a column name or an array")
        return data, []
    task, column = schema.task, schema.target_column
    assert task is not None and column is not None
    if task not in card.tasks:
        raise BadInput(f"{card.key} does not take a {task} target such as {column.name!r}")
    if schema.privacy is not None:
        return data, []
    if column.missing == 1.0:
        raise BadInput(f"every cell of the target {column.name!r} is missing; give some labels")
    seen: list[int] = np.unique(data.y[data.labelled]).astype(int).tolist() if task == "class" else []
    if task == "class" and len(seen) < 2:
        only = ", ".join(repr(column.values[code]) for code in seen)
        raise BadInput(f"the target {column.name!r} has one class, {only}; give data with at least two")
    if card.side != "discriminative" or card.unlabelled or column.missing == 0:
        return data, []
    labelled = data.labelled
    return data.take(labelled), [f"{int((~labelled).sum()):,} unlabelled rows dropped: {card.key} learns P(y|x) only"]
