"""Pictures from disk: a folder of class sub-folders or of captions, an .npz of arrays, or the idx files of MNIST.

All pictures of one call have one size and one number of channels; whatever does not fit is named, several at once.
Folders are read with Pillow (extra `deep`); arrays need numpy alone, and no file is unpickled.
"""

from __future__ import annotations

import gzip
import hashlib
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..core.errors import BadInput, MissingExtra
from ..core.schema import Array
from .captions import TABLE, captioned_files

FORMATS = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")
ARRAYS = (".npz", "-idx3-ubyte", "-idx3-ubyte.gz")
X_NAMES, Y_NAMES = ("x", "images", "train_images", "x_train"), ("y", "labels", "captions", "train_labels", "y_train")
DIGITS, DIGITS_TOP = "digits", 16  # the catalogue's name, and the largest value in it
SEEN = 48  # pixels that a picture of a sheet is enlarged to
MOST_SAID = 5  # files named in one error
MOST_PIXELS = 100_000_000  # of one picture: a file that says more is taken for broken


@dataclass(frozen=True)
class Pictures:
    """Pictures as arrays.

    Attributes:
        pixels: uint8 (n, h, w, c) with c = 1 or 3.
        labels: (n,) text or numbers, None where the source has no classes.
        name: of the source.
        sha256: of pixels and labels.
        notes: how they were read.
    """

    pixels: Array
    labels: Array | None
    name: str
    sha256: str = ""
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pixels)

    @classmethod
    def of(cls, pixels: Array, labels: Array | None, name: str, notes: tuple[str, ...] = ()) -> Pictures:
        """With their digest."""
        made = hashlib.sha256(f"{pixels.dtype}{pixels.shape}".encode())
        made.update(np.ascontiguousarray(pixels).tobytes())
        if labels is not None:
            made.update("\0".join(str(label) for label in labels).encode())
        return cls(pixels, labels, name, made.hexdigest(), notes)

    @property
    def told(self) -> Array:
        """The labels, which the caller knows to be there."""
        assert self.labels is not None
        return self.labels

    def take(self, rows: Array) -> Pictures:
        """Those at the positions (n,); the digest stays that of all."""
        labels = None if self.labels is None else self.labels[rows]
        return Pictures(self.pixels[rows], labels, self.name, self.sha256, self.notes)


def read_pictures(path: str | Path) -> Pictures:
    """Pictures of a folder or a file of arrays.

    Args:
        path: `digits`, the 1,797 handwritten digits of 8 x 8 pixels that scikit-learn brings along; a folder whose
            sub-folders are classes (or that holds pictures itself, without classes, or with `metadata.csv`, whose
            captions are then the labels); an .npz with `x` or `images` and perhaps `y`, `labels` or `captions`; or
            `...-idx3-ubyte[.gz]`, with the labels beside it.

    Raises:
        BadInput: nothing there, no picture, a picture that cannot be decoded, or several sizes; files are named.
        MissingExtra: Pillow is not installed and the pictures are files.
    """
    if path == DIGITS:
        return _digits()
    where = Path(path).expanduser()
    if not where.exists():
        raise BadInput(f"there is no {where}; give {DIGITS}, a folder of class sub-folders, an .npz or an idx file")
    if where.is_dir():
        return _folder(where)
    if where.suffix.lower() == ".npz":
        return _npz(where)
    if str(where).lower().endswith(ARRAYS):
        return _idx(where)
    raise BadInput(f"{where} is no folder of pictures; give one, an .npz or a file ending in -idx3-ubyte")


def standard(pixels: Any, where: str) -> Array:
    """uint8 (n, h, w, c) from (n, h, w) or (n, h, w, 1 or 3); BadInput for anything else."""
    pixels = np.asarray(pixels)
    if pixels.dtype != np.uint8:
        raise BadInput(f"{where} holds {pixels.dtype} and not uint8; scale pictures to 0..255 first")
    if pixels.ndim == 3:
        pixels = pixels[..., None]
    if pixels.ndim != 4 or pixels.shape[-1] not in (1, 3) or 0 in pixels.shape[1:]:
        raise BadInput(f"{where} has the shape {pixels.shape}; pictures are (n, h, w) or (n, h, w, 1 or 3)")
    return pixels


def _digits() -> Pictures:
    from sklearn.datasets import load_digits

    held: Any = load_digits()
    return Pictures.of(np.rint(held.images * (255 / DIGITS_TOP)).astype(np.uint8)[..., None], held.target, DIGITS)


