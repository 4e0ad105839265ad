"""The region that training stays in: chosen for the shift of the other columns, with every class on both sides."""

from __future__ import annotations

import numpy as np
import pandas as pd

from obverse.core.given import parse
from obverse.modalities.table import TABLE
from obverse.study.region import Region, choose, described, from_plan, to_plan


def world(rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """`size` moves `weight` and `girth`; `noise` moves nothing; `class_like` is nearly the class."""
    rng = np.random.default_rng(seed)
    size, label = rng.normal(size=rows), rng.integers(2, size=rows)
    return pd.DataFrame(
        {
            "noise": rng.normal(size=rows),
            "class_like": 10.0 * label + rng.normal(size=rows),
            "size": size,
            "weight": size + 0.3 * rng.normal(size=rows),
            "girth": size + 0.3 * rng.normal(size=rows),
            "y": np.array(["no", "yes"])[label],
        }
    )


def chosen(frame: pd.DataFrame, target: str | None = "y") -> Region | None:
    return choose(frame, TABLE.learn(frame, target))


def test_the_cut_moves_the_other_columns_and_keeps_the_classes():
    frame = world()
    region = chosen(frame)
    assert region is not None and region.column in {"size", "weight", "girth"}
    inside, outside = region.sides(frame)
    assert not (inside & outside).any() and (inside | outside).all()
    assert 0.25 <= outside.mean() <= 0.35
    assert frame.loc[outside, "y"].value_counts().min() >= 10
    assert abs(frame.loc[outside, "weight"].mean() - frame.loc[inside, "weight"].mean()) > 1


def test_a_category_can_be_the_region_and_rare_levels_go_together():
    rng = np.random.default_rng(1)
    town = rng.choice(["a", "b", "c", "d"], p=[0.4, 0.35, 0.15, 0.1], size=500)
    far = np.isin(town, ["c", "d"])
    frame = pd.DataFrame({"town": town, "x": np.where(far, "p", "q"), "y": rng.choice(["u", "v"], size=500)})
    region = chosen(frame)
    assert region == Region("town", levels=("c", "d"))
    assert region.conditions(frame)[1] == '`town` in ["c", "d"]'
    assert (region.sides(frame)[1] == far).all()


def test_there_is_none_when_no_cut_keeps_the_classes():
    rng = np.random.default_rng(2)
    label = rng.integers(2, size=300)
    frame = pd.DataFrame({"a": label + 0.01 * rng.normal(size=300), "y": label.astype(str)})
    assert chosen(frame) is None


def test_rows_without_the_cell_are_on_neither_side():
    frame = world()
    frame.loc[:99, ["size", "weight", "girth"]] = np.nan
    inside, outside = chosen(frame).sides(frame)
    assert not (inside | outside)[:100].any()


def test_dates_are_cut_at_a_date_and_the_condition_can_be_read():
    frame = world().assign(day=pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(600) // 6, unit="D"))
    region = Region("day", cut=pd.Timestamp("2024-02-01").timestamp())
    inside, outside = region.sides(frame)
    assert (frame.loc[outside, "day"] > pd.Timestamp("2024-02-01")).all() and inside.sum() + outside.sum() == 600
    for condition in region.conditions(frame):
        assert "2024-02-01" in condition and parse(condition) is not None


def test_it_comes_back_from_the_plan_and_is_described_in_json():
    import json

    frame = world()
    region = chosen(frame)
    assert from_plan(json.loads(json.dumps(to_plan(region)))) == region
    assert from_plan({}) is None
    told = described(region, frame)
    json.dumps(told, allow_nan=False)
    assert told["rows_inside"] + told["rows_outside"] == 600
    assert sum(told["histogram"]["counts"]) == 600
    for condition in (told["inside"], told["outside"]):
        assert parse(condition) is not None


def test_its_conditions_select_the_same_rows_whatever_the_column_is_called_and_holds():
    import obverse

    frame = pd.DataFrame({"a`b": [1.0, 2.0, 3.0] * 20, "on": [True, False, False] * 20, "y": list("uvw") * 20})
    model = obverse.fit("naive_bayes", frame, "y")
    for region in (Region("a`b", cut=2.0), Region("on", levels=("True",))):
        shares = [side.mean() for side in region.sides(frame)]
        told = [model.probability(condition) for condition in region.conditions(frame)]
        np.testing.assert_allclose(told, shares, atol=0.05)
