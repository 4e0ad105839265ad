"""`obverse fit`: fit one family to data and save it as a model folder."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obverse.core.errors import BadInput, OutsideDomain

from . import load
from .errors import one_line_errors
from .options import Constraint, DataArgument, Debug, Drop, Json, Lines, Target, Text, names
from .output import check_folder, note, print_json, working

if TYPE_CHECKING:
    from obverse.core.model import Model

KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@one_line_errors
def fit(
    family: Annotated[str, typer.Argument(metavar="FAMILY", help="A name `obverse list` shows.")],
    data: DataArgument,
    out: Annotated[
        Path, typer.Option("--out", metavar="MODEL", help="The folder to write; a model there is replaced.")
    ],
    target: Target = None,
    text: Text = None,
    lines: Lines = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="An argument of the family; may be given several times."),
    ] = None,
    rows: Annotated[
        int | None,
        typer.Option("--rows", metavar="N", min=1, help="Only so many rows, drawn with the seed; without it, all."),
    ] = None,
    drop: Drop = None,
    constraint: Constraint = None,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", help="Stop training after so long (some networks).")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same model.")] = 0,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fit a family to data and save the model."""
    from obverse.modalities.spans import SpansOfText
    from obverse.registry import get

    check_folder(out)
    cls = get(family)
    settings = [*(settings or []), *([] if budget is None else [f"budget={budget}"])]
    arguments = _arguments(cls, settings) | {"random_state": seed}
    if cls.card.modality.name == "image":
        found = load.pictures(data, cls.card.modality, target=target, rows=rows, drop=drop, constraint=constraint)
        _fit(cls, arguments, (found, None), (found.name, len(found), "pictures"), out, None, as_json)
        return
    if isinstance(cls.card.modality, SpansOfText):
        marked = load.marked(data, target=target, text=text, lines=lines, rows=rows, drop=drop, constraint=constraint)
        _fit(cls, arguments, (marked, None), (marked.name, len(marked), "texts"), out, None, as_json)
        return
    if cls.card.modality.name == "text":
        texts = load.texts(data, text, target, lines, rows=rows, drop=drop, constraint=constraint)
        _fit(cls, arguments, (texts, None), (texts.name, len(texts), "texts"), out, None, as_json)
        return
    if text is not None or lines is not None:
        raise BadInput(f"--text and --lines are for families of text, and {family} is of {cls.card.modality.name}")
    table = load.table(data, target, rows=rows, seed=seed, drop=names(drop))
    if table.target is None and (cls.card.needs_target or cls.card.side == "discriminative"):
        columns = ", ".join(map(str, table.frame.columns[:12]))
        raise BadInput(f"{family} needs a target: add --target COL, one of {columns}")
    about = table.name, len(table.frame), "rows"
    _fit(cls, arguments, (table.frame, table.target), about, out, constraint, as_json)


def _fit(cls: type[Model], arguments: dict[str, Any], data: tuple[Any, Any], about: tuple[str, int, str], out: Path,
         constraint: list[str] | None, as_json: bool) -> None:  # fmt: skip
    """Fit to (X, y), save, and say so; `about` is the name of the data, how many examples it has, and of what."""
    name, count, of = about
    start = perf_counter()
    with working(f"fitting {cls.card.key} on {name}"), warnings.catch_warnings():
        warnings.simplefilter("always", OutsideDomain)
        warnings.showwarning = _told(warnings.showwarning)
        model = cls(**arguments).fit(*data, constraints=constraint)
        folder = model.save(out)
    seconds, target = perf_counter() - start, model.schema_.target
    if as_json:
        facts = {"model": str(folder), "family": cls.card.key, "rows": count, "target": target}
        seed = arguments["random_state"]
        print_json(facts | {"seed": seed, "seconds": round(seconds, 3), "notes": list(model.notes_)})
        return
    for text in model.notes_:
        note(text)
    goal = f" for {target}" if target else ""
    typer.echo(f"fitted {cls.card.key}{goal} on {count:,} {of} in {seconds:.1f} s", err=True)
    typer.echo(f"model: {folder}")


def _told(show: Callable[..., None]) -> Callable[..., None]:
    """How a warning is shown: one for the owner of the data as a note, any other as before."""

    def told(message: Warning | str, category: type[Warning], *where: Any, **more: Any) -> None:
        if issubclass(category, OutsideDomain):
            note(str(message))
        else:
            show(message, category, *where, **more)

    return told


def _arguments(cls: type[Model], settings: list[str]) -> dict[str, Any]:
    """The family's arguments out of `key=value` texts; BadInput lists those it does not take."""
    from obverse.core import params

    given: dict[str, Any] = {}
    for text in settings:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f"write key=value, not {text!r}", param_hint="--set")
        given[name] = scalar(value)
    params.check(cls, given, cls.card.key)
    if "random_state" in given:
        raise BadInput("random_state is set by --seed")
    initial = params.defaults(cls)
    wrong = [
        f"{name} of {cls.card.key} is {KINDS[type(initial[name])]} ({initial[name]!r} by default), not {value!r}"
        for name, value in given.items()
        if not _suits(value, initial[name])
    ]
    if wrong:
        raise BadInput(wrong)
    return given


def scalar(text: str) -> Any:
    """A JSON number, true, false, null or quoted text; anything else is text as it stands."""
    try:
        value = json.loads(text)
    except ValueError:
        return text
    return text if isinstance(value, list | dict) else value


def _suits(value: Any, initial: Any) -> bool:
    """Whether a value is of the kind of an argument's default, where that default tells the kind."""
    if type(initial) not in KINDS:
        return True
    if isinstance(initial, float):
        return isinstance(value, int | float) and not isinstance(value, bool)
    return type(value) is type(initial)
