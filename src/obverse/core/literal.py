"""Conditions that are texts and not sets of cells: a prompt to go on from, a source to answer, a caption to illustrate.

A prompt or a source is taken as it stands, from `{"prompt": text}` or `{"source": text}`. A caption is a label that may
be any text, so it is also understood in the condition language: `caption == "text"` or `{"caption": "text"}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from .card import Card
from .errors import BadCondition, BadInput
from .evidence import Evidence
from .given import Compare, parse
from .modality import HOLE
from .schema import Schema

KINDS = ("prompt", "source", "caption")


def evidence(card: Card, schema: Schema, given: Any) -> Evidence | None:
    """What is known under the condition, None without one.

    Raises:
        BadInput: it is another condition, or a caption without words.
    """
    if given is None:
        return None
    return _of_caption(card, schema, given) if card.condition == "caption" else _of_text(card, schema, given)


def _of_text(card: Card, schema: Schema, given: Any) -> Evidence:
    """Of {"prompt": text} (the text and then a hole) or {"source": text}."""
    key = card.condition
    texts = cast("Mapping[str, Any]", given if isinstance(given, Mapping) else {})
    if list(texts) != [key]:
        raise BadInput(f'{card.key} takes given={{"{key}": ...}}, not {given!r}')
    x = f"{texts[key]}{HOLE}" if key == "prompt" else texts[key]
    return card.modality.read([x], schema)[0]


def _of_caption(card: Card, schema: Schema, given: Any) -> Evidence:
    """One x of which nothing is known, with the caption beside it."""
    try:
        asked = parse(given)
    except BadCondition:
        asked = None
    if not (isinstance(asked, Compare) and (asked.column, asked.op) == (schema.target, "==")):
        raise BadInput(
            f'{card.key} takes given={{"{schema.target}": text}} or {schema.target} == "text", not {given!r}'
        )
    if not isinstance(asked.value, str) or not asked.value.strip():
        raise BadInput(f"a caption is a text with words in it, not {asked.value!r}")
    return card.modality.with_target(card.modality.blank(schema), schema, asked.value)
