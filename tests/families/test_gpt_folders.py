"""`gpt` with the weights of a folder: tokens and their nats, conversations, small matrices beside large ones."""

import json
import shutil

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, BrokenModel, CannotAnswer, TooLong
from obverse.families.gpt import GPT

torch = pytest.importorskip("torch")
ASKED = [{"role": "user", "content": "hi"}]


def test_tokens_sum_to_the_text(writer):
    model = GPT.from_pretrained(writer)
    said = model.token_log_prob("hé!")
    assert said.token.tolist()[-2:] == ["!", ""] and len(said) == 5  # two bytes of é, and the end
    assert said.log_prob.sum() == pytest.approx(model.log_prob(["hé!"])[0], abs=1e-6)
    begins = model.token_log_prob("hé![HOLE]")
    np.testing.assert_allclose(begins.log_prob, said.log_prob[:-1], atol=1e-6)
    with pytest.raises(CannotAnswer, match="impute it first"):
        model.token_log_prob("a[HOLE]b")


def test_tokens_of_a_model_with_labels_sum_over_them():
    texts, labels = ["aab", "bba", "ab", "ba"] * 5, ["x", "y"] * 10
    small = {"layers": 1, "width": 16, "heads": 2, "context": 8, "epochs": 2}
    model = obverse.fit("gpt", texts, labels, **small)
    said = model.token_log_prob("aaé")
    assert said.token.tolist() == ["a", "a", "", ""]  # é was never met: it stands for any such letter
    assert said.log_prob.sum() == pytest.approx(model.log_prob(["aaé"])[0], abs=1e-6)
    share = np.log(0.5)  # of each label
    for label in "xy":
        given = model.token_log_prob("aaé", label=label).log_prob.sum()
        assert given + share == pytest.approx(model.log_prob((["aaé"], [label]))[0], abs=1e-6)
    with pytest.raises(BadInput, match="has no value 'z'"):
        model.token_log_prob("a", label="z")


def test_a_conversation_is_answered_as_its_template_says(writer, tmp_path):
    model = GPT.from_pretrained(writer, length=12, temperature=0.0)
    said = "".join(model.chat(ASKED))
    prompt = "<user>hi<end><assistant>"
    with torch.no_grad():  # by hand, greedily: the mark stands for <end>, which comes first
        ids = [0, *model.language_.cut.encode([prompt])[0].tolist()]
        drawn = []
        for _ in range(12):
            drawn.append(int(model.language_.net.net(torch.tensor([ids + drawn])).logits[0, -1].argmax()))
    end = drawn.index(0) if 0 in drawn else len(drawn)
    assert said == model.language_.cut.decode(drawn[:end]) and said
    again = obverse.load(model.save(tmp_path / "m"))
    assert "".join(again.chat(ASKED)) == said


def test_what_is_no_conversation_is_refused_in_one_line(writer, tmp_path):
    model = GPT.from_pretrained(writer)
    with pytest.raises(TooLong, match=r"the conversation has \d+ tokens, and the context takes 95 beside an answer"):
        model.chat([{"role": "user", "content": "a" * 100}])
    for wrong in ([], [{"role": "user", "content": "  "}], [*ASKED, {"role": "assistant", "content": "a"}]):
        with pytest.raises(BadInput, match="the last turn of a conversation is the user's"):
            model.chat(wrong)
    with pytest.raises(BadInput, match="turn 0 must be"):
        model.chat([{"role": "king", "content": "hi"}])
    shutil.copytree(writer, tmp_path / "w")
    (tmp_path / "w" / "chat_template.jinja").write_text("{{ raise_exception('no system turns') }}")
    with pytest.raises(BadInput, match=r"does not take this conversation .no system turns"):
        GPT.from_pretrained(tmp_path / "w").chat(ASKED)
    (tmp_path / "w" / "chat_template.jinja").write_text("{{ messages.__class__.__mro__[1].__subclasses__() }}")
    with pytest.raises(BadInput, match="does not take this conversation"):  # it runs in a sandbox
        GPT.from_pretrained(tmp_path / "w").chat(ASKED)
    (tmp_path / "w" / "chat_template.jinja").unlink()
    with pytest.raises(CannotAnswer, match="has no chat template"):
        GPT.from_pretrained(tmp_path / "w").chat(ASKED)


def test_a_template_may_stand_in_the_config_of_the_tokenizer(writer, tmp_path):
    from obverse.backbones.conversation import template_of

    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": "one"}))
    assert template_of(tmp_path) == "one"
    several = [{"name": "tool", "template": "no"}, {"name": "default", "template": "two"}]
    (tmp_path / "tokenizer_config.json").write_text(json.dumps({"chat_template": several}))
    assert template_of(tmp_path) == "two"


def test_a_folder_of_transformers_is_loaded_like_a_model(writer, tmp_path):
    assert obverse.load(writer).sample(2, seed=1) == GPT.from_pretrained(writer).sample(2, seed=1)
    shutil.copytree(writer, tmp_path / "w")
    config = json.loads((writer / "config.json").read_text())
    (tmp_path / "w" / "config.json").write_text(json.dumps(config | {"architectures": ["BertModel"]}))
    with pytest.raises(BadInput, match="holds BertModel, which is no causal language model"):
        obverse.load(tmp_path / "w")


def test_small_matrices_are_learned_and_nothing_else(writer, tmp_path):
    texts = ["abcabcabc"] * 40
    own = {"weights": str(writer), "lora": 2, "epochs": 30, "batch": 8, "rate": 2e-2}
    model = obverse.fit("gpt", texts, **own)
    before, after = GPT.from_pretrained(writer).log_prob(texts[:1])[0], model.log_prob(texts[:1])[0]
    assert after > before + 10
    plain = GPT.from_pretrained(writer).language_.net.state_dict()
    kept = model.language_.net.state_dict()
    large = [n for n in plain if "q_proj" in n or "embed_tokens" in n]
    assert large
    for name in large:
        now = kept.get(name, kept.get(name.replace(".weight", ".base_layer.weight")))
        assert torch.equal(now, plain[name]), name
    folder = model.save(tmp_path / "m")
    size = (folder / "weights.safetensors").stat().st_size
    assert size < (writer / "model.safetensors").stat().st_size
    again = obverse.load(folder)
    np.testing.assert_array_equal(again.log_prob(texts[:1]), model.log_prob(texts[:1]))
    assert again.sample(2, seed=1) == model.sample(2, seed=1)


def test_small_matrices_need_the_model_they_learned_beside(writer, tmp_path):
    base = tmp_path / "base"
    shutil.copytree(writer, base)
    model = obverse.fit("gpt", ["ab", "ba"] * 10, weights=str(base), lora=1, epochs=1)
    folder = model.save(tmp_path / "m")
    weights = bytearray((base / "model.safetensors").read_bytes())
    weights[-1] ^= 1
    (base / "model.safetensors").write_bytes(weights)
    with pytest.raises(BrokenModel, match="another model than the one it learned beside"):
        obverse.load(folder)
    shutil.rmtree(base)
    with pytest.raises(BrokenModel, match=r"it has no config\.json"):
        obverse.load(folder)
    with pytest.raises(BadInput, match="weights='llm'"):
        obverse.fit("gpt", ["ab"], lora=1)
