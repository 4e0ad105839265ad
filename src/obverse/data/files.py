"""Files as bytes: read whole, decompress, write so that a kill leaves the old file or the new one, never half."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from pathlib import Path

from obverse.core.errors import BadInput

ENDINGS = (".csv", ".tsv", ".parquet", ".jsonl")


def ending(path: Path) -> str:
    """The format's ending, `.csv` for both `a.csv` and `a.CSV.gz`; BadInput when it is not one of `ENDINGS`."""
    name = path.name.lower().removesuffix(".gz")
    for known in ENDINGS:
        if name.endswith(known):
            return known
    raise BadInput(f"cannot tell the format of {path}: its name must end in {', '.join(ENDINGS)} (or .gz after it)")


def read_bytes(path: Path) -> bytes:
    """The file as it lies on disk; BadInput when it cannot be read."""
    if path.is_dir():
        raise BadInput(f"{path} is a folder; give one file ending in {', '.join(ENDINGS)}")
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise BadInput(f"there is no file {path}; check the path") from error
    except OSError as error:
        raise BadInput(f"cannot read {path}: {error.strerror}") from error


def decompress(raw: bytes, path: Path) -> bytes:
    """The content: `raw` itself, or what it holds when the name ends in `.gz`; BadInput when that is damaged."""
    if path.suffix.lower() != ".gz":
        return raw
    try:
        return gzip.decompress(raw)
    except (OSError, EOFError, zlib.error) as error:
        raise BadInput(f"{path} is not a whole gzip file ({error}); copy or download it again") from error


def write_bytes(path: Path, content: bytes) -> None:
    """Put `content` at `path` (gzipped when it ends in `.gz`) through a temporary sibling and a rename.

    The same content gives the same bytes: no time stamp goes into a gzip. BadInput when the folder cannot be written.
    """
    if path.suffix.lower() == ".gz":
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
