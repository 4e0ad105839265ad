"""What is particular to `gpt_classifier`: one network, two objectives, what each can be asked, stretches, folders."""

import numpy as np
import pytest
import torch

import obverse
from obverse.backbones.end_reader import EndReader
from obverse.backbones.transformer import Transformer
from obverse.core.errors import BadInput, BrokenModel, CannotAnswer
from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import Grammar

SMALL = {"layers": 1, "width": 32, "heads": 2, "context": 16, "batch": 32, "rate": 1e-2}
CHAINS = Chains().sample(300, seed=1)
ASKED = [*Chains().sample(20, seed=2).texts.tolist(), "abcabcabcabcabcabcabcabcabca", "", "é"]
TEXTS = Grammar().sample(200, seed=1).texts.tolist()
WHO = ["dog" if text.startswith("the dog") else "other" for text in TEXTS]


@pytest.fixture(scope="module")
def generative():
    return obverse.fit("gpt_classifier", CHAINS, CHAINS.told, epochs=8, seed=0, **SMALL)


@pytest.fixture(scope="module")
def discriminative():
    return obverse.fit("gpt_classifier", TEXTS, WHO, objective="discriminative", epochs=8, seed=0,
                       **{**SMALL, "context": 40})  # fmt: skip


def backbone(model):
    return {name: p.detach().numpy() for name, p in model.writer_.language_.net.named_parameters()}


def test_both_objectives_share_the_network_its_beginning_and_the_tokens():
    """With a rate of nearly nothing, what is left is where they began."""
    still = {**SMALL, "rate": 1e-12, "epochs": 1}
    one, two = (
        obverse.fit("gpt_classifier", CHAINS, CHAINS.told, objective=o, seed=0, **still)
        for o in ("generative", "discriminative")
    )
    first, second = backbone(one), backbone(two)
    assert {n: p.shape for n, p in first.items()} == {n: p.shape for n, p in second.items()}
    assert all(np.allclose(first[n], second[n], atol=1e-9) for n in first)
    assert one.writer_.language_.cut.to_json() == two.writer_.language_.cut.to_json()


def test_the_generative_one_is_gpt_with_labels(generative):
    twin = obverse.fit("gpt", CHAINS, CHAINS.told, epochs=8, seed=0, **SMALL)
    np.testing.assert_array_equal(generative.log_prob(ASKED), twin.log_prob(ASKED))
    given = {"label": "calm", "prompt": "a"}
    assert generative.sample(5, given=given, seed=1) == twin.sample(5, given=given, seed=1)
    np.testing.assert_allclose(generative.predict_proba(ASKED), twin.predict_proba(ASKED), atol=1e-6)


def test_the_generative_one_predicts_by_bayes_of_its_own_log_prob(generative):
    joint = np.stack([generative.log_prob((ASKED, [label] * len(ASKED))) for label in generative.classes_], axis=1)
    bayes = np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None])
    np.testing.assert_allclose(generative.predict_proba(ASKED), bayes, atol=1e-6)
    assert generative.predict_proba(["ab[HOLE]"]).sum() == pytest.approx(1)  # all texts that begin so
    with pytest.raises(CannotAnswer, match="impute it first"):
        generative.predict(["a[HOLE]b"])


def test_the_discriminative_one_tells_labels_and_has_no_texts(discriminative):
    fresh = Grammar().sample(200, seed=2).texts.tolist()
    truth = np.array(["dog" if text.startswith("the dog") else "other" for text in fresh])
    assert (discriminative.predict(fresh) == truth).mean() > 0.95  # the first words, read at the end
    proba = discriminative.predict_proba(fresh)
    log = discriminative.log_prob((fresh, truth))
    np.testing.assert_allclose(np.exp(log), proba[np.arange(200), (truth == "other").astype(int)], atol=1e-12)
    for ask in (lambda: discriminative.sample(1), lambda: discriminative.sample(1, given={"label": "dog"})):
        with pytest.raises(CannotAnswer, match=r"no distribution of texts to draw from; ask predict, or fit .*gener"):
            ask()
    with pytest.raises(CannotAnswer, match=r"no probability of a text; score labels, log_prob\(\(texts, labels\)\)"):
        discriminative.log_prob(fresh)
    with pytest.raises(CannotAnswer, match="no answer to texts with holes; fill them first"):
        discriminative.predict(["a[HOLE]"])


def test_what_is_read_is_the_state_at_the_end():
    torch.manual_seed(0)
    net = Transformer(7, 6, width=16, layers=2, heads=2, context=9)
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    reader = EndReader(net, 2)
    torch.nn.init.normal_(reader.head.weight)
    with torch.no_grad():
        alone, other = reader(torch.tensor([[3, 4, 0]])), reader(torch.tensor([[5, 4, 0]]))
        beside = reader(torch.tensor([[3, 4, 0, -1, -1], [2, 3, 4, 5, 0]]))
        states = net.read(torch.tensor([2]), torch.tensor([[3, 4, 0]]))
    torch.testing.assert_close(beside[:1], alone)
    assert not torch.allclose(alone, other)
    torch.testing.assert_close(reader.head(states[:, 3]), alone)


