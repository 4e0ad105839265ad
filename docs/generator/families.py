"""The families: the table family x query, and a page with a section for each, from cards and docstrings."""

from __future__ import annotations

import sys

from obverse.core.card import Card
from obverse.core.literal import usual
from obverse.core.model import Model
from obverse.core.queries import QUERIES, Ability, Derived, Impossible, Native, Samples
from obverse.core.schema import Task
from obverse.registry import families

from . import markdown

KINDS: tuple[Task, ...] = ("class", "number")
HEADS: dict[Task | None, str] = {
    "class": "class target", "number": "numeric target", "structure": "what is there", None: "answer"
}  # fmt: skip
DEPENDS = "where not exactly, by weighted draws"


def own() -> dict[str, type[Model]]:
    """The families of this repository; those of other installed packages have documents of their own."""
    return {key: family for key, family in families().items() if family.__module__.startswith("obverse.")}


def table() -> str:
    """Family x query as Markdown; the symbol says how a query is answered for a class target, then for a number."""
    lines = [
        "| family | side | learns | predict | sample | log_prob | impute | conditions met exactly |",
        "|---|---|---|:-:|:-:|:-:|:-:|---|",
    ]
    for key, family in own().items():
        card = family.card
        cells: list[str] = []
        for query in QUERIES:
            marks = [family.can(query, target=task, given=usual(card, query)).symbol for task in _kinds(card)]
            cells.append(marks[0] if len(set(marks)) == 1 else "/".join(marks))
        exact = DEPENDS if _depends(family) else ", ".join(sorted(card.exact_given - {"partial_input"})) or "–"
        lines.append(f"| `{key}` | {card.side} | {_learns(card)} | {' | '.join(cells)} | {exact} |")
    legend = f"{Native.symbol} own answer   {Derived.symbol} derived exactly from another   · cannot, and says why"
    return "\n".join([*lines, "", f"{legend}   a/b class target / numeric target"])


def page() -> str:
    """The whole page."""
    intro = "Every family of tables: what it learns, what it answers, its arguments. `obverse list` prints the table."
    sections = [_section(key, family) for key, family in own().items()]
    card = "\n\n".join(["## The words of a card", markdown.document(Card)])
    made_from = "the cards and docstrings in `src/obverse/families`"
    return markdown.page("Families", made_from, intro, table(), *sections, card)


def _section(key: str, family: type[Model]) -> str:
    card = family.card
    facts = [
        ("side", card.side),
        ("learns", _learns(card)),
        ("trained by", card.objective),
        ("backbone", card.backbone),
        ("log_prob", card.log_prob.replace("_", " ")),
        ("missing inputs", card.missing),
        ("conditions met by itself", DEPENDS if _depends(family) else ", ".join(sorted(card.exact_given)) or "none"),
        ("targets", _targets(card)),
        ("use something else when", card.avoid_when),
    ]
    heads = [HEADS[task] for task in _kinds(card)]
    able = [
        (
            query,
            *(markdown.cell(_said(family.can(query, target=t, given=usual(card, query)))) for t in _kinds(card)),
        )
        for query in QUERIES
    ]
    return "\n\n".join(
        [
            f"## `{key}`",
            f"**{card.title}.**",
            markdown.docstring(sys.modules[family.__module__].__doc__ or ""),
            markdown.signature(family, family.__name__),
            markdown.document(family),
            markdown.table(("fact", "value"), [(name, text) for name, text in facts if text]),
            markdown.table(("query", *heads), able),
            "References:\n\n" + "\n".join(f"- {markdown.prose(reference)}" for reference in card.references),
        ]
    )


def _kinds(card: Card) -> tuple[Task | None, ...]:
    """Kinds of target to ask about: none of a family that takes none."""
    if card.tasks == {"structure"}:
        return ("structure",)
    return KINDS if card.tasks else (None,)


def _targets(card: Card) -> str:
    if not card.tasks:
        return "none"
    return ", ".join(sorted(card.tasks)) + (", needs one" if _needs_target(card) else ", or none")


def _depends(family: type[Model]) -> bool:
    """Whether how a condition is met depends on more than its kind."""
    return issubclass(family, Samples) and family._honours is not Samples._honours


def _learns(card: Card) -> str:
    return ", ".join(sorted(card.learns)).replace("|", "\\|")


def _needs_target(card: Card) -> bool:
    return card.needs_target or card.side == "discriminative"


def _said(ability: Ability) -> str:
    if isinstance(ability, Impossible):
        return f"{ability.symbol} {ability.why}; {ability.instead}"
    return f"{ability.symbol} {f'derived: {ability.how}' if isinstance(ability, Derived) else 'own answer'}"
