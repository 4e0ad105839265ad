"""What a file holds once decompressed, as a stream: hashed and checked as it passes, so that nobody has to hold it."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from obverse.core.errors import BadInput

from .files import is_gzip, opened

BLOCK = 1 << 20  # bytes read at once
LONGEST = 16 << 20  # bytes of the longest line of text that is read
MAGIC = {
    b"PK\x03\x04": "a zip archive, perhaps a spreadsheet; save it as 'CSV UTF-8' there",
    b"\xd0\xcf\x11\xe0": "a spreadsheet of old Excel; save it as 'CSV UTF-8' there",
    b"PAR1": "a parquet file; let its name end in .parquet",
    b"\x1f\x8b": "compressed by gzip; let its name end in .gz",
    b"%PDF": "a PDF; get its table as .csv",
    b"SQLite format 3": "an SQLite database; export its table as .csv",
}


@dataclass(frozen=True)
class Content:
    """Bytes that can be read from the start as often as needed.

    Attributes:
        where: names them in errors.
        opened: opens the decompressed bytes.
        packed: they are decompressed on the way, so that jumping to a place in them is slow.
        limit: how many bytes may be read; a file that says it is small and is not ends there. None for no limit.
    """

    where: str
    opened: Callable[[], BinaryIO]
    packed: bool = False
    limit: int | None = None

    @contextmanager
    def passing(self, *, text: bool) -> Iterator[Passing]:
        """The bytes from the start; `text`: they must be UTF-8 without NUL."""
        with self.opened() as stream:
            yield Passing(self, stream, text=text)


def of_bytes(content: bytes, where: str) -> Content:
    """Bytes that are in memory already."""
    return Content(where, lambda: io.BytesIO(content))


def of_file(path: Path, limit: int | None = None) -> Content:
    """A file, decompressed when its name ends in `.gz`."""
    return Content(str(path), lambda: opened(path), is_gzip(path), limit)


def size_text(size: int) -> str:
    """A number of bytes for people: `2.1 GB`, `310.5 MB`."""
    return f"{size / 1e9:.1f} GB" if size >= 1e9 else f"{size / 1e6:.1f} MB"


class Passing:
    """Bytes on their way to a reader.

    It has what pyarrow asks of a file (`read`, `close`, `closed`). A fault ends the stream and is kept: readers call
    `check` when they are done, because what is raised within another library's thread may be lost.

    Attributes:
        size: bytes that have passed, int.
        quotes: double quotes among them, int; counted for text only.
    """

    def __init__(self, content: Content, stream: BinaryIO, *, text: bool) -> None:
        self._content, self._stream = content, stream
        self._hash, self._ahead, self._first = hashlib.sha256(), b"", b""
        self._decoder = codecs.getincrementaldecoder("utf-8")() if text else None
        self._lines, self._ended = 1, False
        self._problem: str | None = None
        self.size, self.quotes = 0, 0
        self.closed = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, up to `size` of them (all when negative); none at the end and at a fault."""
        if size < 0:
            return b"".join(iter(lambda: self.read(BLOCK), b""))
        out = self.ahead(size)[:size]
        self._ahead = self._ahead[len(out) :]
        return out

    def ahead(self, size: int) -> bytes:
        """The next bytes without taking them: `size` of them, or all there are."""
        while len(self._ahead) < size and (more := self._fetch(size - len(self._ahead))):
            self._ahead += more
        return self._ahead

    def stop(self) -> None:
        """End the stream here, for whoever reads it in another thread."""
        self._ended = True

    def close(self) -> None:
        """For pyarrow, which closes what it has read."""
        self.closed = True

    def finish(self) -> str:
        """Read the rest; the sha256 of everything, in hexadecimal. BadInput at a fault."""
        while self.read(BLOCK):
            continue
        self.check()
        return self._hash.hexdigest()

    def check(self) -> None:
        """BadInput when a fault has ended the stream."""
        if self._problem is not None:
            raise BadInput(self._problem)

    def _fetch(self, size: int) -> bytes:
        if self._ended:
            return b""
        where, limit = self._content.where, self._content.limit
        try:
            data = self._stream.read(size)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            return self._fail(f"{where} is not a whole gzip file ({error}); copy or download it again")
        except OSError as error:
            return self._fail(f"cannot read {where}: {error.strerror or error}")
        self._ended = not data
        self._first = self._first or data[:4096]
        self.size += len(data)
        if limit is not None and self.size > limit:
            return self._fail(too_large(where, self.size))
        if self._decoder is not None and not self._is_text(data):
            return b""
        self._hash.update(data)
        return data

    def _is_text(self, data: bytes) -> bool:
        assert self._decoder is not None
        try:
            self._decoder.decode(data, final=not data)
        except UnicodeDecodeError as error:
            self._fail(self._not_text(self._lines + _line_ends(error.object[: error.start]), error.object))
            return False
        nul = data.find(0)
        if nul >= 0:
            self._fail(self._not_text(self._lines + _line_ends(data[:nul]), data))
            return False
        self._lines += _line_ends(data)
        self.quotes += data.count(b'"')
        return True

    def _fail(self, problem: str) -> bytes:
        self._problem, self._ended = problem, True
        return b""

    def _not_text(self, line: int, data: bytes) -> str:
        """What the bytes are instead of UTF-8 text, as far as that shows."""
        where, first = self._content.where, self._first
        for magic, what in MAGIC.items():
            if first.startswith(magic):
                return f"{where} is {what}"
        encoding = _encoding(first, data)
        if encoding is None:
            return f"{where} is not text (a NUL byte in line {line}); give a text file of rows and columns"
        return (
            f"{where} is not UTF-8 text (line {line}); save it as UTF-8: it looks like {encoding}, so "
            f"`iconv -f {encoding} -t utf-8 OLD > NEW` does it, or 'CSV UTF-8' in a spreadsheet"
        )


def too_large(where: str, size: int) -> str:
    """The line for a file that memory cannot hold."""
    return (
        f"{where} is {size_text(size)}, more than memory holds: give --rows N to read a seeded sample "
        "(rows=N in Python), or split the file"
    )


def _line_ends(data: bytes) -> int:
    return data.count(b"\n") or data.count(b"\r")  # an old Mac's files have only the second


def _encoding(first: bytes, data: bytes) -> str | None:
    """A name iconv knows for bytes that are not UTF-8, None when they are no text at all."""
    if first.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    even, odd = first[::2].count(0), first[1::2].count(0)
    if max(even, odd) > 0.4 * len(first) and min(even, odd) < 0.1 * len(first):
        return "utf-16be" if even > odd else "utf-16le"
    if 0 in data:
        return None
    return "windows-1252" if any(0x80 <= byte < 0xA0 for byte in data) else "latin1"
