"""A distribution of y around a prediction of its mean, learned from residuals the prediction has not seen.

p(y | x) = p(y | m) with m the predicted mean: atoms that the schema found are as probable as among rows of like m,
and the rest is m plus a residual. Residuals are cross-fitted (each row is predicted by a model that did not see it), so
that they are as wide as those of new rows; their spread may change with m, their shape, a histogram of equal counts,
does not. Near the ends of the observed range, which draws keep to, the residual is moved so that its mean inside the
range stays what was predicted. The idea is that of the jackknife+ and of conformal predictive distributions (Barber,
Candes, Ramdas and Tibshirani 2021; Vovk, Shen, Manokhin and Xie 2019), here as a density in the schema's measure.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from ..core.derive import choose
from ..core.evidence import Region
from ..core.schema import Array, Column, FloatArray
from .factors import slot_of
from .scale import centre_and_spread, unit_of

ROWS_A_BIN, MOST_BINS = 50, 20  # of the predicted mean
MOST_PIECES = 64  # of the histogram of residuals
STRENGTH = 5.0  # rows of the whole table that each bin's spread and atoms are shrunk by
SMALLEST_SCALE = 1e-3  # of the target's own standard deviation
NEAREST_END, FURTHEST_MOVE, BISECTIONS = 0.25, 1.5, 30  # in spreads: of a mean near the end of the observed range
LEAST_SMOOTH = 0.05  # share of numbers that are no atoms below which the mean is not corrected through them


@dataclass(frozen=True)
class Residuals:
    """p(y | m), for B bins of m, Q pieces of the histogram and A atoms.

    Attributes:
        column: the target's facts.
        cuts: (B-1,) predicted means at which bins begin.
        shift: (B,) what is added to m so that the mean of y, atoms included, is m.
        scale: (B,) spread of residuals.
        edges, mass: (Q+1,), (Q,) histogram of residuals in units of their spread, of mean zero.
        atoms: (B, A) probability of each atom.
        blur: weight of a uniform over three times the observed range, so that nothing near is impossible.
    """

    column: Column
    cuts: FloatArray
    shift: FloatArray
    scale: FloatArray
    edges: FloatArray
    mass: FloatArray
    atoms: FloatArray
    blur: float

    @classmethod
    def of(cls, column: Column, mean: FloatArray, y: FloatArray) -> Residuals:
        """Learn from the cross-fitted predictions (n,) and the targets (n,) of labelled rows."""
        bins = int(np.clip(len(y) // ROWS_A_BIN, 1, MOST_BINS))
        cuts = np.unique(np.quantile(mean, np.linspace(0, 1, bins + 1)[1:-1]))
        home = np.searchsorted(cuts, mean, side="right")
        rows = np.bincount(home, minlength=len(cuts) + 1)
        slot = slot_of(column, y)
        own = np.bincount(slot[slot >= 0], minlength=len(column.atoms)) / (len(y) + 1)
        counts = np.stack([np.bincount(home[slot == a], minlength=len(rows)) for a in range(len(own))] or [rows * 0])
        atoms = (counts.T[:, : len(own)] + STRENGTH * own) / (rows[:, None] + STRENGTH)

        smooth = slot < 0 if (slot < 0).any() else np.ones(len(y), bool)
        residual, home_of = (y - mean)[smooth], home[smooth]
        spread = centre_and_spread(y)[1]
        floor = max(SMALLEST_SCALE * spread, 0.3 * (column.step or 0.0), 4 * float(np.spacing(np.abs(y).max())))
        unit = unit_of(np.append(residual, floor))
        n = np.bincount(home_of, minlength=len(rows))
        r = residual / unit
        centre = np.bincount(home_of, r, len(rows)) / np.maximum(n, 1)
        whole = float(((r - centre[home_of]) ** 2).mean())
        squares = np.bincount(home_of, (r - centre[home_of]) ** 2, len(rows))
        scale = np.maximum(np.sqrt((squares + STRENGTH * whole) / (n + STRENGTH)), floor / unit)
        edges, mass = _histogram((r - centre[home_of]) / scale[home_of])
        average = np.bincount(home, mean, len(rows)) / np.maximum(rows, 1)
        left = 1 - atoms.sum(axis=1)
        at = atoms @ np.asarray(column.atoms, dtype=float) if len(own) else np.zeros(len(rows))
        shift = np.where(left > LEAST_SMOOTH, (average - at) / np.maximum(left, LEAST_SMOOTH) - average, centre * unit)
        return cls(column, cuts, shift, scale * unit, edges, mass, atoms, 1.0 / (len(y) + 2))

    # ----------------------------------------------------------------- the queries

    def log_value(self, mean: FloatArray, y: FloatArray) -> FloatArray:
        """Log-measure of y where the predicted mean is `mean`, both (n,)."""
        b = self._bin(mean)
        loc = self._located(mean, b)
        slot = slot_of(self.column, y)
        p = self.atoms[b, np.maximum(slot, 0)] if self.atoms.shape[1] else np.zeros(len(y))
        atom = np.where(slot >= 0, p, 0.0)
        left = 1 - self.atoms[b].sum(axis=1)
        with np.errstate(divide="ignore"):
            if self.column.step is None:
                return np.where(slot >= 0, np.log(atom), np.log(left) + self._log_density(loc, y, b))
            half, off = self.column.step / 2, np.abs(self.column.on_grid(y) - y)
            mass = atom + left * self._interval(loc, y - half, y + half, b).sum(axis=1)
            return np.log(np.where(off <= 1e-6 * self.column.step + 4 * np.spacing(np.abs(y)), mass, 0.0))

    def log_region(self, mean: FloatArray, region: Region) -> FloatArray:
        """Log-probability that y lies in the region, (n,)."""
        with np.errstate(divide="ignore"):
            return np.log(np.minimum(self._pieces(mean, region).sum(axis=1), 1.0))

    def draw(self, mean: FloatArray, region: Region, rng: np.random.Generator) -> FloatArray:
        """One y a predicted mean, inside the region (which must have probability there)."""
        b = self._bin(mean)
        loc = self._located(mean, b)
        points = np.asarray(self.column.atoms, dtype=float)
        edges = region.edges(self.column)
        piece = choose(self._pieces(mean, region), rng).astype(int)
        out = np.append(points, 0.0)[np.minimum(piece, len(points))]
        for i, (low, high) in enumerate(edges):
            for part, inverse in enumerate((self._from_histogram, self._from_uniform)):
                here = np.flatnonzero(piece == len(points) + 2 * i + part)
                out[here] = np.clip(inverse(loc[here], b[here], low, high, rng.random(len(here))), low, high)
        return out

    def log_bound(self, y: float, region: Region | None) -> float:
        """Log of a number that neither the measure of y nor, without y, the probability of the region exceeds."""
        height = np.logaddexp(
            self._log_heights.max() - np.log(self.scale.min()), np.log(self.blur) - np.log(self._width)
        )
        points = np.asarray(self.column.atoms, dtype=float)
        if region is None or not np.isnan(y):
            region = Region(False, intervals=((y, y, True, True),))
            if self.column.step is None and not region.contains(points).any():
                return float(height)
        with np.errstate(divide="ignore", over="ignore"):
            parts = [np.log((self.atoms.max(axis=0) * region.contains(points)).sum())]
            parts += [np.log(high - low) + height for low, high in region.edges(self.column)]
        return min(0.0, float(np.logaddexp.reduce(parts)))

    # ------------------------------------------------------------------- machinery

    def _bin(self, mean: FloatArray) -> Array:
        return np.searchsorted(self.cuts, mean, side="right")

    @property
    def _reach(self) -> tuple[float, float]:
        """Limits of the uniform part."""
        room = max(self.column.high - self.column.low, float(self.scale.max()), self.column.step or 0.0)
        return self.column.low - room, self.column.high + room

    @property
    def _width(self) -> float:
        low, high = self._reach
        return high - low

    def _located(self, mean: FloatArray, b: Array) -> FloatArray:
        """Where zero of the histogram lies, (n,): the mean of what is inside the observed range is then as wanted."""
        low, high, scale = self.column.low, self.column.high, self.scale[b]
        loc = mean + self.shift[b]
        cut = np.flatnonzero((loc + scale * self.edges[0] < low) | (loc + scale * self.edges[-1] > high))
        if not len(cut) or not high > low:
            return loc
        b, scale = b[cut], scale[cut]
        room = np.minimum(NEAREST_END * scale, 0.25 * (high - low))
        wanted = np.clip(loc[cut], low + room, high - room)
        first, last = wanted - FURTHEST_MOVE * scale, wanted + FURTHEST_MOVE * scale
        for _ in range(BISECTIONS):
            middle = (first + last) / 2
            short = self._mean_inside(middle, b) < wanted
            first, last = np.where(short, middle, first), np.where(short, last, middle)
        loc[cut] = (first + last) / 2
        return loc

    def _mean_inside(self, loc: FloatArray, b: Array) -> FloatArray:
        """Mean of the histogram's part inside the observed range."""
        ends = [self._standard(loc, end, b) for end in (self.column.low, self.column.high)]
        inner = [np.clip(u, self.edges[0], self.edges[-1]) for u in ends]
        below, above = ((self._cdf(u), self._moment(u)) for u in inner)
        inside = above[0] - below[0]
        mean = (above[1] - below[1]) / np.where(inside > 0, inside, 1.0)
        return loc + self.scale[b] * np.where(inside > 0, mean, (inner[0] + inner[1]) / 2)

    def _moment(self, u: FloatArray) -> FloatArray:
        """Integral of t times the histogram's density up to u."""
        piece = np.clip(np.searchsorted(self.edges, u, side="right") - 1, 0, len(self.mass) - 1)
        whole = np.append(0.0, np.cumsum(self.mass * (self.edges[1:] + self.edges[:-1]) / 2))
        return whole[piece] + (self.mass / np.diff(self.edges))[piece] * (u**2 - self.edges[piece] ** 2) / 2

    def _standard(self, loc: FloatArray, y: FloatArray | float, b: Array) -> FloatArray:
        """y in spreads around `loc`, kept a little beyond the histogram."""
        with np.errstate(over="ignore"):
            u = (y - loc) / self.scale[b]
        return np.clip(u, self.edges[0] - 1, self.edges[-1] + 1)

    @property
    def _log_heights(self) -> FloatArray:
        """Log-density of each piece in units of the spread, the histogram's share included."""
        return np.log(self.mass) - np.log(np.diff(self.edges)) + np.log1p(-self.blur)

    def _log_density(self, loc: FloatArray, y: FloatArray, b: Array) -> FloatArray:
        u = self._standard(loc, y, b)
        piece = np.clip(np.searchsorted(self.edges, u, side="right") - 1, 0, len(self.mass) - 1)
        inside = (u >= self.edges[0]) & (u <= self.edges[-1])
        own = np.where(inside, self._log_heights[piece] - np.log(self.scale[b]), -np.inf)
        low, high = self._reach
        broad = np.where((y >= low) & (y <= high), np.log(self.blur) - np.log(self._width), -np.inf)
        return np.logaddexp(own, broad)

    def _interval(self, loc: FloatArray, low: Any, high: Any, b: Array) -> FloatArray:
        """Probability of low..high in the histogram and in the uniform part, (n, 2)."""
        u, v = self._standard(loc, low, b), self._standard(loc, high, b)
        first, last = (np.searchsorted(self.edges, w, side="right") - 1 for w in (u, v))
        middle = np.clip(first, 0, len(self.mass) - 1)
        # within one piece the difference of two sums of masses would lose the digits of a narrow interval
        narrow = (first == last) & (first >= 0) & (first < len(self.mass))
        own = np.where(narrow, (self.mass / np.diff(self.edges))[middle] * (v - u), self._cdf(v) - self._cdf(u))
        a, z = self._reach
        broad = np.maximum(np.minimum(high, z) - np.maximum(low, a), 0.0) / self._width
        return np.column_stack([(1 - self.blur) * own, np.broadcast_to(self.blur * broad, len(own))])

    def _cdf(self, u: FloatArray) -> FloatArray:
        return np.interp(u, self.edges, np.append(0.0, np.cumsum(self.mass)))

    def _pieces(self, mean: FloatArray, region: Region) -> FloatArray:
        """Probability of the region's atoms and of both parts of each of its intervals, (n, A + 2 intervals)."""
        b = self._bin(mean)
        loc = self._located(mean, b)
        points = np.asarray(self.column.atoms, dtype=float)
        left = 1 - self.atoms[b].sum(axis=1, keepdims=True)
        smooth = [left * self._interval(loc, low, high, b) for low, high in region.edges(self.column)]
        return np.column_stack([self.atoms[b] * region.contains(points), *smooth])

    def _from_histogram(self, loc: FloatArray, b: Array, low: float, high: float, u: FloatArray) -> FloatArray:
        first, last = self._cdf(self._standard(loc, low, b)), self._cdf(self._standard(loc, high, b))
        z = np.interp(first + u * (last - first), np.append(0.0, np.cumsum(self.mass)), self.edges)
        return loc + self.scale[b] * z

    def _from_uniform(self, loc: FloatArray, b: Array, low: float, high: float, u: FloatArray) -> FloatArray:
        a, z = self._reach
        return max(low, a) + u * (min(high, z) - max(low, a))

    # ----------------------------------------------------------------------- state

    def state(self) -> dict[str, Any]:
        """Arrays that rebuild it together with the column."""
        return {name: value for name, value in asdict(self).items() if name != "column"}


def _histogram(u: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Edges and masses of equal-count pieces, moved so that the mean is zero."""
    pieces = int(np.clip(np.sqrt(len(u)), 1, MOST_PIECES))
    edges = np.unique(np.quantile(u, np.linspace(0, 1, pieces + 1)))
    if len(edges) == 1:
        edges = edges[0] + np.array([-1.0, 1.0])
    mass = np.histogram(u, edges)[0] + 1e-9
    mass = mass / mass.sum()
    return edges - (mass * (edges[1:] + edges[:-1])).sum() / 2, mass


def cross_fitted_folds(n: int, groups: Array | None, folds: int, rng: np.random.Generator) -> Array:
    """A fold of each row, (n,): equal parts in random order, rows of a group together."""
    if groups is None:
        return rng.permutation(np.arange(n) % max(1, min(folds, n)))
    member = np.unique(np.asarray(groups).astype(str), return_inverse=True)[1]
    return cross_fitted_folds(int(member.max()) + 1, None, folds, rng)[member]
