"""Every failure is one line on stderr, nothing on stdout, nothing half-written, and exit code 1 or 2."""

from __future__ import annotations

import shutil

import pytest
import typer
from typer.testing import CliRunner

from obverse.cli import errors
from obverse.cli.options import Debug


def fails(done, code, *texts):
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1 and lines[0].startswith("error: "), done.stderr
    for text in texts:
        assert text in lines[0]


def test_missing_file(run, model, tmp_path):
    fails(run("predict", model, tmp_path / "no.csv"), 1, "there is no file", "no.csv")


def test_unknown_data_set_offers_the_nearest(run, tmp_path):
    fails(run("fit", "naive_bayes", "iriss", "--out", tmp_path / "m"), 1, "'iriss'", "did you mean iris?")


def test_unknown_family_offers_the_nearest(run, people, tmp_path):
    fails(run("fit", "naive_byes", people, "--out", tmp_path / "m"), 1, "did you mean 'naive_bayes'?")


def test_absent_target_offers_the_nearest(run, people, tmp_path):
    done = run("fit", "naive_bayes", people, "--target", "outcom", "--out", tmp_path / "m")
    fails(done, 1, "no column 'outcom'", "did you mean outcome?")


@pytest.mark.parametrize("family", ["naive_bayes", "logistic"])
def test_a_target_is_asked_for_by_its_option(run, people, tmp_path, family):
    fails(run("fit", family, people, "--out", tmp_path / "m"), 1, "add --target COL", "outcome")


def test_unknown_settings_are_all_listed(run, people, tmp_path):
    words = ("--set", "max_dpth=3", "--set", "depth_max=3", "--target", "outcome", "--out", tmp_path / "m")
    fails(run("fit", "xgboost", people, *words), 1, "'max_dpth'; did you mean max_depth?", "'depth_max'")


def test_settings_of_the_wrong_kind(run, people, tmp_path):
    words = ("--target", "outcome", "--out", tmp_path / "m")
    fails(run("fit", "xgboost", people, *words, "--set", "max_depth=deep"), 1, "max_depth", "a whole number", "'deep'")
    fails(run("fit", "xgboost", people, *words, "--set", "random_state=1"), 1, "--seed")
    assert not (tmp_path / "m").exists()


def test_setting_without_a_value_is_a_usage_error(run, people, tmp_path):
    done = run("fit", "xgboost", people, "--set", "max_depth", "--out", tmp_path / "m")
    assert done.exit_code == 2 and "key=value" in done.stderr


def test_unknown_column_in_a_condition(run, model):
    fails(run("sample", model, "--given", "agee > 3"), 2, "no column agee", '"age"')


def test_a_condition_runs_no_code(run, model):
    fails(run("sample", model, "--given", '__import__("os").getcwd() == "x"'), 2, "__import__")
    fails(run("probability", model, '__import__("os")'), 2, "__import__")


def test_an_impossible_condition(run, model):
    fails(run("sample", model, "--given", "age > 60 and age < 20"), 1, "no row can satisfy")


def test_a_changed_byte(run, model, people, tmp_path):
    broken = shutil.copytree(model, tmp_path / "broken")
    weights = broken / "weights.safetensors"
    content = bytearray(weights.read_bytes())
    content[-1] ^= 1
    weights.write_bytes(content)
    fails(run("predict", broken, people), 1, "weights.safetensors was changed after saving")


def test_a_folder_that_is_no_model(run, people, tmp_path):
    fails(run("predict", tmp_path, people), 1, "is not a model folder", "obverse fit")


def test_outputs_that_cannot_be_written(run, people, model):
    for words in (
        ("fit", "marginals", people, "--out", people / "m"),
        ("sample", model, "--out", people.parent / "no" / "such" / "rows.csv"),
        ("sample", model, "--out", people / "rows.csv"),
    ):
        fails(run(*words), 1, "cannot write")


def test_an_existing_folder_that_is_no_model_is_kept(run, people, tmp_path):
    (tmp_path / "diary.txt").write_text("dear diary")
    fails(run("fit", "marginals", people, "--out", tmp_path), 1, "is not a model folder")
    assert [path.name for path in tmp_path.iterdir()] == ["diary.txt"]


def test_unknown_ending(run, model, tmp_path):
    fails(run("sample", model, "--out", tmp_path / "rows.xlsx"), 1, "rows.xlsx", ".parquet")


def test_a_column_called_draw(run, model, people, tmp_path):
    path = tmp_path / "drawn.csv"
    path.write_text(people.read_text().replace("weight", "draw", 1))
    fails(run("impute", model, path, "--draws", "2"), 1, "already has a column 'draw'")


@pytest.fixture(scope="module")
def discriminative(run, people):
    folder = people.parent / "logistic"
    assert run("fit", "logistic", people, "--target", "outcome", "--out", folder).exit_code == 0
    return folder


def test_refusals_name_families_that_can(run, people, discriminative):
    fails(run("sample", discriminative), 1, "no distribution of x", "families that can", "naive_bayes")
    fails(run("log-prob", discriminative, people, "--by-cell"), 1, "leave out --by-cell", "naive_bayes")


def test_unknown_commands_and_options_are_usage_errors(run, people):
    assert run("frobnicate").exit_code == 2
    assert run("list", "--frobnicate").exit_code == 2
    assert run("predict", people).exit_code == 2


def test_debug_shows_the_traceback(run, people, tmp_path):
    done = run("predict", tmp_path, people, "--debug")
    assert done.exit_code == 1
    assert "Traceback" in done.stderr and done.stderr.splitlines()[-1].startswith("error: ")


def test_ctrl_c_is_one_line_and_1():
    app = typer.Typer()

    @app.command()
    @errors.one_line_errors
    def interrupted(debug: Debug = False) -> None:
        raise KeyboardInterrupt

    done = CliRunner().invoke(app, [])
    assert (done.exit_code, done.stderr) == (1, "stopped\n")


def test_what_nobody_foresaw_is_one_line_too(capsys):
    errors.unexpected(ValueError, ValueError("two\n  lines"), None)
    assert capsys.readouterr().err == "error: ValueError: two lines; add --debug for the traceback\n"
