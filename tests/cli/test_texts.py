"""Texts through the command line: fit, write, score, fill, tell labels, and what is refused in one line."""

import json

import numpy as np
import pandas as pd
import pytest

from obverse.data.worlds.chains import Chains

SETTINGS = [f"--set={pair}" for pair in ("layers=1", "width=32", "heads=2", "context=16", "rate=0.01", "epochs=4")]


@pytest.fixture(scope="module")
def strings(tmp_path_factory):
    """Strings of two classes as a table with a further column."""
    path, made = tmp_path_factory.mktemp("texts") / "chains.csv", Chains().sample(150, seed=1)
    pd.DataFrame({"string": made.texts, "kind": made.told, "n": 1}).to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def model(run, strings, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "gpt"
    done = run("fit", "gpt", strings, "--text", "string", "--target", "kind", *SETTINGS, "--out", folder, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("gpt", 150, "kind")
    return folder


def test_one_text_is_streamed_and_several_stand_below_each_other(run, model, tmp_path):
    one = run("sample", model, "-n", "1", "--given", "ab", "--label", "wild", "--seed", "1")
    assert one.exit_code == 0 and one.stdout.startswith("ab") and one.stdout.count("\n") == 1
    again = json.loads(
        run("sample", model, "-n", "1", "--given", "ab", "--label", "wild", "--seed", "1", "--json").stdout
    )
    assert again["texts"] == [one.stdout.rstrip("\n")] and again["how"] == "exact"
    assert len(run("sample", model, "-n", "4", "--seed", "1").stdout.splitlines()) == 4
    run("sample", model, "-n", "4", "--seed", "1", "--out", tmp_path / "a.jsonl")
    assert list(pd.read_json(tmp_path / "a.jsonl", lines=True).columns) == ["string"]


def test_a_stopped_stream_ends_its_line(run, model, monkeypatch):
    from obverse.families.gpt import GPT

    def stopped(*_, **__):
        yield "some"
        raise KeyboardInterrupt

    monkeypatch.setattr(GPT, "stream", stopped)
    monkeypatch.setattr("obverse.cli.errors.say_stopped", lambda text: None)
    assert run("sample", model, "-n", "1").stdout == "some\n"


def test_texts_are_read_scored_and_filled(run, model, strings, tmp_path):
    told = run("predict", model, strings).stdout.splitlines()
    assert told[0] == "kind" and set(told[1:]) <= {"calm", "wild"} and len(told) == 151
    scored = np.array(run("log-prob", model, strings).stdout.splitlines()[1:], dtype=float)
    assert len(scored) == 150 and np.isfinite(scored).all()
    (tmp_path / "holes.txt").write_text("ab[HOLE]c\nabc\n")
    filled = run("impute", model, tmp_path / "holes.txt", "--seed", "1").stdout.splitlines()
    assert filled[0] == "string" and filled[1].startswith("ab") and filled[1].endswith("c") and filled[2] == "abc"
    drawn = run("impute", model, tmp_path / "holes.txt", "--draws", "2", "--seed", "1").stdout.splitlines()
    assert drawn[0] == "draw,string" and len(drawn) == 5


def test_lines_or_one_text(run, tmp_path):
    (tmp_path / "a.txt").write_text("ab\nba\n" * 12)
    for words, rows, said in (([], 24, "one a line"), (["--one-text"], 1, "as one text"), (["--lines"], 24, "")):
        done = run("fit", "gpt", tmp_path / "a.txt", *words, *SETTINGS, "--out", tmp_path / "m")
        assert f"fitted gpt on {rows} texts" in done.stderr and said in done.stderr
        assert done.stderr.count("is read as") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fit", "gpt", "TEXTS", "--out", "m"), "2 columns of text; say which one to read, as --text COL"),
        (("fit", "gpt", "TEXTS", "--text", "strin", "--out", "m"), "did you mean string"),
        (("fit", "gpt", "TEXTS", "--text", "string", "--drop", "n", "--out", "m"), "--drop is for tables"),
        (("fit", "gpt", "latin.txt", "--out", "m"), "UTF-8"),
        (("fit", "gpt", "empty.txt", "--out", "m"), "is empty"),
        (("fit", "dummy", "TEXTS", "--text", "string", "--target", "kind", "--out", "m"), "for families of text"),
        (("sample", "MODEL", "-n", "1", "--label", "stormy"), "no value 'stormy'"),
        (("sample", "MODEL", "-n", "1", "--given", "a" * 40), "40 tokens, and the context takes 15"),
        (("log-prob", "MODEL", "TEXTS", "--by-cell"), "reads tables"),
        (("probability", "MODEL", "kind == 'calm'"), "no columns to ask about"),
    ],
)
def test_what_is_refused(run, model, strings, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "latin.txt").write_bytes("schön".encode("latin-1"))
    (tmp_path / "empty.txt").write_text("\n")
    done = run(*[{"MODEL": model, "TEXTS": strings}.get(word, word) for word in words])
    assert done.exit_code in (1, 2) and said in " ".join(done.stderr.split()), done.stderr
    assert done.stderr.count("error") == 1
