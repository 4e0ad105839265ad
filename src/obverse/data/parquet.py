"""Parquet in batches of rows, of which all or a sample are kept; dtypes stay as they were written."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import pandas as pd

from obverse.core.errors import BadInput

from .content import BLOCK, Content, Passing
from .draw import Draw
from .names import SHOWN, check_drop, check_width, listed, remarks, tidy
from .parsed import Parsed, Wanted

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 65_536  # rows
CELL = 8  # bytes that a cell takes in memory at least
SPOOL = 64 << 20  # bytes of unpacked content kept in memory, before a temporary file takes it


def read_parquet(content: Content, wanted: Wanted) -> Parsed:
    """The rows of a parquet file; an index with a name becomes columns, dates become datetimes, decimals numbers.

    Raises:
        BadInput: the file is damaged, or columns hold lists, bytes or the like.
    """
    import pyarrow as pa
    from pyarrow import parquet

    draw: Draw[pa.Table] = Draw(wanted.rows, wanted.seed, pa.concat_tables)
    with content.passing(text=False) as passing, _seekable(content, passing) as stream:
        digest = passing.finish()
        try:
            with parquet.ParquetFile(stream, pre_buffer=False, buffer_size=BLOCK) as file:
                keep = _columns(file.schema_arrow, wanted.drop, content.where)
                empty = _whole_texts(file.schema_arrow.empty_table().select(keep))
                for batch in file.iter_batches(BATCH):
                    draw.add(_whole_texts(pa.Table.from_batches([batch]).select(keep)))
        except (pa.ArrowException, OSError) as error:
            raise BadInput(f"{content.where} is not a whole parquet file; copy or write it again") from error
    table, _ = draw.kept()
    frame, notes = _frame(empty if table is None else table)
    header = [str(name) for name in frame.columns]
    names = tidy(header, content.where)
    notes += remarks(header, names)
    return Parsed(frame.set_axis(names, axis=1), tuple(notes), draw.total, digest, passing.size)


def unpacked_size(path: Path) -> int:
    """Bytes that the rows of a file take in memory, at least, as its footer tells; 0 when that cannot be read."""
    import pyarrow as pa
    from pyarrow import parquet

    try:
        facts = parquet.read_metadata(path)
    except (pa.ArrowException, OSError):  # reading the rows will say what is wrong
        return 0
    pages = sum(facts.row_group(i).total_byte_size for i in range(facts.num_row_groups))
    return max(pages, facts.num_rows * facts.num_columns * CELL)


@contextmanager
def _seekable(content: Content, passing: Passing) -> Iterator[IO[bytes]]:
    """The content as a file one can jump about in; what is compressed goes through a temporary one."""
    if not content.packed:
        with content.opened() as stream:
            yield stream
        return
    with tempfile.SpooledTemporaryFile(max_size=SPOOL) as held:
        while block := passing.read(BLOCK):
            held.write(block)
        passing.check()
        held.seek(0)
        yield held


def _columns(schema: pa.Schema, drop: Sequence[str], where: str) -> list[int]:
    """Places of the columns to read; BadInput lists those whose cells are no plain values."""
    check_width(len(schema), where)
    names = tidy(schema.names, where)
    check_drop(drop, names, where)
    keep = [i for i, name in enumerate(names) if name not in drop]
    kinds = schema.types
    odd = [i for i in keep if not _is_plain(kinds[i])]
    if odd:
        problems = [
            f"column {names[i]!r} of {where} holds {str(kinds[i])[:60]}; make it plain numbers, text, dates or "
            f"true/false, or leave it out: --drop {names[i]}"
            for i in odd[:SHOWN]
        ]
        raise BadInput([*problems, f"and so do {len(odd) - SHOWN:,} more columns"] if odd[SHOWN:] else problems)
    return keep


def _is_plain(kind: pa.DataType) -> bool:
    from pyarrow import types

    if types.is_dictionary(kind):
        return _is_plain(kind.value_type)
    tests = (types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_null)
    tests += (types.is_string, types.is_large_string, types.is_string_view)
    return any(test(kind) for test in (*tests, types.is_timestamp, types.is_date, types.is_duration))


def _whole_texts(table: pa.Table) -> pa.Table:
    """The table with texts in one piece each; rows cannot be taken from those that are views of others."""
    import pyarrow as pa

    views = [i for i, kind in enumerate(table.schema.types) if pa.types.is_string_view(kind)]
    for i in views:
        table = table.set_column(i, table.field(i).name, table.column(i).cast(pa.large_string()))
    return table


def _frame(table: pa.Table) -> tuple[pd.DataFrame, list[str]]:
    """The table as pandas has it, and notes; decimals become float64."""
    import pyarrow as pa

    decimals = [i for i, kind in enumerate(table.schema.types) if pa.types.is_decimal(kind)]
    for i in decimals:
        table = table.set_column(i, table.field(i).name, table.column(i).cast(pa.float64()))
    notes = [f"decimals are read as double precision: {listed([table.field(i).name for i in decimals])}"]
    if len(set(table.column_names)) < table.num_columns:
        table = table.replace_schema_metadata(None)  # it goes by name
        frame = pd.DataFrame({i: _series(table.column(i)) for i in range(table.num_columns)})
        frame = frame.set_axis(table.column_names, axis=1)
    elif table.schema.pandas_metadata is None:
        frame = pd.DataFrame({name: _series(table.column(name)) for name in table.column_names})
    else:
        frame = table.to_pandas(date_as_object=False)
        named = frame.index.names != [None]
        frame = frame.reset_index(drop=not named, allow_duplicates=named)
    return frame, notes if decimals else []


def _series(column: pa.ChunkedArray) -> pd.Series:
    """A column that does not tell its pandas dtype; whole numbers and booleans keep theirs beside missing cells."""
    import pyarrow as pa

    if pa.types.is_null(column.type):
        return pd.Series(float("nan"), index=range(len(column)))
    mapper: Any = None
    if column.null_count and pa.types.is_boolean(column.type):
        mapper = {pa.bool_(): pd.BooleanDtype()}.get
    elif column.null_count and pa.types.is_integer(column.type):
        signed = "Int" if pa.types.is_signed_integer(column.type) else "UInt"
        mapper = {column.type: pd.api.types.pandas_dtype(f"{signed}{column.type.bit_width}")}.get
    return column.to_pandas(types_mapper=mapper, date_as_object=False)
