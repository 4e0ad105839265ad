"""How a verb fails: one line on stderr and an exit code; the traceback only when `--debug` asks for it."""

from __future__ import annotations

import functools
import os
import sys
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

import typer

from obverse.core.errors import ObverseError

_stopped = False
STOPPED = 1  # as every failure: a verb that was stopped has not done what it was asked


def one_line_errors(verb: Callable[..., None]) -> Callable[..., None]:
    """Decorate a verb that has a `debug` option: its errors become one line and exit code 1 or 2, Ctrl-C 1."""

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
        except MemoryError as error:  # numpy's says how much it asked for
            _say(f"out of memory: {error}; fewer rows or a smaller model need less")
            raise typer.Exit(1) from error
        except KeyboardInterrupt as stop:
            say_stopped(str(stop) or "stopped")
            raise typer.Exit(STOPPED) from stop

    return run


def say_stopped(text: str = "stopped") -> None:
    """Say that Ctrl-C ended it."""
    global _stopped
    _stopped = True
    typer.echo(text, err=True)


def end() -> None:
    """The last thing the command does (`atexit`): after Ctrl-C it ends with its exit code.

    Python would end by the signal where the interrupt came in the middle of an `exec`, as some libraries use it while
    they are imported, whoever caught it since.
    """
    if _stopped:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(STOPPED)


def unexpected(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """`sys.excepthook` of the command: whatever no verb foresaw, in one line too."""
    _say(f"{kind.__name__}: {error}; add --debug for the traceback")


def _say(what: object) -> None:
    typer.echo(f"error: {' '.join(str(what).split())}", err=True)
