"""Names beside points, none on top of another: the nearest free place is taken, point by point.

Greedy placement over candidate positions, after Christensen, Marks & Shieber (1995), "An empirical study of algorithms
for point-feature label placement", ACM Transactions on Graphics 14.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import cos, pi, sin

LETTER, LINE, MARK = 6.8, 15.0, 9.0  # pixels: width of a letter, height of a line, half the width of a mark
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A rectangle, y downwards."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Box) -> bool:
        """Whether they share more than an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom

    def inside(self, other: Box) -> bool:
        """Whether the other holds it whole."""
        across = other.left <= self.left and self.right <= other.right
        return across and other.top <= self.top and self.bottom <= other.bottom


@dataclass(frozen=True)
class Label:
    """A placed name. `far`: it needs a line to its point, which ends at `near_end`."""

    text: str
    point: Point
    box: Box
    far: bool

    @property
    def near_end(self) -> Point:
        """The place on the box that is nearest to the point."""
        x, y = self.point
        return min(max(x, self.box.left), self.box.right), min(max(y, self.box.top), self.box.bottom)


def place(texts: Sequence[str], points: Sequence[Point], area: Box, *, avoid: Sequence[Point] = ()) -> list[Label]:
    """One label a point, inside the area; one for which there is no room at all is left out.

    Labels never cover each other or a point; they cover a place in `avoid` only when nothing else is free.
    """
    taken = [_around(point, MARK) for point in points]
    better_not = [_around(point, MARK / 2) for point in avoid]
    out: list[Label] = []
    for text, point in zip(texts, points, strict=True):
        free = [
            Label(text, point, box, far)
            for box, far in _candidates(point, LETTER * len(text))
            if box.inside(area) and not any(box.overlaps(other) for other in taken)
        ]
        best = next((f for f in free if not any(f.box.overlaps(other) for other in better_not)), None)
        if label := best or next(iter(free), None):
            taken.append(label.box)
            out.append(label)
    return out


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Places in the order of the wanted ones and as near to them as can be, at least `gap` from each other.

    They stay between `low` and `high` as long as there is room. Least squares by pooling neighbours that are too near
    (Ayer et al. 1955, "An empirical distribution function for sampling with incomplete information").
    """
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    pools: list[tuple[float, int]] = []  # sums and counts of neighbours that share one shift
    for rank, i in enumerate(order):
        total, n = wanted[i] - rank * gap, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / n:
            before, several = pools.pop()
            total, n = total + before, n + several
        pools.append((total, n))
    highest = max(low, high - gap * (len(wanted) - 1))
    shifts = [min(max(total / n, low), highest) for total, n in pools for _ in range(n)]
    out = [0.0] * len(wanted)
    for rank, (i, shift) in enumerate(zip(order, shifts, strict=True)):
        out[i] = shift + rank * gap
    return out


def _around(point: Point, half: float) -> Box:
    x, y = point
    return Box(x - half, y - half, x + half, y + half)


def _candidates(point: Point, width: float) -> Iterable[tuple[Box, bool]]:
    """Right, left, above, below, then ever larger rings."""
    x, y = point
    for ring in range(14):
        gap = MARK + 1 + 16 * ring
        angles = (0.0, pi, pi / 2, -pi / 2) if ring == 0 else [k * pi / 8 for k in range(16)]
        for angle in angles:
            across, up = cos(angle), sin(angle)
            middle_x = x + across * (gap + width / 2)
            middle_y = y - up * (gap + LINE / 2)
            yield Box(middle_x - width / 2, middle_y - LINE / 2, middle_x + width / 2, middle_y + LINE / 2), ring > 0
