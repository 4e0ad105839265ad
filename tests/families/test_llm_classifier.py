"""A language model asked for labels: what it says is what its prompts, read one by one, say."""

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, BrokenModel, CannotAnswer, TooLong

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
TEXTS, LABELS = ["ab", "cd", "ad", "bc", "bb", "dd"], ["x", "y", "x", "y", "x", "x"]
ASKED = ["abab", "c", "ddddd", ""]


def score(model, prompt, rest):
    """log P(rest | prompt) read at once by the network of the folder."""
    before, after = (model._cut.encode([text])[0].tolist() for text in (prompt, rest))
    ids = torch.tensor([[0, *before, *after]])
    with torch.no_grad():
        said = model._net.net(ids).logits[0, :-1].double().log_softmax(-1)
    return float(said.gather(-1, ids[0, 1:, None])[len(before) :].sum())


@pytest.mark.parametrize("shots", [0, 1])
def test_by_text_is_bayes_rule_over_prompts_that_name_the_label(writer, shots):
    model = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), shots=shots, about="Strings.",
                        names={"x": "first"})  # fmt: skip
    called = {"x": "first", "y": "y"}
    before = "Strings.\n\n" + "".join(f"Label: {called['xy'[c]]}\nText: {t}\n\n" for t, c in model.examples_)
    assert sorted(c for _, c in model.examples_) == [0, 1] * shots
    joint = np.array([[score(model, f"{before}Label: {called[y]}\nText:", f" {t}\n") for y in "xy"] for t in ASKED])
    joint += np.log([4 / 6, 2 / 6])
    expected = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])
    np.testing.assert_allclose(model.predict_proba(ASKED), expected, atol=1e-5)
    np.testing.assert_allclose(model.predict_proba(ASKED[2:3]), expected[2:3], atol=1e-5)
    even = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), prior="uniform").predict_proba(ASKED)
    if not shots:
        plain = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer)).predict_proba(ASKED)
        np.testing.assert_allclose(plain[:, 0] / plain[:, 1], 2 * even[:, 0] / even[:, 1], rtol=1e-5)


def test_by_label_is_what_the_prompt_goes_on_with(writer):
    model = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), by="label", shots=1, calibrated=False)
    before = "".join(f"Text: {t}\nLabel: {'xy'[c]}\n\n" for t, c in model.examples_)

    def said(texts):
        each = np.array([[score(model, f"{before}Text: {t}\nLabel:", f" {y}\n") for y in "xy"] for t in texts])
        return each - np.logaddexp.reduce(each, axis=1)[:, None]

    np.testing.assert_allclose(model.predict_proba(ASKED), np.exp(said(ASKED)), atol=1e-5)
    model = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), by="label", shots=1)
    log = said(ASKED) - np.log(np.exp(said(["", "N/A", "..."])).mean(axis=0)) + np.log([4 / 6, 2 / 6])
    expected = np.exp(log - np.logaddexp.reduce(log, axis=1)[:, None])
    np.testing.assert_allclose(model.predict_proba(ASKED), expected, atol=1e-5)
    np.testing.assert_allclose(model.log_prob((ASKED, ["x"] * 4)), np.log(expected[:, 0]), atol=1e-4)


@pytest.mark.parametrize("by", ["text", "label"])
def test_a_saved_one_answers_alike_and_wants_its_model(writer, by, tmp_path):
    model = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), by=by, shots=2, names={"y": "other"})
    folder = model.save(tmp_path / "m")
    assert not (folder / "weights.safetensors").exists() or (folder / "weights.safetensors").stat().st_size < 1_000
    np.testing.assert_array_equal(obverse.load(folder).predict_proba(ASKED), model.predict_proba(ASKED))
    elsewhere = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(writer), by=by, shots=2, names={"y": "other"})
    np.testing.assert_array_equal(elsewhere.predict_proba(ASKED), model.predict_proba(ASKED))
    own = tmp_path / "w"
    own.mkdir()
    for path in writer.iterdir():
        (own / path.name).write_bytes(path.read_bytes())
    folder = obverse.fit("llm_classifier", TEXTS, LABELS, weights=str(own), by=by).save(tmp_path / "n")
    (own / "config.json").write_text((own / "config.json").read_text() + "\n")
    with pytest.raises(BrokenModel, match="another model than the one it was fitted with"):
        obverse.load(folder)


def test_what_cannot_be_asked_is_said_in_one_line(writer):
    own = {"weights": str(writer)}
    with pytest.raises(BadInput, match="names= calls 'z', which is no label; there are x, y"):
        obverse.fit("llm_classifier", TEXTS, LABELS, names={"z": "a"}, **own)
    with pytest.raises(BadInput, match="two labels are called the same"):
        obverse.fit("llm_classifier", TEXTS, LABELS, names={"x": "y"}, **own)
    with pytest.raises(BadInput, match=r"by must be text or label.*shots must be") as error:
        obverse.fit("llm_classifier", TEXTS, LABELS, by="both", shots=-1, **own)
    assert len(error.value.problems) == 2
    with pytest.raises(TooLong, match=r"has \d+ tokens, and the context takes 128; give fewer shots"):
        obverse.fit("llm_classifier", ["a" * 100, "b" * 100], ["x", "y"], shots=1, **own)
    model = obverse.fit("llm_classifier", TEXTS, LABELS, **own)
    with pytest.raises(TooLong, match="shorter texts"):
        model.predict(["a" * 200])
    with pytest.raises(CannotAnswer, match="reads no texts with holes"):
        model.predict(["a[HOLE]"])
