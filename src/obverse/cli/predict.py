"""`obverse predict`: the most probable class of each row, its class probabilities, the mean of a numeric target, the
boxes in each picture, or the spans of each text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, Json, ModelArgument, Out
from .output import check_writable, put_frame, working

if TYPE_CHECKING:
    import pandas as pd

    from obverse.core.model import Model


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
    each box: image, label, score, and xmin, ymin, xmax, ymax in pixels. A finder of spans writes a row for each span:
    the number of the text, start and end in characters, label, score, and the words. A translator writes a text for
    each text.
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
            found = fitted.schema_.task == "structure" and fitted.card.condition != "source"
            frame = _found(fitted, X, answer) if found else pd.DataFrame({fitted.schema_.target: answer})
    put_frame(frame, how, out=out, as_json=as_json)


def _found(fitted: Model, asked: Any, found: Any) -> pd.DataFrame:
    """A row for each box or span; pictures without file names, and texts, are numbered from 1."""
    from obverse.data import boxes, spans
    from obverse.modalities.spans import SpansOfText

    if isinstance(fitted.card.modality, SpansOfText):
        return spans.as_table(asked.texts.tolist(), found)
    named = isinstance(asked, boxes.Boxed)
    return boxes.as_table(asked.names if named else [str(i + 1) for i in range(len(found))], found)
