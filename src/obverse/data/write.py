"""A data frame to a file: the format follows from the ending, and the file appears whole or not at all."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd

from obverse.core.errors import BadInput

from .files import ending, write_bytes


def write(frame: pd.DataFrame, path: str | Path) -> None:
    """Write the rows (not the index) to a .csv, .tsv, .parquet or .jsonl file; a further `.gz` compresses it.

    Decimal numbers keep every bit in each format, and parquet keeps dtypes too. Read back from a .csv or .tsv, an empty
    text and the words that mean missing (`readers.MISSING`) are missing cells.

    Raises:
        BadInput: the ending is unknown, the folder cannot be written, or the format cannot hold a value.
    """
    path = Path(path).expanduser()
    write_bytes(path, _WRITERS[ending(path)](frame))


def csv_text(frame: pd.DataFrame, separator: str = ",") -> str:
    """The rows as delimited text, cells in quotes where they need them to be read back."""
    text = frame.to_csv(index=False, sep=separator, lineterminator="\n")
    if "\r" not in text:
        return text
    # a carriage return ends a line for every reader, but Python's csv puts no quotes around it
    return frame.to_csv(index=False, sep=separator, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC)


def _csv(frame: pd.DataFrame) -> bytes:
    return csv_text(frame).encode()


def _tsv(frame: pd.DataFrame) -> bytes:
    return csv_text(frame, "\t").encode()


def _parquet(frame: pd.DataFrame) -> bytes:
    import pyarrow as pa

    out = io.BytesIO()
    try:
        frame.to_parquet(out, index=False)
    except (pa.ArrowInvalid, pa.ArrowTypeError) as error:
        raise BadInput(f"parquet cannot hold this table: {'; '.join(map(str, error.args))}; write .csv") from error
    return out.getvalue()


def _jsonl(frame: pd.DataFrame) -> bytes:
    # json, not pandas: to_json keeps 15 digits of a number and so loses its last bits
    infinite = [name for name, column in frame.items() if column.dtype.kind == "f" and np.isinf(column).any()]
    if infinite:
        raise BadInput(f"JSON has no infinite numbers, and column {infinite[0]!r} holds some; write .csv or .parquet")
    plain = frame.astype(object).where(frame.notna(), None)
    lines = [json.dumps(row, ensure_ascii=False, default=str) for row in plain.to_dict("records")]  # str: dates
    return "".join(line + "\n" for line in lines).encode()


_WRITERS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    ".csv": _csv,
    ".tsv": _tsv,
    ".jsonl": _jsonl,
    ".parquet": _parquet,
}
