"""`obverse sample`: new rows, all of them satisfying a condition when one is given."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from obverse.core.errors import BadInput

from . import load, pictures, texts
from .errors import one_line_errors
from .options import Debug, DrawSeed, Given, Json, ModelArgument, Out
from .output import as_dict, check_writable, note, print_json, put_frame, working

if TYPE_CHECKING:
    from obverse.core.model import Model

USUAL = 10  # rows, where -n says nothing


@one_line_errors
def sample(
    model: ModelArgument,
    rows: Annotated[
        int | None,
        typer.Option("-n", min=0, help="How many rows; without it 10, and 1 of a large language model."),
    ] = None,
    given: Given = None,
    label: Annotated[
        str | None, typer.Option("--label", metavar="LABEL", help="Of texts: the label they are drawn for.")
    ] = None,
    seed: DrawSeed = None,
    out: Out = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Draw new rows with the columns and dtypes of the training data, new pictures, or new texts.

    Pictures are shown as characters unless --out names a file for them.

    Of texts --given is the beginning that they go on from, or the source that they answer, taken as it stands; a single
    one that goes on appears as it is drawn.
    """
    a_file_of_pictures = out is not None and out.suffix.lower() in (".png", ".npz")
    if not a_file_of_pictures:
        check_writable(out)
    fitted = load.model(model)
    if rows is None:
        dear = fitted.card.stands_on or getattr(fitted, "weights", None) is not None
        rows = 1 if dear else USUAL
    if fitted.card.modality.name == "image":
        _pictures(fitted, rows, given, seed, out, as_json=as_json)
        return
    if fitted.card.modality.name == "text":
        texts.put(fitted, rows, given, label, seed, out, as_json=as_json)
        return
    if label is not None:
        raise BadInput("--label is for texts; elsewhere --given 'label == ...' says which class")
    if a_file_of_pictures:
        check_writable(out)
    with working(f"drawing {rows:,} rows"):
        frame, how = fitted.sample(rows, given=given, seed=seed, details=True)
    put_frame(frame, how, out=out, as_json=as_json)


def _pictures(fitted: Model, count: int, given: str | None, seed: int | None, out: Path | None, *,
              as_json: bool) -> None:  # fmt: skip
    from obverse.core.queries import Samples
    from obverse.data.pictures import check_out, write_pictures

    if not isinstance(fitted, Samples):
        fitted.sample(count)  # says why not
    if out is None and as_json:
        raise BadInput("pictures need a file: add --out FILE.png to look at them, or --out FILE.npz for arrays")
    if out is not None:
        check_out(out)
    with working(f"drawing {count:,} pictures"):
        drawn, how = fitted.sample(count, given=given, seed=seed, details=True)
    if out is None:
        pictures.show(drawn)
        note("add --out FILE.png for a picture of them, or --out FILE.npz for arrays")
        return
    write_pictures(drawn, out)
    if as_json:
        print_json({**as_dict(how), "count": count, "out": str(out)})
        return
    typer.echo(f"pictures: {out}")
