"""Whatever `compare` is given: one clear line, exit code 1 or 2, nothing half-written."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

ROWS = 60


def table(rows: int = ROWS, **columns) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    base = {"age": rng.normal(40, 9, rows).round(1), "town": rng.choice(["Basel", "Cork"], rows)}
    return pd.DataFrame({**base, "outcome": rng.choice(["ill", "well"], rows), **columns})


def csv(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False).encode()


GOOD = csv(table())
FILES = {
    "wrong encoding": ("Zürich,outcome\né,1\n".encode("latin-1"), "is not UTF-8 text"),
    "empty file": (b"", "is empty"),
    "only a header": (b"age,town,outcome\n", "has column names but no rows"),
    "ragged rows": (GOOD + b"1,2\n", "line 62 has 2 cells where the first line has 3"),
    "one class": (csv(table(outcome="ill")), "the target 'outcome' has one class"),
    "no label": (csv(table(outcome=None)), "every cell of the target 'outcome' is missing"),
    "empty column": (
        csv(table(notes=None)),
        "column 'notes' has no value in any row; read another way, or --drop notes",
    ),
    "infinities": (csv(table(dose=[np.inf] + [1.5] * (ROWS - 1))), "'dose'"),
    "12 rows": (csv(table(12)), "12 rows are too few"),
    "100,000 classes": (
        csv(table(100_000, outcome=[f"c{i}" for i in range(100_000)])),
        "the target 'outcome' has 20,000 classes in 20,000 rows",
    ),
    "5,000 columns": (
        csv(pd.DataFrame(np.zeros((30, 5_000)), columns=[*(f"c{i}" for i in range(4_999)), "outcome"])),
        "5,000 columns are more than a comparison takes (1,000)",
    ),
}


def one_line(done, text: str) -> None:
    assert done.exit_code in (1, 2), done.output
    said = [line for line in done.stderr.splitlines() if not line.startswith("reading ")]
    assert len(said) == 1 and said[0].startswith("error: "), done.stderr
    assert text in said[0] and "Traceback" not in done.output


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_compared(run, tmp_path, name):
    content, text = FILES[name]
    path = tmp_path / "table.csv"
    path.write_bytes(content)
    one_line(run("compare", path, "--target", "outcome", "--out", tmp_path / "study"), text)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


def test_a_file_or_target_that_is_not_there(run, tmp_path):
    path = tmp_path / "table.csv"
    one_line(run("compare", path, "--target", "outcome", "--out", tmp_path / "study"), str(path))
    path.write_bytes(GOOD)
    one_line(run("compare", path, "--target", "outcom", "--out", tmp_path / "study"), "did you mean outcome?")
    one_line(run("compare", path, "--drop", "agee", "--out", tmp_path / "study"), "age")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["table.csv"]


def test_many_categories_in_a_feature_are_left_out_and_said(run, tmp_path):
    path = tmp_path / "table.csv"
    table(3_000, code=[f"c{i}" for i in range(3_000)]).to_csv(path, index=False)
    quick = ("--families", "dummy", "--questions", "predict", "--splits", "1", "--jobs", "1", "--rows", "200")
    done = run("compare", path, "--target", "outcome", *quick, "--out", tmp_path / "study")
    assert done.exit_code == 0, done.output
    assert "left out 'code': an identifier or free text" in " ".join(done.stdout.split())


def command(path: Path, out: Path, *more: str) -> list[str]:
    quick = ("--families", "naive_bayes,logistic", "--splits", "3", "--jobs", "2", *more)
    return [sys.executable, "-m", "obverse", "compare", str(path), "--target", "outcome", *quick, "--out", str(out)]


def test_a_folder_that_cannot_be_written(tmp_path):
    path = tmp_path / "table.csv"
    path.write_bytes(GOOD)
    if os.name != "posix":
        pytest.skip("/dev/null as a folder is POSIX's")
    done = subprocess.run(command(path, Path("/dev/null/study")), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and done.stderr.splitlines()[-1].startswith("error: "), done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture
def disk(tmp_path):
    """A disk of 512 kB, which a test can fill for real."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("mounting a small disk needs root")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_the_study_goes_on_when_there_is_room(tmp_path, disk):
    path = tmp_path / "table.csv"
    path.write_bytes(GOOD)
    filler = disk / "filler"
    filler.write_bytes(bytes(512_000 - 20_000))
    done = subprocess.run(command(path, disk / "study"), capture_output=True, text=True, timeout=120)
    assert done.returncode == 1 and "No space left" in done.stderr.splitlines()[-1], done.stderr
    assert "Traceback" not in done.stderr and len(done.stderr.splitlines()) == 3
    assert not (disk / "study" / "report.html").exists() and not list((disk / "study").glob("*.part"))
    filler.unlink()
    again = subprocess.run(command(path, disk / "study"), capture_output=True, text=True, timeout=120)
    assert again.returncode == 0, again.stderr
    lines = (disk / "study" / "results.jsonl").read_bytes().splitlines()  # each of them whole: nothing half-written
    cells = [(r["family"], r["split"], r["question"]) for r in map(json.loads, lines)]
    assert len(cells) == len(set(cells))


@pytest.mark.skipif(os.name != "posix", reason="the signal of Ctrl-C is POSIX's")
def test_ctrl_c_says_how_far_it_came_and_the_same_command_goes_on(tmp_path):
    path, out = tmp_path / "table.csv", tmp_path / "study"
    path.write_bytes(csv(table(400)))
    words = command(path, out, "--families", "joint_forest,logistic")
    with subprocess.Popen(
        words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            until = time.monotonic() + 60
            while not (out / "results.jsonl").exists() and time.monotonic() < until:
                time.sleep(0.05)
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to every process of the group
            _, err = process.communicate(timeout=60)
        finally:
            process.kill()  # or a test that fails would wait for it without end
    assert process.returncode == 1, err
    assert err.splitlines()[-1].startswith("stopped: ") and "the same command goes on" in err
    assert "Traceback" not in err and len(err.splitlines()) == 3, err
    assert not list(out.glob("*.part")) and not (out / "summary.json").exists()
    again = subprocess.run(words, capture_output=True, text=True, timeout=120)
    assert again.returncode == 0 and "parts are done already" in again.stderr, again.stderr
