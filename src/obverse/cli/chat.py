"""`obverse chat`: a conversation with a language model, a line at a time; answers appear as they are drawn."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from obverse.core.errors import CannotAnswer, ObverseError, TooLong

from . import load
from .errors import one_line_errors
from .options import Debug, DrawSeed, ModelArgument
from .output import note

if TYPE_CHECKING:
    from obverse.core.model import Model

Turns = list[dict[str, str]]
ASK = "> "


@one_line_errors
def chat(
    model: ModelArgument,
    system: Annotated[
        str | None, typer.Option("--system", metavar="TEXT", help="What the model is told before the conversation.")
    ] = None,
    temperature: Annotated[
        float | None, typer.Option("--temperature", min=0.0, help="Below 1 for likelier answers; 0 for the likeliest.")
    ] = None,
    top_p: Annotated[
        float | None, typer.Option("--top-p", min=0.01, max=1.0, help="Share of the probability tokens are drawn from.")
    ] = None,
    length: Annotated[int | None, typer.Option("--length", min=1, help="Most tokens of an answer.")] = None,
    seed: DrawSeed = None,
    debug: Debug = False,
) -> None:
    """Talk with a language model: `llm`, a folder that transformers saved, or a model fitted from one.

    Each line of input is a message; the conversation is remembered. Ctrl-C ends an answer, and where nothing is being
    answered the conversation; Ctrl-D ends it, too. Of one that no longer fits the oldest turns are forgotten, aloud.
    """
    fitted = load.model(model)
    answer = getattr(fitted, "chat", None)
    if answer is None:
        raise CannotAnswer(
            f"{fitted.card.key} holds no conversation", instead="chat with llm, or a gpt fitted from one"
        )
    wanted = {"temperature": temperature, "top_p": top_p, "length": length}
    own = fitted.get_params()
    fitted.set_params(**{name: value for name, value in wanted.items() if value is not None and name in own})
    told: Turns = [] if system is None else [{"role": "system", "content": system}]
    turns: Turns = []
    for i, line in enumerate(_lines()):
        turns.append({"role": "user", "content": line})
        said = _answered(fitted, told, turns, None if seed is None else seed + i)
        if said is None:
            turns.pop()
        else:
            turns.append({"role": "assistant", "content": said})


def _lines() -> Iterator[str]:
    """Lines of stdin that say something, asked for with a sign where a person types them."""
    person = sys.stdin.isatty()
    while True:
        try:
            if person:
                typer.echo(ASK, nl=False, err=True)
            line = sys.stdin.buffer.readline()
        except KeyboardInterrupt:
            typer.echo(err=True)
            raise
        if not line:
            if person:
                typer.echo(err=True)
            return
        try:
            said = line.decode("utf-8").strip("\r\n")
        except UnicodeDecodeError as error:
            note(f"a line that is no UTF-8 was left out ({error.reason})")
            continue
        if said.strip():
            yield said


def _answered(fitted: Model, told: Turns, turns: Turns, seed: int | None) -> str | None:
    """Print the answer as it comes, and give it; None where there is none. Forgets turns."""
    try:
        pieces = _begun(fitted, told, turns, seed)
    except TooLong as error:
        note(f"this message was left out: {error}")
        return None
    said = list[str]()
    try:
        for piece in pieces:
            said.append(piece)
            typer.echo(piece, nl=False)
    except KeyboardInterrupt:
        if not sys.stdin.isatty():
            raise
    except ObverseError as error:
        if not sys.stdin.isatty():
            raise
        typer.echo()
        note(str(error))
        return None
    finally:
        typer.echo()
    return "".join(said) or None


def _begun(fitted: Any, told: Turns, turns: Turns, seed: int | None) -> Iterator[str]:
    """The pieces of an answer; while the conversation is too long its oldest turns, a pair at a time, are dropped."""
    dropped = 0
    while True:
        try:
            pieces = fitted.chat([*told, *turns], seed=seed)
        except TooLong:
            if len(turns) < 3:
                raise
            del turns[:2]
            dropped += 2
            continue
        if dropped:
            note(f"the conversation no longer fits into the context: its oldest {dropped} turns are forgotten")
        return pieces
