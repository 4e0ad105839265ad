"""`obverse report`: write the report of a study again from its summary; nothing is computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from obverse.core.errors import BadInput

from .errors import one_line_errors
from .options import Debug, Json
from .output import print_json


@one_line_errors
def report(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that `obverse compare --out` wrote.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Rewrite DIR/report.html from DIR/summary.json and print where it is."""
    from obverse.report import write

    path = write(_summary(folder), folder)
    if as_json:
        print_json({"report": str(path)})
    else:
        typer.echo(f"report: {path}")


def _summary(folder: Path) -> dict[str, Any]:
    """The summary of a study; BadInput when the folder holds none that can be read."""
    file = folder / "summary.json"
    if not file.is_file():
        raise BadInput(
            f"{folder} is not a finished study (no summary.json); make one with obverse compare --out {folder}"
        )
    try:
        summary = json.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise BadInput(f"{file} is not JSON ({error}); run obverse compare --out {folder} again") from error
    if not isinstance(summary, dict):
        raise BadInput(f"{file} is not the summary of a study; run obverse compare --out {folder} again")
    return summary
