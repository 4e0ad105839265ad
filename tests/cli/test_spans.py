"""A finder of spans through the command line: fit a file, write spans, and what is refused in one line."""

import json

import numpy as np
import pytest

from obverse.data.worlds.notices import Notices

WORLD = Notices().sample(60, seed=1)


@pytest.fixture(scope="module")
def notices(tmp_path_factory):
    path = tmp_path_factory.mktemp("notices") / "notices.jsonl"
    rows = [{"text": text, "spans": own} for text, own in zip(WORLD.texts, WORLD.spans, strict=True)]
    path.write_text("\n".join(map(json.dumps, rows)))
    return path


@pytest.fixture(scope="module")
def model(run, notices, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "finder"
    done = run("fit", "ner", notices, "--set", "steps=20", "--out", out, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("ner", 60, "spans")
    return out


def test_spans_are_written_as_a_table(run, model, notices, tmp_path):
    asked = tmp_path / "asked.txt"
    asked.write_text("Bado left Luvo Fen.\nnothing happened.\nrain fell in Oslo.\n")
    lines = run("predict", model, asked).stdout.splitlines()
    assert lines[0] == "text,start,end,label,score,words" and len(lines) == 4
    assert lines[1].startswith("1,0,4,person,") and lines[1].endswith(",Bado")
    assert lines[3].startswith("3,13,17,place,") and lines[3].endswith(",Oslo")
    told = json.loads(run("predict", model, asked, "--json").stdout)
    assert [row["words"] for row in told["rows"]] == ["Bado", "Luvo Fen", "Oslo"]
    log = run("log-prob", model, notices).stdout.splitlines()
    assert log[0] == "log_prob" and len(log) == 61 and np.mean([float(v) for v in log[1:]]) > -2


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "MODEL"), "no distribution of x"),
        (("probability", "MODEL", "a == 1"), "no columns"),
        (("predict", "MODEL", "NOTICES", "--proba"), "only a class target"),
        (("predict", "MODEL", "nowhere.jsonl"), "there is no file"),
        (("predict", "MODEL", "HOLED"), "reads no texts with holes"),
        (("fit", "ner", "NOTICES", "--target", "spans", "--out", "m"), "--target is for other data"),
        (("fit", "ner", "HOLED", "--out", "m"), "have holes"),
        (("fit", "ner", "PLAIN", "--out", "m"), "nobody says what is in the texts"),
    ],
)
def test_what_is_refused_is_refused_in_one_line(run, model, notices, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "holed.txt").write_text("Bado left [HOLE].\nx\n")
    (tmp_path / "plain.txt").write_text("Bado left Luvo.\nx\n")
    known = {"MODEL": model, "NOTICES": notices, "HOLED": "holed.txt", "PLAIN": "plain.txt"}
    done = run(*(known.get(word, word) for word in words))
    assert done.exit_code == 1 and said in done.stderr and done.stderr.count("\n") == 1, done.stderr
    assert not (tmp_path / "m").exists()
