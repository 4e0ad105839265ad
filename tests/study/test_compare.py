"""The whole study: complete, paired, resumable, honest about failures, and equal to scikit-learn called directly."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import accuracy_score, log_loss, r2_score, roc_auc_score

import obverse
from obverse.core.errors import BadInput
from obverse.data.split import splits as draw_splits
from obverse.study.compare import Study, compare
from obverse.study.questions.fill import hide
from obverse.study.results import FILE, read
from obverse.study.unit import seed_of

QUICK = {"dummy": {}, "logistic": {}, "naive_bayes": {}}
ASKED = ["predict", "probabilities", "missing", "labels", "shift", "create", "flag", "fill", "cost"]


def birds(rows: int = 120, seed: int = 0) -> pd.DataFrame:
    """Numbers on a grid, text, truth values and holes; class `kind` and number `mass` both follow from the others."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(3, size=rows)
    beak = np.round(38 + 6 * kind + rng.normal(size=rows), 1)
    frame = pd.DataFrame(
        {
            "beak": beak,
            "wing": 180 + 8 * kind + rng.integers(0, 9, size=rows),
            "island": np.array(["north", "south"])[(kind + rng.integers(2, size=rows)) % 2],
            "ringed": rng.random(rows) < 0.5,
            "mass": 3000 + 250.0 * kind + 20 * (beak - 40) + rng.normal(scale=90, size=rows),
            "kind": np.array(["auk", "gull", "tern"])[kind],
        }
    )
    frame.loc[rng.random(rows) < 0.1, "beak"] = np.nan
    frame.loc[rng.random(rows) < 0.1, "island"] = None
    frame.loc[rng.random(rows) < 0.05, "kind"] = None
    weeks = np.empty(rows, int)
    weeks[np.argsort(kind)] = np.arange(rows) * 7 % 60  # says nothing of the others: a place to cut
    frame.insert(0, "weeks", weeks)
    return frame


def study(folder: Path, target: str | None = "kind", **options) -> Study:
    options = {"families": QUICK, "splits": 3, "n_jobs": 1, "progress": False} | options
    return compare(birds(), target, out=folder, **options)


@pytest.fixture(scope="module")
def classes(tmp_path_factory) -> Study:
    return study(tmp_path_factory.mktemp("classes") / "study")


@pytest.fixture(scope="module")
def numbers(tmp_path_factory) -> Study:
    options = {"families": ["dummy", "logistic"], "questions": ["predict", "probabilities"]}
    return study(tmp_path_factory.mktemp("numbers") / "study", "mass", **options)


def figures(study: Study) -> pd.DataFrame:
    """All figures but the costs, in a fixed order."""
    frame = study.frame()
    frame = frame[frame["question"] != "cost"].sort_values(["family", "question", "split", "metric"])
    return frame.reset_index(drop=True)


def test_every_family_has_an_answer_or_a_reason_to_every_question_on_every_split(classes):
    frame = classes.frame()
    units = frame.drop_duplicates(["family", "split", "question"])
    units = units[~units["family"].isin(["reference", "portrait"])]
    assert len(units) == 3 * 3 * len(ASKED)
    cannot = units[units["status"] != "ok"]
    assert set(zip(cannot["family"], cannot["question"], cannot["status"], strict=True)) == {
        (family, question, "cannot") for family in ("dummy", "logistic") for question in ("create", "fill")
    }
    assert cannot["why"].notna().all()
    assert frame.loc[frame["status"] == "ok", "value"].notna().mean() > 0.8


def test_the_folder_holds_plan_results_environment_and_summary(classes):
    assert {p.name for p in classes.folder.iterdir()} == {"plan.toml", FILE, "environment.json", "summary.json"}
    assert json.loads((classes.folder / "summary.json").read_text()) == classes.summary
    assert classes.summary["data"]["target"] == "kind"
    assert classes.summary["data"]["missing_share"] == pytest.approx(birds().isna().to_numpy().mean())
    assert [q["key"] for q in classes.summary["questions"]] == ASKED
    assert classes.summary["portrait"]["rows"] == 120


