"""A study's summary for the terminal: one table a question, best first, its verdict above it; 80 columns are enough."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TextIO

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .metrics import METRICS
from .withheld import kept_back

ARROW = {"higher": "↑", "lower": "↓", "half": "→0.5"}
ABREAST = 4  # questions side by side
MOST_BESIDE_INTERVALS = 3  # figures a row, beside which 80 columns have room for an interval
MOST_ABREAST = 5  # figures a row, whose arrows have room beside their titles
KINDS = {"text": "texts", "image": "pictures"}
MARK = {"best": "*", "tie": "=", "": " "}


def show(summary: Mapping[str, Any], where: Path, *, file: TextIO | None = None) -> None:
    """Print the summary, and last the path `where`, to stdout or `file`; colours only on a terminal."""
    summary = kept_back(summary)
    out: TextIO = sys.stdout if file is None else file
    console = Console(file=out, highlight=False, emoji=False)
    with console.capture() as capture:
        _head(console, summary)
        for part in summary["questions"]:
            _question(console, part)
        _overall(console, summary)
        kind = "report" if where.suffix == ".html" else "results"
        console.print(f"\n{kind}: {where}", soft_wrap=True, markup=False)
    encoding = getattr(out, "encoding", None) or "utf-8"  # a terminal that has no ± shows ? and does not fail
    out.write(capture.get().encode(encoding, "replace").decode(encoding))


def _head(console: Console, summary: Mapping[str, Any]) -> None:
    data, plan = summary["data"], summary["plan"]
    target = f", target {data['target']}" if data["target"] else ""
    console.print(Text(summary["title"], style="bold"))
    shape = f"{data['rows']:,} rows × {data['columns']} columns{target}, {data['missing_share']:.1%} of cells missing"
    if data.get("shape"):
        shape = f"{data['rows']:,} {KINDS.get(data.get('modality'), 'pictures')} of {data['shape']}{target}"
    console.print(Text(f"{shape}; {plan['splits']} splits, {plan['test_share']:.0%} test", style="dim"))
    for note in data["notes"]:
        console.print(Text(f"note: {note}", style="dim"))


def _question(console: Console, part: Mapping[str, Any]) -> None:
    console.print()
    console.print(Text.assemble((part["title"], "bold cyan"), " · ", (part["ask"], "dim")))
    console.print(Text(" ".join(filter(None, [part["verdict"]["sentence"], part["verdict"].get("remark")]))))
    answered = [row for row in part["rows"] if row["cannot"] is None]
    if answered:
        console.print(_table(part, answered))
    for row in answered:
        if row.get("withheld"):
            console.print(Text(f"{row['family']}: {row['withheld']}", style="red"))
    cannot = [row for row in part["rows"] if row["cannot"] is not None]
    failed = [row for row in cannot if row["cannot"].startswith("failed: ")]
    for row in failed:
        console.print(Text(f"{row['family']} {row['cannot']}", style="red"))
    if len(cannot) > len(failed):
        names = ", ".join(row["family"] for row in cannot if row not in failed)
        console.print(Text(f"no answer: {names} (the report says why)", style="dim"))


def _table(part: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("family", no_wrap=True)
    for name in part["metrics"]:
        metric = METRICS[name]
        below = "\n" if len(part["metrics"]) > MOST_ABREAST else " "
        table.add_column(f"{metric.short or metric.title}{below}{ARROW[metric.better]}", justify="right")
    table.add_column("")
    best, tied = part["verdict"]["best"], part["verdict"]["tied"]
    room = best is not None and len(part["metrics"]) <= MOST_BESIDE_INTERVALS
    for row in rows:
        first = row["family"] == best
        mark = "best" if first else "tie" if row["family"] in tied else ""
        cells = [_figure(m, row, with_interval=room and m == part["main"]) for m in part["metrics"]]
        table.add_row(row["family"], *cells, mark, style="bold" if first else "")
    for reference in part["references"]:
        cells = [METRICS[m].show(v) if v is not None else "" for m, v in reference["mean"].items()]
        table.add_row(reference["name"], *cells, "", style="dim italic")
    return table


def _figure(name: str, row: Mapping[str, Any], *, with_interval: bool) -> str:
    half_width = row["half_width"][name]
    text = METRICS[name].show(row["mean"][name])
    if not with_interval or half_width is None:
        return text
    return f"{text} ±{METRICS[name].show(half_width).removeprefix('< ')}"


def _overall(console: Console, summary: Mapping[str, Any]) -> None:
    """Everything at once, in as many tables as the width needs; * is best, = is not told apart from the best."""
    columns = summary["overall"]["columns"]
    console.print()
    legend = " · * best, = no difference found to the best"
    console.print(Text.assemble(("All together", "bold cyan"), (legend, "dim")))
    for start in range(0, len(columns), ABREAST):
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("family", no_wrap=True)
        part = slice(start, start + ABREAST)
        for column in columns[part]:
            metric = METRICS[column["metric"]]
            table.add_column(f"{column['title']}\n{metric.short or metric.title}", justify="right")
        for row in summary["overall"]["rows"]:
            pairs = zip(columns[part], row["cells"][part], strict=True)
            cells = [f"{METRICS[c['metric']].show(cell['mean'])} {MARK[cell['mark']]}" for c, cell in pairs]
            table.add_row(row["family"], *cells)
        console.print(table)
