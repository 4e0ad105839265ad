"""A dial of a family: every value is asked what `compare` asks, once, and the page shows what came of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import obverse
from obverse import report
from obverse.core.errors import BadInput
from obverse.study.kinds.privacy import DialStudy, privacy

OPTIONS = {"family": "chain_forest", "values": (1, 40), "splits": 2, "n_jobs": 1, "progress": False}


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> DialStudy:
    return privacy("iris", out=tmp_path_factory.mktemp("dial") / "study", **OPTIONS)


def test_figures_are_those_of_compare_with_the_same_argument(study, tmp_path):
    families = {"chain_forest": {"min_samples_leaf": 40}}
    alone = obverse.compare(
        "iris", families=families, questions=["create"], splits=2, n_jobs=1, progress=False, out=tmp_path / "c"
    )
    row, part = study.summary["rows"][1], alone.summary["questions"][0]
    assert row["value"] == "40" and study.summary["dial"] == "min_samples_leaf"
    for metric in part["metrics"]:
        assert row["values"][metric] == part["rows"][0]["values"][metric], metric
    fresh = next(r for r in part["references"] if r["name"] == "fresh real rows")["mean"]
    assert all(study.summary["fresh"][m] == fresh[m] for m in ("c2st", "dcr_share", "near_copies", "membership_auc"))


def test_a_smaller_leaf_gives_more_away(study):
    small, large = (row["mean"] for row in study.summary["rows"])
    assert small["membership_auc_model"] > large["membership_auc_model"] + 0.1
    assert study.summary["sentence"].startswith("From min_samples_leaf 1 to 40: C2ST ")


def test_it_goes_on_where_it_was_stopped_and_repeats_nothing(study):
    files = sorted(study.folder.glob("*/results.jsonl"))
    assert len(files) == 3  # two values and the references
    before = {f: f.read_text() for f in files}
    kept = before[files[0]].splitlines(keepends=True)[0]
    files[0].write_text(kept)
    again = privacy("iris", out=study.folder, **OPTIONS)
    assert again.summary["rows"] == study.summary["rows"] and again.summary["fresh"] == study.summary["fresh"]
    assert files[0].read_text().startswith(kept) and json.loads(files[0].read_text().splitlines()[1])["split"] == 1
    assert [f.read_text() for f in files[1:]] == [before[f] for f in files[1:]]


def test_a_folder_of_other_values_is_refused(study):
    with pytest.raises(BadInput, match="holds another study"):
        privacy("iris", out=study.folder, **OPTIONS | {"values": (1, 41)})


def test_the_page_has_a_curve_a_figure_and_no_fidelity_without_privacy(study):
    page = report.write(study.summary, study.folder).read_text(encoding="utf-8")
    assert page.count('class="dial"') >= 5 and "C2ST along min_samples_leaf" in page
    held = json.loads(json.dumps(study.summary))
    for row in held["rows"]:
        row["values"]["near_copies"] = [None, None]
    page = report.write(held, study.folder).read_text(encoding="utf-8")
    assert "C2ST along" not in page and "TSTR along" not in page and "DCR share along" in page
    assert "Near copies was not measured" in page and held["sentence"] not in page
    assert f"{study.summary['rows'][0]['mean']['c2st']:.3f} to" not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"family": "xgboost"}, "xgboost creates no rows"),
        ({"family": "marginals"}, "marginals has no min_samples_leaf; give --dial"),
        ({"dial": "leaf"}, "has no argument 'leaf'"),
        ({"dial": "random_state"}, "is no dial"),
        ({"values": (5,)}, "at least two values"),
        ({"values": (5, 5)}, "each once"),
    ],
)
def test_what_is_no_dial_is_said_before_any_work(wrong, said, tmp_path):
    with pytest.raises(BadInput, match=said):
        privacy("iris", out=tmp_path / "x", **OPTIONS | wrong)
    assert not (tmp_path / "x").exists()


def test_a_value_that_the_family_refuses_stands_there_with_its_reason(tmp_path):
    found = privacy("iris", out=tmp_path / "x", **OPTIONS | {"values": (-1, 40), "splits": 1})
    bad, good = found.summary["rows"]
    assert "min_samples_leaf must be" in bad["failed"][0] and bad["mean"]["c2st"] is None
    assert good["failed"] == [] and good["mean"]["c2st"] is not None
    page = report.write(found.summary, Path(tmp_path)).read_text(encoding="utf-8")
    assert "min_samples_leaf must be" in page
