"""Pairs of texts: x is a source, y the target that answers it, such as a translation.

Inside, sources are an object array (n,) of str, and a target stands in `Evidence.label` as text, None where it is
unknown; `[HOLE]` stands for what is unknown of a target. Pairs come as two lists, as a table with a column of each, as
`Texts` whose labels are texts, or as a path. Targets go back as a list of str. Their likelihood is the mass of a
string, given its source.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..core.boxes import Box
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import HOLE, Modality
from ..core.schema import Array, Column, Dataset, FloatArray, Schema
from ..data.texts import TEXT, Texts, check_filled, checked_texts
from .text import text_column, texts_of

SOURCE, TARGET = "source", "target"  # names of columns that have none


class Pairs(Modality):
    """See the module docstring."""

    name, cells = "text", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`; `y` may be the name of a column of X, or be left out where the source has targets."""
        refused = [f"texts have no column for {what}" for what, v in (("group", group), ("order", order)) if v]
        if refused:
            raise BadInput(refused)
        found = texts_of(X, y if isinstance(y, str) else None)
        targets = found.labels if y is None or isinstance(y, str) else y
        if targets is None:
            raise BadInput("there is no translation; give a list of texts as y, or name the column (--target COL)")
        if not len(found):
            raise BadInput("there is no text to learn from")
        told = _targets(targets, len(found))
        for texts, what in ((found.texts.tolist(), "sources"), ([TARGET if t is None else t for t in told], "targets")):
            check_filled(texts, what)
            holed = [i for i, one in enumerate(texts) if HOLE in one]
            if holed:
                raise BadInput(f"{what} to learn from have holes ({HOLE}, position {holed[0]:,}); leave those out")
        names = self._names(found, y)
        share = float(np.mean([one is None for one in told]))
        columns = text_column(names[0]), Column(names[1], "structure", "str", missing=share)
        schema = Schema(columns, target=names[1], rows=len(found), notes=found.notes)
        return Dataset(schema, found.texts, label=_column(told))

    def _names(self, found: Texts, y: Any) -> tuple[str, str]:
        source = SOURCE if found.columns[0] == TEXT else found.columns[0]
        own = str(y.name) if isinstance(y, pd.Series) and y.name is not None else None
        target = own or (found.columns[1] if y is None or isinstance(y, str) else TARGET)
        if source == target:
            raise BadInput(f"{source!r} cannot be both the sources and the targets")
        return source, target

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; X may be a pair (sources, targets), and a table's targets are read where it has them."""
        given = None
        if isinstance(X, tuple) and len(X) == 2 and not isinstance(X[0], str):
            X, given = X
        found = texts_of(X, schema.target, schema.columns[0].name)
        holed = [i for i, one in enumerate(found.texts) if HOLE in one]
        if holed:
            raise BadInput(f"a source is known, and that at position {holed[0]:,} has a hole ({HOLE})")
        targets = found.labels if given is None else given
        told = [None] * len(found) if targets is None else _targets(targets, len(found))
        return Evidence(found.texts, label=_column(told)), list(found.notes)

    def write(self, values: Array, schema: Schema) -> list[str]:
        """Targets as a list."""
        return [str(one) for one in values]

    def fill(self, X: Any, completed: Array, schema: Schema) -> list[str]:
        """Every target of X, those with holes and those that are missing as they were completed."""
        known = self.read(X, schema)[0].label
        return [str(new) if old is None or HOLE in old else old for old, new in zip(known, completed, strict=True)]

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return self.with_target(evidence, schema, None)

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full(len(evidence), HOLE, dtype=object), label=evidence.label)

    def with_target(self, evidence: Evidence, schema: Schema, value: Any) -> Evidence:
        """See `Modality`; the value is a text."""
        return Evidence(evidence.values, label=_column([value] * len(evidence)))

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """Texts have no codes: NaN."""
        return np.full(len(evidence), np.nan)

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """See `Modality`."""
        return Evidence(np.array([HOLE], dtype=object), label=_column([None]))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """Texts are written as they are drawn."""
        return values


PAIRS = Pairs()


def _column(texts: Sequence[str | None]) -> Array:
    out = np.empty(len(texts), dtype=object)
    out[:] = list(texts)
    return out


def _targets(targets: Any, rows: int) -> list[str | None]:
    """Texts, None where there is none."""
    found: Sequence[Any] = [targets] if isinstance(targets, str) else list(targets)
    if len(found) != rows:
        raise BadInput(f"there are {len(found):,} targets for {rows:,} sources; give one each")
    there = [i for i, one in enumerate(found) if not (one is None or one is pd.NA or one != one)]
    texts = dict(zip(there, checked_texts([found[i] for i in there], "the targets"), strict=True))
    return [texts.get(i) for i in range(rows)]
