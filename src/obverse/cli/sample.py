"""`obverse sample`: new rows, all of them satisfying a condition when one is given."""

from __future__ import annotations

from typing import Annotated

import typer

from . import load
from .errors import one_line_errors
from .options import Debug, DrawSeed, Given, Json, ModelArgument, Out
from .output import check_writable, put_frame, working


@one_line_errors
def sample(
    model: ModelArgument,
    rows: Annotated[int, typer.Option("-n", min=0, help="How many rows.")] = 10,
    given: Given = None,
    seed: DrawSeed = None,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw new rows with the columns and dtypes of the training data."""
    check_writable(out)
    fitted = load.model(model)
    with working(f"drawing {rows:,} rows"):
        frame, how = fitted.sample(rows, given=given, seed=seed, details=True)
    put_frame(frame, how, out=out, as_json=as_json)
