"""Arguments and options that several verbs share, so that they read the same everywhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DATA = typer.Argument(
    metavar="DATA", help="A .csv, .tsv, .parquet or .jsonl file, or a name `obverse data list` shows."
)
DataArgument = Annotated[str, DATA]
ModelArgument = Annotated[
    Path, typer.Argument(metavar="MODEL", help="A folder that `obverse fit --out` wrote, or a name.")
]
Target = Annotated[
    str | None, typer.Option("--target", metavar="COL", help="The column to predict; a named data set knows its own.")
]
Text = Annotated[
    str | None, typer.Option("--text", metavar="COL", help="The column that holds the texts, for families of text.")
]
Lines = Annotated[
    bool | None,
    typer.Option(
        "--lines/--one-text",
        help="A text a line of a .txt file, or all of it one text; else blank lines decide.",
        show_default=False,
    ),
]
Drop = Annotated[
    str | None,
    typer.Option("--drop", metavar="COL,COL", help='Columns to leave out; quote a name with a comma: "a,b".'),
]
Given = Annotated[
    str | None, typer.Option("--given", metavar="EXPR", help='A condition such as: age >= 60 and smoker == "yes"')
]
Constraint = Annotated[
    list[str] | None,
    typer.Option(
        "--constraint",
        metavar="TEXT",
        help='What every created row keeps: "start <= end", "total = net + tax", "unique id" or '
        '"together city, country"; may be given several times.',
    ),
]
DrawSeed = Annotated[
    int | None,
    typer.Option("--seed", min=0, help="Seed of the draws; without it, the generator the model was saved with."),
]
Out = Annotated[
    Path | None,
    typer.Option("--out", metavar="FILE", help="A .csv, .tsv, .parquet or .jsonl file; without it, CSV to stdout."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Debug = Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")]


def names(joined: str | None) -> tuple[str, ...]:
    """The names in a text such as `a,b` or `"a,b",c`, as a line of CSV has them; none for None."""
    import csv

    cells = [] if joined is None else next(csv.reader([joined], skipinitialspace=True), [])
    return tuple(cell.strip() for cell in cells if cell.strip())
