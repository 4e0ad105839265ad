"""A conversation as the tokens that a language model was taught to answer: by the template its folder brings.

A template is a text with places for turns, in the language of Jinja. transformers fills it in a sandbox, where it can
reach nothing but the turns.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..core.errors import BadInput, CannotAnswer, TooLong
from ..core.schema import Array
from .language import Language
from .tokens import Subwords
from .turns import Turns, checked

ROOM = 256  # tokens that stay free for the answer; at most a quarter of the context


def template_of(folder: Path) -> str:
    """The template in a folder that transformers saved; empty where there is none."""
    own, config = folder / "chat_template.jinja", folder / "tokenizer_config.json"
    if own.is_file():
        return own.read_text(encoding="utf-8")
    held = json.loads(config.read_text(encoding="utf-8")).get("chat_template") if config.is_file() else None
    if isinstance(held, list):  # of several the one called default
        held = next((one["template"] for one in held if one.get("name") == "default"), None)
    return held if isinstance(held, str) else ""


def opening(language: Language, turns: Turns) -> Array:
    """int64 (t,) tokens that stand before the answer, behind the model's mark.

    Raises:
        CannotAnswer: the model knows no template.
        TooLong: they would leave the answer no room in the context.
        BadInput: the turns are none, or the template takes none such.
    """
    cut = language.cut
    if not isinstance(cut, Subwords) or not cut.template:
        raise CannotAnswer(
            "this model was taught no conversation: its folder has no chat template", instead="ask sample"
        )
    tokens = cut.encode([_filled(cut.template, checked(turns), cut.marks_by_name)])[0]
    if len(tokens) and tokens[0] == getattr(language.net, "first", -1):
        tokens = tokens[1:]  # the mark is what the model is used to see first
    most = language.net.context - 1 - min(ROOM, language.net.context // 4)
    if len(tokens) > most:
        raise TooLong(f"the conversation has {len(tokens):,} tokens, and the context takes {most:,} beside an answer; "
                      "leave out its oldest turns")  # fmt: skip
    return tokens


def _filled(template: str, turns: list[dict[str, str]], named: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError
    from transformers.utils.chat_template_utils import render_jinja_template

    try:
        asked: Any = render_jinja_template([turns], chat_template=template, add_generation_prompt=True, **named)
    except (TemplateError, TypeError, KeyError) as error:
        raise BadInput(
            f"the model's template does not take this conversation ({str(error).splitlines()[0]})"
        ) from error
    return asked[0][0]
