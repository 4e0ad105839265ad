"""The portrait as a whole: whatever the table, JSON's own types, the same each time, within its limits."""

from __future__ import annotations

import json
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

from obverse.core.errors import BadInput
from obverse.data.worlds.mixed import Mixed
from obverse.modalities.table import TABLE
from obverse.study.portrait import portrait

ROWS = 90


def plain_frame(n: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "a": rng.normal(size=n),
            "b": rng.integers(0, 5, n),
            "c": rng.choice(["x", "y", "z"], n),
            "y": rng.choice(["u", "v"], n),
        }
    )


def dates(n: int = ROWS) -> pd.DataFrame:
    rng = np.random.default_rng(1)
    second = pd.to_datetime("2021-03-04 05:06:07") + pd.to_timedelta(rng.integers(0, 10**7, n), unit="s")
    return pd.DataFrame({"d": pd.date_range("2020-01-01", periods=n), "e": second})


BASE = plain_frame()
EVERY_KIND = BASE.assign(
    empty=np.nan,
    empty_text=pd.Series([None] * ROWS, dtype="str"),
    constant=3,
    flag=pd.array([True, None, False] * (ROWS // 3), dtype="boolean"),
    whole=pd.array([1, None, 3] * (ROWS // 3), dtype="Int64"),
    text=[f"text {i} " * 30 for i in range(ROWS)],
    grade=pd.Categorical(BASE["c"], categories=["z", "y", "x", "never"], ordered=True),
    when=dates()["d"],
    zone=dates()["e"].dt.tz_localize("Europe/Paris"),
    lasts=pd.to_timedelta(np.arange(ROWS) * 999, unit="s"),
)
FRAMES = {
    "usual": (BASE, "y"),
    "every kind": (EVERY_KIND, "y"),
    "no target": (EVERY_KIND, None),
    "numeric target": (EVERY_KIND, "a"),
    "date target": (EVERY_KIND, "when"),
    "twelve rows": (BASE.head(12), "y"),
    "two rows": (BASE.head(2).assign(y=["u", "v"]), "y"),
    "one row": (BASE.head(1), None),
    "one column": (BASE[["a"]], None),
    "one empty column": (pd.DataFrame({"k": [np.nan] * 20}), None),
    "one constant": (pd.DataFrame({"k": ["same"] * 20}), None),
    "only categories": (BASE[["c", "y"]], "y"),
    "only dates": (dates(), None),
    "half unlabelled": (BASE.assign(y=[None if i % 2 else v for i, v in enumerate(BASE["y"])]), "y"),
    "twenty classes": (BASE.assign(y=[f"k{i % 20}" for i in range(ROWS)]), "y"),
}


def task_of(frame: pd.DataFrame, target: str | None):
    return TABLE.learn(frame, target).schema.task


@pytest.mark.parametrize("name", FRAMES)
def test_any_table_has_a_portrait_in_plain_json(name):
    frame, target = FRAMES[name]
    found = portrait(frame, target, task_of(frame, target), 0)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["refused"] is None and found["rows"] == len(frame)
    assert [c["name"] for c in found["columns"]] == list(frame.columns)
    assert [c["role"] for c in found["columns"]].count("target") == (target is not None)
    for column in found["columns"]:
        assert 0 < len(column["said"]) <= 80
        assert len(column["bars"]["labels"]) == len(column["bars"]["share"]) <= 12
        there = frame[column["name"]].notna()
        assert sum(column["bars"]["share"]) == pytest.approx(1.0 if there.any() else 0.0)
        assert column["missing"] == pytest.approx(1 - there.mean())
        assert column["distinct"] == frame[column["name"]].nunique()
    groups = found["examples"]["groups"]
    assert 1 <= len(groups) <= 6 and len(found["examples"]["columns"]) <= 12
    for group in groups:
        rows = [row["row"] for kind in ("typical", "odd") for row in group[kind]]
        assert len(set(rows)) == len(rows) == min(6, max(group["rows"], len(rows)))
        assert len(group["typical"]) == min(3, (group["rows"] + 1) // 2)
        assert all(len(row["odd"]) <= 3 for row in group["odd"])


def test_rows_of_a_group_are_of_that_group_and_cells_are_theirs():
    found = portrait(BASE, "y", "class", 0)
    shown = found["examples"]["columns"]
    for group in found["examples"]["groups"]:
        for row in [*group["typical"], *group["odd"]]:
            real = BASE.iloc[row["row"]]
            assert f"y = {real['y']}" == group["group"]
            assert row["cells"][shown.index("c")] == real["c"]
            assert row["cells"][shown.index("b")] == str(real["b"])
    thirds = portrait(BASE, "a", "number", 0)["examples"]["groups"]
    assert [group["group"].split(",")[0] for group in thirds] == ["a: low third", "a: middle third", "a: high third"]
    tops = [max(BASE["a"].iloc[r["row"]] for r in [*g["typical"], *g["odd"]]) for g in thirds]
    assert tops == sorted(tops)


def test_the_same_seed_gives_the_same_portrait_and_rows_are_named_by_their_place():
    frame = Mixed().sample(400, seed=3)
    other = frame.set_axis(np.arange(400)[::-1])
    assert portrait(frame, "outcome", "class", 5) == portrait(other, "outcome", "class", 5)
    assert (
        portrait(frame, "outcome", "class", 5)["log_prob_mean"]
        != portrait(frame, "outcome", "class", 6)["log_prob_mean"]
    )


def test_a_table_no_model_can_learn_keeps_its_columns_and_holes():
    frame = pd.DataFrame({"huge": [1e300, -1e300, None] * 20, "b": range(60)})
    found = portrait(frame, None, None, 0)
    assert "huge" in found["refused"] and found["model"] is found["dependence"] is found["examples"] is None
    assert found["missing"]["share"] == pytest.approx(1 / 6) and len(found["columns"]) == 2
    with pytest.raises(BadInput):
        portrait(pd.DataFrame({"a": [[1], [2]]}), None, None, 0)


def test_a_wide_table_is_limited_and_its_target_and_signal_are_drawn():
    rng = np.random.default_rng(0)
    wide = pd.DataFrame(rng.normal(size=(1500, 200)), columns=[f"c{i}" for i in range(200)])
    wide = wide.assign(y=rng.integers(0, 2, 1500))
    wide["c7"] += 3 * wide["y"]
    wide["c9"] = wide["c8"] + 0.1 * wide["c9"]
    started = perf_counter()
    found = portrait(wide, "y", "class", 0)
    assert perf_counter() - started < 60
    drawn = found["dependence"]["columns"]
    assert len(drawn) == 30 and found["dependence"]["left_out"] == 171
    assert drawn[0] == "y" and {"c7", "c8", "c9"} <= set(drawn)
    assert {(p["a"], p["b"]) for p in found["dependence"]["strongest"][:2]} <= {
        ("y", "c7"), ("c7", "y"), ("c8", "c9"), ("c9", "c8")
    }  # fmt: skip
