"""`read`: whatever a user calls data (a data frame, a file, a catalogue name) as a `Table`."""

from __future__ import annotations

import os
from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from obverse.core.errors import BadInput

from . import catalogue, memory
from .content import of_file, size_text, too_large
from .files import ENDINGS, check_file, ending, is_gzip, last_number
from .names import check_drop
from .parsed import Parsed, Wanted
from .pictures import DIGITS
from .readers import parse
from .table import Table, did_you_mean, fingerprint
from .write import write

__all__ = ["Table", "read", "write"]

STREAMED = 200_000_000  # bytes: a larger file is not held to draw a sample from it
SHARE = 4  # a table may take one part in so many of the memory there is: reading and fitting take copies
PACKED = 10  # how many times its size a compressed file may hold


def read(
    source: pd.DataFrame | str | Path,
    *,
    target: str | None = None,
    rows: int | None = None,
    seed: int = 0,
    drop: Sequence[str] = (),
    numbers: Collection[str] = (),
) -> Table:
    """Read a table.

    A catalogue name wins over a file of the same name (write `./iris` for the file). In delimited text `?`, the empty
    cell, `NA`, `NaN`, `nan` and `null` are missing, spaces around a cell are dropped, columns of true/false become
    booleans and columns of ISO dates become dates; parquet keeps its dtypes. What else was made of names and cells is
    in the notes.

    Args:
        source: a DataFrame, a path ending in .csv, .tsv, .parquet or .jsonl (a further .gz is fine), or a name that
            `catalogue.names()` lists.
        target: the column to predict; None takes the catalogue's own, and no target for other data.
        rows: how many rows are enough. A large file is then streamed, never held, and a uniform sample of its rows is
            kept; `Table.total` and a note say so. Other data are read whole: `draw.of_table` draws from them.
        seed: of that sample.
        drop: columns to leave out.
        numbers: columns of text files known to hold numbers, for instance from a model that was fitted to them: words
            such as `n/a` are missing cells there even when there are many.

    Raises:
        BadInput: there is no such file or name, the content cannot be read, it has no such target or columns to leave
            out, or memory does not hold it and `rows` is not given.
    """
    if rows is not None and not (type(rows) is int and rows >= 1):
        raise BadInput(f"rows must be a whole number from 1, not {rows!r}")
    drop = (drop,) if isinstance(drop, str) else tuple(drop)
    if target is not None and target in drop:
        raise BadInput(f"{target!r} is the target, which cannot be left out")
    if isinstance(source, pd.DataFrame):
        frame = _without(source, drop, "the table")
        return Table(frame, "table", target, fingerprint(frame), "DataFrame")
    if not isinstance(source, str | os.PathLike):
        raise BadInput(f"data must be a DataFrame, a path or a catalogue name, not a {type(source).__name__}")
    if source in catalogue.names():
        table = catalogue.load(str(source))
        table = table if target is None else replace(table, target=target)
        if table.target in drop:
            raise BadInput(f"{table.target!r} is the target, which cannot be left out; name another target")
        return replace(table, frame=_without(table.frame, drop, table.source))
    path = Path(source).expanduser()
    if source == DIGITS and not path.exists():
        raise BadInput(f"{DIGITS!r} are pictures, which this does not take; the same as a table are 'digits_table'")
    if isinstance(source, str) and not _looks_like_path(source) and not path.exists():
        hint = did_you_mean(source, catalogue.names()) or f"the names are {', '.join(catalogue.names())}"
        raise BadInput(f"no data set is called {source!r}; {hint}, or give a path ending in {', '.join(ENDINGS)}")
    return _read_file(path, target, rows, Wanted(None, seed, drop, frozenset(numbers)))


def _without(frame: pd.DataFrame, drop: tuple[str, ...], where: str) -> pd.DataFrame:
    check_drop(drop, list(frame.columns), where)
    return frame.drop(columns=list(drop)) if drop else frame


def _looks_like_path(source: str) -> bool:
    return "/" in source or os.sep in source or source.lower().removesuffix(".gz").endswith(ENDINGS)


def _read_file(path: Path, target: str | None, rows: int | None, wanted: Wanted) -> Table:
    size, kind = check_file(path), ending(path)
    least, most = _held(path, size, kind)
    free = memory.available()
    room = None if free is None else free // SHARE
    if rows is None and room is not None and least > room:
        raise BadInput(too_large(str(path), least))
    streamed = rows is not None and most > min(STREAMED, room or STREAMED)
    content = of_file(path, None if streamed else room)
    parsed = parse(content, kind, replace(wanted, rows=rows if streamed else None))
    notes = _sampled(parsed, wanted.seed) + parsed.notes
    name = path.name.removesuffix(path.suffix if is_gzip(path) else "")[: -len(kind)]
    return Table(parsed.frame, name, target, parsed.sha256, str(path), notes, parsed.total)


def _held(path: Path, size: int, kind: str) -> tuple[int, int]:
    """Bytes the content takes at least, and at most, as far as a look at the file's two ends tells."""
    if is_gzip(path):
        return max(size, min(last_number(path), PACKED * size)), PACKED * size
    if kind == ".parquet":
        from .parquet import unpacked_size

        size = max(size, unpacked_size(path))
    return size, size


def _sampled(parsed: Parsed, seed: int) -> tuple[str, ...]:
    if len(parsed.frame) == parsed.total:
        return ()
    drawn = f"{len(parsed.frame):,} of {parsed.total:,} rows, drawn with seed {seed}, stand for the file"
    return (f"{drawn} ({size_text(parsed.size)}, streamed); what they hold decides the types of its columns",)
