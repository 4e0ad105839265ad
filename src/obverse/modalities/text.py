"""Texts: strings, with a class label each where there is one.

Inside, x is an object array (n,) of str and y the label's code; the literal `[HOLE]` stands for what is unknown, and a
text that is nothing else is wholly unknown. Texts come as a list of str, an array, a Series, a table with a column of
them, `Texts`, or a path (`data.texts`); they go back as a list of str. Their likelihood is the mass of a string. The
schema keeps the names of the columns, `text` and `label` where there are none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.boxes import Box
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import HOLE, Modality
from ..core.schema import UNSEEN, Array, Column, Dataset, FloatArray, Schema
from ..data.texts import LABEL, TEXT, Texts, check_filled, checked_texts, of_frame, read_any
from .image import labels_of


def text_column(name: str = TEXT) -> Column:
    """The schema's column of texts."""
    return Column(name, "structure", "str")


class Text(Modality):
    """See the module docstring."""

    name, cells = "text", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`; `y` may be the name of a column of X, or be left out where the source has labels."""
        refused = [f"texts have no column for {what}" for what, v in (("group", group), ("order", order)) if v]
        if task not in (None, "class"):
            refused.append(f"texts take class labels, and no {task} target")
        if refused:
            raise BadInput(refused)
        found = texts_of(X, y if isinstance(y, str) else None)
        labels = found.labels if y is None or isinstance(y, str) else y
        if not len(found):
            raise BadInput("there is no text to learn from")
        check_filled(found.texts.tolist())
        holed = [i for i, one in enumerate(found.texts) if HOLE in one]
        if holed:
            raise BadInput(f"texts to learn from have holes ({HOLE}, position {holed[0]:,}); leave those texts out")
        column = text_column(found.columns[0])
        if labels is None:
            return Dataset(Schema((column,), rows=len(found), notes=found.notes), found.texts)
        named = str(y.name) if isinstance(y, pd.Series) and y.name is not None else found.columns[1]
        if named == column.name:
            raise BadInput(f"{named!r} cannot be both the texts and the labels")
        told, dtype = labels_of(labels, len(found), "texts")
        known = np.array([v is not None for v in told])
        values = tuple(sorted({v for v in told if v is not None}, key=lambda v: (isinstance(v, str), v)))
        code = {v: float(i) for i, v in enumerate(values)}
        target = Column(named, "category", dtype, values, missing=1 - float(known.mean()))
        schema = Schema((column, target), target=named, rows=len(found), notes=found.notes)
        return Dataset(schema, found.texts, label=np.array([np.nan if v is None else code[v] for v in told]))

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; X may be a pair (texts, labels), and a table's labels are read where it has them."""
        given = None
        if isinstance(X, tuple) and len(X) == 2 and not isinstance(X[0], str):
            X, given = X
        found = texts_of(X, schema.target, schema.columns[0].name)
        label = np.full(len(found), np.nan)
        labels = found.labels if given is None else given
        if labels is not None and schema.target is not None:
            code = {v: float(i) for i, v in enumerate(schema.columns[1].values)}
            other = UNSEEN if unseen == "code" else np.nan
            told, _ = labels_of(labels, len(found), "texts")
            label = np.array([np.nan if v is None else code.get(v, other) for v in told], dtype=float)
        return Evidence(found.texts, label=label), list(found.notes)

    def write(self, values: Array, schema: Schema) -> list[str]:
        """Texts as a list."""
        return [str(one) for one in values]

    def fill(self, X: Any, completed: Array, schema: Schema) -> list[str]:
        """Every text of X, those with holes as they were completed."""
        X = X[0] if isinstance(X, tuple) and len(X) == 2 and not isinstance(X[0], str) else X
        texts = texts_of(X, schema.target, schema.columns[0].name).texts
        return [str(filled) if HOLE in text else str(text) for text, filled in zip(texts, completed, strict=True)]

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(evidence.values, label=np.full(len(evidence), np.nan))

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full(len(evidence), HOLE, dtype=object), label=evidence.label)

    def with_target(self, evidence: Evidence, schema: Schema, value: float) -> Evidence:
        """See `Modality`."""
        return Evidence(evidence.values, label=np.full(len(evidence), float(value)))

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """See `Modality`."""
        return np.asarray(evidence.label, dtype=float)

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """See `Modality`; a condition names one label."""
        label = np.nan
        if box is not None and 1 in box.regions:
            codes = np.flatnonzero(box.regions[1].codes or ())
            label = float(codes[0]) if len(codes) == 1 else np.nan
        return Evidence(np.array([HOLE], dtype=object), label=np.full(1, label))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """Texts are written as they are drawn."""
        return values


TEXTS = Text()


def texts_of(X: Any, target: str | None = None, column: str | None = None) -> Texts:
    """Whatever the user calls texts.

    Args:
        X: `Texts`, a path, a table, a Series, or a sequence of str.
        target: the column of a table that holds labels; without one of that name there are none.
        column: the column of a table that holds the texts, where that is known and there.

    Raises:
        BadInput: it is something else, or holds something else, in one line.
    """
    if isinstance(X, Texts):
        return X
    if isinstance(X, str | Path):
        found = read_any(X, target if column is None else None)
        if isinstance(found, Texts):
            return found
        own = found.target if target is None and column is None else target
        return replace(texts_of(found.frame, own, column), name=found.name, notes=found.notes)
    if isinstance(X, pd.DataFrame):
        known = column if column in X.columns else None
        labelled = target if column is None or target in X.columns else None
        return of_frame(X, known, labelled, "the table")
    if target is not None and column is None:
        raise BadInput(f"{target!r} names a column, and there is no table; give one label a text, as a list")
    if isinstance(X, pd.Series):
        name = TEXT if X.name is None else str(X.name)
        return Texts.of(checked_texts(X.tolist()), None, "texts", columns=(name, LABEL))
    if isinstance(X, bytes) or not hasattr(X, "__len__") or isinstance(X, dict):
        raise BadInput(f"texts are a list of str, a column, a table or a path, not {type(X).__name__}")
    found = np.asarray(X, dtype=object)
    if found.ndim != 1:
        raise BadInput(f"texts are one list of str, not an array of the shape {found.shape}")
    return Texts.of(checked_texts(found.tolist()), None, "texts")
