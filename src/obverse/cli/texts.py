"""Texts on stdout: one as it is drawn, several one below the other; or a file with a column of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from obverse.core.errors import BadInput

from .output import as_dict, print_json, put_frame, remark, working

if TYPE_CHECKING:
    from obverse.core.model import Model


def put(fitted: Model, count: int, given: str | None, label: str | None, seed: int | None, out: Path | None, *,
        as_json: bool) -> None:  # fmt: skip
    """Draw so many texts that go on from `given`, or answer it, and have the label, and write them."""
    condition: dict[str, Any] = {} if given is None else {fitted.card.condition: given}
    if label is not None:
        condition["label"] = _label(fitted, label)
    streamed = getattr(fitted, "stream", None)
    if count == 1 and out is None and not as_json and streamed is not None:
        _say(given or "", streamed(given or "", label=condition.get("label"), seed=seed))
        return
    with working(f"drawing {count:,} texts"):
        drawn, how = fitted.sample(count, given=condition or None, seed=seed, details=True)
    if out is not None:
        import pandas as pd

        name = fitted.schema_.columns[-1 if fitted.schema_.task == "structure" else 0].name
        put_frame(pd.DataFrame({name: drawn}), how, out=out, as_json=as_json)
    elif as_json:
        print_json({**as_dict(how), "count": count, "texts": drawn})
    else:
        remark(how)
        for text in drawn:
            typer.echo(text + "\n" if "\n" in text else text)  # an empty line parts texts of several lines


def _say(prompt: str, pieces: Any) -> None:
    """Print pieces as they come; the line is ended whatever ends them."""
    try:
        typer.echo(prompt, nl=False)
        for piece in pieces:
            typer.echo(piece, nl=False)
    finally:
        typer.echo()


def _label(fitted: Model, text: str) -> Any:
    """The label that is spelt like this; BadInput when there are none."""
    column = fitted.schema_.target_column
    if column is None:
        raise BadInput("this model learned texts without labels; leave --label out")
    return next((value for value in column.values if str(value) == text), text)
