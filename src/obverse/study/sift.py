"""Which columns of a table a comparison works with: what cannot be used is refused, what says nothing is left out.

Left out, and said aloud: constant columns, columns that repeat another one, numbers of rows and other identifiers, and
text in which nearly every row has its own value. A family could only memorise them; created rows would carry copies of
real identifiers.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..core.errors import BadInput

LEAST_ROWS = 20
MOST_COLUMNS = 1_000
MOST_CLASSES = 200
OWN_VALUES = 0.5  # distinct values per known cell from which text is an identifier or prose
FEWEST_VALUES = 20  # with fewer distinct values nothing is one
ID_NAME = re.compile(r"(^|[\W_])(id|uuid|guid|index|key|number|nr|no)$|[a-z]I[Dd]$", re.IGNORECASE)
SHOWN = 8  # names in a note


def sift(table: pd.DataFrame, target: str | None) -> tuple[pd.DataFrame, list[str]]:
    """The columns to work with, and what to say about the others.

    Raises:
        BadInput: too few rows, too many columns, columns without any value, or no column left to learn from.
    """
    frame: Any = table  # pandas' own types do not know that frame[name] is one column
    _check_shape(frame, target)
    features = [name for name in frame.columns if name != target]
    constant = [name for name in features if frame[name].notna().all() and _is_constant(frame[name])]
    rest = [name for name in features if name not in constant]
    own = [name for name in rest if _is_own(frame[name])]
    rest = [name for name in rest if name not in own]
    twins = dict(_twins(frame, rest))
    notes = [
        *_note(constant, "the same in every row"),
        *_note(own, "an identifier or free text: nearly every row has a value of its own"),
        *_note(
            [f"{name!r} (as {first!r})" for name, first in twins.items()], "the same as another column", quote=False
        ),
    ]
    left = [name for name in frame.columns if name not in constant and name not in own and name not in twins]
    if not [name for name in left if name != target]:
        raise BadInput(f"no column is left to learn from: {'; '.join(notes) or 'the table has only its target'}")
    return frame[left], notes


def check_classes(labels: Any, target: str) -> None:
    """BadInput when a class target has more classes than a comparison can tell anything about."""
    known = labels.dropna()
    n = known.nunique()
    if n > MOST_CLASSES:
        raise BadInput(
            f"the target {target!r} has {n:,} classes in {len(known):,} rows, more than {MOST_CLASSES}; "
            "name another column, or group its values first"
        )


def _check_shape(frame: Any, target: str | None) -> None:
    problems = []
    if len(frame) < LEAST_ROWS:
        problems.append(
            f"{len(frame)} rows are too few to train and judge on; a comparison needs at least {LEAST_ROWS}"
        )
    if frame.shape[1] > MOST_COLUMNS:
        problems.append(
            f"{frame.shape[1]:,} columns are more than a comparison takes ({MOST_COLUMNS:,}); "
            "make a file of the columns that matter"
        )
    else:
        empty = [str(name) for name in frame.columns if name != target and frame[name].isna().all()]
        if empty:
            names = ", ".join(map(repr, empty[:SHOWN])) + (f" and {len(empty) - SHOWN} more" if empty[SHOWN:] else "")
            column = f"column {names} has" if len(empty) == 1 else f"columns {names} have"
            problems.append(f"{column} no value in any row; read another way, or --drop {','.join(empty[:SHOWN])}")
    if problems:
        raise BadInput(problems)


def _note(names: Collection[str], why: str, *, quote: bool = True) -> Iterator[str]:
    if names:
        shown = [repr(name) if quote else name for name in list(names)[:SHOWN]]
        more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        yield f"left out {', '.join(shown)}{more}: {why}"


def _is_constant(cells: pd.Series) -> bool:
    return cells.nunique() == 1


def _is_own(cells: pd.Series) -> bool:
    """Whether the column identifies rows rather than says something about them."""
    known = cells.dropna()
    distinct = known.nunique()
    if distinct < FEWEST_VALUES:
        return False
    kind = known.dtype.kind if isinstance(known.dtype, np.dtype) else getattr(known.dtype, "kind", "O")
    if kind in "iu":
        return distinct == len(known) and _numbers_rows(known, str(cells.name))
    if kind in "fMmb":
        return False
    return distinct > OWN_VALUES * len(known)


def _numbers_rows(known: pd.Series, name: str) -> bool:
    """Whole numbers, all different: consecutive in some order, or called an identifier."""
    values = np.sort(known.to_numpy(dtype=np.float64))
    return bool((np.diff(values) == 1).all()) or ID_NAME.search(name) is not None


def _twins(frame: Any, names: list[str]) -> Iterator[tuple[str, str]]:
    """(name, first) of columns that equal an earlier one in every cell, by the hash of their cells first."""
    first: dict[tuple[Any, ...], str] = {}
    for name in names:
        cells = frame[name]
        key = (str(cells.dtype), int(pd.util.hash_pandas_object(cells, index=False).to_numpy().sum()))  # pyright: ignore[reportAttributeAccessIssue]
        if key in first and cells.equals(frame[first[key]]):
            yield name, first[key]
        else:
            first.setdefault(key, name)
