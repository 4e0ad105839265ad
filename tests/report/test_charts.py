"""Figures: places on axes, round ticks, labels that do not cover each other."""

from __future__ import annotations

import re

import numpy as np
import pytest

from obverse.report.charts.axis import better_half, decades, finite, focused, linear
from obverse.report.charts.bars import bars
from obverse.report.charts.fidelity import fidelity_and_privacy
from obverse.report.charts.labels import Box, apart, place
from obverse.report.charts.reliability import panels
from obverse.report.charts.strip import strip


def part_of(study: dict, key: str) -> dict:
    return next(p for p in study["questions"] if p["key"] == key)


@pytest.mark.parametrize(
    "values", [[0.5, 0.91], [1e-7, 2e-7], [-52000.0, 3.0], [0.7], [0.0], [1e9, 1e9], [0.124, 0.126]]
)
def test_linear_axis_holds_its_values_and_ticks_are_round_and_told_apart(values):
    axis = linear(values)
    assert all(axis.low < v < axis.high for v in values)
    assert 2 <= len(axis.ticks) <= 8
    assert len({label for _, label in axis.ticks}) == len(axis.ticks)
    assert all(float(label.replace(",", "")) == pytest.approx(v, abs=1e-12 * abs(v) + 1e-15) for v, label in axis.ticks)
    assert axis.at(axis.low) == 0 and axis.at(axis.high) == pytest.approx(100)
    assert axis.side(axis.low - 1) == -1 and axis.side(axis.high + 1) == 1


def test_log_axis_gives_equal_room_to_equal_ratios():
    axis = decades([0.02, 30.0])
    assert (axis.low, axis.high) == (0.01, 100.0)
    assert axis.at(0.1) == pytest.approx(25) and axis.at(1) == pytest.approx(50)
    assert decades([0.011]).low == 0.001  # a bar to the least can be seen


def test_only_numbers_are_drawn():
    assert finite([0.5, None, float("nan"), float("inf"), -1.0]) == [0.5, -1.0]


def test_strip_draws_each_split_once_at_its_place(made):
    part = part_of(made(names=("logistic", "joint_forest"), splits=4), "predict")
    drawing = str(strip(part))
    assert drawing.count("d dot") == 4 and drawing.count("g dot") == 4
    assert drawing.count('class="mean') == 2
    order = sorted(range(4), key=part["rows"][0]["values"]["roc_auc"].__getitem__)
    letter = part["rows"][0]["side"][0]
    x = [float(v) for v in re.findall(rf'x="([\d.]+)%" class="{letter} dot"', drawing)]
    assert sorted(range(4), key=x.__getitem__) == order


def test_one_family_that_is_far_worse_does_not_press_the_others_together(made):
    part = part_of(made(), "predict")
    values = {"logistic": 0.91, "xgboost": 0.90, "joint_forest": 0.89, "gaussian_mixture": 0.88, "dummy": -52.0}
    part["rows"].sort(key=lambda row: -values[row["family"]])
    for row in part["rows"]:
        row["values"]["roc_auc"] = [values[row["family"]] - 0.01, values[row["family"]] + 0.01]
        row["mean"]["roc_auc"] = values[row["family"]]
    drawing = str(strip(part))
    assert drawing.count("◂ off the scale") == 1
    assert "◂ baseline dummy −52.000" in drawing
    means = [float(x) for x in re.findall(r'class="mean \w" x1="([\d.]+)%"', drawing)]
    assert len(means) == 4 and max(means) - min(means) > 30


def test_infinite_and_missing_figures_are_left_out_of_the_drawing(made):
    part = part_of(made(splits=3), "predict")
    row = part["rows"][0]
    row["values"]["roc_auc"] = [None, float("inf"), 0.7]
    drawing = str(strip(part))
    assert "nan" not in drawing and "inf%" not in drawing
    for row in part["rows"]:
        row["mean"]["roc_auc"] = None
    assert strip(part) is None


