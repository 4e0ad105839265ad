"""What a reader is asked for, and what it gives."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from .content import BLOCK


@dataclass(frozen=True)
class Wanted:
    """What to read of a file.

    Attributes:
        rows: a sample of so many rows (all when there are fewer); None for all.
        seed: of the sample.
        drop: columns to leave out.
        numbers: columns known to hold numbers.
        block: bytes parsed at once; the answer does not depend on it.
    """

    rows: int | None = None
    seed: int = 0
    drop: tuple[str, ...] = ()
    numbers: frozenset[str] = frozenset()
    block: int = BLOCK


@dataclass(frozen=True)
class Parsed:
    """What a file holds.

    Attributes:
        frame: the rows that were asked for; may have none.
        notes: how they were read.
        total: rows of the file.
        sha256: of the decompressed content, in hexadecimal.
        size: of the decompressed content, in bytes.
    """

    frame: pd.DataFrame
    notes: tuple[str, ...]
    total: int
    sha256: str
    size: int
