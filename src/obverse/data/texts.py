"""Texts from disk: a .txt file, or one column of a .csv, .tsv, .parquet or .jsonl file, each perhaps with a label.

A .txt file is one running text when blank lines part it (a book, a play, code), and else a text a line (names,
messages, sentences); what it was taken for stands in the notes, and `lines` decides where that is not what is meant.
Texts are taken as they stand: nothing is put into lower case or cut into words. Files are UTF-8.
"""

from __future__ import annotations

import codecs
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput
from ..core.schema import Array
from . import catalogue
from .content import of_file
from .files import ENDINGS, check_file
from .read import read
from .table import Table, did_you_mean

PLAIN = (".txt", ".txt.gz", ".text", ".md")
TEXT, LABEL = "text", "label"  # names of what comes without any
DOCSTRINGS = "docstrings"  # the set that lies on every machine
MOST_SAID = 5  # places named in one error


@dataclass(frozen=True)
class Texts:
    """Texts and, where the source has them, labels.

    Attributes:
        texts: (n,) object array of str.
        labels: (n,) text or numbers, None where the source has none.
        name: of the source.
        sha256: of texts and labels.
        notes: how they were read.
        columns: the names of the texts and of the labels.
    """

    texts: Array
    labels: Array | None
    name: str
    sha256: str = ""
    notes: tuple[str, ...] = ()
    columns: tuple[str, str] = (TEXT, LABEL)

    def __len__(self) -> int:
        return len(self.texts)

    @classmethod
    def of(cls, texts: Sequence[str] | Array, labels: Any, name: str, notes: tuple[str, ...] = (),
           columns: tuple[str, str] = (TEXT, LABEL)) -> Texts:  # fmt: skip
        """With their digest; texts may be any sequence of str."""
        held = np.empty(len(texts), dtype=object)
        held[:] = [str(text) for text in texts]  # numpy's own strings are str, too, and print otherwise
        made = hashlib.sha256("\0".join(map(str, held)).encode(errors="backslashreplace"))
        found = None if labels is None else np.asarray(labels)
        if found is not None:
            made.update("\0".join(str(label) for label in found).encode(errors="backslashreplace"))
        return cls(held, found, name, made.hexdigest(), notes, columns)

    @property
    def told(self) -> Array:
        """The labels, which the caller knows to be there."""
        assert self.labels is not None
        return self.labels

    def take(self, rows: Array) -> Texts:
        """Those at the positions (n,); the digest stays that of all."""
        return replace(self, texts=self.texts[rows], labels=None if self.labels is None else self.labels[rows])


def is_plain(path: str | Path) -> bool:
    """Whether the name says that a file is plain text and no table."""
    return str(path).lower().endswith(PLAIN)


def read_texts(
    path: str | Path, *, text: str | None = None, target: str | None = None, lines: bool | None = None
) -> Texts:
    """Texts of a file.

    Args:
        path: a file ending in .txt (plain text), .csv, .tsv, .parquet or .jsonl, each perhaps with .gz after it, a
            name of the catalogue, or `docstrings` (`data.docstrings`).
        text: the column of a table that holds the texts; None: the one called `text`, else the only column of text.
        target: the column that holds the labels; None: none, or the one that a named data set has.
        lines: of plain text. True: a text a line, blank lines left out; False: one text; None: one running text where
            blank lines part it, else a text a line.

    Raises:
        BadInput: no such file, column or text, or the file is not UTF-8; in one line.
    """
    if _is_docstrings(path):
        from .docstrings import docstrings

        if text is not None or target is not None:
            raise BadInput(f"{DOCSTRINGS} are texts without columns; leave --text and --target out")
        return docstrings()
    if not is_plain(path):
        table = read(path, target=target)
        found = of_frame(table.frame, text, table.target, str(path))
        return replace(found, name=table.name, sha256=table.sha256, notes=(*table.notes, *found.notes))
    if text is not None or target is not None:
        raise BadInput(f"{path} is plain text without columns; leave --text and --target out")
    where = Path(path).expanduser()
    check_file(where)
    with of_file(where).passing(text=True) as passing:
        raw = passing.read()
        passing.check()
    whole = raw.removeprefix(codecs.BOM_UTF8).decode().replace("\r\n", "\n")
    if not whole.strip():
        raise BadInput(f"{where} is empty; there is no text to read")
    each = whole.strip("\n").split("\n")
    parted = any(not line.strip() for line in each)
    name = where.name.partition(".")[0]
    if lines is False or (lines is None and (parted or len(each) == 1)):
        why = " since blank lines part it (lines=True or --lines: one a line)" if parted and lines is None else ""
        return Texts.of([whole], None, name, (f"{where.name} is read as one text of {len(whole):,} characters{why}",))
    kept = [line for line in each if line.strip()]
    why = "" if lines else " since no blank line parts it (lines=False or --one-text: one text)"
    return Texts.of(kept, None, name, (f"{where.name} is read as {len(kept):,} texts, one a line{why}",))


