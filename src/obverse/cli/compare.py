"""`obverse compare`: the main job. Both sides on one's own data, measured on the same splits, in one report."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .errors import one_line_errors
from .options import DATA, Debug, Drop, Json, Target, Text, names
from .output import print_json


@one_line_errors
def compare(
    data: Annotated[str, DATA] = "breast_cancer",
    target: Target = None,
    text: Text = None,
    elsewhere: Annotated[
        Path | None,
        typer.Option(
            "--elsewhere",
            metavar="FILE",
            help="Texts of another source, in the same columns: asked about by shift, never learned from.",
        ),
    ] = None,
    families: Annotated[
        str | None, typer.Option("--families", metavar="A,B", help="Only these; without it, all that suit the target.")
    ] = None,
    questions: Annotated[
        str | None,
        typer.Option(
            "--questions",
            metavar="A,B",
            help="Only these of: portrait, predict, probabilities, missing, labels, shift, create, flag, fill, cost.",
        ),
    ] = None,
    splits: Annotated[
        int | None,
        typer.Option(
            "--splits",
            "--seeds",
            metavar="N",
            min=1,
            help="Paired splits; at least 3 give intervals. Without it 5, of pictures and texts 3.",
        ),
    ] = None,
    rows: Annotated[
        int, typer.Option("--rows", metavar="N", min=2, help="A larger table is represented by so many of its rows.")
    ] = 20_000,
    budget: Annotated[
        float | None, typer.Option("--budget", metavar="SECONDS", min=1, help="Start nothing new after this long.")
    ] = None,
    drop: Drop = None,
    seed: Annotated[int, typer.Option("--seed", min=0, help="Of everything that is drawn.")] = 0,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the study; without it, obverse-NAME.")
    ] = None,
    jobs: Annotated[
        int | None, typer.Option("--jobs", metavar="N", min=1, help="How much at once; without it, one a core.")
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Compare families on your data, question by question: which side, discriminative or generative, to trust for what.

    Predict, trust the probabilities, predict with holes, from few labels and elsewhere; create rows, flag odd ones,
    fill holes; and what each costs. DATA may be pictures too: a folder of class sub-folders, or digits; or texts: a
    .txt file, docstrings, or a table of which --text names the column. Every family is fitted and questioned on the
    same splits. The folder gets the plan, every result, a summary and one self-contained
    report.html. The same command goes on where it was stopped.
    """
    from obverse.study import compare as study

    done = study.compare(
        data,
        target,
        text=text,
        elsewhere=elsewhere,
        families=_names(families),
        questions=_names(questions),
        splits=splits,
        rows=rows,
        budget=budget,
        seed=seed,
        out=out,
        n_jobs=jobs,
        drop=names(drop),
    )
    from obverse import report

    path = report.write(done.summary, done.folder)
    if as_json:
        print_json({**done.summary, "folder": str(done.folder), "report": str(path)})
        return
    done.show()


def _names(joined: str | None) -> list[str] | None:
    return None if joined is None else [name.strip() for name in joined.split(",") if name.strip()]
