"""The table of captions beside a folder of pictures: `metadata.csv` with the columns `file_name` and `text`.

These are the names that imagefolder of Hugging Face's `datasets` reads; `image` and `caption` are understood as well.
Whatever does not fit together is named, all kinds of it at once.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

from ..core.errors import BadInput

TABLE = "metadata.csv"
FILE_NAMES, TEXT_NAMES = ("file_name", "image"), ("text", "caption")
MOST_SAID = 3  # files of one kind of problem that are named


def captioned_files(folder: Path, formats: Sequence[str]) -> tuple[list[tuple[Path, str | None]], list[str]]:
    """The pictures that the table names, in its order, with their captions, and what is wrong.

    Args:
        folder: that holds `metadata.csv`; file names are relative to it.
        formats: endings of pictures, in lower case.

    Raises:
        BadInput: the table cannot be read or lacks a column.
    """
    rows = _rows(folder / TABLE)
    here = folder.resolve()
    files: dict[Path, str] = {}
    absent, empty, twice = list[str](), list[str](), list[str]()
    for name, text in rows:
        file = folder / name
        if not name or not file.is_file() or here not in file.resolve().parents:
            absent.append(name or "an empty name")
            continue
        if not text:
            empty.append(name)
        if file in files:
            twice.append(name)
        files[file] = text
    found = (f for f in folder.rglob("*") if f.suffix.lower() in formats and f.is_file())
    alone = sorted(f.relative_to(folder).as_posix() for f in found if not _hidden(f, folder) and f not in files)
    problems = [
        f"{said} {_listed(names)}"
        for said, names in (
            (f"{TABLE} has captions of pictures that are not there:", absent),
            ("these pictures have an empty caption:", empty),
            ("these pictures have several captions:", twice),
            (f"these pictures have no caption in {TABLE}:", alone),
        )
        if names
    ]
    if not rows:
        problems.append(f"{TABLE} has no row")
    return list(files.items()), problems


def _rows(table: Path) -> list[tuple[str, str]]:
    """File name and caption of each row, without spaces around them."""
    try:
        with table.open(encoding="utf-8-sig", newline="") as opened:
            reader = csv.DictReader(opened, strict=True)
            names = {str(name).strip().lower(): name for name in reader.fieldnames or ()}
            file, text = (next((names[n] for n in known if n in names), None) for known in (FILE_NAMES, TEXT_NAMES))
            if file is None or text is None:
                have = ", ".join(names) or "none"
                raise BadInput(f"{table} needs the columns {FILE_NAMES[0]} and {TEXT_NAMES[0]}; it has {have}")
            return [((row[file] or "").strip(), (row[text] or "").strip()) for row in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{table} is no table in UTF-8 that can be read ({str(error).splitlines()[0]})") from error


def _hidden(file: Path, folder: Path) -> bool:
    return any(part.startswith(".") for part in file.relative_to(folder).parts)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_SAID:,} more" if len(names) > MOST_SAID else ""
    return ", ".join(names[:MOST_SAID]) + more
