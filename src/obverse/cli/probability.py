"""`obverse probability`: how probable an event is, perhaps under a condition."""

from __future__ import annotations

from typing import Annotated

import typer

from . import load
from .errors import one_line_errors
from .options import Debug, DrawSeed, Given, Json, ModelArgument
from .output import as_dict, print_json, working


@one_line_errors
def probability(
    model: ModelArgument,
    event: Annotated[str, typer.Argument(metavar="EVENT", help="A condition such as: default == 1")],
    given: Given = None,
    seed: DrawSeed = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Print P(EVENT) or P(EVENT | EXPR), and on stderr how it was computed."""
    fitted = load.model(model)
    with working("summing"):
        answer, how = fitted.probability(event, given=given, seed=seed, details=True)
    if as_json:
        print_json({"probability": answer, "event": event, "given": given, **as_dict(how)})
        return
    typer.echo(f"{answer:.6g}")
    typer.echo(f"how: {how}", err=True)
