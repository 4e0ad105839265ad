"""Pictures with boxes from disk: a folder or a zip of pictures and a table with a row for each box.

The table has the columns image, label, xmin, ymin, xmax and ymax, in pixels from the upper left corner; others are left
alone. What does not fit is named, several at once. Answers of a detector are written as the same table.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from ..core.errors import BadInput
from ..core.schema import Array
from .pictures import ARRAYS, DIGITS, FORMATS, Pictures, decoded, of_one_colour, pictures_in, read_pictures, shortened

if TYPE_CHECKING:
    import pandas as pd

CORNERS = ("xmin", "ymin", "xmax", "ymax")
COLUMNS = ("image", "label", *CORNERS)
TABLES = ("boxes.csv", "boxes.csv.gz")
INSIDE = ("images.zip", "images")  # where a folder without pictures of its own may have them
EDGE = 1.0  # pixels that a box may stick out of its picture: some tools count pixels from 1
GREY = 128  # of what is added to small pictures
LARGEST = 500_000_000  # bytes of one picture in a zip


@dataclass(frozen=True)
class Boxed:
    """Pictures with what is in them.

    Attributes:
        pixels: uint8 (n, h, w, c) with c = 1 or 3; smaller pictures have grey at their right and below.
        boxes: for each picture float32 (k, 4), left, top, right, bottom in pixels; None where no table says.
        labels: for each picture its k labels, dtype object; None where no table says.
        names: of the files.
        name: of the source.
        sha256: of pixels, boxes and labels.
        notes: how they were read.
    """

    pixels: Array
    boxes: list[Array] | None
    labels: list[Array] | None
    names: tuple[str, ...]
    name: str
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pixels)

    @property
    def y(self) -> list[tuple[Array, Array]] | None:
        """Boxes and labels of each picture, as `fit(X, y)` takes them."""
        if self.boxes is None or self.labels is None:
            return None
        return list(zip(self.boxes, self.labels, strict=True))


def read_boxes(path: str | Path, table: str | Path | None = None) -> Boxed:
    """Pictures and their boxes. A picture that the table does not name holds nothing.

    Args:
        path: a folder of pictures (or one with `images.zip` or a folder `images` in it), a zip of pictures, or one
            picture.
        table: a .csv, .tsv, .jsonl or .parquet file; None takes `boxes.csv` or `boxes.csv.gz` beside the pictures, and
            no boxes where there is neither.

    Raises:
        BadInput: there are no pictures, some cannot be decoded, the table lacks a column or names a picture that is not
            there, or a box is empty or not inside its picture; all problems are listed.
        MissingExtra: Pillow is not installed.
    """
    where = Path(path).expanduser()
    if not where.exists():
        raise BadInput(f"there is no {where}; give a folder or a .zip of pictures, or one picture")
    found = _table(where) if table is None else Path(table).expanduser()
    if where.is_dir() and not pictures_in(where):
        where = next(filter(Path.exists, map(where.joinpath, INSIDE)), where)
    names, pictures, problems = list[str](), list[Array](), list[str]()
    for name, file in _files(where):
        try:
            picture = decoded(file, f"{where}: {name}")
        except BadInput as error:
            problems += error.problems
            picture = np.empty((0, 0, 1), np.uint8)  # its name is known all the same
        if name in names:
            problems.append(f"{where} holds two pictures called {name}; rename one")
        names.append(name)
        pictures.append(picture)
    if not names:
        raise BadInput(f"{where} holds no picture, that is no file ending in {', '.join(FORMATS[:3])} or the like")
    boxes = labels = None
    if found is not None:
        boxes, labels, more = _boxes(found, names, [p.shape[:2] for p in pictures])
        problems += more
    if problems:
        raise BadInput(shortened(problems))
    pixels, notes = together(pictures)
    empty = sum(len(b) == 0 for b in boxes or ())
    notes += (f"{empty:,} of {len(names):,} pictures hold no box",) if empty else ()
    digest = hashlib.sha256(f"{pixels.shape}".encode())
    digest.update(pixels.tobytes())
    for b, c in zip(boxes or (), labels or (), strict=True):
        digest.update(b.tobytes() + "\0".join(map(str, c)).encode())
    return Boxed(pixels, boxes, labels, tuple(names), where.name, digest.hexdigest(), notes)


def read_either(path: str | Path) -> Boxed | Pictures:
    """Arrays of pictures (`data.pictures.read_pictures`), or else pictures and their boxes (`read_boxes`)."""
    arrays = path == DIGITS or str(path).lower().endswith(ARRAYS)
    return read_pictures(path) if arrays else read_boxes(path)


def together(pictures: Sequence[Array]) -> tuple[Array, tuple[str, ...]]:
    """(n, h, w, c) of pictures (h, w, 1 or 3) of any sizes: smaller ones get grey at their right and below, where no
    box moves; and notes."""
    several, notes = of_one_colour(list(pictures))
    height, width = (max(p.shape[i] for p in several) for i in (0, 1))
    if all(p.shape[:2] == (height, width) for p in several):
        return np.stack(several), notes
    out = np.full((len(several), height, width, several[0].shape[-1]), GREY, np.result_type(*several))
    for i, one in enumerate(several):
        out[i, : one.shape[0], : one.shape[1]] = one
    return out, (*notes, f"the pictures have several sizes; smaller ones get grey up to {width} x {height}")


def kept_inside(boxes: Array, size: tuple[int, ...], said: str) -> tuple[Array, list[str]]:
    """Boxes (k, 4) clipped to a picture of that height and width, and what is wrong with them; `said` names the
    picture."""
    most = np.array([size[1], size[0]] * 2, float)
    problems: list[str] = []
    for i in np.flatnonzero(~np.isfinite(boxes).all(axis=1)):
        problems.append(f"{said}: box {i + 1} has a corner that is no number")
    for i in np.flatnonzero((boxes[:, 2:] <= boxes[:, :2]).any(axis=1)):
        problems.append(f"{said}: box {i + 1} is empty, ({_corners(boxes[i])}); left < right and top < bottom")
    out = (boxes < -EDGE) | (boxes > most + EDGE)
    for i in np.flatnonzero(out.any(axis=1)):
        problems.append(
            f"{said}: box {i + 1}, ({_corners(boxes[i])}), is not inside the picture of {size[1]} x {size[0]}"
        )
    return np.clip(boxes, 0, most).astype(np.float32), problems


def as_table(names: Sequence[str], found: Sequence[tuple[Array, Array, Array]]) -> pd.DataFrame:
    """What a detector says of pictures, a row for each box: image, label, score and its corners in pixels."""
    import pandas as pd

    boxes, labels, scores = ([one[i] for one in found] for i in range(3))
    corners = np.round(np.concatenate([np.empty((0, 4)), *boxes]).astype(float), 2)
    frame = pd.DataFrame(corners, columns=list(CORNERS))
    frame.insert(0, "score", np.round(np.concatenate([np.empty(0), *scores]).astype(float), 4))
    frame.insert(0, "label", np.concatenate([np.empty(0, object), *labels]).tolist())
    frame.insert(0, "image", np.repeat(np.array(names, dtype=object), [len(b) for b in boxes]))
    return frame


def _corners(box: Array) -> str:
    return ", ".join(f"{v:g}" for v in box)


def _table(where: Path) -> Path | None:
    """The table beside the pictures; none of one picture, for it would name others."""
    beside = where if where.is_dir() else where.parent
    several = where.suffix.lower() not in FORMATS
    return next((beside / name for name in TABLES if several and (beside / name).is_file()), None)


def _files(where: Path) -> Iterator[tuple[str, Any]]:
    """Name and file of each picture, in the order of names."""
    if where.is_dir() or where.suffix.lower() in FORMATS:
        yield from ((file.name, file) for file in (pictures_in(where) if where.is_dir() else [where]))
        return
    try:
        with zipfile.ZipFile(where) as packed:
            members = [m for m in packed.infolist() if not m.is_dir() and m.filename.lower().endswith(FORMATS)]
            for member in sorted(members, key=lambda m: m.filename):
                if Path(member.filename).name.startswith("."):
                    continue
                if member.file_size > LARGEST:
                    raise BadInput(f"{where}: {member.filename} would be {member.file_size:,} bytes; make it smaller")
                yield Path(member.filename).name, io.BytesIO(packed.read(member))
    except (OSError, zipfile.BadZipFile, RuntimeError, EOFError, zlib.error) as error:  # RuntimeError: a password
        raise BadInput(f"{where} is no whole zip of pictures ({' '.join(str(error).split())})") from error


def _boxes(
    table: Path, names: Sequence[str], sizes: Sequence[tuple[int, ...]]
) -> tuple[list[Array], list[Array], list[str]]:
    """Boxes and labels of each picture, and what is wrong with the table; pictures of size 0 could not be read."""
    from .read import read

    frame = read(table, numbers=CORNERS).frame
    lacking = [c for c in COLUMNS if c not in frame.columns]
    if lacking:
        raise BadInput(f"{table} has no column {', '.join(lacking)}; a table of boxes has {', '.join(COLUMNS)}")
    problems: list[str] = []
    text = [c for c in CORNERS if frame[c].dtype.kind not in "iuf"]
    if text:
        raise BadInput(f"{table}: {', '.join(text)} must hold numbers of pixels")
    position = {name: i for i, name in enumerate(names)}
    image = frame["image"].astype(str).to_numpy(dtype=object)
    labels = frame["label"].astype(object).to_numpy()
    at = np.array([position.get(one, -1) for one in image], dtype=int)
    for name in dict.fromkeys(image[at < 0]):
        problems.append(
            f"{table} names {name!r} (row {np.flatnonzero(image == name)[0] + 1}), and there is no such picture"
        )
    for i in np.flatnonzero(frame["label"].isna().to_numpy()):
        problems.append(f"{table}: row {i + 1} has no label")
    corners = frame[list(CORNERS)].to_numpy(dtype=float)
    order = np.argsort(at, kind="stable")
    bounds = np.searchsorted(at[order], np.arange(len(names) + 1))
    boxes, classes = list[Array](), list[Array]()
    for i, name in enumerate(names):
        rows = order[bounds[i] : bounds[i + 1]]
        kept, wrong = kept_inside(corners[rows], sizes[i], name) if sizes[i][0] else (corners[rows], [])
        problems += wrong
        boxes.append(kept)
        classes.append(labels[rows])
    return boxes, classes, problems
