"""data, doctor and check: what is here, and whether it works."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd

from obverse import checks
from obverse.data import catalogue


def test_data_list_shows_every_name_within_80_columns(run):
    done = run("data", "list")
    assert done.stdout == run("data").stdout
    assert all(len(line) <= 80 for line in done.stdout.splitlines())
    assert {line.split()[0] for line in done.stdout.splitlines() if line} >= set(catalogue.names())
    facts = {entry["name"]: entry for entry in json.loads(run("data", "list", "--json").stdout)}
    assert facts["iris"]["place"] == "bundled" and facts["adult"]["target"] == "income"


def test_data_get_of_a_bundled_set_has_nothing_to_do(run):
    done = run("data", "get", "iris")
    assert (done.exit_code, done.stdout) == (0, "") and "nothing to get" in done.stderr


def test_data_get_says_how_when_it_cannot(run, tmp_path, monkeypatch):
    monkeypatch.setenv("OBVERSE_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    done = run("data", "get", "adult")
    assert done.exit_code == 1
    assert len(done.stderr.splitlines()) == 1 and "archive.ics.uci.edu" in done.stderr


def test_doctor_tests_itself(run, tmp_path, monkeypatch):
    monkeypatch.setenv("OBVERSE_DATA", str(tmp_path / "nowhere"))
    found = json.loads(run("doctor", "--json").stdout)
    assert found["self_test"]["ok"]
    assert found["packages"]["numpy"] == np.__version__ and found["packages"]["pandas"] == pd.__version__
    assert found["extras"]["test"]["install"] == "pip install 'obverse[test]'"
    assert found["data"]["OBVERSE_DATA"].endswith("nowhere") and not found["data"]["exists"]


def test_doctor_for_people(run):
    done = run("doctor")
    assert done.exit_code == 0
    assert f"numpy          {np.__version__}" in done.stdout and "self-test ok" in done.stdout


def test_check_exits_by_what_the_battery_found(run, tmp_path, monkeypatch):
    monkeypatch.setattr(checks, "BATTERY", checks.BATTERY[:2])  # all of it takes seconds, and is tested elsewhere
    good = run("check", "dummy", "--json")
    assert good.exit_code == 0 and [report["family"] for report in json.loads(good.stdout)] == ["dummy"]
    assert run("check", "dumy").exit_code == 1
    assert run("check", tmp_path / "no.py").stderr.count("\n") == 1
