"""`obverse list`: the families, what each learns and which of the four queries it answers, computed from the cards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from .errors import one_line_errors
from .options import Debug, Json
from .output import new_table, print_json

if TYPE_CHECKING:
    from obverse.core.model import Model
    from obverse.core.queries import Ability

MODALITIES = ("table", "text", "image", "audio", "video")
SIDES = {"discriminative": "D", "generative": "G", "both": "D G"}
LEGEND = (
    "D discriminative, G generative; ● its own answer, ◐ derived, · impossible\n"
    "How and why, cell by cell: obverse list --json"
)


@one_line_errors
def list_families(
    can: Annotated[
        str | None, typer.Option("--can", metavar="QUERY", help="Only those that answer predict, sample, ...")
    ] = None,
    modality: Annotated[str | None, typer.Option("--modality", help="Only those for table, text, image, ...")] = None,
    as_json: Json = False,
    debug: Debug = False,
) -> None:
    """List the families: side, what each learns, and what it answers."""
    from obverse.core.literal import usual
    from obverse.core.queries import QUERIES, Impossible
    from obverse.registry import families

    query = _one_of("--can", can and can.replace("-", "_"), QUERIES)
    _one_of("--modality", modality, MODALITIES)
    shown = [
        family
        for family in families().values()
        if modality in (None, family.card.modality.name)
        and (query is None or not isinstance(family.can(query, given=usual(family.card, query)), Impossible))
    ]
    if as_json:
        print_json([_facts(family) for family in shown])
    elif shown:
        _print_table(shown)
    else:
        typer.echo("no family fits; obverse list shows all")


def _one_of(option: str, value: str | None, known: tuple[Any, ...]) -> Any:
    if value is not None and value not in known:
        raise typer.BadParameter(f"{value!r} is not one of {', '.join(known)}", param_hint=option)
    return value


def _facts(family: type[Model]) -> dict[str, Any]:
    """Card and abilities of a family, for JSON."""
    from obverse.core.literal import usual
    from obverse.core.queries import QUERIES

    able = {query: _words(family.can(query, given=usual(family.card, query))) for query in QUERIES}
    return family.card.to_json() | {"abilities": able}


def _words(ability: Ability) -> dict[str, str]:
    from obverse.core.queries import Derived, Impossible

    if isinstance(ability, Impossible):
        return {"symbol": ability.symbol, "kind": "impossible", "text": ability.why, "instead": ability.instead}
    if isinstance(ability, Derived):
        return {"symbol": ability.symbol, "kind": "derived", "text": ability.how}
    return {"symbol": ability.symbol, "kind": "native", "text": ""}


def _print_table(shown: list[type[Model]]) -> None:
    from rich.console import Console

    from obverse.core.literal import usual
    from obverse.core.queries import QUERIES

    table = new_table()
    for heading in ("family", "side", "learns"):
        table.add_column(heading)
    for query in QUERIES:
        table.add_column(query.replace("_", "-"), justify="center")
    for family in shown:
        card = family.card
        symbols = [family.can(query, given=usual(card, query)).symbol for query in QUERIES]
        table.add_row(card.key, SIDES[card.side], ", ".join(sorted(card.learns)), *symbols)
    console = Console(highlight=False)
    console.print(table)
    console.print()
    console.print(LEGEND)
