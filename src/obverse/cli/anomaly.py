"""`obverse anomaly`: the oddest rows of a table, and which of their cells is wrong."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obverse.core.errors import BadInput

from . import load
from .errors import one_line_errors
from .options import DataArgument, Debug, Json, ModelArgument
from .output import as_dict, check_writable, new_table, print_json, remark, working

if TYPE_CHECKING:
    from obverse.core.queries import Details

PAGE = ".html"
WIDTH = 80
NAMES = 16  # characters of a column's name
LEGEND = (
    "oddity: surprise in nats, -log p(row); chance: that the cell is wrong, if one\n"
    "in a hundred is; expected: what the rest of the row makes of it.\n"
    "Rows count from 0."
)


@one_line_errors
def anomaly(
    model: ModelArgument,
    data: DataArgument,
    by_cell: Annotated[
        bool, typer.Option("--by-cell", help="Rows with the surest wrong cells first; scores are one for each cell.")
    ] = False,
    top: Annotated[int, typer.Option("--top", metavar="N", min=1, help="How many rows to show.")] = 10,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="An .html page of the rows shown, cells coloured; or the scores of all rows as .csv, .tsv, .parquet "
            "or .jsonl.",
        ),
    ] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """Show the oddest rows, the cells of them that look wrong, and what the model would have expected there.

    By default the rows with the least probability come first; with --by-cell those with a cell that is most surely
    wrong. Cells that contradict each other are all suspects and share the chance.
    """
    page = out is not None and out.name.lower().endswith(PAGE)
    _check(out, page)
    from obverse.study.suspects import oddest

    fitted = load.model(model)
    table = load.table(data, like=fitted)
    with working("scoring"):
        found, scores, how = oddest(fitted, table.frame, top, "cell" if by_cell else "row")
    if out is not None and page:
        from obverse.report.anomalies import write

        write(found | {"family": fitted.card.key, "source": data, **as_dict(how)}, out)
    elif out is not None:
        from obverse.data.write import write as write_frame

        write_frame(scores, out)
    if as_json:
        where = {} if out is None else {"out": str(out)}
        print_json({**as_dict(how), "count": len(scores), **where, **_finite(found)})
        return
    remark(how)
    _print(found, how)
    if out is not None:
        typer.echo(f"written: {out}", err=True)


def _check(out: Path | None, page: bool) -> None:
    """BadInput before any work when nothing can be written to `out`."""
    if out is None or not page:
        try:
            check_writable(out)
        except BadInput as error:
            raise BadInput(str(error).replace("must end in .csv", "must end in .html, .csv")) from None
    else:
        check_writable(out.with_suffix(".csv"))
        if out.is_dir():
            raise BadInput(f"cannot write {out}: it is a folder; add a name for the file")


def _finite(found: dict[str, Any]) -> dict[str, Any]:
    """Standard JSON has no infinity: such a row's oddity is the text `inf`."""
    rows = [row | {"anomaly": row["anomaly"] if math.isfinite(row["anomaly"]) else "inf"} for row in found["rows"]]
    return found | {"rows": rows}


def _print(found: dict[str, Any], how: Details) -> None:
    from rich.console import Console
    from rich.text import Text

    from obverse.study.portrait.wording import cut, percent

    table = new_table()
    table.add_column("row", justify="right")
    table.add_column("oddity", justify="right")
    table.add_column("suspect cell", overflow="fold")
    table.add_column("expected", overflow="fold")
    table.add_column("chance", justify="right")
    for row in found["rows"]:
        head = [f"{row['row']:,}", f"{row['anomaly']:.1f}"]
        if not row["suspects"]:
            table.add_row(*head, Text("no single cell", style="dim"))
        for one in row["suspects"]:
            said = Text.assemble((f"{cut(one['name'], NAMES)} = ", "dim"), (one["cell"], "bold"))
            table.add_row(*head, said, one["expected"] or "–", percent(one["wrong"]))
            head = ["", ""]
    console = Console(width=WIDTH, highlight=False)
    console.print(table)
    console.print()
    console.print(LEGEND, soft_wrap=True)
