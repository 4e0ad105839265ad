"""`obverse check`: the conformance battery on a family that is installed, or on those of a Python file."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors
from .options import Debug, Json
from .output import print_json, working


@one_line_errors
def check(
    family: Annotated[str, typer.Argument(metavar="FAMILY|FILE", help="A family's name, or a .py file, which is run.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Run the conformance battery; the exit code is 1 when a check fails."""
    from obverse import checks, registry

    families = checks.load_file(Path(family)) if family.endswith(".py") else [registry.get(family)]
    reports = []
    for one in families:
        with working(f"checking {one.card.key}"):
            reports.append(checks.check(one))
        if not as_json:
            typer.echo(str(reports[-1]))
    if as_json:
        print_json([report.to_json() for report in reports])
    if not all(report.ok for report in reports):
        raise typer.Exit(1)