def _is_docstrings(path: str | Path) -> bool:
    return str(path) == DOCSTRINGS and not Path(path).exists()


def of_frame(frame: pd.DataFrame, text: str | None, target: str | None, where: str) -> Texts:
    """The texts, and labels, of a table; BadInput when it is not clear which column holds the texts, or cells do not
    hold text."""
    if target is not None and target not in frame.columns:
        raise BadInput(f"{where} has no column {target!r}; {_hint(target, frame)}")
    column = text_column(frame, text, target, where)
    cells = frame[column]
    texts = [cell if isinstance(cell, str) else None if pd.isna(cell) else cell for cell in cells.tolist()]
    checked = checked_texts(texts, f"{where}, column {column!r}")
    labels = None if target is None else frame[target].astype(object).where(frame[target].notna(), None).to_numpy()
    return Texts.of(checked, labels, where, columns=(column, LABEL if target is None else target))


def text_column(frame: pd.DataFrame, text: str | None, target: str | None, where: str) -> str:
    """The name of the column that holds the texts."""
    if text is not None:
        if text not in frame.columns:
            raise BadInput(f"{where} has no column {text!r}; {_hint(text, frame)}")
        if text == target:
            raise BadInput(f"{text!r} cannot be both the texts and the labels")
        return text
    others = [str(c) for c in frame.columns if c != target]
    if TEXT in others:
        return TEXT
    worded = [c for c in others if frame[c].dtype == object or isinstance(frame[c].dtype, pd.StringDtype)]
    if len(worded) == 1:
        return worded[0]
    said = "none of its columns holds text" if not worded else f"it has {len(worded)} columns of text"
    raise BadInput(f"{where}: {said}; say which one to read, as --text COL or frame[[COL]] (one of {_names(others)})")


def checked_texts(texts: Sequence[Any], where: str = "the texts") -> list[str]:
    """Texts as str; BadInput, naming places, where one is missing, not text, or holds half a letter."""
    gone = [i for i, one in enumerate(texts) if one is None or (isinstance(one, float) and one != one)]
    missing = set(gone)
    wrong = [i for i, one in enumerate(texts) if i not in missing and not isinstance(one, str)]
    problems = [f"{where}: {len(gone):,} texts are missing (positions {_places(gone)}); leave them out"] if gone else []
    if wrong:
        kind = type(texts[wrong[0]]).__name__
        hint = "; decode them first" if kind == "bytes" else ""
        problems.append(f"{where}: texts are str, not {kind} (positions {_places(wrong)}){hint}")
    if problems:
        raise BadInput(problems)
    held = [str(one) for one in texts]
    try:
        "".join(held).encode()
    except UnicodeEncodeError:
        halves = [i for i, one in enumerate(held) if any("\ud800" <= letter <= "\udfff" for letter in one)]
        problem = f"{len(halves):,} texts hold half of a letter (a lone surrogate; positions {_places(halves)})"
        raise BadInput(f"{where}: {problem}; decode them as UTF-8") from None
    return held


def check_filled(texts: Sequence[str], where: str = "the texts") -> None:
    """BadInput, naming places, where a text to learn from is empty."""
    empty = [i for i, one in enumerate(texts) if not one]
    if empty:
        raise BadInput(f"{where}: {len(empty):,} texts are empty (positions {_places(empty)}); leave them out")


def read_any(source: str | Path, target: str | None = None) -> Texts | Table:
    """The plain text, or the table with texts, that a path or a name stands for; a text itself is refused."""
    if is_plain(source) or _is_docstrings(source):
        return read_texts(source, target=target)
    named = isinstance(source, str) and source in catalogue.names()
    if not named and not str(source).lower().removesuffix(".gz").endswith(ENDINGS):
        shown = str(source) if len(str(source)) <= 40 else f"{str(source)[:40]}..."
        raise BadInput(f"{shown!r} is no file of text; give a list of texts, [text] for one, or a path such as a.txt")
    return read(source, target=target)


def _places(places: Sequence[int]) -> str:
    return ", ".join(f"{i:,}" for i in places[:MOST_SAID]) + (" ..." if len(places) > MOST_SAID else "")


def _hint(name: str, frame: pd.DataFrame) -> str:
    return did_you_mean(name, frame.columns) or f"its columns are {_names([str(c) for c in frame.columns])}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names[:12]) + (", ..." if len(names) > 12 else "")
