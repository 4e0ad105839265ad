"""Captioned pictures through the command line: fit from a folder with a table, draw of a caption."""

import json

import numpy as np
import pytest
from PIL import Image

from obverse.data.pictures import read_pictures
from obverse.data.worlds.shapes import captioned


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Pictures with metadata.csv."""
    place, made = tmp_path_factory.mktemp("captioned"), captioned(30, 1, size=16)
    lines = ["file_name,text"]
    for i, (pixels, text) in enumerate(zip(made.pixels, made.captions, strict=True)):
        Image.fromarray(pixels).save(place / f"{i}.png")
        lines.append(f"{i}.png,{text}")
    (place / "metadata.csv").write_text("\n".join(lines))
    return place


@pytest.fixture(scope="module")
def model(run, folder, tmp_path_factory):
    place = tmp_path_factory.mktemp("models") / "painter"
    words = ("--set", "channels=8", "--set", "epochs=1", "--set", "steps=2")
    done = run("fit", "text_to_image", folder, *words, "--out", place, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("text_to_image", 30, "caption")
    return place


def test_pictures_of_a_caption_are_drawn_to_a_file(run, model, tmp_path):
    given = 'caption == "a red disc at the top left"'
    done = run("sample", model, "-n", "4", "--given", given, "--seed", "1", "--out", tmp_path / "a.npz")
    assert done.exit_code == 0 and done.stdout == f"pictures: {tmp_path / 'a.npz'}\n"
    drawn = read_pictures(tmp_path / "a.npz").pixels
    assert drawn.shape == (4, 16, 16, 3) and not np.array_equal(drawn[0], drawn[1])
    assert run("sample", model, "-n", "4", "--out", tmp_path / "a.png").exit_code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "MODEL", "--given", "a red disc", "--out", "x.png"), 'caption == "text", not'),
        (("sample", "MODEL", "--given", 'caption == "a crimson disc"', "--out", "x.png"), "no caption had 'crimson'"),
        (("sample", "MODEL", "-n", "3", "--json"), "pictures need a file"),
        (("predict", "MODEL", "FOLDER"), "text_to_image learns P(x|y)"),
        (("log-prob", "MODEL", "FOLDER"), "has no density"),
        (("fit", "text_to_image", "digits", "--out", "m"), "captions are texts"),
        (("fit", "text_to_image", "FOLDER", "--set", "weights=gone", "--out", "m"), "no Stable Diffusion"),
    ],
)
def test_what_is_refused(run, model, folder, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    done = run(*[{"MODEL": model, "FOLDER": folder}.get(word, word) for word in words])
    assert done.exit_code == 1 and said in done.stderr, done.stderr
    assert done.stderr.count("error") == 1 and not list(tmp_path.glob("x.*"))
