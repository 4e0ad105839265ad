"""What is particular to `bert`: both sides, pre-training, texts without labels, long texts, folders, frozen ones."""

import json

import numpy as np
import pytest
import torch

import obverse
from obverse.backbones.encoder import Encoder, Reader
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.chains import Chains
from obverse.data.worlds.grammar import WHO, Grammar

SMALL = {"layers": 1, "width": 32, "heads": 2, "context": 48, "batch": 32, "rate": 1e-2, "tokens": "characters"}
CHAINS = Chains().sample(300, seed=1)


def test_hidden_tokens_are_told_from_both_sides():
    """In `the [MASK] looks at a cat.` what is hidden can be told; that takes more than the share of each letter."""
    texts = Grammar().sample(200, seed=1).texts.tolist()
    labels = [text.startswith("the dog") for text in texts]
    model = obverse.fit("bert", texts, labels, seed=0, epochs=16, dropout=0.0, **{**SMALL, "batch": 8})
    nats = model.history_["tokens"]["train"]
    assert nats[-1] < 1.2 < 2 < nats[0], nats  # of a hidden letter; the shares of letters alone leave 2.4
    assert (model.predict(texts) == np.array(labels)).mean() > 0.98
    plain = obverse.fit("bert", texts, labels, seed=0, epochs=2, pretrain=False, **SMALL)
    assert list(plain.history_) == ["labels"]


def test_a_token_sees_those_after_it():
    torch.manual_seed(0)
    body = Encoder(7, width=16, layers=2, heads=2, context=8, dropout=0.0).eval()
    for parameter in body.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    a = torch.tensor([[1, 2, 3, 4, 5]])
    b = torch.tensor([[1, 2, 3, 4, 6]])
    with torch.no_grad():
        one, two = body.read(a)[0][0], body.read(b)[0][0]
        padded = Reader(body, 2, every=True).features(torch.tensor([[1, 2, 3, 4, 5, -1, -1]]))
        alone = Reader(body, 2, every=True).features(a)
    assert not torch.allclose(one[:, 1], two[:, 1])
    torch.testing.assert_close(padded, alone, atol=1e-5, rtol=1e-5)


def test_texts_without_a_label_are_learned_from():
    labels = CHAINS.told.astype(object).copy()
    labels[40:] = None
    model = obverse.fit("bert", CHAINS.texts.tolist(), labels, seed=0, epochs=2, **SMALL)
    assert not any("dropped" in note for note in model.notes_)
    few = obverse.fit("bert", CHAINS.texts[:40].tolist(), labels[:40], seed=0, epochs=2, **SMALL)
    assert model.history_["tokens"]["steps"] > few.history_["tokens"]["steps"]
    assert model.history_["labels"]["steps"] == few.history_["labels"]["steps"]


def test_long_texts_are_read_in_stretches():
    model = obverse.fit("bert", CHAINS, seed=0, epochs=3, pretrain=False, **{**SMALL, "context": 8})
    text = "aaaaaaaabcabcabcaa"
    each = np.log(model.predict_proba([text[:8], text[8:16], text[16:]]))
    mean = np.exp(each - each.mean(axis=1, keepdims=True))
    scores = np.log(mean).mean(axis=0)
    whole = np.log(model.predict_proba([text]))[0]
    assert whole[0] - whole[1] == pytest.approx(scores[0] - scores[1], abs=1e-4)


def test_training_goes_on_from_a_checkpoint_and_a_budget_ends_it(tmp_path):
    texts, labels = CHAINS.texts.tolist(), CHAINS.told
    whole = obverse.fit("bert", texts, labels, seed=0, epochs=2, **SMALL)
    kept = [obverse.fit("bert", texts, labels, seed=0, epochs=2, checkpoint=str(tmp_path / "c"), **SMALL)
            for _ in range(2)]  # fmt: skip
    for model in kept:
        np.testing.assert_array_equal(model.predict_proba(["abc"]), whole.predict_proba(["abc"]))
    short = obverse.fit("bert", texts, labels, seed=0, epochs=100_000, patience=0, budget=0.5, **SMALL)
    assert all(1 <= len(part["train"]) < 10_000 for part in short.history_.values())


def test_holes_and_arguments_are_refused():
    model = obverse.fit("bert", CHAINS, seed=0, epochs=1, pretrain=False, **SMALL)
    assert np.isfinite(model.predict_proba(["", "é"])).all()
    with pytest.raises(CannotAnswer, match="reads no texts with holes"):
        model.predict(["a[HOLE]"])
    with pytest.raises(BadInput, match=r"tokens must be .*frozen must be True or False"):
        obverse.fit("bert", CHAINS, tokens="words", frozen=2)


