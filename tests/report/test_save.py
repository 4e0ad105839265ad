"""The page, whole, and never above the limit: what is least needed goes first, and the page says so."""

from __future__ import annotations

import pytest

from obverse.core.errors import BadInput
from obverse.report import render, save, write
from obverse.report.size import STEPS, fitted, size


def portrait(columns: int) -> dict:
    names = [f"column {i}" for i in range(columns)]
    share = [0.1] * 10
    square = [[None if i == j else 0.1 for j in range(columns)] for i in range(columns)]
    return {
        "model": "joint_forest", "rows": 100, "log_prob_mean": -1.0,
        "columns": [
            {"name": name, "kind": "number", "role": "feature", "dtype": "int64", "measure": "mass", "missing": 0.0,
             "said": "whole numbers", "distinct": 9, "bars": {"labels": [f"{i}" for i in range(10)], "share": share}}
            for name in names
        ],
        "missing": {"share": 0.0, "columns": [], "patterns": [{"columns": [], "rows": 100, "share": 1.0}],
                    "together": []},
        "dependence": {"columns": names, "sample": square, "model": square, "strongest": [], "left_out": 0,
                       "unit": "nats"},
        "examples": {"columns": names[:2], "groups": []},
    }  # fmt: skip


def test_the_page_is_written_and_nothing_else(made, tmp_path):
    study = made(splits=20, names=tuple(f"family_{i}" for i in range(11)))
    path = write(study, tmp_path / "new")
    assert path == tmp_path / "new" / "report.html"
    assert path.read_text(encoding="utf-8") == render(study)
    assert sorted(p.name for p in path.parent.iterdir()) == ["report.html"]
    assert path.stat().st_size < save.LIMIT == 1_000_000


def test_many_families_and_splits_still_fit(made, tmp_path):
    page = write(made(splits=50, names=tuple(f"family_{i}" for i in range(40))), tmp_path)
    assert page.stat().st_size < save.LIMIT


def test_what_is_least_needed_is_left_out_first_and_the_page_says_so(made, page):
    study = made(splits=3) | {"portrait": portrait(20)}
    whole = render(study)
    assert fitted(study, size(whole)) == whole
    smaller = fitted(study, size(whole) - 1)
    assert size(smaller) < size(whole)
    said = page(smaller).text
    assert STEPS[0][0] in said and STEPS[1][0] not in said
    assert "The strongest pairs" in page(whole).text or "No two columns" in page(whole).text
    assert "No two columns" not in said and "whole numbers" in said


def test_every_step_makes_the_page_smaller_and_leaves_it_well_formed(made, page):
    study = made(splits=9) | {"portrait": portrait(20)}
    study["data"]["notes"] = ["long " * 1000]
    create = next(part for part in study["questions"] if part["key"] == "create")
    sheet = {"png": "AAAA" * 5_000, "across": 2, "down": 1, "height": 8, "width": 8, "classes": ["a"]}
    create["extra"]["sheets"] = {"reference": sheet}
    before = render(study)
    for sentence, without in STEPS:
        study = without(study)
        after = render(study)
        assert size(after) < size(before), sentence
        assert page(after).faults == []
        before = after


def test_marks_of_splits_that_are_left_out_are_not_explained(made, page):
    study = made(splits=9)
    assert "Each small mark" in page(render(study)).text
    study = dict(STEPS)["the marks of single splits are left out"](study)
    assert "Each small mark" not in page(render(study)).text


def test_long_texts_are_cut_before_anything_fails(made, tmp_path, page):
    study = made()
    study["data"]["notes"] = ["long " * 250_000]
    path = write(study, tmp_path)
    assert path.stat().st_size < save.LIMIT
    assert "long texts are cut" in page(path.read_text(encoding="utf-8")).text


def test_a_summary_that_no_page_can_hold_is_refused_and_the_old_page_stays(made, tmp_path):
    path = write(made(), tmp_path)
    before = path.read_bytes()
    study = made()
    study["data"]["notes"] = ["one of very many notes"] * 50_000
    with pytest.raises(BadInput, match="1 MB is the limit"):
        write(study, tmp_path)
    assert path.read_bytes() == before
