"""JSON lines as a stream: one flat object a line, of which all or a sample are kept."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from obverse.core.errors import BadInput

from .cells import Typed, as_frame, dates, typed
from .content import BLOCK, LONGEST, Content, Passing, size_text
from .draw import Draw
from .names import check_drop, check_width, remarks, tidy
from .parsed import Parsed, Wanted

SHOWN = 3  # how many faulty lines an error lists
Rows = npt.NDArray[np.object_]


def read_jsonl(content: Content, wanted: Wanted) -> Parsed:
    """A column for each key, in the order in which they first appear; a key that a line lacks is a missing cell."""
    draw: Draw[Rows] = Draw(wanted.rows, wanted.seed, np.concatenate)
    keys: dict[str, None] = {}
    with content.passing(text=True) as passing:
        for first, lines in _blocks(passing, content.where, wanted.block):
            draw.add(_objects(lines, first, keys, set(wanted.drop), content.where))
        digest = passing.finish()
    if not keys:
        raise BadInput(f'{content.where} is empty; it needs lines such as {{"age": 31}}')
    header = list(keys)
    names = tidy(header, content.where)
    check_drop(wanted.drop, names, content.where)
    rows, positions = draw.kept()
    table = pd.DataFrame(list(() if rows is None else rows), columns=header).set_axis(names, axis=1)
    table = table.drop(columns=list(wanted.drop))

    def line_of(at: Sequence[int]) -> list[str]:
        return _lines_of(content, positions[np.asarray(at)].tolist())

    columns = {str(name): _column(str(name), cells, name in wanted.numbers) for name, cells in table.items()}
    frame, notes = as_frame(columns, content.where, line_of)
    return Parsed(frame, (*notes, *remarks(header, names)), draw.total, digest, passing.size)


def _blocks(passing: Passing, where: str, size: int) -> Iterator[tuple[int, list[bytes]]]:
    """(number of the first line, lines) until the content ends, blank lines among them."""
    rest, first = passing.read(size).removeprefix(codecs.BOM_UTF8), 1
    while block := passing.read(size):
        *lines, rest = (rest + block).split(b"\n")
        yield first, lines
        first += len(lines)
        if len(rest) > LONGEST:
            raise BadInput(f"{where} line {first} is longer than {size_text(LONGEST)}; is it one object a line?")
    passing.check()
    yield first, rest.split(b"\n")


def _objects(lines: list[bytes], first: int, keys: dict[str, None], drop: set[str], where: str) -> Rows:
    """The objects the lines hold; their keys are added to `keys`. BadInput lists lines that hold something else."""
    found: list[dict[str, Any]] = []
    problems: list[str] = []
    for number, line in enumerate(lines, start=first):
        if not line or line.isspace():
            continue
        what, row = _object(line, drop)
        if what:
            problems.append(f"{where} line {number} {what}")
            continue
        found.append(row)
        if not row.keys() <= keys.keys():
            keys.update(dict.fromkeys(row))
            check_width(len(keys), where)
    if problems:
        raise BadInput(problems[:SHOWN])
    rows = np.empty(len(found), dtype=object)
    rows[:] = found
    return rows


def _object(line: bytes, drop: set[str]) -> tuple[str, dict[str, Any]]:
    """What is wrong with a line, else an empty text and its object."""
    try:
        row = json.loads(line.decode())
    except json.JSONDecodeError as error:
        return f"is not JSON: {error.msg}", {}
    except (ValueError, RecursionError) as error:  # a number of thousands of digits; brackets within brackets
        return f"cannot be read as JSON: {str(error).partition(';')[0]}", {}
    if not isinstance(row, dict):
        return 'is not one flat object such as {"age": 31}', {}
    nested = [k for k, v in row.items() if isinstance(v, list | dict) and k.strip() not in drop]
    if nested:
        return f'is not one flat object such as {{"age": 31}}: {nested[0]!r} holds a list or an object', {}
    if b"\\ud" in line or b"\\uD" in line:
        try:
            json.dumps(row, ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return "holds half of a letter (a lone surrogate such as \\ud800)", {}
    return "", row


def _column(name: str, cells: pd.Series, number: bool) -> Typed:
    """A column of JSON values: booleans with holes become `boolean`, text that is all ISO dates becomes dates.

    Text beside numbers is read as in a file of delimited text: as text, or with a few placeholders as numbers.
    """
    if cells.isna().all():
        return Typed(cells.astype("float64"))
    if isinstance(cells.dtype, pd.StringDtype) and not number:
        return Typed(dates(cells))
    if cells.dtype != object and not isinstance(cells.dtype, pd.StringDtype):
        return Typed(cells)
    kinds = set(map(type, cells.dropna()))
    if kinds == {bool}:
        return Typed(cells.astype("boolean"))
    if kinds <= {int, float}:  # whole numbers beyond 64 bits
        return Typed(pd.Series([_float(v) for v in cells], dtype="float64"))
    text = [v if isinstance(v, str) else None if pd.isna(v) else json.dumps(v) for v in cells]
    return typed(name, pd.Series(text, dtype="str"), number=number)


def _float(value: float | None) -> float:
    if value is None:
        return np.nan
    try:
        return float(value)
    except OverflowError:
        return np.inf if value > 0 else -np.inf


def _lines_of(content: Content, positions: Sequence[int]) -> list[str]:
    """`line 17` for each position of an object, from 0."""
    wanted, found, place = set(positions), dict[int, str](), 0
    with content.passing(text=True) as passing:
        for first, lines in _blocks(passing, content.where, BLOCK):
            for number, line in enumerate(lines, start=first):
                if line and not line.isspace():
                    if place in wanted:
                        found[place] = f"line {number:,}"
                    place += 1
    return [found[place] for place in positions]
