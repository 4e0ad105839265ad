"""A detector through the command line: fit a folder with its table, write boxes, and what is refused in one line."""

import json

import pytest
from PIL import Image

from obverse.data.boxes import as_table, read_boxes
from obverse.data.worlds.shapes import scenes

WORLD = scenes(24, seed=1, size=32)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures of shapes and the table of their boxes."""
    place = tmp_path_factory.mktemp("shapes")
    names = [f"{i:02}.png" for i in range(len(WORLD.pixels))]
    for name, pixels in zip(names, WORLD.pixels, strict=True):
        Image.fromarray(pixels).save(place / name)
    held = [(b, c, [1.0] * len(c)) for b, c in zip(WORLD.boxes, WORLD.labels, strict=True)]
    as_table(names, held).drop(columns="score").to_csv(place / "boxes.csv", index=False)
    return place


@pytest.fixture(scope="module")
def model(run, folder, tmp_path_factory):
    out = tmp_path_factory.mktemp("models") / "detector"
    done = run("fit", "detector", folder, "--set", "width=8", "--set", "epochs=2", "--out", out, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("detector", 24, "boxes")
    return out


def test_boxes_are_written_as_a_table(run, model, folder, tmp_path):
    lines = run("predict", model, folder).stdout.splitlines()
    assert lines[0] == "image,label,score,xmin,ymin,xmax,ymax" and lines[1].startswith("00.png,")
    done = run("predict", model, folder, "--out", tmp_path / "found.jsonl", "--json")
    told = json.loads(done.stdout)
    rows = [json.loads(line) for line in (tmp_path / "found.jsonl").read_text().splitlines()]
    assert told["count"] == len(rows) == len(lines) - 1 and set(rows[0]) == set(lines[0].split(","))
    run("predict", model, folder, "--out", tmp_path / "found.csv")
    assert sum(map(len, read_boxes(folder, tmp_path / "found.csv").boxes)) == len(rows)
    one = run("predict", model, folder / "03.png").stdout.splitlines()
    assert one[1:] == [line for line in lines if line.startswith("03.png")]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "MODEL"), "no distribution of x"),
        (("sample", "MODEL", "--out", "x.png"), "no distribution of x"),
        (("log-prob", "MODEL", "SHAPES"), "not a density"),
        (("impute", "MODEL", "SHAPES"), "reads tables"),
        (("anomaly", "MODEL", "SHAPES"), "reads tables"),
        (("probability", "MODEL", "a == 1"), "no columns"),
        (("predict", "MODEL", "SHAPES", "--proba"), "only a class target"),
        (("predict", "MODEL", "nowhere"), "a folder or a .zip of pictures"),
        (("fit", "detector", "SHAPES", "--target", "label", "--out", "m"), "boxes.csv"),
        (("fit", "detector", "digits", "--out", "m"), "put a table boxes.csv"),
        (("fit", "detector", "SHAPES", "--set", "widht=3", "--out", "m"), "did you mean width"),
    ],
)
def test_what_is_refused(run, model, folder, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = run(*[{"MODEL": model, "SHAPES": folder}.get(word, word) for word in words])
    assert done.exit_code in (1, 2) and said in done.stderr, done.stderr
    assert done.stderr.count("error") == 1 and not list(tmp_path.iterdir())
