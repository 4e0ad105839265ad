"""The words of a page: what was asked, names and signs, figures and intervals as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..study.metrics import Metric
from .html import Markup, el, text

SIDES = {"discriminative": ("d", "D"), "generative": ("g", "G"), "both": ("b", "D+G")}
BETTER = {"higher": "higher is better", "lower": "lower is better", "half": "0.5 is best"}
ARROWS = {"higher": "↑", "lower": "↓", "half": "→ 0.5"}
QUERIES = {
    "predict": ("Predict", "Which y belongs to this row?"),
    "sample": ("Create", "What would a new row look like?"),
    "log_prob": ("Score", "How probable is this row?"),
    "impute": ("Fill", "What belongs into the holes of this row?"),
}
HOW_TO_READ = (
    "A discriminative model learns P(y|x), the target given the rest of a row: it answers “which y?”, and no more.",
    "A generative model learns P(x,y), how whole rows come about: it can also create rows, fill holes and rate rows.",
    "Each was trained and judged on the same splits of your data, so that only the models differ, and luck is shown.",
)
NO_DIFFERENCE = (
    "“No difference found”, or “tie”, means that these splits cannot tell two families apart. It does not say that "
    "they are equal: more rows or splits may find a difference. Of twenty equal pairs, about one differs by chance."
)


EXAMPLES = {"image": "pictures", "text": "texts"}  # what the others call rows


def examples(data: Mapping[str, Any]) -> str:
    """What the study calls its examples: rows, pictures or texts."""
    return EXAMPLES.get(data.get("modality") or "", "rows")


def count(n: int, one: str, many: str | None = None) -> str:
    """`1 family`, `7 families`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def share(value: float, digits: int = 0) -> str:
    """`30 %`."""
    return f"{100 * value:.{digits}f} %"


def asked(summary: Mapping[str, Any]) -> str:
    """What the study did, in one sentence."""
    plan, data = summary["plan"], summary["data"]
    who = count(len(plan["families"]), "family of models was", "families of models were")
    what = count(len(summary["questions"]), "question")
    test = share(plan["test_share"])
    splits = f"the same {plan['splits']} random splits" if plan["splits"] > 1 else "the same random split"
    parts = f"{examples(data)} to learn from and {examples(data)} to be judged on ({test})"
    return f"{who} asked {what} about {data['name']}, on {splits} into {parts}."


def of_table(part: Mapping[str, Any]) -> str:
    """How to read a table of figures."""
    out = f"Means over the splits, {'quickest' if part['key'] == 'cost' else 'best'} first"
    if any(half is not None for row in part["rows"] for half in row.get("half_width", {}).values()):
        return f"{out}; ± is half the width of the 95 % interval of the mean."
    several = any(len(values) > 1 for row in part["rows"] for values in row["values"].values())
    return f"{out}; below a mean, the lowest and highest split." if several else f"{out}."


def spread(row: Mapping[str, Any], metric: Metric) -> str:
    """Half the interval where the summary has one, else the lowest and highest split, else nothing."""
    half = row.get("half_width", {}).get(metric.name)
    if half is not None:
        return f"±{metric.show(half)}"
    known = [v for v in row["values"].get(metric.name, ()) if v is not None]
    return f"{metric.show(min(known))} to {metric.show(max(known))}" if len(known) > 1 else ""


def signed(value: float | None, metric: Metric) -> str:
    """A difference with its sign; one too small for the figure's digits keeps one of its own."""
    if value is None:
        return metric.show(None)
    shown = metric.show(abs(value))
    shown = f"{abs(value):.1g}" if shown.startswith("<") else shown
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{shown}"


def interval(low: float | None, high: float | None, metric: Metric) -> str:
    """`−0.012 to +0.003`, or a dash with too few splits for one."""
    return "–" if low is None or high is None else f"{signed(low, metric)} to {signed(high, metric)}"


def prose(sentence: str) -> Markup:
    """A sentence as people set it: names in backticks, as conditions have them, as code; ≤ and ≥ outside of them."""
    pieces = sentence.split("`")
    if len(pieces) % 2 == 0:  # a backtick without its fellow is a character like any other
        return text(sentence)
    return text(el("code", piece) if i % 2 else _signs(piece) for i, piece in enumerate(pieces))


def _signs(piece: str) -> str:
    return piece.replace(" <= ", " ≤ ").replace(" >= ", " ≥ ")
