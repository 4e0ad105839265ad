"""From results to tables, verdicts and sentences, on figures made up so that the answers are known."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest

from obverse.study.metrics import METRICS
from obverse.study.plan import Plan
from obverse.study.results import Result
from obverse.study.summary import summarise
from obverse.study.terminal import show
from obverse.study.withheld import kept_back

FAMILIES = ("dummy", "joint_forest", "logistic", "marginals", "naive_bayes", "xgboost")
ENVIRONMENT = {"obverse": "0.1.0", "seconds": 1.0}
DATA = {"source": "DataFrame", "missing_share": 0.1, "notes": ["made up"]}
AUC = {
    "xgboost": [0.91, 0.91, 0.92, 0.90, 0.91],
    "logistic": [0.91, 0.90, 0.92, 0.91, 0.90],
    "naive_bayes": [0.70, 0.71, 0.72, 0.70, 0.72],
    "joint_forest": [0.80, None, 0.82, 0.80, 0.81],
    "marginals": [0.5] * 5,
    "dummy": [0.5] * 5,
}
C2ST = {
    "joint_forest": [0.60, 0.58, 0.61, 0.60, 0.59],
    "naive_bayes": [0.35, 0.36, 0.33, 0.35, 0.34],
    "marginals": [0.99] * 5,
}


def plan(splits: int = 5, questions=("predict", "create"), families=FAMILIES) -> Plan:
    return Plan("0.1.0", "made_up", "0" * 64, 100, 4, "y", "class", families, questions, splits, 0, 0.3)


def results(question: str, metric: str, figures: dict, splits: int = 5) -> list[Result]:
    return [
        Result(family, split, question, "ok", None, {metric: figure})
        for family, values in figures.items()
        for split, figure in enumerate(values[:splits])
    ]


SAFE = {"dcr_share": 0.5, "near_copies": 0.01, "exact_copies": 0.0, "membership_auc": 0.5}


def create(figures: dict = C2ST) -> list[Result]:
    refused = [
        Result(f, s, "create", "cannot", f"{f} cannot", {}) for f in ("xgboost", "logistic", "dummy") for s in range(5)
    ]
    made = results("create", "c2st", figures) + results("create", "c2st", {"reference": [0.51] * 5})
    return refused + [replace(r, metrics=r.metrics | SAFE) for r in made]


def summary_of(plan: Plan, found: list[Result]) -> dict:
    return summarise(plan, found, data=DATA, command="obverse compare", environment=ENVIRONMENT)


def question(summary: dict, key: str) -> dict:
    return next(q for q in summary["questions"] if q["key"] == key)


def test_best_ties_and_distances_are_of_the_deciding_figure():
    predict = question(summary_of(plan(), results("predict", "roc_auc", AUC)), "predict")
    verdict = predict["verdict"]
    assert [row["family"] for row in predict["rows"]][:4] == ["xgboost", "logistic", "joint_forest", "naive_bayes"]
    assert (verdict["best"], verdict["tied"]) == ("xgboost", ["logistic"])
    against = {a["family"]: a for a in verdict["against"]}
    assert against["naive_bayes"]["verdict"] == "worse"
    assert against["naive_bayes"]["difference"] == pytest.approx(-0.2)
    assert against["naive_bayes"]["low"] < -0.2 < against["naive_bayes"]["high"] < 0
    assert verdict["sentence"].startswith("xgboost predicts best: ROC-AUC 0.910 (baselines ")
    assert "; no difference found to logistic; ahead of joint_forest by 0.1" in verdict["sentence"]


def test_the_nearest_to_one_half_creates_best_and_stands_beside_floor_and_fresh_rows():
    create_part = question(summary_of(plan(), create()), "create")
    sentence = create_part["verdict"]["sentence"]
    assert sentence.startswith(
        "joint_forest creates the most faithful rows: C2ST 0.596 (fresh real rows 0.510, baseline marginals 0.990); "
        "ahead of naive_bayes by 0.058 (95 % interval"
    )
    assert create_part["references"][0]["values"]["c2st"] == [0.51] * 5
    assert {row["family"]: row["cannot"] for row in create_part["rows"]}["xgboost"] == "xgboost cannot"


def test_two_splits_have_no_interval_and_name_no_winner_for_sure():
    summary = summary_of(plan(splits=2), results("predict", "roc_auc", AUC, splits=2))
    predict = question(summary, "predict")
    assert predict["verdict"]["sentence"].endswith("with 2 splits that may be chance.")
    assert all(a["low"] is None for a in predict["verdict"]["against"])
    single = question(summary_of(plan(splits=1), results("predict", "roc_auc", AUC, splits=1)), "predict")
    assert single["verdict"]["sentence"].endswith("with 1 split that may be chance.")
    assert predict["rows"][0]["half_width"]["roc_auc"] is None
    assert all(cell["mark"] != "tie" for row in summary["overall"]["rows"] for cell in row["cells"])


def test_a_baseline_that_nobody_beats_is_named_as_one():
    figures = {"dummy": [0.5] * 5, "logistic": [0.48, 0.52, 0.47, 0.51, 0.49]}
    found = summary_of(plan(families=("dummy", "logistic")), results("predict", "roc_auc", figures))
    assert question(found, "predict")["verdict"]["sentence"].startswith(
        "Nothing beats the baseline dummy: ROC-AUC 0.500"
    )


def test_nobody_is_praised_whom_a_baseline_ties_with():
    figures = {"logistic": [0.55, 0.49, 0.56, 0.48, 0.57], "dummy": [0.5] * 5, "xgboost": [0.54, 0.48, 0.55, 0.5, 0.55]}
    found = summary_of(plan(families=tuple(sorted(figures))), results("predict", "roc_auc", figures))
    sentence = question(found, "predict")["verdict"]["sentence"]
    assert sentence.startswith("Nobody is shown to beat the baseline dummy: the best mean is logistic's, ROC-AUC 0.530")
    assert sentence.endswith("; no difference found to xgboost.")


def test_a_portrait_is_shown_and_one_that_failed_is_said():
    asked = plan(questions=("portrait", "predict"), families=("logistic",))
    figures = results("predict", "roc_auc", {"logistic": [0.9] * 5})
    drawn = Result("portrait", 0, "portrait", "ok", None, {}, {"rows": 100})
    assert summary_of(asked, [drawn, *figures])["portrait"] == {"rows": 100}
    broken = Result("portrait", 0, "portrait", "failed", "ValueError: no", {})
    summary = summary_of(asked, [broken, *figures])
    assert "portrait" not in summary
    assert summary["data"]["notes"][-1] == "what the data are like could not be worked out: ValueError: no"
    assert [q["key"] for q in summary["questions"]] == ["predict"]


def test_an_answer_that_is_worth_nothing_is_not_praised():
    figures = {"xgboost": [0.45, 0.5, 0.46, 0.44, 0.45], "logistic": [0.3] * 5}
    families = ("logistic", "xgboost")
    found = summary_of(plan(families=families), results("predict", "roc_auc", figures))
    sentence = question(found, "predict")["verdict"]["sentence"]
    assert sentence == "Nobody does better than guessing (0.500): the best mean is xgboost's, ROC-AUC 0.460."


def test_remarks_say_who_copes_with_holes_who_leads_when_and_who_loses_elsewhere():
    families = ("joint_forest", "xgboost")
    figures = {
        ("missing", "auc_holes"): {"joint_forest": [0.90] * 5, "xgboost": [0.70] * 5},
        ("missing", "auc_filled"): {"joint_forest": [0.85] * 5, "xgboost": [0.86] * 5},
        ("labels", "auc_20"): {"joint_forest": [0.80] * 5, "xgboost": [0.60] * 5},
        ("labels", "auc_50"): {"joint_forest": [0.82] * 5, "xgboost": [0.80] * 5},
        ("labels", "auc_all"): {"joint_forest": [0.90] * 5, "xgboost": [0.95] * 5},
        ("shift", "auc_outside"): {"joint_forest": [0.80] * 5, "xgboost": [0.90] * 5},
        ("shift", "auc_inside"): {"joint_forest": [0.90] * 5, "xgboost": [0.91] * 5},
    }
    merged: dict[tuple, Result] = {}
    for (key, metric), by_family in figures.items():
        for r in results(key, metric, by_family):
            there = merged.get((key, r.family, r.split))
            extra = {"sizes": [20, 50, 300]} if key == "labels" else {}
            metrics = {**(there.metrics if there else {}), **r.metrics}
            merged[key, r.family, r.split] = Result(r.family, r.split, key, "ok", None, metrics, extra)
    region = {"inside": "`a` <= 3", "outside": "`a` > 3"}
    asked = plan(questions=("missing", "labels", "shift"), families=families)
    summary = summarise(
        asked, list(merged.values()), data=DATA, command="c", environment=ENVIRONMENT, region=region
    )  # fmt: skip
    said = {q["key"]: q["verdict"]["remark"] for q in summary["questions"]}
    assert said["missing"] == (
        "Filled with means first, xgboost is ahead (0.860); leaving the holes was better for joint_forest; "
        "filling first was better for xgboost."
    )
    assert said["labels"] == "By the means, joint_forest leads with 20 labels, xgboost from all labels."
    assert said["shift"] == (
        "Trained where `a` <= 3, asked where `a` > 3; against familiar rows xgboost changes by −0.010 and "
        "joint_forest, which loses most, by −0.100."
    )
    labels = question(summary, "labels")
    assert (labels["extra"]["names"], labels["main"]) == (["20", "50", "all"], "auc_20")
    assert question(summary, "shift")["extra"]["region"] == region


def test_figures_nobody_has_are_left_out_and_the_next_one_decides():
    found = results("predict", "accuracy", AUC)
    predict = question(summary_of(plan(), found), "predict")
    assert (predict["main"], predict["metrics"]) == ("accuracy", ["accuracy"])


def test_failures_and_what_has_not_run_are_said():
    found = results("predict", "roc_auc", {"logistic": AUC["logistic"]})
    found += [Result("xgboost", s, "predict", "failed", "ValueError: no", {}) for s in range(5)]
    summary = summary_of(plan(), found)
    rows = {row["family"]: row for row in question(summary, "predict")["rows"]}
    assert rows["xgboost"]["cannot"] == "failed: ValueError: no"
    assert rows["dummy"]["cannot"].startswith("not run yet")
    assert len(summary["failures"]) == 5
    assert question(summary, "predict")["verdict"]["sentence"].startswith("Only logistic has an answer: ROC-AUC 0.908")
    assert question(summary, "create")["verdict"] == {
        "best": None,
        "tied": [],
        "sentence": "No answer yet: the study was stopped before.",
        "remark": "",
        "against": [],
    }


def test_reliability_bins_of_all_splits_are_pooled_by_their_rows():
    bins = [
        [{"count": 0}, {"confidence": 0.9, "accuracy": 0.8, "count": 30}],
        [{"confidence": 0.4, "accuracy": 0.5, "count": 2}, {"confidence": 0.8, "accuracy": 1.0, "count": 10}],
    ]
    found = [
        Result("logistic", s, "probabilities", "ok", None, {"log_loss": 0.3}, {"reliability": b})
        for s, b in enumerate(bins)
    ]
    part = question(summary_of(plan(splits=2, questions=("probabilities",)), found), "probabilities")
    assert part["extra"]["reliability"]["logistic"] == [
        {"confidence": 0.4, "accuracy": 0.5, "count": 2},
        {"confidence": pytest.approx(0.875), "accuracy": pytest.approx(0.85), "count": 40},
    ]


def test_the_summary_is_plain_json():
    summary = summary_of(plan(), results("predict", "roc_auc", AUC) + create())
    assert json.loads(json.dumps(summary, allow_nan=False)) == summary


def test_the_terminal_form_fits_80_columns_without_colour_and_ends_with_the_path(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    summary = summary_of(plan(), results("predict", "roc_auc", AUC) + create())
    file = io.StringIO()
    show(summary, tmp_path, file=file)
    lines = file.getvalue().splitlines()
    assert "\x1b" not in file.getvalue()
    assert max(map(len, lines[:-1])) <= 80
    assert lines[-1] == f"results: {tmp_path}"
    text = " ".join(file.getvalue().split())
    assert question(summary, "predict")["verdict"]["sentence"] in text
    assert "0.910 ±0.0" in text
    assert "no answer: dummy, logistic, xgboost" in text


def test_a_terminal_that_knows_only_ascii_gets_the_table_all_the_same(tmp_path):
    raw = io.BytesIO()
    file = io.TextIOWrapper(raw, encoding="ascii")
    show(summary_of(plan(), results("predict", "roc_auc", AUC)), tmp_path, file=file)
    file.flush()
    assert b"xgboost predicts best" in raw.getvalue()


# ------------------------------------------------------------------ privacy


def without(found: list[Result], family: str, metric: str, splits: tuple[int, ...] = (0, 1, 2, 3, 4)) -> list[Result]:
    """The results with one figure of a family gone."""
    return [
        replace(r, metrics={m: v for m, v in r.metrics.items() if m != metric})
        if r.family == family and r.split in splits
        else r
        for r in found
    ]


@pytest.mark.parametrize("metric", sorted(SAFE))
@pytest.mark.parametrize("splits", [(0, 1, 2, 3, 4), (3,)], ids=["no split", "one split"])
def test_fidelity_is_withheld_where_a_privacy_figure_is_missing(metric, splits):
    part = question(summary_of(plan(), without(create(), "joint_forest", metric, splits)), "create")
    rows = {row["family"]: row for row in part["rows"]}
    assert rows["joint_forest"]["mean"]["c2st"] is None and set(rows["joint_forest"]["values"]["c2st"]) == {None}
    assert METRICS[metric].title in rows["joint_forest"]["withheld"]
    assert rows["naive_bayes"]["mean"]["c2st"] == pytest.approx(0.346) and "withheld" not in rows["naive_bayes"]
    assert part["verdict"]["best"] == "naive_bayes" and "joint_forest" not in part["verdict"]["sentence"]


def test_without_any_privacy_figure_nobody_is_called_faithful_and_the_terminal_says_why():
    found = [replace(r, metrics={m: v for m, v in r.metrics.items() if m != "near_copies"}) for r in create()]
    summary = summary_of(plan(), found)
    verdict = question(summary, "create")["verdict"]
    assert verdict["best"] is None and verdict["sentence"].startswith("No fidelity is shown")
    assert "0.59" not in text_of(summary) and "joint_forest: C2ST and TSTR are withheld: Near copies" in text_of(
        summary
    )


def test_a_summary_that_shows_fidelity_alone_is_not_shown_so():
    """Whoever made it: the terminal takes the figures out again."""
    summary = summary_of(plan(), create())
    assert "0.596" in text_of(summary)
    part = question(summary, "create")
    for row in part["rows"]:
        if row["family"] == "joint_forest":
            row["values"]["dcr_share"], row["mean"]["dcr_share"] = [None] * 5, None
    assert "0.596" not in text_of(summary) and "DCR share was not measured" in text_of(summary)
    assert kept_back(kept_back(summary)) == kept_back(summary)


def text_of(summary: dict) -> str:
    """What the terminal says."""
    file = io.StringIO()
    show(summary, Path("out"), file=file)
    return " ".join(file.getvalue().split())


def test_a_family_that_leaks_is_named_with_its_figures_and_those_of_fresh_rows():
    assert question(summary_of(plan(), create()), "create")["verdict"]["remark"] == ""
    leaky = {"near_copies": 0.4, "membership_auc_model": 0.93}
    found = [replace(r, metrics=r.metrics | leaky) if r.family == "naive_bayes" else r for r in create()]
    assert question(summary_of(plan(), found), "create")["verdict"]["remark"] == (
        "naive_bayes's rows give training rows away (Near copies 0.400; fresh real rows 0.010); "
        "handing out the saved model tells who was in training: naive_bayes (0.930)."
    )
