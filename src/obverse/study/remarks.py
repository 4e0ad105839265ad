"""The second sentence of a verdict: what a question has to say beyond who is best in its deciding figure.

Each remark reads the finished table of its question (see `summary`) and says nothing when there is nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from . import leaks
from .metrics import METRICS

Part = Mapping[str, Any]


def remark(part: Part) -> str:
    """One sentence, or nothing."""
    said = _REMARKS.get(part["key"])
    return said(part) if said and part["verdict"]["best"] else ""


def _missing(part: Part) -> str:
    """Whether leaving the holes to the model or filling them first was better, family by family."""
    holes, filled = (_named(part, way) for way in ("holes", "filled"))
    if not (holes and filled):
        return ""
    rows = [row for row in _judged(part) if row["mean"][holes] is not None and row["mean"][filled] is not None]
    better = [r["family"] for r in rows if r["mean"][holes] > r["mean"][filled] + _least(part, holes, r)]
    worse = [r["family"] for r in rows if r["mean"][filled] > r["mean"][holes] + _least(part, holes, r)]
    first = max(rows, key=lambda r: r["mean"][filled], default=None)
    if first is None:
        return ""
    out = f"Filled with means first, {first['family']} is ahead ({METRICS[filled].show(first['mean'][filled])})"
    out += f"; leaving the holes was better for {_list(better)}" if better else ""
    out += f"; filling first was better for {_list(worse)}" if worse else ""
    return out + "."


def _labels(part: Part) -> str:
    """Who leads at each size, where that changes."""
    leaders: list[tuple[str, str]] = []
    for name in part["metrics"]:
        known = [row for row in _judged(part) if row["mean"].get(name) is not None]
        if known:
            most = max(row["mean"][name] for row in known)
            first = [row["family"] for row in known if row["mean"][name] == most]
            if not leaders or leaders[-1][0] not in first:  # who led before leads on where others are as good
                leaders.append((first[0], METRICS[name].short))
    if len(leaders) == 1:
        return f"{leaders[0][0]} has the best mean at every size."
    steps = ", ".join(f"{family} from {size}" for family, size in leaders[1:])
    return f"By the means, {leaders[0][0]} leads with {leaders[0][1]}, {steps}."


def _shift(part: Part) -> str:
    """Where training was, and who loses least on leaving it."""
    region, outside, inside = part["extra"].get("region"), _named(part, "outside"), _named(part, "inside")
    said = f"Trained where {region['inside']}, asked where {region['outside']}" if region else ""
    change: dict[str, float] = {}
    if outside and inside:
        rows = [r for r in _judged(part) if None not in (r["mean"][outside], r["mean"][inside])]
        rows = [r for r in rows if r["mean"][inside] > (METRICS[inside].chance or 0.0)]  # others have nothing to lose
        change = {r["family"]: r["mean"][outside] - r["mean"][inside] for r in rows}
    if len(change) > 1:
        least, most = max(change, key=lambda f: change[f]), min(change, key=lambda f: change[f])
        said += f"{'; ' if said else ''}against familiar rows {least} changes by {_signed(change[least])}"
        said += f" and {most}, which loses most, by {_signed(change[most])}"
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def _signed(change: float) -> str:
    return f"{change:+.3f}".replace("-", "−")


def _flag(part: Part) -> str:
    """Who finds single cells and wrong targets."""
    out = []
    for name, what in (("flag_cells", "single wrong cells"), ("flag_labels", "wrong targets")):
        known = [r for r in _judged(part) if r["mean"].get(name) is not None]
        if known:
            first = max(known, key=lambda r: r["mean"][name])
            by = "best by" if len(known) > 1 else "only by"
            out.append(f"{what} are found {by} {first['family']} ({METRICS[name].show(first['mean'][name])})")
    text = " and ".join(out)
    return f"{text[:1].upper()}{text[1:]}." if text else ""


_REMARKS: dict[str, Callable[[Part], str]] = {
    "missing": _missing,
    "labels": _labels,
    "shift": _shift,
    "flag": _flag,
    "create": leaks.sentence,
}


def _judged(part: Part) -> list[Mapping[str, Any]]:
    """Rows of families that are more than baselines."""
    return [row for row in part["rows"] if row["cannot"] is None and not row["weak"]]


def _named(part: Part, condition: str) -> str | None:
    """The metric of this condition that the table has."""
    return next((name for name in part["metrics"] if name.partition("_")[2] == condition), None)


def _least(part: Part, name: str, row: Mapping[str, Any]) -> float:
    """A difference worth a word: half of what the mean of the splits is uncertain by, at least 0.002."""
    return max(0.002, (row["half_width"].get(name) or 0.0) / 2)


def _list(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
