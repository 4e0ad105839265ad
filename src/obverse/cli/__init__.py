"""The `obverse` command, one file a verb. Built with typer; nothing heavy is imported before a verb runs."""

from __future__ import annotations

import atexit
import gc
import sys
from typing import Annotated

import typer
from typer.main import get_command

from . import errors
from .anomaly import anomaly
from .chat import chat
from .check import check
from .compare import compare
from .data import data
from .doctor import doctor
from .fit import fit
from .impute import impute
from .list import list_families
from .log_prob import log_prob
from .predict import predict
from .probability import probability
from .report import report
from .sample import sample
from .study import study

INTERRUPTED = 130  # how typer ends on Ctrl-C

app = typer.Typer(
    name="obverse",
    help="Both sides of your data: discriminative and generative models behind four queries, measured side by side.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_enable=False,
)
app.command("list")(list_families)
app.command("compare")(compare)
app.command("fit", no_args_is_help=True)(fit)
app.command("predict", no_args_is_help=True)(predict)
app.command("sample", no_args_is_help=True)(sample)
app.command("log-prob", no_args_is_help=True)(log_prob)
app.command("anomaly", no_args_is_help=True)(anomaly)
app.command("impute", no_args_is_help=True)(impute)
app.command("probability", no_args_is_help=True)(probability)
app.command("chat", no_args_is_help=True)(chat)
app.command("report", no_args_is_help=True)(report)
app.add_typer(study, name="study")
app.add_typer(data, name="data")
app.command("check", no_args_is_help=True)(check)
app.command("doctor")(doctor)


def _version(asked: bool) -> None:
    if asked:
        from obverse import __version__

        typer.echo(f"obverse {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Both sides of your data: discriminative and generative models behind four queries, measured side by side."""


def main() -> None:
    """What the console script and `python -m obverse` run. Exit codes: 0 done, 1 failed or stopped, 2 usage."""
    sys.excepthook = errors.unexpected
    atexit.register(errors.end)
    atexit.register(gc.freeze)  # or the interpreter looks through all that libraries made once more: half a second
    try:
        get_command(app)(prog_name="obverse")
    except SystemExit as end:
        if end.code != INTERRUPTED:
            raise
        errors.say_stopped()  # before any verb began
        sys.exit(errors.STOPPED)
