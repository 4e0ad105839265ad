"""Where a value lies on an axis, and which values get a label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import TypeVar

ROOM = 3  # times the width that the better families take, on either side, is worth showing
Some = TypeVar("Some")


@dataclass(frozen=True)
class Axis:
    """An axis from `low` to `high`, both finite, low < high; a log axis has low > 0.

    Attributes:
        low, high: its ends.
        ticks: (value, label) of its grid lines.
        log: equal distances are equal ratios.
    """

    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def at(self, value: float) -> float:
        """Percent of the way from `low` to `high`, kept between 0 and 100."""
        value = min(max(value, self.low), self.high)
        if self.log:
            return 100 * log10(value / self.low) / log10(self.high / self.low)
        return 100 * (value - self.low) / (self.high - self.low)

    def side(self, value: float) -> int:
        """-1 when the value lies before the axis, 1 when it lies beyond it, 0 when it is on it."""
        return (value > self.high) - (value < self.low)


def finite(values: Iterable[float | None]) -> list[float]:
    """Those that can be drawn."""
    return [float(v) for v in values if v is not None and isfinite(v)]


def linear(values: Iterable[float], *, about: int = 5) -> Axis:
    """An axis that holds the values, with a little room and about so many round ticks."""
    values = list(values)
    low, high = min(values), max(values)
    room = 0.05 * (high - low) or 0.1 * abs(low) or 0.1
    low, high = low - room, high + room
    step = _round_step((high - low) / about)
    digits = max(0, -floor(log10(step) + 1e-9)) + (1 if f"{step:.1e}".startswith("2.5") else 0)
    form = f",.{digits}f" if digits < 6 else ".3g"
    multiples = range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)
    return Axis(low, high, tuple((k * step, f"{k * step:{form}}") for k in multiples))


def focused(near: Sequence[float], everything: Iterable[float]) -> Axis:
    """An axis that holds the values `near`, and of all others those that are not far from them.

    One family that is far worse would press the others into one spot; the figures say that it lies off the scale.
    """
    room = ROOM * (max(near) - min(near))
    return linear([*near, *(v for v in everything if not room or min(near) - room <= v <= max(near) + room)])


def better_half(best_first: Sequence[Some], weak: Iterable[bool]) -> list[Some]:
    """The better half, at least two, of those that are not weak; of all when every one is weak."""
    strong = [one for one, is_weak in zip(best_first, weak, strict=True) if not is_weak] or list(best_first)
    return strong[: max(2, (len(strong) + 1) // 2)]


def decades(values: Iterable[float]) -> Axis:
    """A log axis over whole powers of ten that holds the values, all above 0, with room for a bar to the least."""
    values = list(values)
    first, last = floor(log10(min(values) / 2)), ceil(log10(max(values)))
    last = max(last, first + 1)
    return Axis(10.0**first, 10.0**last, tuple((10.0**k, _power(k)) for k in range(first, last + 1)), log=True)


def _power(k: int) -> str:
    """`0.01`, `1,000`, `10 million`."""
    return f"{10 ** (k - 6):,} million" if k >= 6 else f"{10**k:,}" if k >= 0 else f"{10.0**k:.{-k}f}"


def _round_step(rough: float) -> float:
    power = 10.0 ** floor(log10(rough))
    return next(power * k for k in (1, 2, 2.5, 5, 10) if power * k >= rough * (1 - 1e-9))
