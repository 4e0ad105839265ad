"""Pictures with boxes: what is in a picture is a list of boxes, each of a class.

Inside, x is float32 (n, h, w, c) from 0 to 255, and y an object array with, for each picture, a pair of boxes
float32 (k, 4), left, top, right, bottom in pixels, and int64 codes (k,); None where nobody said what a picture holds.
The target is a structure whose classes are the `values` of its column. Pictures of a query may have any size, since
answers are in their own pixels; only their channels must be those of the training pictures. Reading, writing and
filling pixels are `modalities.image`'s.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..core.boxes import Box
from ..core.errors import BadInput
from ..core.evidence import Evidence
from ..core.modality import Modality
from ..core.schema import Array, Column, Dataset, FloatArray, Schema
from ..data.boxes import COLUMNS, TABLES, Boxed, kept_inside, read_either, together
from ..data.pictures import shortened
from .image import IMAGE, PICTURE, labels_of, picture_column, pixels_of, shape_of

BOXES = "boxes"
Held = tuple[Array, list[Any]]  # boxes (k, 4) and k labels of one picture


class Boxes(Modality):
    """See the module docstring."""

    name, cells = "image", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`. `y` has for each picture a pair (boxes (k, 4), labels (k,)), a dict of `boxes` and `labels`,
        or None where it is unknown what is there; it may be left out where the source has boxes of its own."""
        refused = [f"pictures have no column for {what}" for what, v in (("group", group), ("order", order)) if v]
        if task not in (None, "structure"):
            refused.append(f"a target of boxes is no {task}")
        if refused:
            raise BadInput(refused)
        pixels, own, notes = _read(X)
        if np.isnan(pixels).any():
            raise BadInput("pictures to learn from have holes (NaN); leave those pictures out")
        if not len(pixels):
            raise BadInput("there is no picture to learn from")
        picture = picture_column(pixels)
        given = own if y is None else y
        if given is None:
            raise BadInput(
                "nobody says what is in the pictures: give y, a pair (boxes (k, 4), labels (k,)) for each picture, or "
                f"put a table {TABLES[0]} beside them, with the columns {', '.join(COLUMNS)}"
            )
        held = _held(given, len(pixels), pixels.shape[1:3])
        flat: list[Any] = [label for one in held if one is not None for label in one[1]]
        if not flat:
            raise BadInput("no picture has a box; there is nothing to learn to find")
        flat, dtype = labels_of(_column(flat), len(flat))
        if any(v is None for v in flat):
            raise BadInput("some boxes have no label (None or NaN); give them one or leave them out")
        values = tuple(sorted(set(flat), key=lambda v: (isinstance(v, str), v)))
        column = Column(BOXES, "structure", dtype, values, missing=sum(one is None for one in held) / len(held))
        schema = Schema((picture, column), target=BOXES, rows=len(pixels), notes=notes)
        code = {v: i for i, v in enumerate(values)}
        return Dataset(schema, pixels, label=_coded(held, [code[v] for v in flat]))

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; what is known of the boxes is not looked at, for no query asks for it."""
        pixels, _, notes = _read(X)
        learned = shape_of(schema)
        if learned[2] == 3 and pixels.shape[-1] == 1:
            pixels = np.repeat(pixels, 3, axis=-1)
        if pixels.shape[-1] != learned[2]:
            raise BadInput(f"the pictures have {pixels.shape[-1]} channels, and the model learned {learned[2]}")
        return Evidence(pixels, label=_nothing(len(pixels))), list(notes)

    def write(self, values: Array, schema: Schema) -> Array:
        """uint8 (n, h, w, c)."""
        return IMAGE.write(values, schema)

    def fill(self, X: Any, completed: Array, schema: Schema) -> Array:
        """See `Modality`."""
        return IMAGE.fill(X, completed, schema)

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(evidence.values, label=_nothing(len(evidence)))

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full_like(evidence.values, np.nan), label=evidence.label)

    def with_target(self, evidence: Evidence, schema: Schema, value: float) -> Evidence:
        """See `Modality`: boxes are no class and no number, so none can be set in every row."""
        raise BadInput("a target of boxes is not one value")

    def target_of(self, evidence: Evidence, schema: Schema) -> FloatArray:
        """See `Modality`: NaN, for boxes are no numbers."""
        return np.full(len(evidence), np.nan)

    def blank(self, schema: Schema, box: Box | None = None) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full((1, *shape_of(schema)), np.nan, np.float32), label=_nothing(1))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """See `Modality`: whole numbers from 0 to 255."""
        return IMAGE.tidy(values, schema)


BOXED = Boxes()


def pretrained(size: tuple[int, int, int], classes: Sequence[str]) -> Schema:
    """The schema of a model that others fitted: pictures of that height, width and channels, boxes of these classes."""
    picture = Column(PICTURE, "structure", "uint8 " + "x".join(map(str, size)))
    return Schema((picture, Column(BOXES, "structure", "object", tuple(classes))), target=BOXES)


def _read(X: Any) -> tuple[Array, list[Any] | None, tuple[str, ...]]:
    """float32 (n, h, w, c), what is in each picture where the source says, and notes."""
    if isinstance(X, str | Path):
        X = read_either(X)
    if isinstance(X, Boxed):
        return X.pixels.astype(np.float32), X.y, X.notes
    notes: tuple[str, ...] = ()
    if isinstance(X, list) and X:
        each = [a[..., None] if a.ndim == 2 else a for a in map(np.asarray, X)]
        if all(a.ndim == 3 and a.shape[-1] in (1, 3) and a.size for a in each):
            X, notes = together(each)
    pixels, _, more = pixels_of(X)
    return pixels, None, notes + more


def _held(y: Any, pictures: int, size: tuple[int, ...]) -> list[Held | None]:
    """Boxes and labels of each picture, None where they are unknown; BadInput with all that is wrong."""
    entries = list(y)
    if len(entries) != pictures:
        raise BadInput(f"there are boxes of {len(entries):,} pictures for {pictures:,} pictures; give an entry each")
    problems, out = list[str](), list[Held | None]()
    for i, entry in enumerate(entries):
        if entry is None or (isinstance(entry, float) and entry != entry):
            out.append(None)
            continue
        try:
            pair: Any = (entry["boxes"], entry["labels"]) if isinstance(entry, Mapping) else entry
            boxes, labels = np.asarray(pair[0], dtype=float), list(pair[1])
            if len(pair) != 2:
                raise ValueError(f"{len(pair)} parts")
        except (LookupError, TypeError, ValueError):
            problems.append(f"picture {i + 1} needs a pair (boxes (k, 4), labels (k,)), not {str(entry)[:60]!r}")
            continue
        boxes = boxes.reshape(-1, 4) if boxes.size == 0 else boxes
        if boxes.ndim != 2 or boxes.shape[1] != 4:
            problems.append(f"picture {i + 1}: boxes are (k, 4), left, top, right and bottom, not {boxes.shape}")
        elif len(boxes) != len(labels):
            problems.append(f"picture {i + 1} has {len(boxes)} boxes and {len(labels)} labels")
        else:
            kept, wrong = kept_inside(boxes, size, f"picture {i + 1}")
            problems += wrong
            out.append((kept, labels))
    if problems:
        raise BadInput(shortened(problems))
    return out


def _coded(held: Sequence[Held | None], codes: Sequence[int]) -> Array:
    """The target of every picture, of the codes of all labels one after another."""
    out, at = _nothing(len(held)), 0
    for i, one in enumerate(held):
        if one is not None:
            out[i] = one[0], np.array(codes[at : at + len(one[1])], np.int64)
            at += len(one[1])
    return out


def _column(labels: list[Any]) -> Array:
    """Labels as an array of their own dtype where they are of one kind, else of objects."""
    found = np.asarray(labels)
    return found if found.dtype.kind in "iufb" else np.array([*labels, None], dtype=object)[:-1]


def _nothing(n: int) -> Array:
    """Object array (n,) of None."""
    return np.full(n, None, dtype=object)
