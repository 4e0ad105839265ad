"""`read`: whatever a user calls data (a data frame, a file, a catalogue name) as a `Table`."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import pandas as pd

from obverse.core.errors import BadInput

from . import catalogue
from .files import ENDINGS, decompress, ending, read_bytes
from .readers import parse
from .table import Table, did_you_mean, fingerprint
from .write import write

__all__ = ["Table", "read", "write"]


def read(source: pd.DataFrame | str | Path, *, target: str | None = None) -> Table:
    """Read a table.

    A catalogue name wins over a file of the same name (write `./iris` for the file). In delimited text `?`, the empty
    cell, `NA`, `NaN`, `nan` and `null` are missing, spaces around a cell are dropped, columns of true/false become
    booleans and columns of ISO dates become dates; parquet keeps its dtypes.

    Args:
        source: a DataFrame, a path ending in .csv, .tsv, .parquet or .jsonl (a further .gz is fine), or a name that
            `catalogue.names()` lists.
        target: the column to predict; None takes the catalogue's own, and no target for other data.

    Raises:
        BadInput: there is no such file or name, the content cannot be read, or it has no such target.
    """
    if isinstance(source, pd.DataFrame):
        return Table(source, "table", target, fingerprint(source), "DataFrame")
    if not isinstance(source, str | os.PathLike):
        raise BadInput(f"data must be a DataFrame, a path or a catalogue name, not a {type(source).__name__}")
    if source in catalogue.names():
        table = catalogue.load(str(source))
        return table if target is None else replace(table, target=target)
    path = Path(source).expanduser()
    if isinstance(source, str) and not _looks_like_path(source) and not path.exists():
        hint = did_you_mean(source, catalogue.names()) or f"the names are {', '.join(catalogue.names())}"
        raise BadInput(f"no data set is called {source!r}; {hint}, or give a path ending in {', '.join(ENDINGS)}")
    return _read_file(path, target)


def _looks_like_path(source: str) -> bool:
    return "/" in source or os.sep in source or source.lower().removesuffix(".gz").endswith(ENDINGS)


def _read_file(path: Path, target: str | None) -> Table:
    raw = read_bytes(path)
    kind = ending(path)
    content = decompress(raw, path)
    frame, notes = parse(content, kind, str(path))
    name = path.name.removesuffix(path.suffix if path.suffix.lower() == ".gz" else "")[: -len(kind)]
    return Table(frame, name, target, hashlib.sha256(content).hexdigest(), str(path), notes)
