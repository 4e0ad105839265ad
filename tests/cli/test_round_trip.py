"""fit, then every query of the saved model through the command line, on a CSV with missing cells."""

from __future__ import annotations

import io
import json

import numpy as np
import pandas as pd
import pytest

import obverse


def table(text):
    return pd.read_csv(io.StringIO(text))


def test_fit_saves_what_the_library_would_fit(run, people, model):
    frame = obverse.read(people).frame
    expected = obverse.fit("naive_bayes", frame, "outcome", seed=0, strength=2.0)
    saved = obverse.load(model)
    assert saved.get_params() == expected.get_params()
    np.testing.assert_array_equal(saved.log_prob(frame), expected.log_prob(frame))


def test_fit_as_json(run, people, tmp_path):
    done = run("fit", "marginals", people, "--out", tmp_path / "m", "--seed", "3", "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"], facts["seed"]) == ("marginals", 150, None, 3)
    assert obverse.load(facts["model"]).random_state == 3


def test_constraints_are_declared_when_fitting(run, people, tmp_path):
    words = ("--constraint", "age <= weight", "--constraint", "together `home town` outcome")
    done = run("fit", "marginals", people, "--out", tmp_path / "m", *words, "--json")
    assert any("'age <= weight' is broken by" in note for note in json.loads(done.stdout)["notes"])
    drawn = table(run("sample", tmp_path / "m", "-n", "500", "--seed", "1").stdout)
    assert not (drawn["age"] > drawn["weight"]).any() and drawn["age"].isna().any()
    free = tmp_path / "free"
    run("fit", "marginals", people, "--out", free)
    drawn = table(run("sample", free, "-n", "500", "--seed", "1").stdout)
    assert (drawn["age"] > drawn["weight"]).any()
    wrong = run("fit", "marginals", people, "--out", tmp_path / "n", "--constraint", "agee <= weight")
    assert (wrong.exit_code, (tmp_path / "n").exists()) == (2, False)


def test_predict_and_its_probabilities_agree(run, people, model):
    answer = table(run("predict", model, people).stdout)
    proba = table(run("predict", model, people, "--proba").stdout)
    assert list(answer.columns) == ["outcome"]
    assert list(proba.columns) == ["ill", "well"]
    np.testing.assert_allclose(proba.sum(axis=1), 1.0, atol=1e-12)
    assert (proba.idxmax(axis=1) == answer["outcome"]).all()
    assert (answer["outcome"] == pd.read_csv(people)["outcome"]).mean() > 0.6  # better than the majority class


def test_sample_respects_the_condition_and_the_seed(run, model):
    words = ("sample", model, "-n", "40", "--given", 'age >= 60 and `home town` in ["Basel", "Cork"]', "--seed", "1")
    first, again, other = run(*words), run(*words), run(*words[:-1], "2")
    drawn = table(first.stdout)
    assert len(drawn) == 40 and (drawn["age"] >= 60).all() and set(drawn["home town"]) <= {"Basel", "Cork"}
    assert first.stdout == again.stdout != other.stdout


@pytest.mark.parametrize("name", ["rows.csv", "rows.parquet", "rows.jsonl"])
def test_the_ending_picks_the_format(run, model, tmp_path, name):
    shown = table(run("sample", model, "-n", "20", "--seed", "5").stdout)
    done = run("sample", model, "-n", "20", "--seed", "5", "--out", tmp_path / name)
    assert (done.exit_code, done.stdout) == (0, "")
    pd.testing.assert_frame_equal(obverse.read(tmp_path / name).frame, shown, check_dtype=False)
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_log_prob_by_cell_is_the_row_less_the_rest_of_the_row(run, people, model, tmp_path):
    frame = pd.read_csv(people)
    whole = table(run("log-prob", model, people).stdout)["log_prob"]
    cells = table(run("log-prob", model, people, "--by-cell").stdout)
    assert list(cells.columns) == list(frame.columns)
    for name in frame.columns:
        frame.drop(columns=name).to_csv(tmp_path / "rest.csv", index=False)
        rest = table(run("log-prob", model, tmp_path / "rest.csv").stdout)["log_prob"]
        np.testing.assert_allclose(cells[name], (whole - rest).where(frame[name].notna()), atol=1e-9)


def test_impute_fills_holes_only(run, people, model):
    before, after = pd.read_csv(people), table(run("impute", model, people).stdout)
    assert after.notna().all(axis=None)
    known = before.notna()
    pd.testing.assert_frame_equal(after.where(known), before.where(known))
    assert set(after["smoker"]) == {"yes", "no"}


def test_draws_stand_below_each_other(run, people, model, tmp_path):
    before = pd.read_csv(people)
    done = run("impute", model, people, "--draws", "3", "--seed", "1", "--out", tmp_path / "filled.csv", "--json")
    assert json.loads(done.stdout)["count"] == 450
    copies = [
        copy.drop(columns="draw").reset_index(drop=True)
        for _, copy in pd.read_csv(tmp_path / "filled.csv").groupby("draw")
    ]
    assert len(copies) == 3
    for copy in copies:
        pd.testing.assert_frame_equal(copy.where(before.notna()), before)
        assert copy.notna().all(axis=None)
    assert not copies[0].equals(copies[1])


def test_probability_is_a_number_and_complements_sum_to_one(run, model):
    given = ("--given", "age < 40")
    smokes, smokes_not, unknown = (
        run("probability", model, event, *given) for event in ('smoker == "yes"', 'smoker == "no"', "smoker is missing")
    )
    assert sum(float(done.stdout) for done in (smokes, smokes_not, unknown)) == pytest.approx(1.0, abs=1e-5)
    assert smokes.stderr == "how: exact\n"
    facts = json.loads(run("probability", model, 'smoker == "yes"', *given, "--json").stdout)
    assert facts["probability"] == pytest.approx(float(smokes.stdout), abs=1e-5)
    assert facts["how"] == "exact" and facts["given"] == "age < 40"


def test_json_rows_hold_null_for_missing_and_text_for_infinite(run, people, model, tmp_path):
    frame = pd.read_csv(people).head(4)
    frame["smoker"] = ["yes", None, "chews", "no"]
    frame.to_csv(tmp_path / "new.csv", index=False)
    done = run("log-prob", model, tmp_path / "new.csv", "--by-cell", "--json")
    answer = json.loads(done.stdout, parse_constant=pytest.fail)
    assert answer["rows"][1]["smoker"] is None
    assert answer["rows"][2]["smoker"] == "-inf"
    assert answer["notes"] == [
        "1 cell of 'smoker' holds a value never seen in training; no model gives them any probability"
    ]


def test_notes_go_to_stderr_only(run, people, model, tmp_path):
    pd.read_csv(people).assign(shoe=40).to_csv(tmp_path / "more.csv", index=False)
    done = run("predict", model, tmp_path / "more.csv")
    assert done.stderr.startswith("note: column 'shoe' ignored") and done.stderr.count("\n") == 1
    assert done.stdout == run("predict", model, people).stdout
