"""HTML elements as text: whatever is not `Markup` is escaped, so that no name or sentence from data becomes markup."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

EMPTY = frozenset({"meta", "img", "circle", "line", "path", "rect", "use"})  # elements that are written without content


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None | Iterable["Child"]


def el(name: str, *children: Child, **attributes: str | float | bool | None) -> Markup:
    """An element. `class_` stands for class, `aria_label` for aria-label; None and False leave an attribute out."""
    head = name + "".join(_attribute(key, value) for key, value in attributes.items())
    return Markup(
        f"<{head}>" if name == "meta" else f"<{head}/>" if name in EMPTY else f"<{head}>{text(*children)}</{name}>"
    )


def text(*children: Child) -> Markup:
    """Children one after the other; None is nothing."""
    return Markup("".join(map(_child, children)))


def _child(child: Child) -> str:
    if child is None or isinstance(child, Markup):
        return child or ""
    return escape(child) if isinstance(child, str) else text(*child)


def _attribute(key: str, value: str | float | bool | None) -> str:
    if value is None or value is False:
        return ""
    key = key.rstrip("_").replace("_", "-")
    return f" {key}" if value is True else f' {key}="{escape(str(value))}"'
