"""Pairs of texts through the command line: fit, translate, draw, score, fill, and what is refused in one line."""

import json

import numpy as np
import pandas as pd
import pytest

from obverse.data.worlds.clauses import Clauses
from obverse.families.translator import Translator

SETTINGS = [f"--set={key}={value}" for key, value in {**Translator.card.tiny, "epochs": 2}.items()]


@pytest.fixture(scope="module")
def pairs(tmp_path_factory):
    """Pairs as a table with a further column of text; one target is missing."""
    path, made = tmp_path_factory.mktemp("pairs") / "pairs.jsonl", Clauses().sample(80, seed=1)
    frame = pd.DataFrame({"en": made.texts, "other": made.told, "note": "x"})
    frame.loc[0, "other"] = None
    frame.to_json(path, orient="records", lines=True)
    return path


@pytest.fixture(scope="module")
def model(run, pairs, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "speaker"
    done = run("fit", "translator", pairs, "--text", "en", "--target", "other", *SETTINGS, "--out", folder, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("translator", 80, "other")
    assert any("1 unlabelled" in note for note in facts["notes"])
    return folder


def test_texts_are_translated_drawn_scored_and_filled(run, model, pairs, tmp_path):
    (tmp_path / "texts.txt").write_text("a cat sees the dog\nthe dog sees a cat\n")
    said = run("predict", model, tmp_path / "texts.txt").stdout.splitlines()
    assert said[0] == "other" and len(said) == 3
    again = json.loads(run("sample", model, "-n", 3, "--given", "a cat == 'x'", "--seed", 1, "--json").stdout)
    assert len(again["texts"]) == 3 and again["how"].startswith("exact")
    run("sample", model, "-n", 2, "--given", "a cat", "--seed", 1, "--out", tmp_path / "a.jsonl")
    assert list(pd.read_json(tmp_path / "a.jsonl", lines=True).columns) == ["other"]
    scored = np.array(run("log-prob", model, pairs).stdout.splitlines()[1:], dtype=float)
    assert len(scored) == 80 and scored[0] == 0 and (scored[1:] < 0).all()
    filled = run("impute", model, pairs, "--seed", 1).stdout.splitlines()
    whole = pd.read_json(pairs, lines=True)["other"].tolist()
    assert filled[0] == "other" and filled[2:] == whole[1:]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("fit", "translator", "PAIRS", "--text", "en", "--out", "m"), "no translation"),
        (("fit", "translator", "PAIRS", "--text", "en", "--target", "othr", "--out", "m"), "did you mean other"),
        (("fit", "translator", "PAIRS", "--target", "other", "--out", "m"), "2 columns of text; say which one"),
        (("sample", "MODEL", "-n", "1"), "translator answers a source"),
        (("sample", "MODEL", "-n", "1", "--given", "a", "--label", "x"), "takes given="),
        (("sample", "MODEL", "-n", "1", "--given", "cat " * 40), "more tokens than the context takes"),
        (("predict", "MODEL", "PAIRS", "--proba"), "only a class target"),
    ],
)
def test_what_is_refused(run, model, pairs, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = run(*[{"MODEL": model, "PAIRS": pairs}.get(word, word) for word in words])
    assert done.exit_code in (1, 2) and said in " ".join(done.stderr.split()), done.stderr
    assert done.stderr.count("error") == 1


def test_the_list_asks_it_about_a_source(run):
    listed = json.loads(run("list", "--can", "sample", "--modality", "text", "--json").stdout)
    found = {one["key"]: one["abilities"] for one in listed}
    assert found["translator"]["sample"]["kind"] == "native" and "bert" not in found