def _folder(folder: Path) -> Pictures:
    told = (folder / TABLE).is_file()
    files, problems = captioned_files(folder, FORMATS) if told else (_of_classes(folder), list[str]())
    read = list[Array]()
    for file, _ in files:
        try:
            read.append(decoded(file))
        except BadInput as error:
            problems += error.problems
    sizes: dict[tuple[int, ...], Path] = {}
    for one, (file, _) in zip(read, files, strict=True) if not problems else ():
        sizes.setdefault(one.shape[:2], file)
    if len(sizes) > 1:
        said = [f"{w} x {h} ({file.name})" for (h, w), file in list(sizes.items())[:MOST_SAID]]
        problems.append(f"{folder} holds pictures of {len(sizes)} sizes, {', '.join(said)}; bring them to one size")
    if problems:
        raise BadInput(shortened(problems))
    read, notes = of_one_colour(read)
    pixels = np.stack(read)
    labels = np.array([label for _, label in files], dtype=object) if files[0][1] is not None else None
    return Pictures.of(pixels, labels, folder.name, notes)


def _of_classes(folder: Path) -> list[tuple[Path, str | None]]:
    """The pictures of a folder, with the sub-folder that each lies in where there are any."""
    classes = sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith("."))
    files: list[tuple[Path, str | None]] = [(f, None) for f in pictures_in(folder)]
    if classes:
        if files:
            raise BadInput(f"{folder} holds pictures beside class sub-folders; move {files[0][0].name} into one")
        files = [(f, c.name) for c in classes for f in pictures_in(c)]
    if not files:
        raise BadInput(f"{folder} holds no picture; its sub-folders are classes, with files such as {FORMATS[0]}")
    return files


def shortened(problems: list[str]) -> list[str]:
    """The first few, and how many more there are."""
    more = len(problems) - MOST_SAID
    return [*problems[:MOST_SAID], f"and {more:,} more"] if more > 0 else problems


def of_one_colour(pictures: list[Array]) -> tuple[list[Array], tuple[str, ...]]:
    """The same with three channels each where any has them, and a note where that changed one."""
    colour = any(one.shape[-1] == 3 for one in pictures)
    if not colour or all(one.shape[-1] == 3 for one in pictures):
        return pictures, ()
    note = "grey and coloured pictures are mixed; all are read as coloured"
    return [np.repeat(one, 3, axis=-1) if one.shape[-1] == 1 else one for one in pictures], (note,)


def pictures_in(folder: Path) -> list[Path]:
    """The files of a folder that are pictures by their names, in order."""
    return sorted(f for f in folder.iterdir() if f.is_file() and f.suffix.lower() in FORMATS)


def decoded(file: Path | BinaryIO, said: str | None = None) -> Array:
    """uint8 (h, w, 1 or 3) of one file; `said` is its name in an error.

    Raises:
        BadInput: it is no picture, half of one, or too large.
        MissingExtra: Pillow is not installed.
    """
    said = str(file) if said is None else said
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError as error:
        raise MissingExtra(
            'pictures are read with Pillow, which is not installed: pip install "obverse[deep]"'
        ) from error
    try:
        with Image.open(file) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise BadInput(f"{said} says it is {opened.width} x {opened.height} pixels; make it smaller")
            grey = opened.mode in ("1", "L", "LA", "I", "I;16")
            if opened.mode.startswith("I"):
                deep = np.asarray(opened, dtype=float)
                return (deep / 257 if deep.max() > 255 else deep).round().astype(np.uint8)[..., None]
            plain = np.asarray(opened.convert("L" if grey else "RGB"))
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError) as error:
        raise BadInput(f"{said} is no picture that can be read ({str(error).splitlines()[0]}); remove it") from error
    return plain[..., None] if plain.ndim == 2 else plain


def _npz(file: Path) -> Pictures:
    try:
        with np.load(file, allow_pickle=False) as held:
            arrays = {name.lower(): held[name] for name in held.files}
    except (OSError, ValueError, zipfile.BadZipFile, EOFError) as error:
        raise BadInput(f"{file} is no .npz that can be read ({str(error).splitlines()[0]})") from error
    x = next((arrays[n] for n in X_NAMES if n in arrays), None)
    y = next((arrays[n] for n in Y_NAMES if n in arrays), None)
    if x is None:
        raise BadInput(f"{file} holds {', '.join(arrays) or 'nothing'}; name the pictures {' or '.join(X_NAMES[:2])}")
    pixels = standard(x, str(file))
    return Pictures.of(pixels, None if y is None else _matching(np.ravel(y), pixels, file), file.stem)


