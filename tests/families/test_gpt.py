"""What is particular to `gpt`: exactness on a grammar, windows, kept keys, prompts, holes, tokens, folders, streams."""

import json

import numpy as np
import pytest
import torch

import obverse
from obverse.backbones.causal import chosen, log_probs, window
from obverse.backbones.transformer import Transformer
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import Grammar
from obverse.families.gpt import GPT

SMALL = {"layers": 2, "width": 32, "heads": 2, "context": 48, "batch": 32, "rate": 1e-2}
CHAINS = Chains().sample(400, seed=1)


@pytest.fixture(scope="module")
def grammar():
    return obverse.fit("gpt", Grammar().sample(600, seed=1), epochs=25, **SMALL)


@pytest.fixture(scope="module")
def chains():
    return obverse.fit("gpt", CHAINS, CHAINS.told, epochs=15, **{**SMALL, "layers": 1, "context": 8})


def test_a_grammar_is_learned_almost_exactly(grammar):
    world = Grammar()
    fresh = world.sample(500, seed=2).texts.tolist()
    gap = world.log_prob(fresh).mean() - grammar.log_prob(fresh).mean()
    assert -0.05 < gap < 0.15, gap
    total = np.exp(grammar.log_prob(list(world.sentences))).sum()
    assert 0.9 < total <= 1 + 1e-6
    assert world.holds(grammar.sample(100, seed=0)).mean() > 0.9
    assert grammar.sample(20, given={"prompt": "the dog s"}, seed=0).count("the dog sleeps.") >= 17


def test_every_prefix_is_shared_out_among_what_can_follow(chains):
    """P(begins with x) = P(x) + sum over characters of P(begins with x and that): so all strings sum to 1."""
    letters, model = sorted(set("".join(CHAINS.texts))), chains
    for start in ("", "a", "abcabcabc"):  # the last is longer than the context
        begins, ends = model.log_prob([f"{start}[HOLE]", start])
        more = model.log_prob([f"{start}{letter}[HOLE]" for letter in letters])
        other = model.log_prob([f"{start}é[HOLE]"])[0] + np.log(0x110000 - 0x800 - len(letters))
        assert np.exp(ends) + np.exp(more).sum() + np.exp(other) == pytest.approx(np.exp(begins), rel=1e-5)


def test_drawing_and_scoring_use_the_same_probabilities_beyond_the_context(chains):
    """The share of long draws that go on with a letter is what log_prob says of it."""
    start = "aaaaaaa"
    asked = chains.sample(4_000, given={"prompt": start, "label": "calm"}, seed=0)
    said = chains.log_prob(([f"{start}aaaa[HOLE]", f"{start}[HOLE]"], ["calm"] * 2))
    share = np.mean([text.startswith(start + "aaaa") for text in asked])
    assert share == pytest.approx(np.exp(said[0] - said[1]), abs=0.03)


def test_windows_overlap_by_half_and_depend_on_the_place_alone():
    assert [window(i, 8) for i in (0, 7, 8, 11, 12, 15, 16)] == [0, 0, 4, 4, 8, 8, 12]
    torch.manual_seed(0)
    net = Transformer(5, 2, width=16, layers=1, heads=2, context=8).eval()
    torch.nn.init.normal_(net.leave.weight, std=0.5)
    rng = np.random.default_rng(0)
    text = rng.integers(5, size=30)
    marks = np.array([[0, 1]])
    whole = log_probs(net, [text], marks)[0]
    for cut in (3, 9, 17):
        np.testing.assert_allclose(log_probs(net, [text[:cut]], marks)[0], whole[:cut], atol=1e-5)
        np.testing.assert_allclose(log_probs(net, [text], marks, since=cut)[0][cut:], whole[cut:], atol=1e-5)
    with torch.no_grad():  # by hand: token 9 from the mark of later windows and tokens 4 to 8
        scores = net(torch.tensor([1]), torch.as_tensor(text[None, 4:9]))[0, -1]
    assert whole[9] == pytest.approx(float(scores.log_softmax(-1)[text[9]]), abs=1e-5)


def test_kept_keys_give_what_reading_anew_gives():
    torch.manual_seed(0)
    net = Transformer(7, 2, width=16, layers=2, heads=2, context=12).eval()
    for name, parameter in net.named_parameters():
        if name.endswith(("tell.weight", "back.weight", "leave.weight")):
            torch.nn.init.normal_(parameter, std=0.3)
    marks, tokens = torch.tensor([0, 1, 0]), torch.randint(7, (3, 10))
    with torch.no_grad():
        whole = net(marks, tokens)
        scores, kept = net.begin(marks, tokens[:, :4])
        torch.testing.assert_close(scores, whole[:, 4], atol=1e-5, rtol=1e-5)
        for i in range(4, 10):
            if i == 7:
                kept, whole, tokens = kept.take(torch.tensor([2, 0])), whole[[2, 0]], tokens[[2, 0]]
            scores, kept = net.go_on(kept, tokens[:, i])
            torch.testing.assert_close(scores, whole[:, i + 1], atol=1e-5, rtol=1e-5)


