"""Bytes of a file to a data frame: one small reader a format.

Delimited text is parsed once, by pyarrow, as text; each column then becomes what *all* its cells say it is (whole
numbers, numbers, booleans, ISO dates, else text), so a type never depends on the first rows alone and decimal numbers
keep every bit. Parquet keeps the dtypes it was written with.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd

from obverse.core.errors import BadInput

MISSING = ("", "?", "NA", "NaN", "nan", "null")  # a cell `None` or `none` is a value
ISO_DATE = r"\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
OFFSET = r"(?:Z|[+-]\d{2}:?\d{2})"
SHOWN = 3  # how many faulty lines an error lists

Parsed = tuple[pd.DataFrame, tuple[str, ...]]


def parse(content: bytes, ending: str, where: str) -> Parsed:
    """The frame a file's decompressed content holds, and notes about how it was read.

    `ending` is one of `files.ENDINGS`; `where` names the file in errors. BadInput when the content is faulty.
    """
    return _READERS[ending](content, where)


# ---------------------------------------------------------------- delimited text


def _read_csv(content: bytes, where: str) -> Parsed:
    text = _text(content, where)
    header = text.lstrip().partition("\n")[0]
    delimiter = max(",;\t", key=header.count)  # the comma wins a tie
    frame, notes = _read_delimited(content, text, delimiter, where)
    return frame, notes if delimiter == "," else (f"cells are separated by {delimiter!r}, not by a comma", *notes)


def _read_tsv(content: bytes, where: str) -> Parsed:
    return _read_delimited(content, _text(content, where), "\t", where)


def _read_delimited(content: bytes, text: str, delimiter: str, where: str) -> Parsed:
    import pyarrow as pa
    from pyarrow import csv as arrow_csv

    header = next(row for _, row in _rows(text, delimiter, where))
    names = _column_names(header, where)
    content = content if content.endswith(b"\n") else content + b"\n"  # arrow takes no header without a line end
    try:
        cells = arrow_csv.read_csv(
            io.BytesIO(content),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types={name: pa.string() for name in header}),
        )
    except pa.ArrowInvalid as error:
        problems = _ragged(text, delimiter, len(header), where)
        raise BadInput(problems or f"{where} is not a table: {str(error).splitlines()[0]}") from error
    frame = pd.DataFrame({name: _typed(cells.column(i).to_pandas()) for i, name in enumerate(names)})
    if not header[0].strip() and len(names) > 1 and _numbers_the_rows(frame.iloc[:, 0]):
        return frame.drop(columns=names[0]), ("dropped the nameless first column: it only numbers the rows",)
    return frame, ()


def _text(content: bytes, where: str) -> str:
    """The content as text without a byte order mark; BadInput when it is empty or not UTF-8."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise BadInput(
            f"{where} is not UTF-8 text (line {line}); save it as UTF-8, for example "
            f"`iconv -f latin1 -t utf-8 OLD > NEW`, or as 'CSV UTF-8' in a spreadsheet"
        ) from error
    if not text.strip():
        raise BadInput(f"{where} is empty; it needs a line of column names and rows below it")
    return text


def _column_names(header: list[str], where: str) -> list[str]:
    """Stripped names, `column_2` for a nameless second column; BadInput lists names that appear twice."""
    names = [name.strip() or f"column_{i}" for i, name in enumerate(header, start=1)]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadInput([f"{where} has two columns called {name!r}; rename one" for name in twice])
    return names


def _rows(text: str, delimiter: str, where: str) -> Iterator[tuple[int, list[str]]]:
    """(line number, cells) of every row that is not blank; BadInput at a quote that is never closed."""
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    first = 1
    try:
        for row in rows:
            if row:
                yield first, row
            first = rows.line_num + 1
    except csv.Error as error:
        raise BadInput(f"{where} line {first} cannot be split into cells ({error}); is a quote left open?") from error


