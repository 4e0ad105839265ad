"""Files as bytes: read whole, decompress, write so that a kill leaves the old file or the new one, never half."""

from __future__ import annotations

import gzip
import os
import stat
import tempfile
import zlib
from pathlib import Path
from typing import BinaryIO, cast

from obverse.core.errors import BadInput

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl")


def ending(path: Path) -> str:
    """The format's ending, `.csv` for both `a.csv` and `a.CSV.gz`; BadInput when it is not one of `ENDINGS`."""
    name = path.name.lower().removesuffix(".gz")
    for known in ENDINGS:
        if name.endswith(known):
            return known
    raise BadInput(f"cannot tell the format of {path}: its name must end in {', '.join(ENDINGS)} (or .gz after it)")


def check_file(path: Path) -> int:
    """Size in bytes of a file that can be read; BadInput when there is none, or it is a folder, a pipe or a device."""
    try:
        facts = path.stat()
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {path}; check the path") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise BadInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error
    if stat.S_ISDIR(facts.st_mode):
        raise BadInput(f"{path} is a folder; give one file ending in {', '.join(ENDINGS)}")
    if not stat.S_ISREG(facts.st_mode):  # to open a pipe would wait for whoever writes it
        raise BadInput(f"{path} is a pipe or a device, which cannot be read twice; save what comes out of it as a file")
    return facts.st_size


def opened(path: Path, *, packed: bool = False) -> BinaryIO:
    """The file's content from the start, decompressed when its name ends in `.gz`; BadInput when it cannot be read.

    `packed` gives the bytes as they lie on disk.
    """
    check_file(path)
    try:
        if is_gzip(path) and not packed:
            return cast("BinaryIO", gzip.open(path, "rb"))
        return path.open("rb")
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror or error}") from error


def read_bytes(path: Path) -> bytes:
    """The file as it lies on disk; BadInput when it cannot be read."""
    with opened(path, packed=True) as file:
        try:
            return file.read()
        except OSError as error:
            raise BadInput(f"cannot read {path}: {error.strerror or error}") from error


def is_gzip(path: Path) -> bool:
    """Whether the name says that the content is compressed."""
    return path.suffix.lower() == ".gz"


def last_number(path: Path) -> int:
    """The last four bytes as a number: a gzip file says there how large its content is, modulo 4 GiB."""
    with opened(path, packed=True) as file:
        file.seek(max(path.stat().st_size - 4, 0))
        return int.from_bytes(file.read(4), "little")


def decompress(raw: bytes, path: Path) -> bytes:
    """The content: `raw` itself, or what it holds when the name ends in `.gz`; BadInput when that is damaged."""
    if not is_gzip(path):
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} is not a whole gzip file ({error}); copy or download it again") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path` (gzipped when it ends in `.gz`) through a temporary sibling and a rename.

    The same content gives the same bytes: no time stamp goes into a gzip. BadInput when the folder cannot be written.
    """
    if is_gzip(path):
        content = gzip.compress(content, mtime=0)
    if not path.parent.is_dir():
        raise BadInput(f"cannot write {path}: there is no folder {path.parent}")
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "wb") as out:
                out.write(content)
            temporary.chmod(0o644)  # mkstemp makes files private; a written table is an ordinary file
            os.replace(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
    except OSError as error:
        raise BadInput(f"cannot write {path}: {error.strerror}") from error
