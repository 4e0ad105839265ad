"""How to read each figure, in sentences for people who know no statistics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..study.metrics import METRICS, Metric
from .charts.axis import finite
from .charts.curves import all_stand_out, examples, leaders, sizes, told
from .charts.dumbbell import condition

Part = Mapping[str, Any]
WAYS = {"filled": "holes first filled with means", "own": "holes first filled by the family itself"}
SIDES = "Round marks are discriminative families, diamonds generative ones."
OFF = "An arrow at the edge points to what lies off the scale."
SCALE = {"auc": METRICS["roc_auc"], "r2": METRICS["r2"], "f1": METRICS["f1"]}  # what figures under conditions measure


def of_strip(part: Part, splits: int) -> str:
    """Dots and means."""
    metric = METRICS[part["main"]]
    way = {"higher": "Further right is better", "lower": "Further left is better", "half": "Nearer to 0.5 is better"}
    out = f"{_marks(part, splits)} bar is the mean, printed at the right. {way[metric.better]}. "
    out += f"{metric.title}: {_small(metric.meaning)}{_compare(part)}"
    return f"{out} {OFF}"


def of_reliability() -> str:
    """The small diagrams."""
    return (
        "One diagram a family. Each dot gathers predictions that stated about the same confidence: the further right, "
        "the surer; the higher, the more often they were right. On the dashed diagonal the family keeps its word. Dots "
        "below it promised too much, dots above it too little. Larger dots stand for more rows, of all splits together."
    )


def of_scatter() -> str:
    """Fidelity against privacy."""
    return (
        "Left is more faithful: at C2ST 0.5 boosted trees cannot tell created rows from real ones, at 1 they always "
        "can. Up is less private: at a DCR share of 0.5 created rows are no nearer to the training rows than to unseen "
        "real rows, well above they are copies. Best is where the dashed lines cross. A family at the left but high up "
        "is faithful because it copies. Large marks are means, small ones are splits, an empty square is a reference. "
        "The table below has the other privacy figures: near and exact copies, and how well created rows, or the model "
        "itself, tell who was in training. A family without them shows no fidelity at all."
    )


def of_missing(part: Part) -> str:
    """Rings, marks and triangles."""
    out = (
        "A row is a family. The ring is its figure on complete rows, the solid mark its figure on the same rows with "
        "30 % of their cells hidden and left to it: the longer the line, the more the holes cost. "
    )
    if condition(part, "filled"):
        out += "The triangle above the line: the holes were first filled with the column's mean or commonest value. "
        out += "Right of the solid mark, filling first was the better idea; left of it, leaving the holes was. "
    if condition(part, "own"):
        out += "The triangle below the line: the family first filled the holes itself, which not every family can. "
    return f"{out}Further right is better. {_scale(part)} {SIDES} {OFF}"


def of_curves(part: Part) -> str:
    """Learning curves, and who leads where."""
    out = (
        f"From left to right, every family learned from ever more {examples(part)} whose {told(part)} it was told; "
        f"higher is better. {_coloured(part)} The thin "
        "upright lines are the 95 % intervals of the coloured means, set a little apart: where they overlap widely, "
        f"the order of the curves may be chance. {_crossing(part)} {_scale(part)} {SIDES} "
        "▾ behind a name: its curve ends below the scale."
    )
    metrics = [metric for _, _, metric in sizes(part)]
    rows = [row for row in part["rows"] if row["cannot"] is None]
    if any(finite([row["mean"].get(m)]) == [] for row in rows for m in metrics):
        out += f" Where a curve has no mark, the family could not learn from so few {examples(part)}."
    return out


def _coloured(part: Part) -> str:
    """Which curves stand out."""
    if all_stand_out(part):
        return "Colours and marks say the side of a family; dashes tell the families of one side apart."
    return "Coloured curves lead somewhere, or lead their side at the left or right end; the others are grey."


def _crossing(part: Part) -> str:
    """Who leads first and last, by the figures."""
    steps, best = sizes(part), leaders(part)
    means = {row["family"]: row["mean"] for row in part["rows"]}
    few, _, first = steps[0]
    many, _, last = steps[-1]
    at = {(n, f): METRICS[m].show(means[f][m]) for n, m, f in ((few, first, best[0]), (many, last, best[-1]))}
    if len(set(best)) == 1:
        return f"{best[0]} has the best mean at every number of labels: no other curve crosses its own."
    if best[0] == best[-1]:
        others = _together([f for f in dict.fromkeys(best) if f != best[0]])
        return f"The curves cross: {best[0]} leads with {few:,} and with all {many:,} labels, {others} in between."
    return (
        f"The curves cross: with {few:,} labels {best[0]} leads ({at[few, best[0]]}), with all {many:,} "
        f"{best[-1]} does ({at[many, best[-1]]})."
    )


def of_unlabelled() -> str:
    """Solid and dashed lines."""
    return (
        "One diagram a family that can also learn from rows without a target, all on one scale; the farther right, the "
        "more labels. Where the dashed line runs above the solid one, adding the other training rows without their "
        "targets helped. Where it runs below, it hurt, which happens when a family's idea of the rows is wrong."
    )


def of_sheets() -> str:
    """Made pictures beside real ones."""
    return (
        "Real pictures first, then what each family made when asked for each class, a class a line, as they came and "
        "not picked. Look whether a line is of its class, whether its pictures differ as real ones do, and whether "
        "they are as sharp. Whether some are copies, the figures below say and the eye does not."
    )


def of_samples() -> str:
    """Made texts beside real ones."""
    return (
        "Real texts first, then what each family wrote when asked for texts of the label, as they came and not picked; "
        "long ones are cut, and signs that cannot be seen stand as their numbers. Look whether the words are words, "
        "whether a text is of its label, and whether texts differ as real ones do. Whether some are copies, the "
        "figures below say and the eye does not."
    )


def of_changes(part: Part) -> str:
    """Accuracy under changes."""
    what = "texts" if part["main"].startswith("right_") else "pictures"
    return (
        f"One diagram a kind of change. At the left end the {what} are as they are, further right the change is "
        "stronger; higher is better. A curve that falls late belongs to a family that bears the change. No family was "
        f"trained on {what} changed in these ways. All diagrams have one "
        f"scale. {SIDES} Dashes tell the families of one side apart."
    )


def of_region() -> str:
    """The histogram of the cut column."""
    return (
        "A bar is a range of values of the column, its height the number of rows. Filled bars are on the side that was "
        "learned from, hollow ones on the side that the questions were asked about, the dashed line is the cut between "
        "them. The first and last bar also hold the few values beyond them."
    )


def of_shift(part: Part) -> str:
    """Rings and marks."""
    return (
        "A row is a family, trained on one side of the cut only. The ring is its figure on unseen rows of that side, "
        "the solid mark its figure on rows of the other side: the longer the line, the more it lost by leaving home. A "
        "mark right of its ring means that the other side was easier. Further right is better. "
        f"{_scale(part)} {SIDES} {OFF}"
    )


def of_flag(part: Part, splits: int) -> str:
    """Three strips."""
    out = f"One diagram a kind of oddity, all on one scale. {_marks(part, splits)} bar is the mean. "
    out += "Further right is better: at 1 every odd one is rated odder than every real one, at 0.5 it is guessing."
    if part["main"] == "flag_shuffled":
        out += " A family that only counts words cannot see their order: a half is then all there is to get."
    elif any(row["cannot"] is None and row["mean"].get("flag_rows") is None for row in part["rows"]):
        out += " A family that learns only the target given the rest of a row can find wrong targets, and no more."
    return f"{out}{_compare(part)}"


def of_odd() -> str:
    """Rows with coloured cells."""
    return (
        "Test rows of the first split as they are, nothing put in, numbered from 0. The deeper the colour of a cell, "
        "the more probable that its value is a mistake, given the rest of its row, if one cell in a hundred is. A row "
        "without colours is rare as a whole."
    )


def of_bars() -> str:
    """Costs."""
    return (
        "One diagram a cost, the cheapest family first in each. The scales count powers of ten: a bar that ends one "
        "grid line further right stands for ten times as much. Measured on one core of the machine named at the end of "
        "this page."
    )


def _marks(part: Part, splits: int) -> str:
    if not any(values for row in part["rows"] for values in row["values"].values()):
        return "The upright"
    which = f"Each small mark is one of the {splits} splits" if splits > 1 else "Each small mark is the one split"
    return f"{which}; the upright"


def _compare(part: Part) -> str:
    if not part["references"] and not any(row.get("weak") for row in part["rows"]):
        return ""
    return " A dashed line is something to compare with: a family should be better than a baseline."


def _scale(part: Part) -> str:
    """What the figure is, for a prediction measured under conditions."""
    metric: Metric = SCALE.get(part["main"].partition("_")[0], METRICS[part["main"]])
    return f"{metric.title}: {_small(metric.meaning)}"


def _together(names: list[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _small(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
