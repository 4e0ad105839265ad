"""The main job through the command line, small, and its report written again."""

from __future__ import annotations

import json
import shlex

import pytest

from obverse.study import compare

SMALL = ("--families", "naive_bayes,dummy", "--questions", "predict", "--seeds", "3", "--jobs", "1")


@pytest.fixture(scope="module")
def study(run, people, tmp_path_factory):
    folder = tmp_path_factory.mktemp("studies") / "study"
    return folder, run("compare", people, "--target", "outcome", *SMALL, "--out", folder)


def test_summary_on_stdout_progress_on_stderr(study, people):
    folder, done = study
    assert done.exit_code == 0, done.output
    assert done.stderr.startswith(f"reading {people}\n")
    assert done.stdout.endswith(f"report: {folder / 'report.html'}\n")
    assert "naive_bayes" in done.stdout and (folder / "report.html").is_file()


def test_options_reach_the_plan(study):
    plan = json.loads((study[0] / "summary.json").read_text())["plan"]
    assert (plan["splits"], plan["families"], plan["questions"]) == (3, ["dummy", "naive_bayes"], ["predict"])


def test_the_recorded_command_repeats_the_study(run, study):
    folder, _ = study
    summary = json.loads((folder / "summary.json").read_text())
    again = run(*shlex.split(summary["plan"]["command"])[1:], "--json")
    assert again.exit_code == 0, again.output
    answer = json.loads(again.stdout)
    assert answer["questions"] == summary["questions"] and answer["folder"] == str(folder)


def test_report_is_written_again_from_the_summary(run, study):
    page = study[0] / "report.html"
    before = page.read_bytes()
    page.unlink()
    done = run("report", study[0])
    assert (done.exit_code, done.stdout) == (0, f"report: {page}\n")
    assert page.read_bytes() == before


def test_report_of_what_is_no_study(run, tmp_path):
    done = run("report", tmp_path)
    assert done.exit_code == 1 and "is not a finished study" in done.stderr
    (tmp_path / "summary.json").write_text("{")
    assert "is not JSON" in run("report", tmp_path).stderr
    (tmp_path / "summary.json").write_text("[]")
    assert "not the summary" in run("report", tmp_path).stderr


def test_errors(run, people, tmp_path):
    for words, text in (
        ((people, "--target", "outcom"), "did you mean outcome?"),
        ((people, "--families", "naive_byes"), "did you mean 'naive_bayes'?"),
        ((people, "--questions", "who"), "no question 'who'"),
        ((people, "--out", people, "--families", "marginals"), str(people)),
    ):
        done = run("compare", *words)
        assert (done.exit_code, done.stdout) == (1, ""), done.output
        assert done.stderr.splitlines()[-1].startswith("error: ") and text in done.stderr


def test_defaults_are_those_of_the_library(run):
    usage = " ".join(run("compare", "--help").stdout.replace("│", " ").split())
    for text in ("breast_cancer", str(compare.ROWS)):
        assert f"[default: {text}]" in usage
    assert f"Without it {compare.SPLITS}, of pictures and texts {compare.SPLITS_OF_NETWORKS}." in usage
