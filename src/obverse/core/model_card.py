"""The MODEL_CARD.md that travels with a saved model: what it is, what it learned from, what it can and cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .card import Card
from .schema import Schema


def model_card(card: Card, schema: Schema, params: Mapping[str, Any]) -> str:
    """Markdown text."""
    target = f"`{schema.target}` ({schema.task})" if schema.target else "none: it learned P(x)"
    learns = ", ".join(sorted(card.learns))
    reveals = (
        "`schema.json` holds the categories, bounds and frequent values of every column as they stood in the training "
        "data. Share the folder only with people who may see those."
    )
    lines = [
        f"# {card.title}",
        "",
        f"Family `{card.key}` of Obverse: {card.objective}; backbone {card.backbone}; learns {learns}.",
        "",
        "| fact | value |",
        "|---|---|",
        f"| rows it learned from | {schema.rows:,} |",
        f"| columns | {len(schema.columns)} |",
        f"| target | {target} |",
        f"| log-probability | {card.log_prob.replace('_', ' ')} |",
        f"| missing inputs | {card.missing} |",
        *(f"| constraint | {text} |" for text in schema.constraints),
        *(f"| `{name}` | {value!r} |" for name, value in params.items()),
        "",
        "## What this folder reveals",
        "",
        reveals,
        "",
        "## When to use something else",
        "",
        card.avoid_when or "Nothing is known against it; `obverse compare` tells on your data.",
        "",
        "## References",
        "",
        *(f"- {reference}" for reference in card.references),
        "",
    ]
    return "\n".join(lines)
