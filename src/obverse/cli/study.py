"""`obverse study KIND`: studies of one idea, beside the comparison of everything."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from .errors import one_line_errors
from .fit import scalar
from .options import DataArgument, Debug, Drop, Json, Target, names
from .output import new_table, print_json

study = typer.Typer(help="Studies of one idea: what a dial of a family costs and protects.", no_args_is_help=True)


@study.command("privacy", no_args_is_help=True)
@one_line_errors
def privacy(
    data: DataArgument,
    family: Annotated[str, typer.Option("--family", metavar="KEY", help="A family that creates rows.")],
    target: Target = None,
    dial: Annotated[
        str,
        typer.Option("--dial", metavar="NAME=A,B,C", help="An argument of the family and the values it is given."),
    ] = "min_samples_leaf=2,5,10,20,50,100",
    splits: Annotated[int, typer.Option("--splits", "--seeds", metavar="N", min=1, help="Paired splits.")] = 3,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=2, help="A larger table is represented by so many of its rows.")
    ] = 20_000,
    drop: Drop = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything that is drawn.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study; without it, obverse-privacy-NAME.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="How much at once; without it, one a core.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Fidelity and privacy of created rows at several values of one argument of a family, drawn as curves.

    Every value is fitted and judged on the same splits as `obverse compare` would, beside what fresh real rows have.
    The folder gets the plan, every result, a summary and one self-contained report.html. The same command goes on where
    it was stopped.
    """
    from obverse import report
    from obverse.study.kinds.privacy import privacy as run

    name, equals, values = dial.partition("=")
    if not equals:
        raise typer.BadParameter(f"write NAME=A,B,C, not {dial!r}", param_hint="--dial")
    given = [scalar(value.strip()) for value in values.split(",") if value.strip()]
    done = run(data, target, family=family, dial=name.strip(), values=given, splits=splits, seed=seed, rows=rows,
               drop=names(drop), out=out, n_jobs=jobs)  # fmt: skip
    path = report.write(done.summary, done.folder)
    if as_json:
        print_json({**done.summary, "folder": str(done.folder), "report": str(path)})
        return
    _show(done.summary)
    typer.echo(f"\nreport: {path}")


def _show(summary: dict[str, Any]) -> None:
    from rich.console import Console

    from obverse.study.metrics import METRICS

    console, metrics = Console(highlight=False), [METRICS[m] for m in summary["metrics"]]
    console.print(summary["title"], markup=False)
    console.print(summary["sentence"], markup=False)
    table = new_table()
    table.add_column(summary["dial"], justify="right")
    for m in metrics:
        table.add_column(m.short or m.title, justify="right")
    for row in summary["rows"]:
        table.add_row(row["value"], *(m.show(row["mean"][m.name]) for m in metrics))
    table.add_row("real rows", *(m.show(summary["fresh"].get(m.name)) for m in metrics))
    console.print(table)
    for row in summary["rows"]:
        for why in filter(None, [row["withheld"], *row["failed"]]):
            console.print(f"{summary['dial']} {row['value']}: {why}", markup=False)
