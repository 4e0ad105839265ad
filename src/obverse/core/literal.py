"""Conditions that are texts and not sets of cells: a prompt to go on from, a source to answer, a caption to illustrate.

A prompt or a source is taken as it stands, from `{"prompt": text}` or `{"source": text}`, a prompt perhaps with the
label of the text that is to come, `{"prompt": text, "label": label}`. A caption is a label that may
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
from .queries import Query
from .schema import Given, Schema

KINDS = ("prompt", "source", "caption")
MOST_SAID = 12  # labels named in one error


def usual(card: Card, query: Query) -> Given:
    """The kind of condition under which a family is asked where nobody names one: a source where it answers sources."""
    return "partial_input" if query == "sample" and card.condition == "source" else "none"


def evidence(card: Card, schema: Schema, given: Any) -> Evidence | None:
    """What is known under the condition, None without one.

    Raises:
        BadInput: it is another condition, or a caption without words.
    """
    if given is None:
        return None
    return _of_caption(card, schema, given) if card.condition == "caption" else _of_text(card, schema, given)


def _of_text(card: Card, schema: Schema, given: Any) -> Evidence:
    """Of {"prompt": text} (the text and then a hole) or {"source": text}; with a prompt, or alone, also the label."""
    key, label = card.condition, schema.target if schema.task == "class" else None
    asked = dict(cast("Mapping[str, Any]", given)) if isinstance(given, Mapping) else {}
    if label is not None and "label" in asked:  # the word for it, whatever the column is called
        asked[label] = asked.pop("label")
    known = {key} if label is None or key == "source" else {key, label}
    if not asked or not asked.keys() <= known or (key == "source" and key not in asked):
        also = f' or {{"{key}": ..., "{label}": ...}}' if len(known) > 1 else ""
        raise BadInput(f'{card.key} takes given={{"{key}": ...}}{also}, not {given!r}')
    text = asked.get(key, "")
    if not isinstance(text, str):
        raise BadInput(f"a {key} is a text, not {type(text).__name__}")
    evidence = card.modality.read([f"{text}{HOLE}" if key == "prompt" else text], schema)[0]
    if label is None or label not in asked:
        return evidence
    values = schema[label].values
    if asked[label] not in values:
        raise BadInput(f"{label!r} has no value {asked[label]!r}; it has {', '.join(map(repr, values[:MOST_SAID]))}")
    return card.modality.with_target(evidence, schema, float(values.index(asked[label])))


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