def test_bars_take_a_time_of_nothing(made):
    part = part_of(made(), "cost")
    part["rows"][0]["mean"]["fit_s"] = 0.0
    assert str(bars(part, "fit_s")).count('class="bar') == 5


def test_bars_start_with_the_cheapest_and_say_which_way_is_better(made):
    part = part_of(made(), "cost")
    for name, way, best in (("predict_rows_s", "longer is better", max), ("peak_mb", "shorter is better", min)):
        drawing = str(bars(part, name))
        first = re.search(r'class="name"[^>]*>(\w+)<', drawing)
        assert first and way in drawing
        assert first[1] == best(part["rows"], key=lambda row: row["mean"][name])["family"]


def test_ticks_of_a_wide_log_axis_are_words_people_know():
    labels = [label for _, label in decades([0.002, 3e7]).ticks]
    assert labels == ["0.001", "0.01", "0.1", "1", "10", "100", "1,000", "10,000", "100,000", "1 million",
                      "10 million", "100 million"]  # fmt: skip


def test_an_axis_holds_what_is_near_and_leaves_out_what_is_far():
    axis = focused([0.9, 0.92], [0.93, 0.5])
    assert axis.side(0.93) == 0 and axis.side(0.5) == -1
    assert focused([1.0, 1.0], [0.5]).side(0.5) == 0
    assert better_half(["a", "b", "c", "d", "e"], [False, True, False, False, False]) == ["a", "c"]
    assert better_half(["a", "b"], [True, True]) == ["a", "b"]


@pytest.mark.parametrize("seed", range(20))
def test_labels_at_ends_are_as_near_as_can_be_and_never_closer_than_the_gap(seed):
    from sklearn.isotonic import isotonic_regression

    rng = np.random.default_rng(seed)
    wanted = rng.uniform(0, 200, rng.integers(1, 12))
    found = np.array(apart(list(wanted), 15, 0, 200))
    order = np.argsort(wanted)
    ranks = 15 * np.arange(len(wanted))
    best = isotonic_regression(wanted[order] - ranks, y_min=0, y_max=200 - ranks[-1]) + ranks
    assert found[order] == pytest.approx(best)
    assert (np.diff(found[order]) >= 15 - 1e-9).all()


def test_reliability_dots_lie_where_the_bins_say(made):
    part = part_of(made(names=("logistic",)), "probabilities")
    part["extra"]["reliability"] = {"logistic": [{"confidence": 1.0, "accuracy": 1.0, "count": 4}, {"count": 0}]}
    (panel,) = panels(part)
    box = re.search(r'class="box" x="(\d+)" y="(\d+)" width="(\d+)"', panel)
    dot = re.search(r'<circle class="bin d" cx="([\d.]+)" cy="([\d.]+)"', panel)
    assert box and dot
    assert float(dot[1]) == float(box[1]) + float(box[3]) and float(dot[2]) == float(box[2])


def test_scatter_names_every_family_with_both_figures_and_the_reference(made):
    study = made(names=tuple(f"family_{i}" for i in range(12)))
    drawing = str(fidelity_and_privacy(part_of(study, "create")))
    labels = re.findall(r'class="label"[^>]*>([^<]+)<', drawing)
    assert sorted(labels) == sorted([f"family_{i}" for i in range(1, 12, 2)] + ["fresh real rows"])


@pytest.mark.parametrize("seed", range(5))
def test_labels_never_cover_each_other_or_a_point(seed):
    rng = np.random.default_rng(seed)
    points = [(float(x), float(y)) for x, y in rng.normal((250, 200), 25, (15, 2))]
    area = Box(50, 10, 490, 350)
    placed = place([f"family number {i}" for i in range(15)], points, area)
    assert len(placed) == 15
    for i, label in enumerate(placed):
        assert label.box.inside(area)
        assert not any(label.box.overlaps(other.box) for other in placed[i + 1 :])
        assert not any(label.box.overlaps(Box(x, y, x + 1e-9, y + 1e-9)) for x, y in points)