def test_class_figures_are_those_of_scikit_learn_called_directly_on_the_same_splits(classes):
    frame = birds()
    rows = draw_splits(len(frame), 3, seed=0, test_share=0.3, stratify=frame["kind"].to_numpy())
    got = figures(classes).set_index(["family", "split", "metric"])["value"]
    for split, (train, test) in enumerate(rows):
        model = obverse.fit("logistic", frame.iloc[train], "kind", seed=read(classes.folder)[split].seed)
        known = frame.iloc[test].dropna(subset=["kind"])
        proba = model.predict_proba(known.drop(columns="kind"))
        truth, labels = known["kind"].to_numpy(dtype=object), model.classes_
        expected = {
            "accuracy": accuracy_score(truth, labels[proba.argmax(axis=1)]),
            "roc_auc": roc_auc_score(truth, proba, multi_class="ovr", labels=labels),
            "log_loss": log_loss(truth, proba, labels=labels),
        }
        for metric, value in expected.items():
            assert got["logistic", split, metric] == pytest.approx(value, abs=1e-12)


def test_number_figures_are_those_of_scikit_learn_and_the_surprise_is_that_of_the_normal(numbers):
    frame = birds()
    got = figures(numbers).set_index(["family", "split", "metric"])["value"]
    for split, (train, test) in enumerate(draw_splits(len(frame), 3, seed=0, test_share=0.3)):
        y, held_out = frame["mass"].to_numpy()[train], frame["mass"].to_numpy()[test]
        mean, spread = y.mean(), y.std()
        surprise = 0.5 * ((held_out - mean) / spread) ** 2 + np.log(spread * np.sqrt(2 * np.pi))
        assert got["dummy", split, "nll"] == pytest.approx(surprise.mean(), abs=1e-9)
        assert got["dummy", split, "r2"] == pytest.approx(r2_score(held_out, np.full(len(test), mean)), abs=1e-12)
        model = obverse.fit("logistic", frame.iloc[train], "mass")
        predicted = model.predict(frame.iloc[test].drop(columns="mass"))
        assert got["logistic", split, "r2"] == pytest.approx(r2_score(held_out, predicted), abs=1e-12)
    assert numbers.summary["questions"][0]["main"] == "r2"


def test_hidden_cells_and_drawn_rows_are_the_same_for_every_family(classes):
    seeds = {(r.split, r.seed) for r in read(classes.folder)}
    assert len(seeds) == 3  # one seed a split, whichever the family
    frame = birds()
    one, other = hide(frame, 7), hide(frame, 7)
    assert one[0].equals(other[0]) and (one[1] == other[1]).all()
    assert not (one[1] & one[0].isna().to_numpy()).any()
    assert one[1].sum() / one[0].notna().to_numpy().sum() == pytest.approx(0.3, abs=0.05)


def test_filling_in_the_mean_has_an_error_of_about_one_deviation_and_families_beat_it(classes):
    fill = next(q for q in classes.summary["questions"] if q["key"] == "fill")
    naive = fill["references"][0]["mean"]["nrmse"]
    assert naive == pytest.approx(1, abs=0.15)
    assert fill["rows"][0]["family"] == "naive_bayes" and fill["rows"][0]["mean"]["nrmse"] < naive


def test_a_killed_study_goes_on_cell_by_cell_and_repeats_nothing(classes, tmp_path):
    whole = (classes.folder / FILE).read_text().splitlines(keepends=True)
    for name in ("plan.toml", "environment.json"):
        (tmp_path / name).write_bytes((classes.folder / name).read_bytes())
    kept = whole[:-13]
    (tmp_path / FILE).write_text("".join(kept) + whole[-13][:40])  # whole units gone, parts of another, one line torn
    again = study(tmp_path)
    lines = (tmp_path / FILE).read_text().splitlines(keepends=True)
    assert lines[: len(kept)] == kept
    assert len(lines) == len(whole) + 1  # the torn line stays, alone on its line
    cells = [
        (r["family"], r["split"], r["question"]) for r in map(json.loads, lines[: len(kept)] + lines[len(kept) + 1 :])
    ]
    assert len(cells) == len(set(cells)) == len(whole)
    pd.testing.assert_frame_equal(figures(again), figures(classes))
    for before, after in zip(classes.summary["questions"][:-1], again.summary["questions"][:-1], strict=True):
        assert before == after
    size = (tmp_path / FILE).stat().st_size
    study(tmp_path)
    assert (tmp_path / FILE).stat().st_size == size


