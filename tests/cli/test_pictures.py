"""Pictures through the command line: fit, draw to a file, predict, score, and what is refused in one line."""

import json

import numpy as np
import pytest

from obverse.data.pictures import read_pictures, write_pictures
from obverse.data.worlds.bars import Bars

WORLD = Bars()


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """Pictures of two classes as a file of arrays."""
    path = tmp_path_factory.mktemp("pictures") / "bars.npz"
    made = WORLD.sample(120, seed=1)
    write_pictures(made.pixels, path, made.labels.astype(str))
    return path


@pytest.fixture(scope="module")
def model(run, bars, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models") / "vae"
    words = ("--set", "width=8", "--set", "latent=4", "--set", "epochs=6", "--budget", "60")
    done = run("fit", "image_vae", bars, *words, "--out", folder, "--json")
    facts = json.loads(done.stdout)
    assert (facts["family"], facts["rows"], facts["target"]) == ("image_vae", 120, "label")
    return folder


def test_pictures_are_drawn_to_a_file(run, model, tmp_path):
    done = run("sample", model, "-n", "5", "--given", "flat", "--seed", "1", "--out", tmp_path / "a.npz")
    assert done.exit_code == 0 and done.stdout == f"pictures: {tmp_path / 'a.npz'}\n"
    assert read_pictures(tmp_path / "a.npz").pixels.shape == (5, 8, 8, 1)
    told = json.loads(run("sample", model, "-n", "5", "--out", tmp_path / "a.png", "--json").stdout)
    assert told["count"] == 5 and (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_pictures_are_read_and_scored(run, model, bars):
    predicted = run("predict", model, bars).stdout.splitlines()
    assert predicted[0] == "label" and set(predicted[1:]) <= {"flat", "upright"} and len(predicted) == 121
    scored = np.array(run("log-prob", model, bars).stdout.splitlines()[1:], dtype=float)
    assert len(scored) == 120 and np.isfinite(scored).all()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("sample", "MODEL", "-n", "3", "--json"), "pictures need a file"),
        (("sample", "MODEL", "--out", "x.csv"), "written to .png or .npz"),
        (("sample", "MODEL", "--given", "slanted", "--out", "x.png"), "no value"),
        (("impute", "MODEL", "BARS"), "reads tables"),
        (("anomaly", "MODEL", "BARS"), "reads tables"),
        (("log-prob", "MODEL", "BARS", "--by-cell"), "reads tables"),
        (("predict", "MODEL", "small.npz"), "8 x 8"),
        (("compare", "digits", "--questions", "missing"), "no question 'missing' of pictures"),
        (("fit", "image_vae", "BARS", "--target", "a", "--out", "m"), "--target is for tables"),
        (("fit", "image_vae", "BARS", "--budget", "-1", "--out", "m"), "budget must be"),
    ],
)
def test_what_is_refused(run, model, bars, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    write_pictures(np.zeros((2, 5, 5, 1), np.uint8), tmp_path / "small.npz")
    done = run(*[{"MODEL": model, "BARS": bars}.get(word, word) for word in words])
    assert done.exit_code in (1, 2) and said in done.stderr, done.stderr
    assert done.stderr.count("error") == 1 and not list(tmp_path.glob("x.*"))
