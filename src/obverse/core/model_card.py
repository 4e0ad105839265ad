"""The MODEL_CARD.md that travels with a saved model: what it is, what it learned from, what it can and cannot do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .card import Card
from .schema import Privacy, Schema

_REVEALS = (
    "`schema.json` holds the categories, bounds and frequent values of every column as they stood in the training "
    "data. Share the folder only with people who may see those."
)
_SPENDING = (
    "Fitting again on the same people spends again: epsilons add up. Not covered: persons with several rows, what the "
    "fit printed on its owner's screen, how long it took, whether it was done at all, figures measured on the training "
    "rows, and arguments that were chosen by looking at the data."
)


def model_card(card: Card, schema: Schema, params: Mapping[str, Any]) -> str:
    """Markdown text."""
    target = f"`{schema.target}` ({schema.task})" if schema.target else "none: it learned P(x)"
    learns = ", ".join(sorted(card.learns))
    rows = f"{schema.rows:,}" if schema.privacy is None else f"about {schema.rows:,}, by noisy counts"
    shown = {k: "in `schema.json`" if isinstance(v, Mapping) else repr(v) for k, v in params.items()}
    lines = [
        f"# {card.title}",
        "",
        f"Family `{card.key}` of Obverse: {card.objective}; backbone {card.backbone}; learns {learns}.",
        "",
        "| fact | value |",
        "|---|---|",
        f"| rows it learned from | {rows} |",
        f"| columns | {len(schema.columns)} |",
        f"| target | {target} |",
        f"| log-probability | {card.log_prob.replace('_', ' ')} |",
        f"| missing inputs | {card.missing} |",
        *(f"| constraint | {text} |" for text in schema.constraints),
        *(f"| `{name}` | {value} |" for name, value in shown.items()),
        "",
        "## What this folder reveals",
        "",
        _REVEALS if schema.privacy is None else _private(schema.privacy),
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


def _private(privacy: Privacy) -> str:
    """The guarantee in words, or why there is none."""
    each = f"{privacy.tables} tables of counts with discrete Laplace noise of rate {privacy.epsilon:g}/{privacy.tables}"
    if not privacy.secret:
        return (
            f"No guarantee: {each}, but the noise came from `noise_seed`, and whoever knows or guesses it can subtract "
            "it. Fit again without `noise_seed`."
        )
    if not privacy.declared:
        return (
            f"Guarantee for the counts alone: {each} are epsilon-differentially private with epsilon = "
            f"{privacy.epsilon:g}, delta = 0, given bounds, categories, grids, frequent values and dtypes. Those stand "
            "in `schema.json` as they were observed (`domain='observed'`) and are not protected: a single person's age "
            f"may be a bound. {_SPENDING}"
        )
    return (
        f"Everything in this folder, and every answer and sample made from it, is epsilon-differentially private with "
        f"epsilon = {privacy.epsilon:g}, delta = 0: for tables that differ by one row more or less, no outcome is "
        f"more than exp({privacy.epsilon:g}) times as probable under one as under the other. It rests on {each}, from "
        "the operating system's randomness. Public, since it was declared and not read off the rows: names, order and "
        "kinds of columns, categories, bounds, grids, bins, which cells may be missing, and the arguments above. "
        f"Shares of missing cells and the number of rows are estimates from the noisy counts. {_SPENDING}"
    )
