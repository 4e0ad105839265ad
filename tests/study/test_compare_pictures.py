"""Pictures compared: every question has its figures, a report shows made ones, and what is wrong is said at once."""

from __future__ import annotations

import base64
import sys

import numpy as np
import pytest

import obverse
from obverse import report
from obverse.core.errors import BadInput, MissingExtra
from obverse.data.pictures import Pictures
from obverse.data.worlds.bars import CLASSES, Bars
from obverse.study.prepare_pictures import is_pictures
from obverse.study.questions import KEYS_OF_PICTURES
from obverse.study.questions.of_pictures import fill, flag, shift
from obverse.study.questions.of_pictures.labels import order

pytest.importorskip("torch")
CONVNET = {"channels": 8, "epochs": 8, "batch": 32}
VAE = {"epochs": 20, "batch": 32}


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    families = {"convnet": CONVNET, "image_vae": VAE}
    out = tmp_path_factory.mktemp("study") / "bars"
    return obverse.compare(Bars().sample(160, 0), families=families, splits=1, out=out, n_jobs=1, progress=False)


def test_every_question_has_an_answer(study):
    parts = {part["key"]: part for part in study.summary["questions"]}
    assert tuple(parts) == KEYS_OF_PICTURES
    assert not study.summary["failures"]
    for part in parts.values():
        assert any(row["mean"][part["main"]] is not None for row in part["rows"]), part["key"]
    silent = {
        key for key, part in parts.items() for row in part["rows"] if row["cannot"] and row["family"] == "convnet"
    }
    assert silent == {"create", "fill"}
    assert parts["predict"]["rows"][0]["mean"]["accuracy"] > 0.9
    references = {key: [r["name"] for r in part["references"]] for key, part in parts.items()}
    assert references["create"] == ["real pictures"] and references["fill"] == ["mean picture"]
    assert [c["strength"][0] for c in parts["shift"]["extra"]["changes"].values()] == [0.0] * len(shift.CHANGES)


def test_the_judge_is_made_once_and_reads_real_pictures(study):
    assert sorted(p.name for p in (study.folder / "judges").iterdir()) == ["0", "0.lock"]
    create = next(part for part in study.summary["questions"] if part["key"] == "create")
    assert create["references"][0]["mean"]["read_as_asked"] > 0.95


def test_the_report_shows_made_pictures_and_curves(study):
    page = report.write(study.summary, study.folder).read_text(encoding="utf-8")
    create = next(part for part in study.summary["questions"] if part["key"] == "create")
    assert list(create["extra"]["sheets"]) == ["reference", "image_vae"]
    assert page.count("data:image/png;base64,") == 2 and "img-src data:" in page
    assert base64.b64decode(create["extra"]["sheets"]["image_vae"]["png"]).startswith(b"\x89PNG")
    assert "Accuracy under rotation" in page
    assert "8 × 8 pixels, grey" in page and "Empty cells" not in page


def test_it_goes_on_where_it_stopped_and_says_the_same(study):
    families = {"convnet": CONVNET, "image_vae": VAE}
    again = obverse.compare(
        Bars().sample(160, 0), families=families, splits=1, out=study.folder, n_jobs=1, progress=False
    )
    assert again.summary["questions"] == study.summary["questions"]


def test_what_is_wrong_is_said_at_once():
    pixels = Bars().sample(30, 0).pixels
    with pytest.raises(BadInput) as error:
        obverse.compare(pixels, np.repeat(["a", "b"], [25, 5]), families=["xgboost", "nobody"], questions=["missing"])
    said = str(error.value)
    assert all(part in said for part in ("fewer of b (5)", "xgboost does not learn pictures", "'nobody'", "'missing'"))
    with pytest.raises(BadInput, match="no classes to compare by"):
        obverse.compare(pixels)
    with pytest.raises(BadInput, match="1 of 30 pictures have no label"):
        obverse.compare(pixels, np.array([None, *["a", "b"] * 14, "a"], dtype=object))
    with pytest.raises(BadInput, match="one class"):
        obverse.compare(pixels, np.repeat("a", 30))


def test_without_pytorch_the_command_that_installs_it_is_said_before_any_work(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match=r"pip install .obverse\[deep\]"):
        obverse.compare("digits", out=tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_what_counts_as_pictures(tmp_path):
    (tmp_path / "cat").mkdir()
    assert not is_pictures(tmp_path)
    (tmp_path / "cat" / "one.png").write_bytes(b"")
    assert is_pictures(tmp_path) and is_pictures("digits") and is_pictures(np.zeros((3, 4, 4)))
    assert not is_pictures("breast_cancer") and not is_pictures(np.zeros((3, 4)))


def test_changes_do_what_they_say():
    rng = np.random.default_rng(0)
    pixels = np.full((50, 10, 10, 1), 100.0)
    assert shift.brightened(pixels, 0.2, rng) == pytest.approx(131)
    assert (shift.covered(pixels, 0.25, rng) != 100).mean() == pytest.approx(0.25)
    assert np.std(shift.noisy(pixels, 20, rng)) == pytest.approx(20, rel=0.05)
    bar = np.zeros((4, 9, 9, 1))
    bar[:, 4] = 200
    assert np.abs(shift.turned(bar, 90, rng) - bar.swapaxes(1, 2)).max() < 1


def test_halves_come_from_two_classes():
    few = Bars().sample(40, 0)
    dark = few.labels == CLASSES[0]
    few = Pictures(np.where(dark[:, None, None, None], 10, 240) * np.ones_like(few.pixels), few.labels, "halves")
    made = flag.halves(few, np.random.default_rng(0))
    assert (made[:, :, :4] == few.pixels[:, :, :4]).all()
    assert (made[:, :, 4:] != few.pixels[:, :, 4:]).all()


def test_a_square_of_a_quarter_is_hidden():
    _, hole = fill.hide(Bars().sample(20, 0), 0)
    assert (hole.sum(axis=(1, 2, 3)) == 16).all()
    assert len({h.tobytes() for h in hole}) > 5


def test_few_labels_hold_every_class_and_grow():
    labels = np.array(["rare", None, *["often"] * 30], dtype=object)
    first = order(labels, 0)
    assert set(labels[first[:2]]) == {"rare", "often"} and 1 not in first and len(first) == 31
