"""`obverse predict`: the most probable class of each row, its class probabilities, the mean of a numeric target, or the
boxes in each picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, Json, ModelArgument, Out
from .output import check_writable, put_frame, working

if TYPE_CHECKING:
    import pandas as pd


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

    Missing cells and absent columns are unknown. The one column is named after the target. A detector writes a row for
    each box: image, label, score, and xmin, ymin, xmax, ymax in pixels. A translator writes a text for each text.
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
            boxes = fitted.schema_.task == "structure" and fitted.card.modality.name == "image"
            frame = _boxes(X, answer) if boxes else pd.DataFrame({fitted.schema_.target: answer})
    put_frame(frame, how, out=out, as_json=as_json)


def _boxes(pictures: Any, found: Any) -> pd.DataFrame:
    """A row for each box; pictures without file names are numbered from 1."""
    from obverse.data.boxes import Boxed, as_table

    names = pictures.names if isinstance(pictures, Boxed) else [str(i + 1) for i in range(len(found))]
    return as_table(names, found)