# ------------------------------------------------------------------ folders of transformers


def folder_of(place, *, decoder=False):
    """A tiny BERT and its tokenizer, as transformers saves them."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertModel

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "a", ".", "at", "sleeps", "looks"]
    words += sorted({word for who in WHO for word in who.split()} - set(words))
    made = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="[UNK]"))
    made.pre_tokenizer = pre_tokenizers.Whitespace()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    made.enable_padding(length=20)  # as folders of sentence encoders have it
    made.enable_truncation(4)
    torch.manual_seed(0)
    net = BertModel(BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
        max_position_embeddings=24, initializer_range=0.5, is_decoder=decoder,
    ))  # fmt: skip
    net.save_pretrained(place)
    (place / "tokenizer.json").write_text(made.to_str())
    return net.eval()


TEXTS = Grammar().sample(80, seed=1).texts.tolist()
SLEEPS = ["yes" if "sleeps" in text else "no" for text in TEXTS]


def test_a_frozen_folder_is_a_logistic_regression_on_what_transformers_says(tmp_path):
    from sklearn.linear_model import LogisticRegression

    net = folder_of(tmp_path / "bert")
    model = obverse.fit("bert", TEXTS, SLEEPS, weights=str(tmp_path / "bert"), frozen=True, C=0.5, seed=0)

    def features(text):
        ids = torch.tensor([[2, *model.cut_.encode([text])[0].tolist(), 3]])
        with torch.no_grad():
            layers = net(input_ids=ids, output_hidden_states=True).hidden_states
        parts = [x[0].mean(dim=0) for x in layers] + [x[0].amax(dim=0) for x in layers]
        return torch.cat(parts + [x[0].amin(dim=0) for x in layers]).numpy()

    assert len(model.cut_.encode([TEXTS[0]])[0]) > 3  # neither cut nor padded by the folder's own settings
    x = np.stack([features(text) for text in TEXTS])
    twin = LogisticRegression(C=0.5, max_iter=2_000).fit(x, SLEEPS)
    np.testing.assert_allclose(model.predict_proba(TEXTS), twin.predict_proba(x), atol=1e-3)
    again = obverse.load(model.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba([*TEXTS, "", " "]), model.predict_proba([*TEXTS, "", " "]))


def test_what_a_frozen_encoder_has_read_it_does_not_read_again(tmp_path, monkeypatch):
    model = obverse.fit("bert", CHAINS, seed=0, epochs=1, frozen=True, **SMALL)
    texts, seen, read = ["abc" * 12, "cab" * 12], [], Encoder.read
    monkeypatch.setattr(Encoder, "read", lambda self, tokens: seen.append(len(tokens)) or read(self, tokens))
    first = model.predict_proba([*CHAINS.texts[:5], *texts])
    assert sum(seen) == 2
    model.save(tmp_path / "model")
    assert (obverse.load(tmp_path / "model").predict_proba(texts) == first[-2:]).all() and sum(seen) == 2
    other = obverse.fit("bert", CHAINS, seed=1, epochs=1, frozen=True, **SMALL)
    seen.clear()
    assert (other.predict_proba(texts) != first[-2:]).all() and sum(seen) == 2


def test_a_folder_learns_on_and_may_be_pretrained_on_own_texts(tmp_path):
    folder_of(tmp_path / "bert")
    told = obverse.fit(
        "bert", TEXTS, SLEEPS, weights=str(tmp_path / "bert"), pretrain=True, epochs=6, rate=3e-3, seed=0
    )
    assert list(told.history_) == ["tokens", "labels"]
    assert told.history_["tokens"]["train"][-1] < told.history_["tokens"]["train"][0]
    assert (told.predict(TEXTS) == np.array(SLEEPS)).mean() > 0.95
    again = obverse.load(told.save(tmp_path / "m"))
    np.testing.assert_array_equal(again.predict_proba(TEXTS[:5]), told.predict_proba(TEXTS[:5]))


def test_folders_that_hold_no_encoder_are_refused(tmp_path):
    def refused(match):
        with pytest.raises(BadInput, match=match):
            obverse.fit("bert", TEXTS, SLEEPS, weights=str(tmp_path / "f"))

    (tmp_path / "f").mkdir()
    refused(r"it has no config\.json")
    (tmp_path / "f" / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (tmp_path / "f" / "tokenizer.json").write_text("{}")
    (tmp_path / "f" / "pytorch_model.bin").write_bytes(b"no")
    refused("may run code")
    folder_of(tmp_path / "d", decoder=True).save_pretrained(tmp_path / "f")
    (tmp_path / "f" / "tokenizer.json").write_text((tmp_path / "d" / "tokenizer.json").read_text())
    refused("holds no encoder")
