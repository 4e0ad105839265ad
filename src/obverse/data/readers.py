"""What a file holds to a data frame: one reader a format, all of them streams, so that a sample needs no whole file."""

from __future__ import annotations

from collections.abc import Callable

from .content import Content
from .delimited import read_csv, read_tsv
from .jsonl import read_jsonl
from .parquet import read_parquet
from .parsed import Parsed, Wanted

_READERS: dict[str, Callable[[Content, Wanted], Parsed]] = {
    ".csv": read_csv,
    ".tsv": read_tsv,
    ".jsonl": read_jsonl,
    ".parquet": read_parquet,
}


def parse(content: Content, ending: str, wanted: Wanted | None = None) -> Parsed:
    """The rows of a file, all of them or what is wanted.

    `ending` is one of `files.ENDINGS`. BadInput when the content is faulty.
    """
    return _READERS[ending](content, wanted or Wanted())
