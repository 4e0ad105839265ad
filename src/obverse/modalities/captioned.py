"""Pictures with a caption each: x is a picture as in `modalities.image`, y the text beside it.

The schema's second column is `caption`, of the kind `structure`; a caption stands in `Evidence.label` as text, None
where it is unknown. Pictures and captions come as arrays and a list of texts, as `Pictures` whose labels are texts, or
as a folder with a table of captions (`data.pictures`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ..core.boxes import Box
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import Modality
from ..core.schema import Array, Column, Dataset, FloatArray, Schema
from .image import IMAGE, shape_of, with_labels

CAPTION = "caption"
MOST_SAID = 5  # captions named in one error


class Captioned(Modality):
    """See the module docstring."""

    name, cells = "image", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`; `y` may be left out where the source has captions."""
        pixels, own = with_labels(X)
        data = IMAGE.learn(pixels, group=group, order=order)
        captions = own if y is None else y
        if captions is None:
            raise BadInput("there is no caption; give a list of texts as y, or a folder with metadata.csv")
        texts = _texts(captions, len(data))
        wrong = [i for i, text in enumerate(texts) if text is None or not text.strip()]
        if wrong:
            places = ", ".join(map(str, wrong[:MOST_SAID])) + (" ..." if len(wrong) > MOST_SAID else "")
            raise BadInput(f"{len(wrong):,} pictures have an empty caption (positions {places}); leave them out")
        column = Column(CAPTION, "structure", "str")
        schema = replace(data.schema, columns=(*data.schema.columns, column), target=CAPTION)
        return Dataset(schema, data.values, label=np.array(texts, dtype=object))

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; X may be a pair (pictures, captions)."""
        pixels, own = with_labels(X[0] if isinstance(X, tuple) else X)
        evidence, notes = IMAGE.read(pixels, replace(schema, target=None), need=need, unseen=unseen)
        captions = X[1] if isinstance(X, tuple) else own
        texts = [None] * len(evidence) if captions is None else _texts(captions, len(evidence))
        return replace(evidence, label=np.array(texts, dtype=object)), notes

    def write(self, values: Array, schema: Schema) -> Array:
        """uint8 (n, h, w, c)."""
        return IMAGE.write(values, schema)

    def fill(self, X: Any, completed: Array, schema: Schema) -> Array:
        """See `Image`."""
        return IMAGE.fill(X, completed, schema)

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return self.with_target(evidence, schema, None)

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full_like(evidence.values, np.nan), label=evidence.label)

    def with_target(self, evidence: Evidence, schema: Schema, value: Any) -> Evidence:
        """See `Modality`; the value is a text."""
        return Evidence(evidence.values, label=np.array([value] * len(evidence), dtype=object))

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """Captions have no codes: NaN."""
        return np.full(len(evidence), np.nan)

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """See `Modality`."""
        nothing = np.full((1, *shape_of(schema)), np.nan, np.float32)
        return Evidence(nothing, label=np.array([None], dtype=object))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """See `Image`."""
        return IMAGE.tidy(values, schema)


CAPTIONED = Captioned()


def _texts(captions: Any, rows: int) -> list[str | None]:
    """Texts, None where there is none."""
    found: Sequence[Any] = [captions] if isinstance(captions, str) else list(captions)
    if len(found) != rows:
        raise BadInput(f"there are {len(found):,} captions for {rows:,} pictures; give one each")
    out = [None if one is None or one != one else one for one in found]
    wrong = next((one for one in out if one is not None and not isinstance(one, str)), None)
    if wrong is not None:
        raise BadInput(f"captions are texts, not {type(wrong).__name__}; name the words of {wrong!r}")
    return [None if one is None else str(one) for one in out]
