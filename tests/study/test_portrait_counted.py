"""What is counted: the sentences and bars of columns, and the patterns of holes."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from obverse.modalities.table import TABLE
from obverse.study.portrait.columns import columns
from obverse.study.portrait.holes import holes

RNG = np.random.default_rng(0)
DAYS = pd.date_range("2012-10-02", "2018-09-30", periods=300).normalize()
SAID = {
    "whole numbers from 17 to 90": [17, 90, *RNG.integers(17, 90, 200)],
    "multiples of 25, from 100 to 9975": [100, 9975, *(25 * RNG.integers(4, 399, 200))],
    "numbers rounded to 0.01, from −1.25 to 3.5": [-1.25, 3.5, *np.round(RNG.uniform(-1, 3, 200), 2)],
    "numbers from 0.1235 to 98,765": [0.123456789, 98765.4321, *RNG.normal(500, 9, 200)],
    "whole numbers from 0 to 99,999; 92 % are 0": [0] * 920 + [99_999, *RNG.integers(1, 99_999, 79)],
    "dates from 2012-10-02 to 2018-09-30": DAYS,
    "times from 2012-10-02 05:30 to 2018-09-30 05:30": DAYS + pd.Timedelta("5h30min"),
    "durations from 2 hours to 4 days": pd.to_timedelta([2, 96, *RNG.integers(3, 95, 90)], unit="h"),
    "true or false; true in 30 %": [True] * 30 + [False] * 70,
    "one of 3: high, low, mid": ["low", "mid", "high"] * 20,
    "one of 3: low < mid < high": pd.Categorical(["low", "mid", "high"] * 20, ["low", "mid", "high"], ordered=True),
    "text, different in every row": [f"name {i}" for i in range(60)],
    "text, 60 different ones in 90 rows": [f"name {i % 60}" for i in range(90)],
    "always 7": [7] * 30,
    "nothing: every cell is empty": [None] * 30,
}


def described(values) -> dict:
    frame = pd.DataFrame({"x": values if not isinstance(values, list) else pd.Series(values)})
    return columns(TABLE.learn(frame))[0]


@pytest.mark.parametrize("said", SAID)
def test_a_column_is_said_in_a_sentence(said):
    assert described(SAID[said])["said"] == said


def test_many_categories_are_said_by_the_commonest_and_gathered_in_other():
    values = ["v0"] * 42 + [f"v{i}" for i in range(1, 30) for _ in range(2)]
    found = described(values)
    assert found["said"] == "one of 30 values, most often v0 (42 %)"
    assert found["bars"]["labels"][0] == "v0" and found["bars"]["labels"][-1] == "other"
    assert found["bars"]["share"][-1] == pytest.approx((100 - 42 - 20) / 100)


@pytest.mark.parametrize(
    ("values", "labels"),
    [
        (list(range(17, 91)), ["17–19", "20–29", "30–39", "40–49", "50–59", "60–69", "70–79", "80–89", "90"]),
        ([1, 2, 3, 3, 5], ["1", "2", "3", "4", "5"]),
        ([-5, *range(60)], ["−5 to −1", *(f"{k}–{k + 4}" if k else "0–4" for k in range(0, 60, 5))][:13]),
        ([0.125, 1.0625, 2.53125, 3.0001234, 5.987654321], None),
    ],
)
def test_bars_have_equal_widths_round_ends_and_count_every_cell(values, labels):
    found = described([*values] * 3)["bars"]
    if labels is not None and len(labels) <= 12:
        assert found["labels"] == labels
    assert len(found["labels"]) <= 12 and sum(found["share"]) == pytest.approx(1)


@pytest.mark.parametrize("scale", [1e-9, 1e-3, 1.0, 1e6, 1e12])
def test_every_number_falls_into_the_bar_whose_label_holds_it(scale):
    values = scale * np.random.default_rng(2).normal(3, 1, 500)
    found = described(list(values))["bars"]
    assert 4 <= len(found["labels"]) <= 12
    ends = [[float(e.replace("−", "-").replace(",", "")) for e in label.replace("–", " to ").split(" to ")]
            for label in found["labels"]]  # fmt: skip
    widths = np.diff(ends, axis=1)
    assert np.allclose(widths, widths[0], rtol=0.02)
    counted = [((values >= a * (1 - 1e-12)) & (values < b)).mean() for a, b in ends]
    assert np.allclose(counted, found["share"], atol=0.01)


def test_dates_have_bars_of_equal_time():
    found = described(DAYS)["bars"]
    assert len(found["labels"]) == 12 and found["labels"][0].startswith("2012-10-02 to 2013-")
    assert max(found["share"]) < 0.1


# -------------------------------------------------------------------------- holes


def test_holes_that_come_together_are_told_from_holes_that_merely_meet():
    rng = np.random.default_rng(0)
    empty = rng.random((5000, 5)) < [0.0, 0.3, 0.3, 0.05, 0.0]
    empty[:, 4] = empty[:, 3] & (rng.random(5000) < 0.9)
    found = holes(empty, tuple("abcde"))
    assert [(p["a"], p["b"]) for p in found["together"]] == [("d", "e")]
    pair = found["together"][0]
    assert pair["both"] == pytest.approx(empty[:, 4].mean())
    assert pair["expected"] == pytest.approx(empty[:, 3].mean() * empty[:, 4].mean())
    assert [c["name"] for c in found["columns"]][-2:] == ["d", "e"] and len(found["columns"]) == 4
    assert found["share"] == pytest.approx(empty.mean())


def test_patterns_are_counted_and_the_complete_rows_are_always_among_them():
    bits = np.array([[i >> j & 1 for j in range(4)] for i in range(16)], dtype=bool)
    empty = np.repeat(bits, [1, *range(2, 17)], axis=0)  # complete rows are the rarest
    found = holes(empty, tuple("abcd"))
    shown = found["patterns"]
    assert len(shown) == 8 and shown[0] == {"columns": list("abcd"), "rows": 16, "share": 16 / len(empty)}
    assert shown[-1] == {"columns": [], "rows": 1, "share": 1 / len(empty)}
    assert found["others"]["patterns"] == 8
    assert found["others"]["share"] == pytest.approx(1 - sum(p["share"] for p in shown))
    whole = holes(np.zeros((3, 2), bool), ("a", "b"))
    assert whole["patterns"] == [{"columns": [], "rows": 3, "share": 1.0}]
    assert whole["columns"] == whole["together"] == []
