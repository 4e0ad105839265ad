"""Learning curves: the figure of each family against the number of labels it learned from, on a log axis.

A dozen curves in colour would be a tangle, so the leaders are drawn in the colour of their side and the others grey; of
texts, whose families are few, all stand out, and dashes tell those of one side apart. Every curve carries its name at
its end, moved until none covers another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from ...study.metrics import METRICS, Metric
from ..html import Markup, el
from .axis import Axis, better_half, finite, focused
from .labels import apart
from .svg import LETTER, dashes, frame, mark, number, percent, short

TOP, LEAST, LINE = 12, 280, 18  # pixels: where the plot starts, its least height, height of a label
LEAD = 24  # pixels from the end of a curve to its label
NAME = 22  # letters of a label
FEW = 6  # families, all of which stand out
NEAR = 12  # percent of the width within which two labels of the axis would touch


@dataclass(frozen=True)
class Curve:
    """A family: (labels, mean, half the width of its interval) where it has a figure, whether it stands out, and which
    dashes its line has."""

    family: str
    side: str
    points: list[tuple[int, float, float | None]]
    leads: bool
    dash: int = 0

    @property
    def means(self) -> list[float]:
        """Its figures, fewest labels first."""
        return [mean for _, mean, _ in self.points]

    @property
    def ink(self) -> str:
        """Class of the style sheet that colours it."""
        dash = f" dash-{self.dash}" if self.dash else ""
        return f"{LETTER[self.side]}{dash}" if self.leads else "other"


def all_stand_out(part: Mapping[str, Any]) -> bool:
    """Whether every curve is drawn in colour: of texts, where families are few."""
    return examples(part) == "texts" and sum(row["cannot"] is None for row in part["rows"]) <= FEW


def examples(part: Mapping[str, Any]) -> str:
    """What is learned from: rows, or texts, which the figure is of alone."""
    return "texts" if part["main"].startswith("f1_") else "rows"


def told(part: Mapping[str, Any]) -> str:
    """What the families are told of them."""
    return "label" if part["main"].startswith("f1_") else "target"


def sizes(part: Mapping[str, Any]) -> list[tuple[int, str, str]]:
    """(number of labels, name of the size, metric) for each size that some family has a figure of, least first."""
    by_name = dict(zip(part["extra"].get("names", ()), part["extra"].get("sizes", ()), strict=True))
    pairs = [(metric.partition("_")[2], metric) for metric in part["metrics"]]
    return sorted((by_name[name], name, metric) for name, metric in pairs if name in by_name)


def leaders(part: Mapping[str, Any]) -> list[str]:
    """The family with the best mean at each size, baselines apart."""
    strong = [row for row in part["rows"] if not row["weak"]] or part["rows"]
    found = [_best(strong, metric) for _, _, metric in sizes(part)]
    return [family for family in found if family is not None]


def _best(rows: Sequence[Mapping[str, Any]], metric: str) -> str | None:
    known = [row for row in rows if finite([row["mean"].get(metric)])]
    return max(known, key=lambda row: row["mean"][metric])["family"] if known else None


def curves(part: Mapping[str, Any]) -> Markup | None:
    """The figure; None with fewer than two sizes."""
    steps, found = sizes(part), _curves(part)
    if len(steps) < 2 or not found:
        return None
    metric, weak = METRICS[steps[0][2]], {row["family"]: row["weak"] for row in part["rows"]}
    near = [v for c in better_half(found, [weak[c.family] for c in found]) for v in c.means]
    bottom = TOP + max(LEAST, LINE * (len(found) + 1))
    place = _Place(_log(steps), focused(near, [v for c in found for v in c.means]), bottom)
    figure = metric.title.partition(",")[0]
    said = "; ".join(f"{c.family} {metric.show(c.means[0])} to {metric.show(c.means[-1])}" for c in found)
    area = el("rect", x="-10%", y=TOP - 8, width="120%", height=bottom - TOP + 16)
    drawn = [_drawn(curve, place, metric, i) for i, curve in enumerate(sorted(found, key=lambda c: c.leads))]
    return frame(
        [
            el("defs", el("clipPath", area, id="curves-area")),
            place.axes(figure, f"{examples(part)} with a known {told(part)} →"),
            el("g", drawn, clip_path="url(#curves-area)"),
            _names(found, place, metric),
        ],
        title=f"{part['title']}: {figure} of each family by the number of labels",
        description=f"Means with the fewest and with all labels: {said}",
        class_="curves",
        height=bottom + 48,
    )


def _curves(part: Mapping[str, Any]) -> list[Curve]:
    """All families with a figure at some size; who leads somewhere, or leads its side at either end, stands out."""
    steps = sizes(part)
    strong = [row for row in part["rows"] if not row["weak"]]
    out = set(leaders(part))
    for _, _, metric in (*steps[:1], *steps[-1:]):
        out |= {_best([row for row in strong if row["side"] == side], metric) for side in LETTER}
    found = list[Curve]()
    kinds = dashes({row["family"]: row["side"] for row in part["rows"]}) if all_stand_out(part) else {}
    for row in part["rows"]:
        points = [
            (n, v, row["half_width"].get(metric)) for n, _, metric in steps for v in finite([row["mean"].get(metric)])
        ]
        if points:
            leads = all_stand_out(part) or row["family"] in out
            found.append(Curve(row["family"], row["side"], points, leads, kinds.get(row["family"], 0)))
    return found


def _log(steps: Sequence[tuple[int, str, str]]) -> Axis:
    """Over the sizes; labels that would touch are left out, the last one never."""
    low, high = steps[0][0], max(steps[-1][0], steps[0][0] + 1)
    axis = Axis(low, high, (), log=True)
    ticks = [(n, f"{n:,}" if name != "all" else f"all {n:,}") for n, name, _ in steps]
    kept = [ticks[-1]]
    for n, label in ticks[:-1]:
        room = axis.at(n) - max([axis.at(k) for k, _ in kept[:-1]], default=-NEAR)
        if room >= NEAR and axis.at(kept[-1][0]) - axis.at(n) >= NEAR:
            kept.insert(-1, (n, label))
    return Axis(low, high, tuple(kept), log=True)


@dataclass(frozen=True)
class _Place:
    """Where figures lie: percent from the left, pixels from the top."""

    across: Axis
    up: Axis
    bottom: float

    def x(self, size: float) -> str:
        """Where a size lies."""
        return percent(self.across.at(size))

    def y(self, value: float) -> float:
        """Where a figure lies, on the scale or not."""
        return self.bottom - (self.bottom - TOP) * (value - self.up.low) / (self.up.high - self.up.low)

    def axes(self, figure: str, along: str) -> list[Markup]:
        """Grid, ticks and names."""
        out = []
        for value, label in self.up.ticks:
            y = number(self.y(value))
            out.append(el("line", class_="grid", x1=0, x2="100%", y1=y, y2=y))
            out.append(el("text", label, class_="tick-up", x=-8, y=number(self.y(value) + 4)))
        for value, label in self.across.ticks:
            x = self.x(value)
            out.append(el("line", class_="grid", x1=x, x2=x, y1=TOP, y2=self.bottom))
            out.append(el("text", label, class_="tick", x=x, y=self.bottom + 20))
        out.append(el("text", along, class_="axis-label", x=0, y=self.bottom + 42))
        turned = f"translate(-46 {number(self.bottom)}) rotate(-90)"
        return [*out, el("text", f"{figure} · higher is better →", class_="axis-label", transform=turned)]


def _drawn(curve: Curve, place: _Place, metric: Metric, i: int) -> Markup:
    ends = [(place.x(n), number(place.y(v))) for n, v, _ in curve.points]
    lines = [el("line", class_="step", x1=x1, y1=y1, x2=x2, y2=y2) for (x1, y1), (x2, y2) in pairwise(ends)]
    marks = [el("g", mark(curve.side, "point", x), transform=f"translate(0 {y})") for x, y in ends]
    shown = "; ".join(f"{n:,} labels {metric.show(v)}" for n, v, _ in curve.points)
    spread = _intervals(curve, place, 3 * (i % 5 - 2)) if curve.leads else None
    return el("g", el("title", f"{curve.family}: {shown}"), spread, lines, marks, class_=f"of {curve.ink}")


def _intervals(curve: Curve, place: _Place, shift: int) -> Markup:
    """Thin upright lines, moved sideways so that those of several curves lie beside each other."""
    bars = [
        el("line", class_="spread", x1=place.x(n), x2=place.x(n), y1=number(place.y(v - h)), y2=number(place.y(v + h)))
        for n, v, h in curve.points
        if h
    ]
    return el("g", bars, transform=f"translate({shift} 0)")


def _names(found: Sequence[Curve], place: _Place, metric: Metric) -> Markup:
    """Names and last figures at the ends of the curves; ▾ stands behind what lies below the scale."""
    ends = [curve.means[-1] for curve in found]
    at = [min(max(place.y(v), TOP), place.bottom) for v in ends]
    out = []
    for curve, value, y, label in zip(found, ends, at, apart(at, LINE, TOP, place.bottom), strict=True):
        way = {-1: " ▾", 0: "", 1: " ▴"}[place.up.side(value)]
        lead = el("line", class_="leader", x1=7, x2=LEAD - 4, y1=number(y), y2=number(label))
        shown = el("tspan", f" {metric.show(value)}", class_="end-figure")
        name = el("text", short(curve.family, NAME), shown, way, class_="end-name", x=LEAD, y=number(label + 4))
        out.append(el("g", lead, name, class_=curve.ink))
    return el("svg", el("title", "Means with all labels"), out, x="100%", class_="names")