def _idx(file: Path) -> Pictures:
    beside = Path(str(file).replace("-images", "-labels").replace("idx3", "idx1"))
    pixels = standard(_unpacked(file, 3), str(file))
    labels = _matching(_unpacked(beside, 1), pixels, beside) if beside != file and beside.exists() else None
    return Pictures.of(pixels, labels, file.name.partition("-idx")[0])


def _unpacked(file: Path, axes: int) -> Array:
    """The bytes of an idx file, of so many axes."""
    try:
        raw = file.read_bytes()
        raw = gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (OSError, EOFError) as error:
        raise BadInput(f"{file} cannot be read ({error})") from error
    head = 4 + 4 * axes
    shape = tuple(int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(axes))
    if len(raw) < head or raw[:4] != bytes([0, 0, 8, axes]) or len(raw) - head != int(np.prod(shape)):
        raise BadInput(f"{file} is no whole idx file of bytes with {axes} axes")
    return np.frombuffer(raw, np.uint8, offset=head).reshape(shape)


def _matching(labels: Array, pixels: Array, where: Path) -> Array:
    if len(labels) != len(pixels):
        raise BadInput(f"{where} has {len(labels):,} labels for {len(pixels):,} pictures")
    return labels


def write_pictures(pixels: Array, path: Path, labels: Array | None = None) -> None:
    """Write uint8 (n, h, w, c) to a .npz of `x` (and `y`), or to a .png with all of them side by side.

    The file is written whole or not at all.

    Raises:
        BadInput: another ending, or it cannot be written.
        MissingExtra: Pillow is not installed and a .png is wanted.
    """
    check_out(path)
    near = path.with_name(f".{path.name}.part{path.suffix}")
    try:
        if path.suffix.lower() == ".npz":
            arrays: dict[str, Any] = {"x": pixels} if labels is None else {"x": pixels, "y": labels}
            np.savez_compressed(near, **arrays)
        else:
            _sheet(pixels).save(near)
        near.replace(path)
    except OSError as error:
        near.unlink(missing_ok=True)
        raise BadInput(f"cannot write {path}: {error.strerror or error}") from error


def png(pixels: Array, across: int) -> bytes:
    """A .png file of uint8 (n, h, w, c), so many beside each other, pixel for pixel and nothing between them.

    Raises:
        MissingExtra: Pillow is not installed.
    """
    import io

    n, height, width, channels = pixels.shape
    down = max(1, -(-n // across))
    sheet = np.full((down * across, height, width, channels), 128, np.uint8)
    sheet[:n] = pixels
    sheet = sheet.reshape(down, across, height, width, channels).swapaxes(1, 2)
    out = io.BytesIO()
    _image(sheet.reshape(down * height, across * width, channels)).save(out, "png", optimize=True)
    return out.getvalue()


def check_out(path: Path) -> None:
    """BadInput before any work when pictures cannot be written there."""
    if path.suffix.lower() not in (".png", ".npz"):
        raise BadInput(f"pictures are written to .png or .npz, not {path.name}")
    if path.is_dir() or not path.parent.is_dir():
        raise BadInput(f"cannot write {path}: " + ("it is a folder" if path.is_dir() else f"no folder {path.parent}"))


def _sheet(pixels: Array) -> Any:
    """All pictures in rows, enlarged to be seen, a grey line between them."""
    n, height, width, channels = pixels.shape
    across = max(1, int(np.ceil(np.sqrt(n))))
    down = max(1, int(np.ceil(n / across)))
    times = max(1, SEEN // max(height, width))
    sheet = np.full((down * (height * times + 1) + 1, across * (width * times + 1) + 1, channels), 128, np.uint8)
    for i, one in enumerate(pixels):
        top, left = (i // across) * (height * times + 1) + 1, (i % across) * (width * times + 1) + 1
        sheet[top : top + height * times, left : left + width * times] = one.repeat(times, 0).repeat(times, 1)
    return _image(sheet)


def _image(pixels: Array) -> Any:
    """uint8 (h, w, c) as Pillow's image."""
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingExtra('a .png needs Pillow, which is not installed: pip install "obverse[deep]"') from error
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
