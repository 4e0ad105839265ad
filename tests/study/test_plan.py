"""The frozen plan: what is written reads back, equal plans are one study, and another plan never touches a study."""

from __future__ import annotations

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from obverse.core.errors import BadInput
from obverse.study.plan import FILE, Plan, freeze, read, write_toml

PLAN = Plan(
    obverse="0.1.0",
    name='pen"guins',
    sha256="ab" * 32,
    rows=344,
    columns=8,
    target="species",
    task="class",
    families=("dummy", "joint_forest"),
    questions=("predict", "create"),
    splits=5,
    seed=0,
    test_share=0.3,
    params={"joint_forest": {"n_estimators": 10, "strength": 1e-6}},
)


def test_a_frozen_plan_reads_back_equal(tmp_path):
    for plan in (PLAN, replace(PLAN, target=None, task=None, params={})):
        folder = tmp_path / plan.hash
        freeze(plan, folder)
        assert read(folder) == plan
        assert read(folder).hash == plan.hash


def test_the_text_is_toml_with_the_facts_where_a_reader_looks_for_them():
    found = tomllib.loads(PLAN.toml)
    assert found["data"]["name"] == 'pen"guins'
    assert found["families"] == ["dummy", "joint_forest"]
    assert found["params"]["joint_forest"] == {"n_estimators": 10, "strength": 1e-6}
    assert "target" not in tomllib.loads(replace(PLAN, target=None).toml)["data"]


@pytest.mark.parametrize(
    "change", [{"seed": 1}, {"splits": 6}, {"sha256": "cd" * 32}, {"target": "sex"}, {"params": {}}]
)
def test_every_fact_is_part_of_the_hash(change):
    assert replace(PLAN, **change).hash != PLAN.hash


def test_the_same_plan_goes_on_and_another_is_refused_by_what_differs(tmp_path):
    freeze(PLAN, tmp_path)
    before = (tmp_path / FILE).read_bytes()
    freeze(replace(PLAN), tmp_path)
    with pytest.raises(
        BadInput, match=r"splits is 6 here and 5 there; seed is 9 here and 0 there\); choose another --out"
    ):
        freeze(replace(PLAN, splits=6, seed=9), tmp_path)
    assert (tmp_path / FILE).read_bytes() == before


def test_a_folder_with_other_things_in_it_is_left_alone(tmp_path):
    (tmp_path / "thesis.tex").write_text("do not lose me")
    with pytest.raises(BadInput, match="exists and holds no study"):
        freeze(PLAN, tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.tex"]


def test_a_broken_plan_is_one_clear_error(tmp_path):
    with pytest.raises(BadInput, match=r"is no study: it has no plan\.toml"):
        read(tmp_path)
    (tmp_path / FILE).write_text("seed = ")
    with pytest.raises(BadInput, match="cannot be read"):
        read(tmp_path)


def test_toml_of_every_kind_of_value_is_what_the_standard_library_reads():
    awkward = 'tab\t quote" slash\\ line\n del\x7f é 漢'
    top = {"text": awkward, "yes": True, "whole": -3, "real": 0.1, "big": 1e300, "list": [1, 2], "nothing": None}
    tables = {"a": {"a key": "dots. and spaces"}, "a.b": {"numpy": np.float64(2.5), "count": np.int64(7)}}
    found = tomllib.loads(write_toml(top, tables))
    assert found.pop("a") == {"a key": "dots. and spaces", "b": {"numpy": 2.5, "count": 7}}
    assert found == {name: value for name, value in top.items() if value is not None}
    with pytest.raises(BadInput, match="odd is a dict"):
        write_toml({"odd": {}}, {})
