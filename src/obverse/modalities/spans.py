"""Texts with spans: what is in a text is a list of stretches that do not overlap, each of a kind.

Inside, x is an object array (n,) of str, as in `modalities.text`, and y an object array with, for each text, a list of
(start, end, code), offsets in characters; None where nobody said what a text holds. The target is a structure whose
classes are the `values` of its column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.boxes import Box
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import HOLE, Modality
from ..core.schema import UNSEEN, Array, Column, Dataset, FloatArray, Schema
from ..data.spans import Marked, Spans, read_spans
from ..data.texts import check_filled
from .image import labels_of
from .text import TEXTS, text_column, texts_of

SPANS = "spans"


class SpansOfText(Modality):
    """See the module docstring."""

    name, cells = "text", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`. `y` has for each text a list of (start, end, label), or None where it is unknown what is
        there; it may be left out where the source has spans of its own."""
        refused = [f"texts have no column for {what}" for what, v in (("group", group), ("order", order)) if v]
        if task not in (None, "structure"):
            refused.append(f"a target of spans is no {task}")
        if isinstance(y, str):
            refused.append(f"{y!r} names a column, and spans are lists: give y, a list of (start, end, label) a text")
        if refused:
            raise BadInput(refused)
        found = _read(X, y)
        if not len(found):
            raise BadInput("there is no text to learn from")
        check_filled(found.texts.tolist())
        if holed := [i for i, one in enumerate(found.texts) if HOLE in one]:
            raise BadInput(f"texts to learn from have holes ({HOLE}, position {holed[0]:,}); leave those texts out")
        if found.spans is None:
            raise BadInput(
                "nobody says what is in the texts: give y, a list of (start, end, label) for each text, or a .jsonl "
                "file of text and spans, or of tokens and tags"
            )
        flat = [label for own in found.spans for _, _, label in own or ()]
        if not flat:
            raise BadInput("no text has a span; there is nothing to learn to find")
        labels, dtype = labels_of(_column(flat), len(flat), "spans")
        values = tuple(sorted(set(labels), key=lambda v: (isinstance(v, str), v)))
        unknown = sum(own is None for own in found.spans)
        column = Column(SPANS, "structure", dtype, values, missing=unknown / len(found))
        empty = sum(own == [] for own in found.spans)
        notes = found.notes + ((f"{empty:,} of {len(found):,} texts hold no span",) if empty else ())
        schema = Schema((text_column(), column), target=SPANS, rows=len(found), notes=notes)
        return Dataset(schema, found.texts, label=_coded(found.spans, values))

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; X may be a pair (texts, spans). A label never met has the code `UNSEEN`, whatever `unseen`
        says: a text with such a span is not one without it."""
        y = None
        if isinstance(X, tuple) and len(X) == 2 and not isinstance(X[0], str):
            X, y = X
        found = _read(X, y)
        label = _nothing(len(found)) if found.spans is None else _coded(found.spans, schema.columns[1].values)
        return Evidence(found.texts, label=label), list(found.notes)

    def write(self, values: Array, schema: Schema) -> list[str]:
        """Texts as a list."""
        return TEXTS.write(values, schema)

    def fill(self, X: Any, completed: Array, schema: Schema) -> list[str]:
        """See `Modality`."""
        return TEXTS.fill(X, completed, schema)

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(evidence.values, label=_nothing(len(evidence)))

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full(len(evidence), HOLE, dtype=object), label=evidence.label)

    def with_target(self, evidence: Evidence, schema: Schema, value: Any) -> Evidence:
        """See `Modality`: spans are no class and no number, so none can be set in every row."""
        raise BadInput("a target of spans is not one value")

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """See `Modality`: NaN, for spans are no numbers."""
        return np.full(len(evidence), np.nan)

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """See `Modality`."""
        return Evidence(np.array([HOLE], dtype=object), label=_nothing(1))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """Texts are written as they are drawn."""
        return values


SPANNED = SpansOfText()


def _read(X: Any, y: Any) -> Marked:
    """Texts and, where the source or y has them, spans that fit them."""
    if isinstance(X, str | Path):
        X = read_spans(X)
    if not isinstance(X, Marked):
        texts = texts_of(X)
        X = Marked(texts.texts, None, texts.name, texts.sha256, texts.notes)
    if y is None:
        return X
    if not hasattr(y, "__len__"):
        raise BadInput(f"spans are a list for each text, not {type(y).__name__}")
    return replace(Marked.of(X.texts.tolist(), list(y), "the texts"), name=X.name, notes=X.notes)


def _coded(spans: Sequence[Spans | None], values: Sequence[Any]) -> Array:
    """The target of every text."""
    code, out = {v: i for i, v in enumerate(values)}, _nothing(len(spans))
    for i, own in enumerate(spans):
        if own is not None:
            out[i] = [(start, end, code.get(label, int(UNSEEN))) for start, end, label in own]
    return out


def _column(labels: list[Any]) -> Array:
    """Labels as an array of their own dtype where they are of one kind, else of objects."""
    found = np.asarray(labels)
    return found if found.dtype.kind in "iufb" else np.array([*labels, None], dtype=object)[:-1]


def _nothing(n: int) -> Array:
    """Object array (n,) of None."""
    return np.full(n, None, dtype=object)