def test_no_token_sees_what_comes_after_it():
    torch.manual_seed(0)
    net = Transformer(7, 1, width=16, layers=2, heads=2, context=12).eval()
    for parameter in net.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    a = torch.randint(7, (1, 10))
    b = a.clone()
    b[:, 6:] = (b[:, 6:] + 1) % 7
    with torch.no_grad():
        one, two = net(torch.zeros(1, dtype=torch.long), a), net(torch.zeros(1, dtype=torch.long), b)
    torch.testing.assert_close(one[:, :7], two[:, :7])
    assert not torch.allclose(one[:, 7], two[:, 7])


def test_temperature_and_top_p_sharpen():
    scores = torch.log(torch.tensor([[0.5, 0.3, 0.2]]))
    lots = np.linspace(0, 1, 1001)[:-1]

    def share(**how):
        drawn = np.array([chosen(scores, np.array([lot]), how.get("t", 1.0), how.get("p", 1.0), ())[0] for lot in lots])
        return [float((drawn == token).mean()) for token in range(3)]

    assert share() == pytest.approx([0.5, 0.3, 0.2], abs=0.002)
    assert share(p=0.6) == pytest.approx([0.625, 0.375, 0], abs=0.002)
    assert share(p=0.5) == [1, 0, 0] and share(t=0) == [1, 0, 0]
    assert share(t=0.5) == pytest.approx(np.array([0.25, 0.09, 0.04]) / 0.38, abs=0.002)
    assert chosen(scores, np.array([0.0]), 1.0, 1.0, (0,))[0] == 1


def test_labels_are_told_by_bayes_rule(chains):
    texts = Chains().sample(300, seed=5).texts.tolist()
    proba = chains.predict_proba(texts)
    joint = np.stack([chains.log_prob((texts, [c] * 300)) for c in chains.classes_], axis=1)
    np.testing.assert_allclose(proba, np.exp(joint - np.logaddexp.reduce(joint, axis=1)[:, None]), atol=1e-6)
    assert np.abs(proba - Chains().posterior(texts)).mean() < 0.12


def test_holes_are_filled_by_what_follows(grammar):
    """After `the dog sleeps` nothing but a full stop can be, and before ` a cat.` only ` looks at`."""
    text = "the dog[HOLE] a cat."
    assert grammar.impute([text], seed=0) == ["the dog looks at a cat."]
    drawn = [copy[0] for copy in grammar.impute([text], draws=10, seed=0)]
    assert drawn.count("the dog looks at a cat.") >= 8
    who = [copy[0] for copy in grammar.impute(["[HOLE] sleeps."], draws=40, seed=1)]
    assert 0.3 < np.mean([text == "the dog sleeps." for text in who]) < 0.7  # one half in truth


def test_a_stream_is_the_sample_of_its_seed(grammar):
    pieces = list(grammar.stream("a c", seed=4))
    assert len(pieces) > 3
    assert "a c" + "".join(pieces) == grammar.sample(1, given={"prompt": "a c"}, seed=4)[0]
    with pytest.raises(BadInput, match="prompt has 60 tokens, and the context takes 47"):
        grammar.stream("a" * 60)


def test_long_texts_are_learned_as_passages():
    book = "\n".join(Grammar().sample(400, seed=3).texts)
    model = obverse.fit("gpt", [book], epochs=12, length=60, **SMALL)
    assert model.language_.passages and model.history_["held"]
    drawn, how = model.sample(3, seed=0, details=True)
    assert all(len(text) == 60 for text in drawn) and str(how).startswith("exact | 3 of 3 texts were cut at 60 tokens")
    fresh = "\n".join(Grammar().sample(100, seed=4).texts)
    nats = -model.log_prob([fresh])[0] / len(fresh)
    assert nats < 1.2 * Grammar().entropy / np.mean([len(s) + 1 for s in Grammar().sample(100, seed=4).texts]) + 0.1


