"""`obverse data`: the data sets known by name, and getting their files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors
from .options import Debug, Json
from .output import new_table, print_json, working

if TYPE_CHECKING:
    from obverse.data.entry import Entry

data = typer.Typer(help="List the data sets that have a name, or get the files of one.", invoke_without_command=True)


@data.callback()
def default(context: typer.Context, as_json: Json = False, debug: Debug = False) -> None:
    """List the data sets that have a name, or get the files of one. Without a verb it lists."""
    if context.invoked_subcommand is None:
        list_sets(as_json=as_json, debug=debug)


@data.command("list")
@one_line_errors
def list_sets(as_json: Json = False, debug: Debug = False) -> None:
    """List the data sets: size, what is predicted, and whether the files are here."""
    from obverse.data import catalogue

    entries = [catalogue.get(name) for name in catalogue.names()]
    if as_json:
        print_json([_facts(entry) for entry in entries])
    else:
        _print_table(entries)


@data.command("get", no_args_is_help=True)
@one_line_errors
def get(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name `obverse data list` shows.")],
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Download the files of a data set that are not here yet, and print where they lie."""
    from obverse.data import catalogue

    with working(f"getting {name}"):
        paths = [str(path) for path in catalogue.fetch(name)]
    if as_json:
        print_json({"name": name, "files": paths})
    elif paths:
        typer.echo("\n".join(paths))
    else:
        typer.echo(f"{name} comes with scikit-learn; there is nothing to get", err=True)


def _place(entry: Entry) -> str:
    """Where the rows come from: `bundled` with scikit-learn, `here`, to `download`, or to get `by hand`."""
    from obverse.data import catalogue

    if entry.embedded:
        return "bundled"
    if all(catalogue.find(file) for file in entry.files):
        return "here"
    return "download" if entry.url else "by hand"


def _facts(entry: Entry) -> dict[str, Any]:
    fields = ("name", "title", "task", "target", "rows", "columns", "licence", "source", "url", "sha256")
    return {field: getattr(entry, field) for field in fields} | {"notes": list(entry.notes), "place": _place(entry)}


def _print_table(entries: list[Entry]) -> None:
    from rich.console import Console

    table = new_table()
    table.add_column("name", overflow="fold")
    table.add_column("rows", justify="right")
    table.add_column("cols", justify="right")
    table.add_column("target", overflow="fold")
    table.add_column("files")
    for entry in entries:
        table.add_row(entry.name, f"{entry.rows:,}", str(entry.columns), entry.target, _place(entry))
    console = Console(highlight=False)
    console.print(table)
    console.print()
    console.print("To download a set, or to learn where to get it by hand: obverse data get NAME")
