"""What is to be known of a figure: its name, which way is better, how it is printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Question = Literal["predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost"]
Better = Literal["higher", "lower", "half"]


@dataclass(frozen=True)
class Metric:
    """How to name, read and print one figure.

    Attributes:
        name: key in `results.jsonl`.
        question: what it helps to answer.
        title: for table heads.
        better: `higher`, `lower`, or `half` (0.5 is best, either side of it is worse).
        meaning: one sentence for people who do not know the metric.
        digits: digits after the point.
        unit: the figure is in the data's own units, so that no number of digits suits all data.
        short: the title beside others of the same kind; empty where there is no shorter one.
        chance: what guessing gets, where that is a fixed figure.
    """

    name: str
    question: Question
    title: str
    better: Better
    meaning: str
    digits: int = 3
    unit: bool = False
    short: str = ""
    chance: float | None = None

    def show(self, value: float | None) -> str:
        """The figure as text: a dash when undefined, no decimals from 1000, `< 0.001` for what would else read 0.

        A figure in the data's own units (`unit`) keeps two significant digits instead, however small it is.
        """
        if value is None or value != value:
            return "–"
        if abs(value) >= 1000:
            return f"{value:,.0f}".replace("-", "−")
        text = f"{value:.{self.digits}f}"
        if value != 0 and float(text) == 0:
            text = f"{value:.2g}" if self.unit else f"< {10**-self.digits:g}" if value > 0 else "≈ 0"
        return text.replace("-", "−")
