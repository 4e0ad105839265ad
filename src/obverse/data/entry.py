"""What the catalogue records of a data set: its task and shape, licence and source, and the bytes of its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class File:
    """One file of a data set.

    Attributes:
        path: relative to the data folder, ending in `.gz`; the same file without `.gz` is taken too.
        sha256: of the file as it is, in hexadecimal.
        content_sha256: of its content after decompression.
        url: where exactly this content can be had, None when only `Entry.source` is known.
    """

    path: str
    sha256: str
    content_sha256: str
    url: str | None = None


@dataclass(frozen=True)
class Entry:
    """What the catalogue knows of one data set.

    Attributes:
        name: what users type.
        title: one line for people.
        task: `class` or `number`, the kind of the target.
        target: name of the target column.
        rows, columns: shape as loaded, after `drop`, target included.
        licence: of the data.
        source: page that describes and offers the data.
        files: none for sets that scikit-learn brings along.
        drop: columns that are not loaded, because they name the row or give the target away.
        zero_is_missing: columns in which the source wrote 0 for a missing cell.
        notes: said aloud whenever the set is loaded.
    """

    name: str
    title: str
    task: Literal["class", "number"]
    target: str
    rows: int
    columns: int
    licence: str
    source: str
    files: tuple[File, ...] = ()
    drop: tuple[str, ...] = ()
    zero_is_missing: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def embedded(self) -> bool:
        """Comes with scikit-learn: no file is needed."""
        return not self.files

    @property
    def url(self) -> str | None:
        """Direct address when all of the set can be fetched, of its first file."""
        return self.files[0].url if self.files and all(f.url for f in self.files) else None

    @property
    def sha256(self) -> dict[str, str]:
        """sha256 of each file as it is, by its relative path."""
        return {f.path: f.sha256 for f in self.files}
