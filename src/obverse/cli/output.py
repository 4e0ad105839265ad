"""Where answers go: a file by its ending, else CSV on stdout, or JSON; remarks and progress go to stderr."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from obverse.core.errors import BadInput

if TYPE_CHECKING:
    import pandas as pd
    from rich.table import Table

    from obverse.core.queries import Details


def note(text: str) -> None:
    """Say something aloud without disturbing stdout."""
    typer.echo(f"note: {text}", err=True)


def print_json(value: Any) -> None:
    """Print standard JSON (no NaN, no Infinity)."""
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False))


def check_writable(out: Path | None) -> None:
    """BadInput before any work when the ending of `out` is unknown, it is a folder, or its own cannot be written to."""
    if out is None:
        return
    from obverse.data.files import ending

    ending(out)
    if out.is_dir():
        raise BadInput(f"cannot write {out}: it is a folder; add a name for the file")
    if not out.parent.is_dir():
        raise BadInput(f"cannot write {out}: there is no folder {out.parent}")
    _check_folder(out, out.parent)


def check_folder(out: Path) -> None:
    """BadInput before any work when no model folder can be made at `out`."""
    if out.is_file():
        raise BadInput(f"cannot write a model to {out}: it is a file; give the name of a folder")
    if out.is_dir() and any(out.iterdir()) and not (out / "manifest.json").is_file():
        raise BadInput(f"{out} exists and is not a model folder; choose another name")
    nearest = next(folder for folder in out.absolute().parents if folder.exists())
    if not nearest.is_dir():
        raise BadInput(f"cannot write a model to {out}: {nearest} is a file")
    _check_folder(out, nearest)


def _check_folder(out: Path, folder: Path) -> None:
    if not os.access(folder, os.W_OK | os.X_OK):
        raise BadInput(f"cannot write {out}: nothing can be written to the folder {folder}; choose another place")


def put_frame(frame: pd.DataFrame, how: Details, *, out: Path | None, as_json: bool) -> None:
    """Write the rows of an answer.

    With `out` they go to that file, whole or not at all; otherwise to stdout, as CSV or inside the JSON. The JSON says
    how the answer was reached, `count`, and `out` or `rows`: one object each, with null for a missing cell, the text
    `inf` or `-inf` for an infinite number and ISO text for a date.
    """
    if out is not None:
        from obverse.data.write import write

        write(frame, out)
    if as_json:
        where = {"rows": _records(frame)} if out is None else {"out": str(out)}
        print_json({**as_dict(how), "count": len(frame), **where})
        return
    remark(how)
    if out is None:
        from obverse.data.write import csv_text

        typer.echo(csv_text(frame), nl=False)


def remark(how: Details) -> None:
    """What a person should know of an answer: its notes, and how good it is when it was not computed exactly."""
    if how.acceptance is not None or how.ess is not None:
        note(str(replace(how, notes=())))
    for text in how.notes:
        note(text)


def as_dict(how: Details) -> dict[str, Any]:
    """How an answer was reached, for JSON."""
    return {"how": how.how, "acceptance": how.acceptance, "ess": how.ess, "notes": list(how.notes)}


def new_table() -> Table:
    """An empty table for the terminal: a line under the headings and nothing else, so that 80 columns hold much."""
    from rich import box
    from rich.table import Table

    return Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0))


@contextmanager
def working(what: str) -> Iterator[None]:
    """Show a spinner with the time spent on stderr while the block runs; nothing when stderr is no terminal."""
    if not sys.stderr.isatty():
        yield
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        progress.add_task(what, total=None)
        yield


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    cells = frame.astype(object).where(frame.notna(), None)
    return [{str(name): _scalar(cell) for name, cell in row.items()} for row in cells.to_dict("records")]


def _scalar(cell: Any) -> Any:
    """A cell as JSON has it: numpy scalars as Python's, infinite numbers and dates as text."""
    cell = cell.item() if hasattr(cell, "dtype") else cell
    if isinstance(cell, float) and cell in (float("inf"), float("-inf")):
        return str(cell)
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    return cell.isoformat() if hasattr(cell, "isoformat") else str(cell)
