"""`obverse anomaly`: the oddest rows, their suspects, a page, scores."""

from __future__ import annotations

import json

import pandas as pd
import pytest

import obverse


@pytest.fixture(scope="module")
def flowers(tmp_path_factory):
    """A model of iris, and its rows with two wrong cells."""
    folder = tmp_path_factory.mktemp("anomaly")
    frame = obverse.read("iris").frame
    obverse.fit("gaussian_mixture", frame, "species", seed=0).save(folder / "m")
    odd = frame.copy()
    odd.loc[7, "petal length (cm)"] = 50.0
    odd.loc[70, "species"] = "setosa"
    odd.to_csv(folder / "odd.csv", index=False)
    return folder / "m", folder / "odd.csv"


def test_the_table_names_row_cell_and_what_was_expected_within_80_columns(run, flowers):
    done = run("anomaly", *flowers, "--by-cell", "--top", "2")
    assert done.exit_code == 0, done.output
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert "= 50" in done.stdout and "= setosa" in done.stdout and "versicolor" in done.stdout


def test_json_says_the_same(run, flowers):
    done = run("anomaly", *flowers, "--by-cell", "--top", "2", "--json")
    found = json.loads(done.stdout)
    assert [row["row"] for row in found["rows"]] == [7, 70] and found["count"] == 150
    suspect = found["rows"][0]["suspects"][0]
    assert suspect["name"] == "petal length (cm)" and suspect["wrong"] > 0.99 and 1 < float(suspect["expected"]) < 2


def test_scores_go_to_a_file_and_rows_to_a_page(run, flowers, tmp_path):
    run("anomaly", *flowers, "--out", tmp_path / "s.csv")
    assert list(pd.read_csv(tmp_path / "s.csv").columns) == ["anomaly"]
    run("anomaly", *flowers, "--by-cell", "--out", tmp_path / "c.csv")
    assert pd.read_csv(tmp_path / "c.csv").shape == (150, 5)
    done = run("anomaly", *flowers, "--by-cell", "--out", tmp_path / "p.html")
    page = (tmp_path / "p.html").read_text()
    assert done.exit_code == 0 and 'class="w5"' in page and "<script" not in page and "http://" not in page


def test_an_ending_that_is_no_format_is_one_line(run, flowers, tmp_path):
    done = run("anomaly", *flowers, "--out", tmp_path / "p.pdf")
    assert done.exit_code == 1 and ".html" in done.stderr and len(done.stderr.splitlines()) == 1
