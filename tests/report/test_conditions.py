"""Figures of predictions under other conditions: holes, few labels, elsewhere, and what is odd."""

from __future__ import annotations

import re

import pytest

from obverse.report import captions, words
from obverse.report.charts import curves, unlabelled
from obverse.report.charts.dumbbell import dumbbells
from obverse.report.charts.region import region
from obverse.report.figures import figures
from obverse.study.metrics import METRICS


@pytest.fixture
def part(made):
    study = made()
    return {p["key"]: p for p in study["questions"]}


def numbers(pattern: str, drawing: str) -> list[float]:
    return [float(x) for x in re.findall(pattern, drawing)]


# ------------------------------------------------------------------------ pairs


def test_a_line_joins_the_figure_before_and_the_one_after(part):
    shift = part["shift"]
    shift["rows"] = shift["rows"][:2]
    for row, before, after in zip(shift["rows"], (0.9, 0.8), (0.7, 0.85), strict=True):
        row["mean"] = {"auc_inside": before, "auc_outside": after}
    drawing = str(dumbbells(shift, "inside", "outside"))
    start = numbers(r'href="#ring-\w" x="([\d.]+)%"', drawing)
    end = numbers(r'href="#mark-\w" x="([\d.]+)%"', drawing)
    lines = re.findall(r'class="link \w" x1="([\d.]+)%" x2="([\d.]+)%"', drawing)
    assert [(float(a), float(b)) for a, b in lines] == list(zip(start, end, strict=True))
    assert start[0] > end[1] > start[1] > end[0]
    assert "0.900 → 0.700" in drawing and "0.800 → 0.850" in drawing


def test_ways_are_told_apart_by_shape_and_absent_ones_are_not_drawn(part):
    missing = part["missing"]
    drawing = str(dumbbells(missing, "full", "holes", ("filled", "own")))
    able = [row for row in missing["rows"] if row["mean"]["auc_own"] is not None]
    assert 0 < len(able) < len(missing["rows"])
    assert drawing.count('href="#down"') == len(missing["rows"]) and drawing.count('href="#up"') == len(able)
    missing["metrics"] = ["auc_holes", "auc_full"]
    drawing = str(figures(missing, 5))
    assert "#down" not in drawing and "triangle" not in drawing and "first filled" not in drawing


def test_a_family_far_from_the_others_gets_an_arrow(part):
    missing = part["missing"]
    missing["rows"][-1]["mean"] = dict.fromkeys(missing["metrics"], -40.0)
    drawing = str(dumbbells(missing, "full", "holes"))
    assert drawing.count("off the scale") == 1 and drawing.count("#ring-") == len(missing["rows"]) - 1


def test_a_family_without_a_figure_before_has_a_mark_and_no_line(part):
    shift = part["shift"]
    shift["rows"][0]["mean"]["auc_inside"] = None
    drawing = str(dumbbells(shift, "inside", "outside"))
    assert drawing.count("#ring-") == len(shift["rows"]) - 1 == drawing.count("#mark-") - 1
    for row in shift["rows"]:
        row["mean"] = dict.fromkeys(row["mean"])
    assert dumbbells(shift, "inside", "outside") is None


# ----------------------------------------------------------------------- labels


def means(labels: dict, by_family: dict[str, list[float | None]]) -> None:
    labels["rows"] = [row for row in labels["rows"] if row["family"] in by_family]
    for row in labels["rows"]:
        row["mean"] = dict(zip(labels["metrics"], by_family[row["family"]], strict=True))


def test_curves_rise_with_their_figures_and_lie_where_the_labels_say(part):
    labels = part["labels"]
    means(labels, {"logistic": [0.6, 0.7, 0.8, 0.9], "joint_forest": [0.8, 0.8, 0.8, 0.8]})
    drawing = str(curves.curves(labels))
    rising = drawing[drawing.index("<title>logistic") :].partition("</g><g")[0]
    ends = re.findall(r'class="step" x1="([\d.]+)%" y1="([\d.]+)" x2="([\d.]+)%" y2="([\d.]+)"', drawing)
    assert len(ends) == 6 and rising
    x = sorted({float(x) for x1, _, x2, _ in ends for x in (x1, x2)})
    assert x == pytest.approx([0, 30.63, 53.81, 100], abs=0.02)  # logarithms of 20, 50, 100 and 398
    y = numbers(r'y1="([\d.]+)" x2="[\d.]+%" y2="', rising)
    assert len(y) >= 3 and y == sorted(y, reverse=True)


def test_leaders_are_coloured_the_others_grey_and_all_have_a_name(part):
    labels = part["labels"]
    found = {
        "joint_forest": [0.8, 0.8, 0.8, 0.8],  # leads with few labels
        "logistic": [0.6, 0.7, 0.85, 0.9],  # leads with many
        "gaussian_mixture": [0.7, 0.7, 0.7, 0.7],  # leads its side with few
        "xgboost": [0.5, 0.6, 0.7, 0.75],
    }
    means(labels, found)
    drawing = str(curves.curves(labels))
    names = {
        name: css for css, name in re.findall(r'<g class="(\w+)"><line class="leader"[^>]*/><text[^>]*>(\w+)', drawing)
    }
    assert curves.leaders(labels) == ["joint_forest", "joint_forest", "logistic", "logistic"]
    assert set(names) == set(found)
    assert {name for name, css in names.items() if css == "other"} == {"xgboost"}
    assert drawing.count('class="of other"') == 1


