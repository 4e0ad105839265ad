"""Pictures: uint8 arrays of one size, with a class label where there is one.

Inside, x is float32 (n, h, w, c) from 0 to 255 with NaN for a hole, and y the label's code. Pictures come as arrays, as
`Pictures`, or as a path (`data.pictures`); they go back as uint8. Their likelihood is the mass of a picture: of 256
values of every number in it. The shape stands in the dtype of the schema's first column, as in `uint8 8x8x1`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.boxes import Box
from ..core.errors import BadInput, CannotAnswer
from ..core.evidence import Evidence
from ..core.modality import Modality
from ..core.schema import UNSEEN, Array, Column, Dataset, FloatArray, Schema
from ..data.pictures import Pictures, read_pictures

PICTURE, LABEL = "picture", "label"
TOP = 255.0


def shape_of(schema: Schema) -> tuple[int, int, int]:
    """Height, width and channels of a fitted model's pictures."""
    height, width, channels = (int(part) for part in schema.columns[0].dtype.partition(" ")[2].split("x"))
    return height, width, channels


def picture_column(pixels: Array) -> Column:
    """The schema's column of pictures (n, h, w, c)."""
    return Column(PICTURE, "structure", "uint8 " + "x".join(str(s) for s in pixels.shape[1:]))


class Image(Modality):
    """See the module docstring."""

    name, cells = "image", False

    def learn(
        self, X: Any, y: Any = None, *, task: str | None = None, group: str | None = None, order: str | None = None
    ) -> Dataset:
        """See `Modality`; `y` may be left out where the source has class sub-folders or labels of its own."""
        refused = [f"pictures have no column for {what}" for what, v in (("group", group), ("order", order)) if v]
        if task not in (None, "class"):
            refused.append(f"pictures take class labels, and no {task} target")
        if refused:
            raise BadInput(refused)
        pixels, own, notes = pixels_of(X)
        if np.isnan(pixels).any():
            raise BadInput("pictures to learn from have holes (NaN); leave those pictures out")
        if not len(pixels):
            raise BadInput("there is no picture to learn from")
        picture = picture_column(pixels)
        labels = own if y is None else y
        if labels is None:
            return Dataset(Schema((picture,), rows=len(pixels), notes=notes), pixels)
        labels, dtype = labels_of(labels, len(pixels))
        known = np.array([v is not None for v in labels])
        values = tuple(sorted({v for v in labels if v is not None}, key=lambda v: (isinstance(v, str), v)))
        code = {v: float(i) for i, v in enumerate(values)}
        column = Column(LABEL, "category", dtype, values, missing=1 - float(known.mean()))
        schema = Schema((picture, column), target=LABEL, rows=len(pixels), notes=notes)
        return Dataset(schema, pixels, label=np.array([np.nan if v is None else code[v] for v in labels]))

    def read(
        self, X: Any, schema: Schema, *, need: str | Sequence[str] = "some", unseen: str = "unknown"
    ) -> tuple[Evidence, list[str]]:
        """See `Modality`; X may be a pair (pictures, labels)."""
        given = None
        if isinstance(X, tuple) and len(X) == 2:
            X, given = X
        pixels, own, notes = pixels_of(X)
        height, width, channels = shape_of(schema)
        if channels == 3 and pixels.shape[-1] == 1:
            pixels = np.repeat(pixels, 3, axis=-1)
        if len(pixels) and pixels.shape[1:] != (height, width, channels):
            h, w, c = pixels.shape[1:]
            raise BadInput(
                f"the pictures are {h} x {w} with {c} channels, and the model was fitted to {height} x {width} with "
                f"{channels}; bring them to that size"
            )
        label = np.full(len(pixels), np.nan)
        labels = own if given is None else given
        if labels is not None and schema.target is not None:
            code = {v: float(i) for i, v in enumerate(schema.columns[1].values)}
            other = UNSEEN if unseen == "code" else np.nan
            found, _ = labels_of(labels, len(pixels))
            label = np.array([np.nan if v is None else code.get(v, other) for v in found], dtype=float)
        return Evidence(pixels, label=label), list(notes)

    def write(self, values: Array, schema: Schema) -> Array:
        """uint8 (n, h, w, c)."""
        return np.clip(np.rint(values), 0, TOP).astype(np.uint8).reshape(-1, *shape_of(schema))

    def fill(self, X: Any, completed: Array, schema: Schema) -> Array:
        """Float pictures of X's own shape and dtype with only their holes taken from `completed`."""
        X = np.asarray(X[0] if isinstance(X, tuple) else X)
        if X.dtype.kind != "f":
            return X.copy()
        return np.where(np.isnan(X), self.tidy(completed, schema).reshape(X.shape), X).astype(X.dtype)

    def hide_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(evidence.values, label=np.full(len(evidence), np.nan))

    def only_target(self, evidence: Evidence, schema: Schema) -> Evidence:
        """See `Modality`."""
        return Evidence(np.full_like(evidence.values, np.nan), label=evidence.label)

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
        return Evidence(np.full((1, *shape_of(schema)), np.nan, np.float32), label=np.full(1, label))

    def tidy(self, values: Array, schema: Schema) -> Array:
        """See `Modality`: whole numbers from 0 to 255."""
        return np.clip(np.rint(values), 0, TOP)


