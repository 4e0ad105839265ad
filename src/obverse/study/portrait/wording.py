"""Cells, numbers and dates as people write them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from ...core.schema import Column, FloatArray

LONGEST = 40  # characters of one cell
DAY = 86_400
UNITS = ((2 * DAY, DAY, "days"), (7_200, 3_600, "hours"), (120, 60, "minutes"), (0, 1, "seconds"))


def cell(value: float, column: Column, *, longest: int = LONGEST) -> str:
    """One encoded cell of the column, cut to so many characters; an empty one is `""`."""
    if np.isnan(value):
        return ""
    if column.kind == "category":
        label = column.values[int(value)]
        if isinstance(label, bool):
            return str(label).lower()
        return number(label) if isinstance(label, float) else cut(str(label), longest)
    if column.is_date:
        return moment(value, whole_days=column.step is not None and column.step % DAY == 0)
    if is_duration(column):
        return duration(value)
    return number(value, column)


def number(value: float, column: Column | None = None) -> str:
    """On the column's grid with the grid's own digits, elsewhere with four; commas from 10,000 up (2008 is a year)."""
    on_grid = column is not None and column.step is not None
    value = float(column.on_grid(np.array([value]))[0]) if column is not None else float(value)
    if abs(value) >= 1e15 or 0 < abs(value) < 1e-7:
        text = f"{value:.4g}"
    elif on_grid or value == round(value):
        text = np.format_float_positional(value + 0.0, precision=12, trim="-")  # + 0.0: no minus zero
    else:
        text = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:.4g}"
    return signed(grouped(text) if abs(value) >= 10_000 else text)


def grouped(text: str) -> str:
    """Commas between thousands."""
    whole, point, rest = text.partition(".")
    return f"{int(whole):,}{point}{rest}" if whole.lstrip("-").isdigit() else text


def signed(text: str) -> str:
    """A minus that is as wide as a digit."""
    return text.replace("-", "−", 1) if text.startswith("-") else text


def moment(seconds: float, *, whole_days: bool) -> str:
    """An ISO date, with hours and minutes when days do not suffice."""
    time = pd.Timestamp(round(seconds * 1e3), unit="ms")
    return f"{time:%Y-%m-%d}" if whole_days else f"{time:%Y-%m-%d %H:%M}"


def duration(seconds: float) -> str:
    """In the largest unit of which there are two."""
    _, size, name = next(unit for unit in UNITS if abs(seconds) >= unit[0])
    return f"{number(float(f'{seconds / size:.3g}'))} {name}"


def is_duration(column: Column) -> bool:
    """A length of time, held inside as seconds."""
    return column.dtype.startswith(("timedelta64", "duration"))


def whole_days(column: Column, known: FloatArray) -> bool:
    """Dates without a time of day."""
    return column.is_date and bool((known % DAY == 0).all())


def cut(text: str, longest: int) -> str:
    """Whole where it fits, on one line."""
    text = " ".join(text.split())
    return text if len(text) <= longest else text[: longest - 1] + "…"


def percent(share: float) -> str:
    """`92 %`; what is not quite nothing is `< 1 %`, what is not quite all is `> 99 %`."""
    if 0 < share < 0.005:
        return "< 1 %"
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{100 * share:.0f} %"
