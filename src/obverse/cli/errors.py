"""How a verb fails: one line on stderr and an exit code; the traceback only when `--debug` asks for it."""

from __future__ import annotations

import functools
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

import typer

from obverse.core.errors import ObverseError

STOPPED = 130  # what a shell reports of a program that Ctrl-C ended


def one_line_errors(verb: Callable[..., None]) -> Callable[..., None]:
    """Decorate a verb that has a `debug` option: its errors become one line and exit code 1 or 2, Ctrl-C 130."""

    @functools.wraps(verb)
    def run(*args: Any, debug: bool, **options: Any) -> None:
        if debug:
            sys.excepthook = sys.__excepthook__
        try:
            verb(*args, debug=debug, **options)
        except BrokenPipeError:  # the reader of stdout went away (`| head`): typer ends quietly
            raise
        except (ObverseError, OSError) as error:
            if debug:
                traceback.print_exception(error)
            _say(error)
            raise typer.Exit(error.exit_code if isinstance(error, ObverseError) else 1) from error
        except KeyboardInterrupt as stop:
            typer.echo("stopped", err=True)
            raise typer.Exit(STOPPED) from stop

    return run


def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """`sys.excepthook` of the command: whatever no verb foresaw, in one line too."""
    _say(f"{kind.__name__}: {error}; add --debug for the traceback")


def _say(what: object) -> None:
    typer.echo(f"error: {' '.join(str(what).split())}", err=True)