@pytest.mark.parametrize("tokens", ["bytes", "bpe"])
def test_other_tokens_give_every_string_back_and_a_lower_bound(tokens, tmp_path):
    texts = [*Grammar().sample(60, seed=1).texts.tolist(), "naïve café", "日本"]
    model = obverse.fit("gpt", texts, tokens=tokens, vocabulary=300, epochs=2, **SMALL)
    cut = model.language_.cut
    strange = ["😀 never met", "  two  spaces ", "", "\n", *texts]
    assert [cut.decode(one) for one in cut.encode(strange)] == strange
    log, how = model.log_prob(strange, details=True)
    assert np.isfinite(log).all() and how.how == ("exact" if tokens == "bytes" else "lower bound")
    again = obverse.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.log_prob(strange), log)
    assert "".join(model.stream("the", seed=1)) == model.sample(1, given={"prompt": "the"}, seed=1)[0][3:]


def test_holes_before_the_end_have_no_probability(chains):
    with pytest.raises(CannotAnswer, match="impute it first"):
        chains.log_prob(["a[HOLE]b"])


def test_arguments_are_checked_together():
    with pytest.raises(BadInput, match=r"tokens must be characters.*top_p must be") as error:
        obverse.fit("gpt", ["ab", "c"], tokens="words", top_p=0.0)
    assert len(error.value.problems) == 2
    with pytest.raises(BadInput, match="multiple of twice heads"):
        obverse.fit("gpt", ["ab", "c"], width=30)


def test_training_goes_on_from_a_checkpoint(tmp_path):
    def learn(epochs, folder):
        return obverse.fit("gpt", CHAINS.texts.tolist(), epochs=epochs, checkpoint=folder, **{**SMALL, "context": 16})

    whole = learn(3, None)
    learn(3, str(tmp_path / "c"))
    with pytest.raises(BadInput, match="another training"):
        learn(4, str(tmp_path / "c"))
    again = learn(3, str(tmp_path / "c"))  # nothing is left to do
    np.testing.assert_array_equal(again.log_prob(["abc"]), whole.log_prob(["abc"]))


def test_a_budget_ends_training():
    model = obverse.fit("gpt", CHAINS.texts.tolist(), epochs=100_000, patience=0, budget=0.5, **SMALL)
    assert 1 <= len(model.history_["train"]) < 10_000


# ------------------------------------------------------------------ folders of transformers


def folder_of(kind, place):
    """A tiny language model and its tokenizer, as transformers saves them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE(vocab={"<end>": 0} | {c: i + 1 for i, c in enumerate(alphabet)}, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens(["<end>"])
    torch.manual_seed(0)
    same = {"vocab_size": 257, "bos_token_id": 0, "eos_token_id": 0, "pad_token_id": 0}
    if kind == "gpt2":
        net = GPT2LMHeadModel(GPT2Config(n_positions=32, n_embd=16, n_layer=2, n_head=2, initializer_range=0.3, **same))
    else:
        net = LlamaForCausalLM(LlamaConfig(
            hidden_size=16, intermediate_size=32, num_hidden_layers=2, num_attention_heads=2, initializer_range=0.3,
            num_key_value_heads=1, max_position_embeddings=32, tie_word_embeddings=True, **same,
        ))  # fmt: skip
    net.save_pretrained(place)
    (place / "tokenizer.json").write_text(made.to_str())
    return net.eval()


@pytest.mark.parametrize("kind", ["gpt2", "llama"])
def test_a_folder_answers_as_transformers_does(kind, tmp_path):
    net = folder_of(kind, tmp_path / "lm")
    model = GPT.from_pretrained(tmp_path / "lm", length=8, random_state=0)
    text = "hello there"
    ids = torch.tensor([[0, *model.language_.cut.encode([text])[0].tolist(), 0]])
    with torch.no_grad():
        said = net(ids).logits[0, :-1].double().log_softmax(-1).gather(-1, ids[0, 1:, None]).sum()
    assert model.log_prob([text, "a"])[0] == pytest.approx(float(said), abs=1e-4)
    drawn = model.sample(4, given={"prompt": "he"}, seed=1)
    again = obverse.load(model.save(tmp_path / "m"))
    assert again.sample(4, given={"prompt": "he"}, seed=1) == drawn
    np.testing.assert_array_equal(again.log_prob([text]), model.log_prob([text]))


def test_a_folder_is_learned_on_with_labels(tmp_path):
    folder_of("gpt2", tmp_path / "lm")
    texts, labels = ["aaaa", "bbbb"] * 20, ["x", "y"] * 20
    model = obverse.fit("gpt", texts, labels, weights=str(tmp_path / "lm"), epochs=10, batch=8, rate=1e-2)
    assert model.predict(["aaa", "bbb"]).tolist() == ["x", "y"]
    again = obverse.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba(["aab"]), model.predict_proba(["aab"]))


def test_folders_that_hold_no_model_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"it has no config\.json"):
        GPT.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "gpt2"}))
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"no")
    with pytest.raises(BadInput, match="may run code"):
        GPT.from_pretrained(tmp_path)
