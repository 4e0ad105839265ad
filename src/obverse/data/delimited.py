"""Delimited text as a stream: the line of names, then rows as text in blocks, of which all or a sample are kept.

pyarrow splits the rows into cells, all of them text. Python's csv module is slower and knows line numbers, so it is
asked only where something is wrong.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from obverse.core.errors import BadInput

from .cells import as_frame, typed
from .content import BLOCK, LONGEST, Content, Passing, size_text
from .draw import Draw, Positions
from .names import check_drop, remarks, tidy
from .parsed import Parsed, Wanted

if TYPE_CHECKING:
    import pyarrow as pa

SHOWN = 3  # how many faulty lines an error lists
BOM = "\ufeff"


def read_csv(content: Content, wanted: Wanted) -> Parsed:
    """Cells between commas, or whichever of comma, semicolon and tab the line of names has most of."""
    return _read(content, wanted, None)


def read_tsv(content: Content, wanted: Wanted) -> Parsed:
    """Cells between tabs."""
    return _read(content, wanted, "\t")


def _read(content: Content, wanted: Wanted, separator: str | None) -> Parsed:
    import pyarrow as pa

    with content.passing(text=True) as passing:
        header, delimiter = _header(passing, content.where, separator)
        names = tidy(header, content.where)
        check_drop(wanted.drop, names, content.where)
        left_out = set(wanted.drop)
        keep = [i for i, name in enumerate(names) if name not in left_out]
        try:
            draw = _drawn(passing, wanted, delimiter, len(names), keep)
        except pa.ArrowInvalid as error:
            passing.check()
            if "straddl" in str(error) and wanted.block < LONGEST:  # a row is longer than a block
                return _read(content, replace(wanted, block=LONGEST), separator)
            raise BadInput(_faults(content, delimiter, len(names), str(error))) from error
        digest = passing.finish()
        if passing.quotes % 2:  # one is left open, or stands for itself
            _walk(content, delimiter)
    table, positions = draw.kept()
    texts = {names[i]: pd.Series([], dtype="str") if table is None else table.column(str(i)).to_pandas() for i in keep}
    comma, numbers = delimiter == ";", wanted.numbers
    columns = {name: typed(name, text, comma=comma, number=name in numbers) for name, text in texts.items()}

    def line_of(rows: Sequence[int]) -> list[str]:
        return _lines_of(content, delimiter, positions[np.asarray(rows)].tolist())

    frame, notes = as_frame(columns, content.where, line_of)
    if (
        not header[0].strip()
        and keep[0] == 0
        and len(keep) > 1
        and _numbers_the_rows(columns[names[0]].cells, positions)
    ):
        frame, keep = frame.drop(columns=names[0]), keep[1:]
        notes.insert(0, "dropped the nameless first column: it only numbers the rows")
    notes += remarks([header[i] for i in keep], [names[i] for i in keep])
    if separator is None and delimiter != ",":
        notes.insert(0, f"cells are separated by {delimiter!r}, not by a comma")
    return Parsed(frame, tuple(notes), draw.total, digest, passing.size)


# ---------------------------------------------------------------- the line of names


def _header(passing: Passing, where: str, separator: str | None) -> tuple[list[str], str]:
    """Cells of the first row that is not blank, taken off the stream, and what separates them."""
    size = BLOCK
    while True:
        raw = passing.ahead(size)
        passing.check()
        whole = len(raw) < size
        text = raw.decode("utf-8", "ignore")  # ignored: a letter that the end of the block cuts in two
        taken: list[str] = []
        lines = _taking(io.StringIO(text.removeprefix(BOM), newline=""), taken)
        first = next((line for line in lines if line.strip()), "")
        if not first and whole:
            raise BadInput(f"{where} is empty; it needs a line of column names and rows below it")
        delimiter = separator or max(",;\t", key=re.sub('"[^"]*"', "", first).count)  # the comma wins a tie
        line = len(taken)
        try:
            row = next(csv.reader(chain([first], lines), delimiter=delimiter, strict=True), [])
        except csv.Error as error:
            if whole or "unexpected end" not in str(error):
                raise BadInput(_unsplit(where, line, error)) from error
            row = []
        if row and (whole or taken[-1].endswith(("\n", "\r"))):
            passing.read(len((BOM if text.startswith(BOM) else "").encode()) + sum(len(t.encode()) for t in taken))
            return row, delimiter
        if size >= LONGEST:
            raise BadInput(_too_long(where, line))
        size = min(4 * size, LONGEST)


def _taking(lines: Iterable[str], taken: list[str]) -> Iterator[str]:
    """The lines, each put into `taken` as it is asked for."""
    for line in lines:
        taken.append(line)
        yield line


# ---------------------------------------------------------------- rows


def _drawn(passing: Passing, wanted: Wanted, delimiter: str, width: int, keep: list[int]) -> Draw[pa.Table]:
    """The rows that are left in the stream, as text; the columns are called by their place.

    pyarrow reads ahead in threads of its own. Ctrl-C must not leave them behind, so it ends the stream and waits; a
    thread does the work because pyarrow would take Ctrl-C for itself in the main one.
    """
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    draw: Draw[pa.Table] = Draw(wanted.rows, wanted.seed, pa.concat_tables)
    names = [str(i) for i in range(width)]
    if not passing.ahead(1):
        return draw

    def work() -> None:
        with arrow_csv.open_csv(
            pa.PythonFile(passing, mode="r"),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=wanted.block),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.large_string()),
                include_columns=[names[i] for i in keep],
                check_utf8=False,  # the stream has
            ),
        ) as blocks:
            for block in blocks:
                draw.add(pa.Table.from_batches([block]))

    with ThreadPoolExecutor(max_workers=1) as pool:
        done = pool.submit(work)
        try:
            done.result()
        finally:
            if not done.done():
                passing.stop()
    return draw


def _numbers_the_rows(column: pd.Series, positions: Positions) -> bool:
    if not pd.api.types.is_integer_dtype(column) or column.hasnans or column.empty:
        return False
    return bool(np.ptp(column.to_numpy(np.int64) - positions) == 0)


# ---------------------------------------------------------------- what is wrong, and where


def _faults(content: Content, delimiter: str, width: int, message: str) -> list[str]:
    """One problem for each of the first rows with more or fewer cells than there are column names."""
    shown: list[str] = []
    more = 0
    for line, row in _rows(content, delimiter):
        if len(row) != width and len(shown) < SHOWN:
            cells = f"{len(row)} cell{'s' * (len(row) != 1)}"
            shown.append(f"{content.where} line {line} has {cells} where the first line has {width}")
        elif len(row) != width:
            more += 1
    shown += [f"and so have {more:,} more lines"] if more else []
    return shown or [f"{content.where} is not a table: {message.splitlines()[0]}"]


def _walk(content: Content, delimiter: str) -> None:
    """Read every row for nothing but the BadInput at a quote that is never closed."""
    for _ in _rows(content, delimiter):
        continue


def _lines_of(content: Content, delimiter: str, positions: Sequence[int]) -> list[str]:
    """`line 17` for each position of a row, from 0 below the names."""
    wanted, last = set(positions), max(positions)
    found: dict[int, str] = {}
    for place, (line, _) in enumerate(_rows(content, delimiter), start=-1):  # -1: the names
        if place in wanted:
            found[place] = f"line {line:,}"
        if place == last:
            break
    return [found[place] for place in positions]


def _rows(content: Content, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank; BadInput at a quote that is never closed."""
    rows = csv.reader(_lines(content), delimiter=delimiter, strict=True)
    first = 1
    try:
        for row in rows:
            if row:
                yield first, row
            first = rows.line_num + 1
    except csv.Error as error:
        raise BadInput(_unsplit(content.where, first, error)) from error


def _lines(content: Content) -> Iterator[str]:
    """The lines of the content with their ends, whichever these are; BadInput when one is too long to be a row."""
    decoder = codecs.getincrementaldecoder("utf-8-sig")()
    rest, line = "", 1
    with content.passing(text=True) as passing:
        while block := passing.read(BLOCK):
            pieces = [*io.StringIO(rest + decoder.decode(block), newline="")]
            rest = pieces.pop() if pieces and not pieces[-1].endswith("\n") else ""
            line += len(pieces)
            yield from pieces
            if len(rest) > LONGEST:
                raise BadInput(_too_long(content.where, line))
        passing.check()
    if rest:
        yield rest


def _unsplit(where: str, line: int, error: csv.Error) -> str:
    return f"{where} line {line} cannot be split into cells ({error}); is a quote left open?"


def _too_long(where: str, line: int) -> str:
    return f"{where} line {line} is longer than {size_text(LONGEST)}; is it a table with one row a line?"
