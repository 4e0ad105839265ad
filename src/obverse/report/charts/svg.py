"""What all figures share: the frame that names them, the two marks, and text cut to fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..html import Child, Markup, el

LETTER = {"discriminative": "d", "generative": "g", "both": "b"}


@dataclass(frozen=True)
class Line:
    """A reference: what the figures of families are read against."""

    name: str
    value: float
    shown: str


def frame(children: Iterable[Child], *, title: str, description: str, **attributes: str | float | None) -> Markup:
    """An <svg> that says what it shows to those who cannot see it."""
    head = (el("title", title), el("desc", description))
    return el("svg", head, *children, role="img", aria_label=f"{title}. {description}", **attributes)


def shapes() -> Markup:
    """The marks, defined once a page: a circle is discriminative, a diamond generative, a square both.

    A ring is the same shape, larger, so that a mark inside it can be seen; `down` and `up` are triangles.
    """
    defs = el(
        "defs",
        el("circle", id="mark-d", r="4.5"),
        el("path", id="mark-g", d="M0-5.8L5.8 0L0 5.8L-5.8 0z"),
        el("path", id="mark-b", d="M-4.2-4.2h8.4v8.4h-8.4z"),
        el("circle", id="ring-d", r="7.5"),
        el("path", id="ring-g", d="M0-9.5L9.5 0L0 9.5L-9.5 0z"),
        el("path", id="ring-b", d="M-7-7h14v14h-14z"),
        el("path", id="down", d="M-4.5-4h9L0 4z"),
        el("path", id="up", d="M-4.5 4h9L0-4z"),
    )
    return el("svg", el("title", "Shapes of the marks"), defs, class_="shapes", aria_hidden="true")


def mark(side: str, kind: str, x: str | None = None) -> Markup:
    """One mark around y = 0; `x` may be a percentage, `kind` is a class of the style sheet."""
    return el("use", href=f"#mark-{LETTER[side]}", x=x, class_=f"{LETTER[side]} {kind}")


def ring(side: str, x: str | None = None) -> Markup:
    """The hollow mark that a line starts from."""
    return el("use", href=f"#ring-{LETTER[side]}", x=x, class_=f"{LETTER[side]} ring")


def dashes(sides: Mapping[str, str]) -> dict[str, int]:
    """Which of three kinds of line each family has, so that those of one side can be told apart: the same in every
    figure of a page. `sides`: family -> its side."""
    found: dict[str, int] = {}
    for family, side in sorted(sides.items()):
        found[family] = sum(sides[other] == side for other in found) % 3
    return found


def key(entries: Iterable[tuple[Markup, str]]) -> Markup:
    """What each mark of a figure stands for; marks are drawn around 0."""
    return el(
        "ul",
        [el("li", el("svg", drawn, class_="icon", viewBox="-12 -10 24 20", aria_hidden="true"), said)
         for drawn, said in entries],
        class_="key",
    )  # fmt: skip


def short(name: str, most: int) -> str:
    """The name, cut to so many characters."""
    return name if len(name) <= most else name[: most - 1] + "…"


def number(value: float) -> str:
    """A coordinate."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def percent(value: float) -> str:
    """A coordinate as a share of the width."""
    return number(value) + "%"
