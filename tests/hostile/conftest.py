"""Tables of every dtype, magnitude, text and hole that a data frame can hold, as a Hypothesis strategy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import strategies as st

from obverse.registry import families

# a family that needs `tiny` to be quick comes once for every five of the others, networks have tables of their own
FAMILIES = [
    key
    for key, family in families().items()
    if not family.card.extras and family.card.modality.name == "table"
    for _ in range(1 if family.card.tiny else 5)
]
NETWORKS = [key for key, family in families().items() if family.card.extras and family.card.modality.name == "table"]

# ------------------------------------------------------------------ cells

Draw = Callable[[st.SearchStrategy[Any]], Any]
Cells = Callable[[Draw, int, np.random.Generator], list[Any]]
MAGNITUDES = [-300, -160, -37, -9, -3, 0, 1, 5, 12, 20, 36, 160, 300]
TEXTS = st.one_of(
    st.text(max_size=6),
    st.sampled_from(
        [
            *("", " ", "'", '"', "`", "a`b", "\n", "a,b", "nan", "None", "NA", "true", "1", "1.0", "-0", "[HOLE]"),
            *("\u00e9", "e\u0301", "Ω" * 9, "\u202eabc", "\x00", "x" * 3000, "2024-01-31", "a == 1 or b", "$array"),
        ]
    ),
)


def few(values: st.SearchStrategy[Any], most: int = 6) -> Cells:
    """Cells out of a few different values."""

    def cells(draw: Draw, n: int, rng: np.random.Generator) -> list[Any]:
        pool = draw(st.lists(values, min_size=1, max_size=most, unique_by=repr))
        return [pool[i] for i in rng.integers(len(pool), size=n)]

    return cells


def spread(low: int, high: int) -> Cells:
    """Whole numbers anywhere between the limits, in a narrow or wide range."""

    def cells(draw: Draw, n: int, rng: np.random.Generator) -> list[Any]:
        first = draw(st.integers(low, high))
        last = draw(st.integers(first, min(high, first + 10 ** draw(st.integers(0, 18)))))
        return [first + int(u * (last - first)) for u in rng.random(n)]

    return cells


def reals(largest: int, digits: int) -> Cells:
    """Numbers of one magnitude around an offset of another, to the last digit, rounded, or with repeats."""

    def cells(draw: Draw, n: int, rng: np.random.Generator) -> list[Any]:
        powers = st.sampled_from([p for p in MAGNITUDES if abs(p) <= largest])
        size, offset = draw(powers), draw(st.sampled_from([0.0, 1.0, -1.0]))
        numbers = rng.normal(size=n) * 10.0**size + offset * 10.0 ** draw(powers)
        shape = draw(st.sampled_from(["all", "few", "rounded", "zeros", "last digit"]))
        if shape == "few":
            numbers = numbers[rng.integers(min(n, 3), size=n)]
        elif shape == "rounded":
            numbers = np.round(numbers, draw(st.integers(-2, 4)))
        elif shape == "zeros":
            numbers[rng.random(n) < 0.5] = draw(st.sampled_from([0.0, -0.0]))
        elif shape == "last digit":
            numbers = numbers[0] * (1 + rng.integers(-3, 4, size=n) * 10.0**-digits)
        return list(numbers)

    return cells


def ticks(unit: str, first: str, last: str) -> Cells:
    """Dates as whole numbers of the unit, wide apart or close."""
    low, high = (int(np.datetime64(day, unit).astype(int)) for day in (first, last))
    return spread(low, high)


# ---------------------------------------------------------------- columns


@dataclass(frozen=True)
class Kind:
    """How cells are made, and how they (None where missing) become a Series."""

    cells: Cells
    series: Callable[[list[Any]], pd.Series]
    holes: bool = True


def typed(dtype: Any) -> Callable[[list[Any]], pd.Series]:
    return lambda cells: pd.Series(cells, dtype=dtype)


def times(dtype: str, zone: str | None = None, arrow: bool = False) -> Callable[[list[Any]], pd.Series]:
    def series(cells: list[Any]) -> pd.Series:
        whole = np.array([np.iinfo(np.int64).min if c is None else c for c in cells], dtype=np.int64)
        made = pd.Series(whole.view(dtype))
        made = made if zone is None else made.dt.tz_localize("UTC").dt.tz_convert(zone)
        return made.convert_dtypes(dtype_backend="pyarrow") if arrow else made

    return series


def levels(unused: list[Any], ordered: bool = False) -> Callable[[list[Any]], pd.Series]:
    def series(cells: list[Any]) -> pd.Series:
        met = dict.fromkeys(c for c in cells if c is not None)
        extra = [u for u in unused if u not in met]
        return pd.Series(pd.Categorical(cells, categories=[*extra, *met], ordered=ordered))

    return series


def loose(cells: list[Any]) -> pd.Series:
    """Objects, with every spelling of a missing cell."""
    holes = [None, float("nan"), pd.NA]
    return pd.Series([holes[i % 3] if c is None else c for i, c in enumerate(cells)], dtype=object)


def _kinds() -> dict[str, Kind]:
    kinds: dict[str, Kind] = {}
    for bits in (8, 16, 32, 64):
        for sign in ("int", "uint"):
            limits = np.iinfo(f"{sign}{bits}")
            cells = spread(int(limits.min), int(limits.max))
            kinds[f"{sign}{bits}"] = Kind(cells, typed(f"{sign}{bits}"), holes=False)
    small = st.integers(-3, 3)
    kinds |= {
        "few int64": Kind(few(small), typed("int64"), holes=False),
        "Int64": Kind(spread(-(2**63), 2**63 - 1), typed("Int64")),
        "few Int64": Kind(few(small), typed("Int64")),
        "UInt8": Kind(spread(0, 255), typed("UInt8")),
        "float32": Kind(reals(36, 6), typed("float32")),
        "float64": Kind(reals(300, 15), typed("float64")),
        "any float64": Kind(few(st.floats(-1e300, 1e300), 20), typed("float64")),
        "Float64": Kind(reals(300, 15), typed("Float64")),
        "bool": Kind(few(st.booleans()), typed("bool"), holes=False),
        "boolean": Kind(few(st.booleans()), typed("boolean")),
        "str": Kind(few(TEXTS), typed("str")),
        "string": Kind(few(TEXTS), typed("string")),
        "object": Kind(few(st.one_of(TEXTS, st.just("half a pair \ud800"))), loose),
        "object mixed": Kind(few(st.one_of(TEXTS, small, st.booleans(), st.floats(-9, 9))), loose),
        "names": Kind(lambda draw, n, rng: [f"id {i:03}" for i in rng.permutation(n)], typed("str")),
        "category": Kind(few(TEXTS), levels(["unused", ""])),
        "ordered": Kind(few(st.sampled_from("abcdef")), levels(["z", "c"], ordered=True)),
        "int category": Kind(few(st.integers(-9, 9)), levels([0, 5, 2**40])),
        "bool category": Kind(few(st.booleans()), levels([])),
        "timedelta": Kind(spread(-(10**9), 10**9), times("m8[s]")),
        "timedelta ns": Kind(spread(-(2**62), 2**62), times("m8[ns]")),
        "int64[pyarrow]": Kind(spread(-(2**63), 2**63 - 1), typed("int64[pyarrow]")),
        "double[pyarrow]": Kind(reals(300, 15), typed("double[pyarrow]")),
        "string[pyarrow]": Kind(few(TEXTS), typed("string[pyarrow]")),
        "bool[pyarrow]": Kind(few(st.booleans()), typed("bool[pyarrow]")),
        "timestamp[pyarrow]": Kind(ticks("us", "1900", "2100"), times("M8[us]", arrow=True)),
        "timestamp tz[pyarrow]": Kind(ticks("ns", "1900", "2100"), times("M8[ns]", "Asia/Tokyo", arrow=True)),
        "zoned": Kind(ticks("us", "1900", "2100"), times("M8[us]", "Europe/Oslo")),
        "zoned ns": Kind(ticks("ns", "1900", "2100"), times("M8[ns]", "America/New_York")),
        "empty object": Kind(lambda draw, n, rng: [None] * n, loose),
        "empty category": Kind(lambda draw, n, rng: [None] * n, levels(["u", "v"])),
    }
    for unit in ("s", "ms", "us", "ns"):
        first, last = ("1700", "2200") if unit == "ns" else ("0001", "9999")
        kinds[f"datetime64[{unit}]"] = Kind(ticks(unit, first, last), times(f"M8[{unit}]"))
    return kinds


KINDS = _kinds()
ODD_NAMES = ["", " ", "a b", "mean radius", "`", "a`b", "é", "x\ny", '"', "y", "target", "and", "is", "log_prob"]
ODD_NAMES += ["0", "-1", "$array", "a/b", "..", "class", "名前", "n" * 300, "__import__('os')", "draw", "label"]


@dataclass(frozen=True)
class Case:
    """A table, its target if any, whether that is handed in beside X, and a family."""

    family: str
    frame: pd.DataFrame
    target: str | None
    beside: bool
    kinds: tuple[str, ...]

    @property
    def x(self) -> pd.DataFrame:
        """The table without its target."""
        return self.frame if self.target is None else self.frame.drop(columns=self.target)

    def __repr__(self) -> str:
        table = self.frame.map(lambda cell: f"{cell[:20]}..." if isinstance(cell, str) and len(cell) > 40 else cell)
        where = " beside X" if self.beside else ""
        kinds = dict(zip(self.frame, self.kinds, strict=True))
        text = f"{self.family}, target {self.target!r}{where}, {kinds}\n{table}"
        return text.encode(errors="backslashreplace").decode()


def column(draw: Draw, kind: str, n: int, rng: np.random.Generator) -> pd.Series:
    """A Series of n cells, sometimes all equal, of which some, most or all may be missing."""
    cells = KINDS[kind].cells(draw, n, rng)
    if rng.random() < 0.08:
        cells = [cells[0]] * n
    missing = rng.choice([0, 0.05, 0.3, 0.8, 1], p=[0.5, 0.1, 0.2, 0.15, 0.05]) if KINDS[kind].holes else 0
    holes = rng.random(n) < missing
    return KINDS[kind].series([None if hole else cell for cell, hole in zip(cells, holes, strict=True)])


@st.composite
def cases(draw: Draw, among: list[str]) -> Case:
    """Tables of 2 to 60 rows and 1 to 7 columns; a target of any dtype, usually one with two values at least.

    Hypothesis draws what is worth shrinking and a seed; the seed decides how often something rare happens.
    """
    rng = np.random.default_rng(draw(st.integers(0, 2**64 - 1)))
    n, family = draw(st.integers(2, 60)), str(rng.choice(among))
    card = families()[family].card
    with_target = card.needs_target or card.side == "discriminative" or (rng.random() < 0.6 and bool(card.tasks))
    kinds = draw(st.lists(st.sampled_from(list(KINDS)), min_size=1 + with_target, max_size=7))
    names = [f"c{j}" for j in range(len(kinds))]
    if rng.random() < 0.4:
        names = [str(name) for name in rng.permutation(ODD_NAMES)[: len(kinds)]]
    frame = pd.DataFrame({name: column(draw, kind, n, rng) for name, kind in zip(names, kinds, strict=True)})
    if rng.random() < 0.2:
        frame = frame.iloc[np.arange(n) // rng.integers(2, n + 1)].reset_index(drop=True)
    if rng.random() < 0.2:
        frame.index = pd.Index([f"r{i // 2}" for i in range(n)])
    target = None
    if with_target:
        several = [name for name in names if frame[name].nunique() > 1]
        if not several:
            frame[names[-1]], kinds[-1], several = np.arange(n) % 2, "few int64", names[-1:]
        target = str(rng.choice(several if rng.random() < 0.95 else names))
    return Case(family, frame, target, with_target and rng.random() < 0.3, tuple(kinds))


@pytest.fixture(scope="session")
def any_case() -> st.SearchStrategy[Case]:
    """Tables for the families that fit in a moment."""
    return cases(FAMILIES)


@pytest.fixture(scope="session")
def network_case() -> st.SearchStrategy[Case]:
    """Tables for the networks."""
    return cases(NETWORKS)