def test_the_caption_says_who_leads_first_and_last(part):
    labels = part["labels"]
    means(labels, {"logistic": [0.6, 0.7, 0.8, 0.9], "joint_forest": [0.8, 0.8, 0.8, 0.8]})
    said = captions.of_curves(labels)
    assert "with 20 labels joint_forest leads (0.800), with all 398 logistic does (0.900)" in said
    means(labels, {"logistic": [0.9, 0.9, 0.9, 0.9], "joint_forest": [0.8, 0.8, 0.8, 0.8]})
    assert "logistic has the best mean at every number of labels" in captions.of_curves(labels)
    means(labels, {"logistic": [0.9, 0.7, 0.7, 0.9], "joint_forest": [0.8, 0.8, 0.8, 0.8]})
    assert "logistic leads with 20 and with all 398 labels, joint_forest in between" in captions.of_curves(labels)


def test_baselines_never_lead(part):
    labels = part["labels"]
    next(row for row in labels["rows"] if row["family"] == "dummy")["mean"] = dict.fromkeys(labels["metrics"], 0.99)
    assert "dummy" not in curves.leaders(labels)


def test_a_size_from_which_a_family_could_not_learn_is_a_gap_and_said(part):
    labels = part["labels"]
    labels["rows"][0]["mean"]["auc_20"] = None
    drawing = str(curves.curves(labels))
    assert drawing.count(' point"') == 4 * len(labels["rows"]) - 1
    assert "could not learn from so few rows" in captions.of_curves(labels)


def test_labels_of_the_axis_that_would_touch_are_left_out_the_last_never(part):
    labels = part["labels"]
    labels["extra"]["sizes"] = [20, 50, 100, 104]
    drawing = str(curves.curves(labels))
    assert re.findall(r'class="tick" [^>]*>([^<]+)<', drawing) == ["20", "50", "all 104"]


def test_one_size_is_no_curve(part):
    labels = part["labels"]
    labels["metrics"] = ["auc_all"]
    assert curves.curves(labels) is None
    labels["main"] = "auc_all"
    assert 'class="rows"' in figures(labels, 5)


def test_unlabelled_rows_are_drawn_for_those_who_learn_from_them_on_one_scale(part):
    labels = part["labels"]
    drawn = unlabelled.panels(labels)
    assert len(drawn) == len(labels["extra"]["unlabelled"]) == 2
    assert all(str(panel).count("#ring-") == 3 for panel in drawn)  # the last size has no unlabelled rows left
    scales = {tuple(re.findall(r'class="small to"[^>]*>([^<]+)<', panel)) for panel in drawn}
    assert len(scales) == 1
    labels["extra"]["unlabelled"] = {}
    assert unlabelled.panels(labels) == [] and "unlabelled" not in figures(labels, 5)


# ----------------------------------------------------------------------- region


def test_bars_are_filled_on_the_side_of_training_and_split_at_the_cut(part):
    found = part["shift"]["extra"]["region"]
    bars = re.findall(r'<rect class="(home|away)" x="([\d.]+)%" width="([\d.]+)%"', str(region(found)))
    kinds = [kind for kind, *_ in bars]
    assert kinds == ["home", "home", "away", "away"]
    edges = [float(x) for _, x, _ in bars]
    assert edges == pytest.approx([0, 33.33, 62.5, 66.67], abs=0.01)
    turned = found | {"inside": "`bmi` >= 27.5", "outside": "`bmi` < 27.5"}
    assert [kind for kind, *_ in re.findall(r'<rect class="(home|away)" x="([\d.]+)', str(region(turned)))] == [
        "away", "away", "home", "home",
    ]  # fmt: skip


def test_dates_are_days_and_not_seconds(part):
    found = part["shift"]["extra"]["region"]
    found |= {"column": "day", "inside": "`day` <= 2020-01-02T12:00:00", "outside": "`day` > 2020-01-02T12:00:00"}
    found["histogram"] = {"edges": [1577836800.0, 1577923200.0, 1578009600.0], "counts": [3, 4], "cut": 1577966400.0}
    assert re.findall(r"20\d\d-\d\d-\d\d(?=<)", str(region(found))) == ["2020-01-01", "2020-01-02", "2020-01-03"]


def test_a_region_of_categories_has_words_and_no_histogram(part):
    assert region(part["shift"]["extra"]["region"] | {"histogram": None}) is None


# --------------------------------------------------------------------- odd rows


def test_oddities_share_one_scale_and_each_is_in_its_own_order(part):
    flag = part["flag"]
    drawing = str(figures(flag, 5))
    panels = drawing.split('class="panel-name"')[1:]
    assert len(panels) == 3
    assert len({tuple(re.findall(r'class="tick" x="([^"]+)"', panel)) for panel in panels}) == 1
    for metric, panel in zip(flag["metrics"], panels, strict=True):
        known = [row for row in flag["rows"] if row["mean"][metric] is not None]
        order = [row["family"] for row in sorted(known, key=lambda row: -row["mean"][metric])]
        assert re.findall(r'class="name"[^>]*>(\w+)<', panel) == order
    assert "can find wrong targets, and no more" in captions.of_flag(flag, 5)


# ------------------------------------------------------------------------ words


def test_conditions_are_set_as_people_write_them():
    assert words.prose("Where `a <= b` <= 3, `c` >= 4") == ("Where <code>a &lt;= b</code> ≤ 3, <code>c</code> ≥ 4")
    assert words.prose("one ` alone <= 3") == "one ` alone &lt;= 3"


def test_a_small_difference_keeps_its_sign_and_a_digit():
    metric = METRICS["roc_auc"]
    assert words.signed(-0.00032, metric) == "−0.0003" and words.signed(0.25, metric) == "+0.250"
    assert words.signed(None, metric) == "–" and words.signed(0.0, metric) == "0.000"