IMAGE = Image()


def pixels_of(X: Any) -> tuple[Array, Array | None, tuple[str, ...]]:
    """float32 (n, h, w, c) of whatever the user calls pictures, and labels that come with them."""
    if isinstance(X, str | Path):
        X = read_pictures(X)
    if isinstance(X, Pictures):
        return X.pixels.astype(np.float32), X.labels, X.notes
    try:
        found = np.stack([np.asarray(one) for one in X]) if isinstance(X, list) and X else np.asarray(X)
    except ValueError as error:
        raise BadInput("the pictures have several sizes; bring them to one size") from error
    if found.ndim == 3:
        found = found[..., None]
    problems: list[str] = []
    if found.ndim != 4 or found.shape[-1] not in (1, 3) or 0 in found.shape[1:]:
        problems.append(f"pictures are arrays (n, h, w) or (n, h, w, 1 or 3), not {found.shape}")
    if found.dtype.kind not in "uif":
        problems.append(f"pictures hold numbers from 0 to 255, not {found.dtype}")
    elif found.size:
        pixels = found.astype(np.float32)
        if np.isinf(pixels).any() or np.nanmin(pixels, initial=0.0) < 0 or np.nanmax(pixels, initial=0.0) > TOP:
            problems.append("pictures hold numbers outside 0 to 255; scale them")
        elif found.dtype.kind == "f" and 0 < np.nanmax(pixels, initial=0.0) <= 1.0:
            problems.append("pictures seem to be scaled to 0..1; multiply by 255, for they are read as 0 to 255")
    if problems:
        raise BadInput(problems)
    return found.astype(np.float32), None, ()


def with_labels(X: Any) -> tuple[Any, Any]:
    """Pictures and the labels that came with them (None: none did), for modalities whose labels are other things."""
    if isinstance(X, str | Path):
        X = read_pictures(X)
    return (replace(X, labels=None), X.labels) if isinstance(X, Pictures) else (X, None)


def labels_of(labels: Any, rows: int, what: str = "pictures") -> tuple[list[Any], str]:
    """Plain Python labels of so many pictures, or of what else there is, None where unknown, and the dtype they came
    in."""
    found = np.asarray(labels)
    if found.shape != (rows,):
        raise BadInput(f"there are {found.shape} labels for {rows:,} {what}; give one each")
    out: list[Any] = [v.item() if isinstance(v, np.generic) else v for v in found]
    out = [None if v is None or v != v else v for v in out]
    whole = [v for v in out if v is not None]
    if found.dtype.kind == "f" and all(float(v).is_integer() for v in whole):
        out = [None if v is None else int(v) for v in out]
        return out, "int64"
    wrong = next((v for v in whole if not isinstance(v, str | int | float | bool)), None)
    if wrong is not None:
        raise BadInput(f"labels are text or numbers, not {type(wrong).__name__}")
    return out, str(found.dtype)


def without_holes(key: str, values: Array) -> Array:
    """Pictures as they are; CannotAnswer when one has holes, for families that refuse them."""
    if np.isnan(values).any():
        raise CannotAnswer(f"{key} reads whole pictures, and some have holes", instead="fill them with impute first")
    return values


def scaled(values: Array) -> Array:
    """(n, h, w, c) from 0 to 255 as networks read them: float32 (n, c, h, w) from -1 to 1."""
    return np.ascontiguousarray(np.moveaxis(values, -1, 1) * (2 / TOP) - 1, dtype=np.float32)


def unscaled(x: Array) -> Array:
    """Inverse of `scaled`, kept within 0 to 255."""
    return np.clip((np.moveaxis(x, 1, -1) + 1) * (TOP / 2), 0, TOP)