def _ragged(text: str, delimiter: str, width: int, where: str) -> list[str]:
    """One problem for each of the first rows with more or fewer cells than there are column names."""
    found = [(line, len(row)) for line, row in _rows(text, delimiter, where) if len(row) != width]
    problems = [
        f"{where} line {line} has {n} cell{'s' * (n != 1)} where the first line has {width}"
        for line, n in found[:SHOWN]
    ]
    return problems if len(found) <= SHOWN else [*problems, f"and so have {len(found) - SHOWN} more lines"]


def _typed(text: pd.Series) -> pd.Series:
    """A column of text as whole numbers, numbers, booleans, dates or text, whichever all its cells are."""
    cells = text.mask(text.isin(MISSING))
    numbers = _numbers(cells)
    if numbers is None:  # only now strip: most columns of numbers need none
        cells = text.str.strip()
        cells = cells.mask(cells.isin(MISSING))
        numbers = _numbers(cells)
    if numbers is not None:
        return numbers
    lower = cells.str.lower()
    if lower.dropna().isin(["true", "false"]).all():
        return lower.map({"true": True, "false": False}).astype("boolean" if lower.hasnans else "bool")
    return _dates(cells)


def _numbers(text: pd.Series) -> pd.Series | None:
    """Whole numbers as int64 (Int64 beside missing cells: 39 is written back as 39), else float64, else None."""
    import pyarrow as pa

    cells = pa.Array.from_pandas(text)
    try:
        numbers = cells.cast(pa.float64())  # first, because it alone refuses hexadecimal
    except pa.ArrowInvalid:
        return None
    try:
        whole = cells.cast(pa.int64())
    except pa.ArrowInvalid:
        return numbers.to_pandas()
    return whole.to_pandas(types_mapper=(lambda _: pd.Int64Dtype()) if whole.null_count else None)


def _dates(text: pd.Series) -> pd.Series:
    """A text column as dates when every cell that is not missing is an ISO 8601 date; offsets are turned to UTC."""
    known = text.dropna()
    with_offset = bool(known.str.fullmatch(ISO_DATE + OFFSET).all())
    if not with_offset and not known.str.fullmatch(ISO_DATE).all():
        return text
    dates = pd.to_datetime(text, format="ISO8601", errors="coerce", utc=with_offset)
    return text if dates.isna().sum() > text.isna().sum() else dates  # 2025-13-01 looks like a date and is none


def _numbers_the_rows(column: pd.Series) -> bool:
    return pd.api.types.is_integer_dtype(column) and bool((column.diff().iloc[1:] == 1).all())


# ---------------------------------------------------------------- JSON lines and parquet


def _read_jsonl(content: bytes, where: str) -> Parsed:
    rows: list[dict[str, Any]] = []
    problems: list[str] = []
    for line, text in enumerate(_text(content, where).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            row = json.loads(text)
        except json.JSONDecodeError as error:
            problems.append(f"{where} line {line} is not JSON: {error.msg}")
            continue
        if not isinstance(row, dict) or any(isinstance(v, list | dict) for v in row.values()):
            problems.append(f'{where} line {line} is not one flat object such as {{"age": 31}}')
        else:
            rows.append(row)
    if problems:
        raise BadInput(problems[:SHOWN])
    return pd.DataFrame({name: _json_column(column) for name, column in pd.DataFrame(rows).items()}), ()


def _json_column(column: pd.Series) -> pd.Series:
    """Booleans with holes become `boolean`, text that is all ISO dates becomes dates."""
    if column.isna().all():
        return column.astype("float64")
    if column.dtype == object and column.dropna().map(type).eq(bool).all():
        return column.astype("boolean")
    return _dates(column) if isinstance(column.dtype, pd.StringDtype) else column


def _read_parquet(content: bytes, where: str) -> Parsed:
    import pyarrow as pa

    try:
        frame = pd.read_parquet(io.BytesIO(content))
    except pa.ArrowInvalid as error:
        raise BadInput(f"{where} is not a whole parquet file; copy or write it again") from error
    return frame.reset_index(drop=frame.index.names == [None]), ()


_READERS: dict[str, Callable[[bytes, str], Parsed]] = {
    ".csv": _read_csv,
    ".tsv": _read_tsv,
    ".jsonl": _read_jsonl,
    ".parquet": _read_parquet,
}