def test_one_question_alone_gives_the_figures_it_gives_beside_the_others(classes, tmp_path):
    for key in ("missing", "flag", "fill"):
        alone = figures(study(tmp_path / key, questions=[key]))
        beside = figures(classes)
        beside = beside[beside["question"] == key].reset_index(drop=True)
        pd.testing.assert_frame_equal(alone, beside)


def test_a_second_process_on_the_same_study_is_refused(classes):
    fcntl = pytest.importorskip("fcntl", reason="this system has no such locks")
    with (classes.folder / "plan.toml").open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(BadInput, match="another process is running this study"):
            study(classes.folder)


def test_another_plan_in_the_same_folder_is_refused_by_what_differs(classes):
    with pytest.raises(BadInput, match=r"splits is 4 here and 3 there"):
        study(classes.folder, splits=4)
    with pytest.raises(BadInput, match=r"data\.sha256 is \w{12} here and \w{12} there"):
        compare(birds(seed=1), "kind", families=QUICK, splits=3, out=classes.folder, progress=False)


def test_two_processes_and_fewer_families_and_splits_give_the_same_figures(classes, tmp_path):
    there = figures(study(tmp_path / "study", families=["naive_bayes"], splits=2, n_jobs=2))
    here = figures(classes)
    here = here[here["family"].isin(["naive_bayes", "reference", "portrait"]) & (here["split"] < 2)]
    pd.testing.assert_frame_equal(there, here.reset_index(drop=True))


def test_a_family_that_fails_is_recorded_and_the_study_goes_on(tmp_path):
    families = {"joint_forest": {"n_estimators": 0}, "dummy": {}}
    found = study(tmp_path / "study", families=families, questions=["predict", "cost"], splits=2)
    rows = {row["family"]: row for row in found.summary["questions"][0]["rows"]}
    assert rows["joint_forest"]["cannot"] == "failed: n_estimators must be a whole number from 1 or None, not 0"
    assert rows["dummy"]["mean"]["accuracy"] > 0
    assert len(found.summary["failures"]) == 4


def test_a_budget_ends_the_study_early_and_says_so(tmp_path):
    cut = study(tmp_path / "study", families=["dummy"], questions=["predict"], budget=1e-9)
    assert read(cut.folder) == []
    assert "the time budget ended it early: 3 of 3 parts have not run" in cut.summary["data"]["notes"][-1]
    whole = study(tmp_path / "study", families=["dummy"], questions=["predict"])
    assert len(read(whole.folder)) == 3
    assert not any("budget" in note for note in whole.summary["data"]["notes"])


def test_a_budget_that_ends_within_a_unit_starts_no_further_question(classes):
    import os
    from time import time

    from obverse.study.plan import read as read_plan
    from obverse.study.run import split_rows
    from obverse.study.schedule import Task, Unit
    from obverse.study.unit import run

    plan, size = read_plan(classes.folder), (classes.folder / FILE).stat().st_size
    rows = split_rows(plan, birds())[0]
    late = Task(plan, birds(), rows, Unit("dummy", 0), ("predict", "cost"), classes.folder, os.getpid(), time() - 1)
    assert run(late) == [] and (classes.folder / FILE).stat().st_size == size


def test_networks_come_first_in_a_split_and_baselines_last(tmp_path):
    from obverse.study.plan import read as read_plan
    from obverse.study.schedule import units

    pytest.importorskip("torch")
    families = ["dummy", "logistic", "joint_forest", "table_vae"]
    study(tmp_path / "study", families=families, questions=["predict"], splits=1, budget=1e-9)
    order = [unit.family for unit in units(read_plan(tmp_path / "study"))]
    assert order == ["table_vae", "joint_forest", "logistic", "dummy"]


def test_what_joblib_says_of_a_worker_that_it_replaced_is_not_passed_on(tmp_path):
    import warnings

    from obverse.study.run import work

    def tasks():
        warnings.warn("A worker stopped while some jobs were given to the executor.", UserWarning, stacklevel=1)
        yield from ()

    assert work(tasks(), 0, n_jobs=1, progress=False) == []
    with pytest.raises(UserWarning, match="A worker stopped"):  # outside a study it is heard
        next(tasks())


def test_without_a_target_only_the_questions_about_rows_are_asked(tmp_path):
    found = study(tmp_path / "study", None, families=["marginals"], splits=1)
    assert [q["key"] for q in found.summary["questions"]] == ["create", "flag", "fill", "cost"]
    assert "tstr" not in found.summary["questions"][0]["metrics"]
    with pytest.raises(BadInput, match="logistic needs a target"):
        study(tmp_path / "other", None, families=["logistic"])


