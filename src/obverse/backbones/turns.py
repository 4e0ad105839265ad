"""The turns of a conversation: who says something, and what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ..core.errors import BadInput

ROLES = ("system", "user", "assistant")
Turns = Sequence[Mapping[str, str]]


def checked(turns: Turns) -> list[dict[str, str]]:
    """The turns as plain dicts, the last of them the user's.

    Raises:
        BadInput: a turn has no known role or no text, or nothing was asked.
    """
    found = [dict(turn) for turn in turns]
    for i, turn in enumerate(found):
        if turn.keys() != {"role", "content"} or turn["role"] not in ROLES or not isinstance(turn["content"], str):
            raise BadInput(f'turn {i} must be {{"role": one of {", ".join(ROLES)}, "content": text}}, not {turn!r}')
    if not found or found[-1]["role"] != "user" or not found[-1]["content"].strip():
        raise BadInput("the last turn of a conversation is the user's, and says something")
    return found
