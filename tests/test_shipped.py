"""The models that come with the package: small, whole, and worth asking."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.svm import SVC

import obverse
from obverse import shipped

MOST = 3_000_000  # bytes of all together


def test_they_are_small_and_say_from_what_they_were_made():
    assert shipped.names() == ("digits", "docstrings")
    files = [p for p in shipped.HERE.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    assert sum(p.stat().st_size for p in files) <= MOST
    for name in shipped.names():
        assert "rows it learned from" in (shipped.HERE / name / "MODEL_CARD.md").read_text()


def test_digits_are_drawn_as_asked():
    pytest.importorskip("torch")
    real = load_digits()
    judge = SVC(gamma=0.001).fit(real.data, real.target)
    model = obverse.load("digits")
    for digit in (0, 3, 8):
        drawn = model.sample(8, given=digit, seed=1).reshape(8, 64) / 255 * 16
        assert (judge.predict(drawn) == digit).mean() >= 0.75


def test_docstrings_are_written_and_gone_on_with():
    pytest.importorskip("torch")
    model = obverse.load("docstrings")
    drawn = model.sample(20, seed=1)
    assert len(set(drawn)) == 20 and sum(text.endswith(".") for text in drawn) >= 18
    assert all(text.startswith("Return the ") for text in model.sample(3, given={"prompt": "Return the "}, seed=2))
    real, shuffled = "Return the name of the file.", "eht eliF fo ruteRn nam the e."
    assert model.log_prob([real])[0] > model.log_prob([shuffled])[0] + 20


def test_a_folder_of_the_same_name_goes_first(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    rows = np.random.default_rng(0).normal(size=(40, 2))
    obverse.fit("gaussian_mixture", rows, seed=0).save(tmp_path / "digits")
    assert obverse.load("digits").card.key == "gaussian_mixture"
    shutil.rmtree(tmp_path / "digits")
    assert shipped.found("digits") == shipped.HERE / "digits"
    assert shipped.found("nothing") == Path("nothing")


def test_the_command_line_knows_them(tmp_path):
    pytest.importorskip("torch")
    command = [sys.executable, "-m", "obverse", "sample", "digits", "-n", "4", "--given", "7", "--out", "seven.png"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0 and (tmp_path / "seven.png").stat().st_size, done.stderr
