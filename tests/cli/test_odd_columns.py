"""Columns with odd names and odd cells through every verb, and fewer columns or rows where asked for."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse.cli.options import names
from obverse.data import memory
from obverse.data import read as reading

NAMES = [
    "plain",
    "two words",
    "new\nline",
    "carriage\rreturn",
    'quo"te',
    "apo'strophe",
    "back`tick",
    "comma,semi;colon",
    "ünï — 数 🦀",
    "0",
    "3.5",
    "and",
    "missing",
    "not",
    "true",
    "NA",
    "a == b",
    "back\\slash",
    "[red]{x}%s",
    "index",
    "draw",
    "log_prob",
    "target",
    "$array",
    "__class__",
]


def quoted(name):
    return "`" + name.replace("`", "``") + "`"


@pytest.fixture(scope="module")
def odd(tmp_path_factory):
    """A table of numbers and words under odd names, with a target that they tell something about."""
    rng = np.random.default_rng(0)
    ill = rng.random(120) < 0.5
    columns = {
        name: rng.normal(size=120).round(2) + ill
        if i % 2 == 0
        else pd.Series(np.where(rng.random(120) < np.where(ill, 0.8, 0.2), "yes", "no"), dtype="str")
        for i, name in enumerate(NAMES)
    }
    frame = pd.DataFrame(columns).assign(**{"tar get`": np.where(ill, "ill", "well")})
    path = tmp_path_factory.mktemp("odd") / "odd.csv"
    reading.write(frame, path)
    return path


@pytest.mark.parametrize("family", ["naive_bayes", "joint_forest"])
def test_odd_names_go_through_every_verb(run, odd, tmp_path, family):
    model = tmp_path / "m"
    done = run("fit", family, odd, "--target", "tar get`", "--out", model)
    assert done.exit_code == 0, done.output
    columns = [*NAMES, "tar get`"]
    assert list(obverse.load(model).schema_.names) == columns

    out = tmp_path / "drawn.csv"
    word, number, target = map(quoted, ("two words", "new\nline", "tar get`"))
    given = f"{word} == 'yes' and {number} > 0 and {target} == 'ill'"
    done = run("sample", model, "-n", "30", "--given", given, "--seed", "1", "--out", out)
    assert done.exit_code == 0, done.output
    drawn = obverse.read(out).frame
    assert list(drawn.columns) == columns
    assert (drawn["two words"] == "yes").all() and (drawn["new\nline"] > 0).all()
    shown = run("sample", model, "-n", "30", "--given", given, "--seed", "1").stdout
    (tmp_path / "shown.csv").write_bytes(shown.encode())
    pd.testing.assert_frame_equal(obverse.read(tmp_path / "shown.csv").frame, drawn)

    done = run("predict", model, odd, "--json")
    assert done.exit_code == 0 and set(json.loads(done.stdout)["rows"][0]) == {"tar get`"}, done.output
    done = run("log-prob", model, odd, "--by-cell", "--out", out)
    assert done.exit_code == 0, done.output
    assert list(obverse.read(out).frame.columns) == columns
    holes = drawn.astype(object)
    holes.iloc[::2, ::3] = None
    reading.write(holes, tmp_path / "holes.csv")
    done = run("impute", model, tmp_path / "holes.csv", "--out", out)
    assert done.exit_code == 0, done.output
    filled = obverse.read(out).frame
    assert list(filled.columns) == columns and filled.notna().all(axis=None)


@pytest.mark.parametrize("name", NAMES)
def test_odd_names_stand_in_conditions(run, odd, name):
    model = odd.parent / "m"
    if not model.exists():
        assert run("fit", "marginals", odd, "--out", model).exit_code == 0
    event = f"{quoted(name)} == 'yes'" if NAMES.index(name) % 2 else f"{quoted(name)} > 0.5"
    done = run("probability", model, event, "--given", f"not ({quoted(name)} is missing)")
    assert done.exit_code == 0 and 0.2 < float(done.stdout) < 0.8, done.output


def test_what_reading_changed_is_said_aloud(run, tmp_path):
    rows = "".join(f"{i},{i % 3},{'n/a' if i == 7 else i},31.12.2024,x{i % 2}\n" for i in range(40))
    (tmp_path / "t.csv").write_text("a,a,b,day,\n" + rows)
    done = run("fit", "marginals", tmp_path / "t.csv", "--out", tmp_path / "m", "--drop", "day")
    assert done.exit_code == 0, done.output
    assert done.stderr.splitlines()[:3] == [
        "note: counted as missing, because the rest of the column is numbers: 1 cell of 'b' ('n/a')",
        "note: columns without a name are called by their place: 'column_5'",
        "note: names that stand twice are read with a number: 'a' as 'a_2'",
    ]
    assert list(obverse.load(tmp_path / "m").schema_.names) == ["a", "a_2", "b", "column_5"]


@pytest.mark.parametrize("verb", ["predict", "impute"])
def test_placeholders_are_missing_where_the_model_knows_numbers(run, people, model, tmp_path, verb):
    """In a file of three rows one placeholder is a third of the cells."""
    frame = pd.read_csv(people).head(3)
    frame["age"] = [40, None, 50]
    reading.write(frame, tmp_path / "empty.csv")
    reading.write(frame.astype({"age": "object"}).fillna({"age": "n/a"}), tmp_path / "words.csv")
    assert "n/a" in (tmp_path / "words.csv").read_text()
    done = run(verb, model, tmp_path / "words.csv")
    assert done.exit_code == 0, done.output
    assert done.stdout == run(verb, model, tmp_path / "empty.csv").stdout
    assert "1 cell of 'age' ('n/a')" in done.stderr


# ---------------------------------------------------------------- fewer columns, fewer rows


@pytest.mark.parametrize(
    "joined, expected",
    [(None, ()), ("a", ("a",)), ("a, b ,c", ("a", "b", "c")), ('"a,b", c', ("a,b", "c")), ("a,,", ("a",)), ("", ())],
)
def test_names_in_one_option(joined, expected):
    assert names(joined) == expected


def test_columns_that_are_left_out_of_a_fit(run, people, tmp_path):
    words = ("fit", "naive_bayes", people, "--target", "outcome", "--out", tmp_path / "m")
    assert run(*words, "--drop", "home town,weight").exit_code == 0
    assert list(obverse.load(tmp_path / "m").schema_.names) == ["age", "smoker", "outcome"]
    done = run(*words, "--drop", "wieght,shoe")
    assert (done.exit_code, done.stdout) == (1, "") and done.stderr.count("\n") == 1
    assert "no column 'wieght' to leave out; did you mean weight?" in done.stderr and "'shoe'" in done.stderr
    assert "is the target, which cannot be left out" in run(*words, "--drop", "outcome").stderr


def test_rows_of_a_fit(run, people, tmp_path):
    words = ("fit", "marginals", people, "--out", tmp_path / "m", "--json")
    assert json.loads(run(*words).stdout)["rows"] == 150
    done = run(*words, "--rows", "40", "--seed", "3")
    assert json.loads(done.stdout)["rows"] == 40
    assert "note: 40 of 150 rows, drawn with seed 3, stand for the table" in done.stderr
    weights = (tmp_path / "m" / "weights.safetensors").read_bytes()
    run(*words, "--rows", "40", "--seed", "3")
    assert (tmp_path / "m" / "weights.safetensors").read_bytes() == weights
    run(*words, "--rows", "40", "--seed", "4")
    assert (tmp_path / "m" / "weights.safetensors").read_bytes() != weights
    assert run(*words, "--rows", "0").exit_code == 2


def test_rows_of_a_file_that_memory_does_not_hold(run, people, tmp_path, monkeypatch):
    monkeypatch.setattr(memory, "available", lambda: 1_000)
    words = ("fit", "marginals", people, "--out", tmp_path / "m")
    done = run(*words)
    assert (done.exit_code, done.stdout) == (1, "") and done.stderr.count("\n") == 1
    assert "people.csv is 0.0 MB, more than memory holds: give --rows N" in done.stderr
    done = run(*words, "--rows", "40")
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith("note: 40 of 150 rows, drawn with seed 0, stand for the file (0.0 MB, streamed)")
    assert "stand for the table" not in done.stderr
