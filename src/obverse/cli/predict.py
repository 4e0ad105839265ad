"""`obverse predict`: the most probable class of each row, its class probabilities, or the mean of a numeric target."""

from __future__ import annotations

from typing import Annotated

import typer

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, Json, ModelArgument, Out
from .output import check_writable, put_frame, working


@one_line_errors
def predict(
    model: ModelArgument,
    data: DataArgument,
    proba: Annotated[bool, typer.Option("--proba", help="One column a class: its probability.")] = False,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Predict the target of each row, in the order of the rows.

    Missing cells and absent columns are unknown. The one column is named after the target.
    """
    import pandas as pd

    check_writable(out)
    fitted = load.model(model)
    X = load.examples(data, fitted)
    with working("predicting"):
        if proba:
            answer, how = fitted.predict_proba(X, details=True)
            frame = pd.DataFrame(answer, columns=[str(label) for label in fitted.classes_])
        else:
            answer, how = fitted.predict(X, details=True)
            frame = pd.DataFrame({fitted.schema_.target: answer})
    put_frame(frame, how, out=out, as_json=as_json)