def test_long_texts_are_read_in_stretches():
    model = obverse.fit("gpt_classifier", CHAINS, objective="discriminative", seed=0, epochs=3,
                        **{**SMALL, "context": 8})  # fmt: skip
    text = "aaaaaabcabcabcaa"  # the mark and the end take two places of eight
    each = np.log(model.predict_proba([text[:6], text[6:12], text[12:]]))
    whole = np.log(model.predict_proba([text]))[0]
    assert whole[0] - whole[1] == pytest.approx((each[:, 0] - each[:, 1]).mean(), abs=1e-4)


def test_models_are_the_same_when_loaded(generative, discriminative, tmp_path):
    for model in (generative, discriminative):
        again = obverse.load(model.save(tmp_path / model.objective))
        np.testing.assert_array_equal(again.predict_proba(ASKED), model.predict_proba(ASKED))
    again = obverse.load(tmp_path / "generative")
    assert again.sample(4, seed=3) == generative.sample(4, seed=3)
    np.testing.assert_array_equal(again.log_prob(ASKED), generative.log_prob(ASKED))


def test_a_folder_of_another_objective_is_no_whole_model(discriminative, tmp_path):
    swapped = obverse.load(discriminative.save(tmp_path / "m"))
    swapped.objective = "generative"
    with pytest.raises(BrokenModel, match="other objective"):
        obverse.load(swapped.save(tmp_path / "n"))


def test_what_cannot_be_learned_or_asked(generative, discriminative):
    for objective in ("generative", "discriminative"):
        for texts, labels, said in ((["ab", "c"], ["x", "x"], "one class, 'x'"), (["ab", ""], ["x", "y"], "empty")):
            with pytest.raises(BadInput, match=said):
                obverse.fit("gpt_classifier", texts, labels, objective=objective, **SMALL)
    with pytest.raises(BadInput, match="needs a target"):
        obverse.fit("gpt_classifier", ["ab", "c"])
    with pytest.raises(BadInput, match=r"objective must be generative or discriminative.*context must be .* 3"):
        obverse.fit("gpt_classifier", CHAINS, objective="both", context=2)
    with pytest.raises(BadInput, match="multiple of twice heads"):
        obverse.fit("gpt_classifier", CHAINS, width=30)
    assert generative.log_prob((["ab"], ["stormy"])).tolist() == [-np.inf]
    said = discriminative.log_prob((["the dog sleeps."] * 2, ["cow", "dog"]))
    assert said[0] == -np.inf and np.isfinite(said[1])
    for model in (generative, discriminative):
        np.testing.assert_allclose(model.predict_proba(["", "😀 never met", "a" * 300]).sum(axis=1), 1)
        assert model.predict_proba([]).shape == (0, 2) and len(model.log_prob(([], []))) == 0


def test_texts_without_a_label_are_read_by_the_language_model_alone():
    labels = CHAINS.told.astype(object).copy()
    labels[40:] = None
    both = {o: obverse.fit("gpt_classifier", CHAINS.texts.tolist(), labels, objective=o, seed=0, epochs=1, **SMALL)
            for o in ("generative", "discriminative")}  # fmt: skip
    assert not both["generative"].notes_
    assert any("260 texts without a label say only how texts are cut" in n for n in both["discriminative"].notes_)
    ratio = both["generative"].history_["tokens"] / both["discriminative"].history_["tokens"]
    assert ratio > 5  # tokens it learned from


# ------------------------------------------------------------------ folders of transformers


@pytest.mark.parametrize(("tied", "lora"), [(True, 0), (False, 0), (True, 4)])
def test_a_folder_learns_to_tell_labels(writer, tied, lora, tmp_path):
    if lora:
        pytest.importorskip("peft")
    folder = writer
    if not tied:
        from transformers import LlamaForCausalLM

        net = LlamaForCausalLM.from_pretrained(writer)
        net.config.tie_word_embeddings = False
        net.lm_head.weight = torch.nn.Parameter(net.lm_head.weight.detach().clone())
        folder = tmp_path / "untied"
        net.save_pretrained(folder)
        (folder / "tokenizer.json").write_text((writer / "tokenizer.json").read_text())
    texts, labels = ["aaaa", "bbbb"] * 20, ["x", "y"] * 20
    model = obverse.fit("gpt_classifier", texts, labels, objective="discriminative", weights=str(folder), epochs=6,
                        batch=8, rate=1e-2, context=32, lora=lora, seed=0)  # fmt: skip
    assert model.predict(["aaa", "bbb"]).tolist() == ["x", "y"]
    again = obverse.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba(["aab", ""]), model.predict_proba(["aab", ""]))
