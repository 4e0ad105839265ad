"""`obverse impute`: the same table with its holes filled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from obverse.core.errors import BadInput

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, DrawSeed, Json, ModelArgument, Out
from .output import check_writable, put_frame, working

if TYPE_CHECKING:
    import pandas as pd


@one_line_errors
def impute(
    model: ModelArgument,
    data: DataArgument,
    draws: Annotated[
        int | None,
        typer.Option(
            "--draws", metavar="K", min=1, help="K drawn copies below each other; a column `draw` counts them."
        ),
    ] = None,
    seed: DrawSeed = None,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fill the missing cells; all others stay as they are.

    A hole gets its conditional mean or most probable value. With --draws K it gets values drawn from its distribution
    given the rest of the row: the K completed tables stand below each other, and the first column, draw, says which
    of them a row belongs to, from 1 to K. In texts, [HOLE] is what is missing.
    """
    import pandas as pd

    check_writable(out)
    fitted = load.model(model)
    if fitted.card.modality.name == "text":
        found = load.asked_texts(data, fitted)
        with working("filling"):
            answer, how = fitted.impute(found, draws=draws, seed=seed, details=True)
        name = fitted.schema_.columns[-1 if fitted.schema_.task == "structure" else 0].name  # what had the holes
        frames = [pd.DataFrame({name: copy}) for copy in (answer if draws is not None else [answer])]
        put_frame(frames[0] if draws is None else _stacked(frames), how, out=out, as_json=as_json)
        return
    table = load.table(data, like=fitted)
    if draws is not None and "draw" in table.frame.columns:
        raise BadInput(f"{data} already has a column 'draw', which --draws adds; rename it")
    with working("filling"):
        answer, how = fitted.impute(table.frame, draws=draws, seed=seed, details=True)
    put_frame(answer if draws is None else _stacked(answer), how, out=out, as_json=as_json)


def _stacked(copies: list[pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd

    whole = pd.concat(copies, keys=range(1, len(copies) + 1), names=["draw"])
    return whole.reset_index(level="draw").reset_index(drop=True)
