"""`obverse log-prob`: how probable each row, or each of its cells, is under a model."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from obverse.core.errors import CannotAnswer

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, Json, ModelArgument, Out
from .output import check_writable, put_frame, working

if TYPE_CHECKING:
    import pandas as pd

    from obverse.core.model import Model
    from obverse.core.queries import Details


@one_line_errors
def log_prob(
    model: ModelArgument,
    data: DataArgument,
    by_cell: Annotated[
        bool, typer.Option("--by-cell", help="A column each: the cell given the rest of its row; empty where missing.")
    ] = False,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Log-probability of each row in nats, in the column log_prob.

    A discriminative family scores the target given the rest of the row, any other the whole row. A value the model
    gives no probability scores -inf.
    """
    import pandas as pd

    check_writable(out)
    fitted = load.model(model)
    X = load.table(data, like=fitted).frame if by_cell else load.examples(data, fitted)
    with working("scoring"):
        if by_cell:
            frame, how = _cells(fitted, X)
        else:
            answer, how = fitted.log_prob(X, details=True)
            frame = pd.DataFrame({"log_prob": answer})
    put_frame(frame, how, out=out, as_json=as_json)


def _cells(model: Model, rows: pd.DataFrame) -> tuple[pd.DataFrame, Details]:
    """log p(cell | rest of the row), one column each, and how the last of them was reached."""
    from obverse.core.queries import Scores
    from obverse.registry import families

    if not isinstance(model, Scores):
        able = [key for key, family in families().items() if issubclass(family, Scores)]
        why = f"{model.card.key} scores its target only, not every cell"
        raise CannotAnswer(why, instead="leave out --by-cell", families=able)
    known = [name for name in model.schema_.names if name in rows.columns]
    _, how = model.log_prob(rows, details=True)  # also says what is wrong with the rows as a whole
    cells = {name: model.log_prob(rows, of=[name], given=[other for other in known if other != name]) for name in known}
    return rows[[]].assign(**cells).where(rows[known].notna()), how
