"""`obverse compare`: the main job. Both sides on one's own data, measured on the same splits, in one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from . import load
from .errors import one_line_errors
from .options import Debug, Json, Target
from .output import print_json


@one_line_errors
def compare(
    data: Annotated[
        str,
        typer.Argument(
            metavar="DATA", help="A .csv, .tsv, .parquet or .jsonl file, or a name `obverse data list` shows."
        ),
    ] = "breast_cancer",
    target: Target = None,
    families: Annotated[
        str | None, typer.Option("--families", metavar="A,B", help="Only these, joined by commas; without it, all.")
    ] = None,
    seeds: Annotated[
        int,
        typer.Option("--seeds", metavar="N", min=1, help="How many paired splits; intervals need at least 3."),
    ] = 5,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", min=1, help="Start no new fit after this long.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="The same seed gives the same splits and models.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="The folder to write; an unfinished study there goes on."),
    ] = None,
    jobs: Annotated[int | None, typer.Option("--jobs", min=1, help="How many processes.")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare families on your data: predict, trust the probabilities, create rows, fill holes, and what each costs.

    Every family is fitted and questioned on the same splits. The folder gets the plan, every single result, a summary
    and one self-contained report.html.
    """
    typer.echo(f"obverse compare: reading {data}", err=True)
    table = load.table(data, target)
    from obverse import report
    from obverse.study.compare import compare as run

    chosen = None if families is None else [name.strip() for name in families.split(",") if name.strip()]
    study = run(
        table, families=chosen, splits=seeds, seed=seed, out=out, n_jobs=jobs, budget=budget, progress=not as_json
    )
    path = report.write(study.summary, study.folder)
    if as_json:
        print_json({**study.summary, "folder": str(study.folder), "report": str(path)})
        return
    typer.echo(study.show())
    typer.echo(f"report: {path}")