def test_a_large_table_is_represented_by_a_seeded_draw_and_that_is_said(tmp_path):
    found = study(tmp_path / "study", families=["dummy"], questions=["predict"], splits=1, rows=50)
    assert found.summary["data"]["rows"] == 50
    assert any(note.startswith("50 of 120 rows") for note in found.summary["data"]["notes"])


def test_a_target_beside_the_table_is_the_same_study_as_one_in_it(tmp_path):
    frame = birds()
    options = {"families": ["logistic"], "questions": ["predict"], "splits": 1, "n_jobs": 1, "progress": False}
    inside = compare(frame, "kind", out=tmp_path / "a", **options)
    beside = compare(frame.drop(columns="kind"), frame["kind"], out=tmp_path / "b", **options)
    pd.testing.assert_frame_equal(figures(inside), figures(beside))
    array = compare(np.arange(60.0).reshape(20, 3) % 7, np.arange(20) % 2, out=tmp_path / "c", **options)
    assert array.summary["data"]["columns"] == 4


def test_everything_that_is_wrong_is_said_at_once(tmp_path):
    with pytest.raises(BadInput) as caught:
        study(tmp_path / "study", families={"joint_forrest": {}, "logistic": {"c": 1}, "dummy": {"random_state": 1}})
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput) as caught:
        study(tmp_path / "study", splits=0, seed=-1, test_share=1.0)
    assert len(caught.value.problems) == 3
    with pytest.raises(BadInput, match="no question 'guess'"):
        study(tmp_path / "study", questions=["guess"])
    with pytest.raises(BadInput) as caught:
        study(tmp_path / "study", families=["joint_forrest"], questions=["guess"])
    assert len(caught.value.problems) == 2
    with pytest.raises(BadInput, match="the question 'shift' cannot be asked: no cut"):
        compare(birds().drop(columns="weeks"), "kind", questions=["shift"], out=tmp_path / "study", progress=False)
    with pytest.raises(BadInput, match="has one class"):
        compare(birds().assign(same="x"), "same", out=tmp_path / "study", progress=False)
    assert not (tmp_path / "study").exists()


def test_it_says_what_it_does_on_stderr_and_nothing_on_stdout(tmp_path, capsys):
    compare("iris", families=["dummy"], questions=["predict"], splits=1, n_jobs=1, out=tmp_path / "study")
    said = capsys.readouterr()
    assert said.err.splitlines() == [
        "reading iris",
        "iris: 150 rows × 5 columns, target species; 1 family × 1 split, 1 at a time",
    ]
    assert said.out == ""


def test_the_command_says_how_to_get_the_study_again(tmp_path):
    options = {"families": ["dummy"], "questions": ["predict"], "splits": 1, "n_jobs": 1, "progress": False}
    command = compare("iris", out=tmp_path / "a", **options).summary["plan"]["command"]
    assert command == (
        "obverse compare iris --splits 1 --seed 0 --target species "
        f"--families dummy --questions predict --out {tmp_path}/a"
    )
    comma = compare("iris", out=tmp_path / "c", drop=["sepal width (cm)"], **options)
    assert "--drop 'sepal width (cm)'" in comma.summary["plan"]["command"]
    with pytest.raises(BadInput, match=r"data\.drop is petal width"):
        compare("iris", out=tmp_path / "c", drop=["petal width (cm)"], **options)
    command = compare(birds(), "mass", out=tmp_path / "b", **options).summary["plan"]["command"]
    assert command == (
        f"obverse.compare(X, 'mass', families=['dummy'], questions=['predict'], out='{tmp_path}/b', "
        "splits=1, seed=0, test_share=0.3)"
    )


def test_show_prints_the_tables(classes, capsys):
    classes.show()
    out = capsys.readouterr().out
    assert "ROC-AUC" in out and out.splitlines()[-1] == f"results: {classes.folder}"


def test_seeds_of_splits_are_what_the_results_say(classes):
    from obverse.study.plan import read as read_plan

    plan = read_plan(classes.folder)
    assert {(r.split, r.seed) for r in read(classes.folder)} == {(s, seed_of(plan, s)) for s in range(3)}
