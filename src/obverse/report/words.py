"""The sentences that explain a page: what was asked, and how to read each figure, for people who know no statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..study.metrics import METRICS, Metric

SIDES = {"discriminative": ("d", "D"), "generative": ("g", "G"), "both": ("b", "D+G")}
BETTER = {"higher": "higher is better", "lower": "lower is better", "half": "0.5 is best"}
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
    what = count(len(plan["questions"]), "question")
    test = share(plan["test_share"])
    splits = f"the same {plan['splits']} random splits" if plan["splits"] > 1 else "the same random split"
    parts = f"rows to learn from and rows to be judged on ({test})"
    return f"{who} asked {what} about {data['name']}, on {splits} into {parts}."


def of_strip(part: Mapping[str, Any], splits: int) -> str:
    """How to read dots and means."""
    metric = METRICS[part["main"]]
    marks = f"Each small mark is one of the {splits} splits" if splits > 1 else "Each small mark is the one split"
    way = {"higher": "Further right is better", "lower": "Further left is better", "half": "Nearer to 0.5 is better"}
    out = f"{marks}; the upright bar is the mean, printed at the right. {way[metric.better]}. "
    out += f"{metric.title}: {_small(metric.meaning)}"
    if part["references"] or any(row.get("weak") for row in part["rows"]):
        out += " A dashed line is something to compare with: a family should be better than a baseline."
    return f"{out} An arrow at the edge points to what lies off the scale."


def of_reliability() -> str:
    """How to read the small diagrams."""
    return (
        "One diagram a family. Each dot gathers predictions that stated about the same confidence: the further right, "
        "the surer; the higher, the more often they were right. On the dashed diagonal the family keeps its word. Dots "
        "below it promised too much, dots above it too little. Larger dots stand for more rows, of all splits together."
    )


def of_scatter() -> str:
    """How to read fidelity against privacy."""
    return (
        "Left is more faithful: at C2ST 0.5 boosted trees cannot tell created rows from real ones, at 1 they always "
        "can. Up is less private: at a DCR share of 0.5 created rows are no nearer to the training rows than to unseen "
        "real rows, well above they are copies. Best is where the dashed lines cross. A family at the left but high up "
        "is faithful because it copies. Large marks are means, small ones are splits, an empty square is a reference."
    )


def of_bars(part: Mapping[str, Any]) -> str:
    """How to read the cost."""
    meaning = METRICS[part["main"]].meaning
    return (
        f"{meaning} A shorter bar is cheaper. The scale counts powers of ten: a bar that ends one grid line further "
        "right took ten times as long. Measured on one core of the machine named at the end of this page."
    )


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
    """A difference with its sign."""
    if value is None:
        return metric.show(None)
    return f"{'+' if value > 0 else '−' if value < 0 else ''}{metric.show(abs(value))}"


def interval(low: float | None, high: float | None, metric: Metric) -> str:
    """`−0.012 to +0.003`, or a dash with too few splits for one."""
    return "–" if low is None or high is None else f"{signed(low, metric)} to {signed(high, metric)}"


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
