"""What is particular to `ner`: an encoder's readings, long texts, thresholds, exact probabilities, hostile input."""

import copy
import json
import subprocess
import sys

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, CannotAnswer, MissingExtra
from obverse.data.spans import Span
from obverse.data.worlds.notices import Notices
from obverse.study.metrics.spans import agreement

MADE = Notices().sample(60, seed=1)
TEXTS, SPANS = MADE.texts.tolist(), MADE.spans


@pytest.fixture(scope="module")
def fitted():
    return obverse.fit("ner", TEXTS, SPANS, seed=0, steps=20)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    """A folder with a tiny BERT that knows nothing, and how it cuts words into letters."""
    transformers = pytest.importorskip("transformers")
    import tokenizers

    folder = tmp_path_factory.mktemp("encoder")
    letters = sorted({c for text in TEXTS for c in text.lower() if c != " "})
    known = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{c}" for c in letters)]
    cut = tokenizers.Tokenizer(tokenizers.models.WordPiece({t: i for i, t in enumerate(known)}, unk_token="[UNK]"))
    cut.normalizer = tokenizers.normalizers.BertNormalizer(lowercase=True)
    cut.pre_tokenizer = tokenizers.pre_tokenizers.BertPreTokenizer()
    cut.post_processor = tokenizers.processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    cut.save(str(folder / "tokenizer.json"))
    import torch

    torch.manual_seed(0)
    config = transformers.BertConfig(vocab_size=len(known), hidden_size=16, num_hidden_layers=2, num_attention_heads=2,
                                     intermediate_size=16, max_position_embeddings=44)  # fmt: skip
    transformers.BertModel(config).save_pretrained(folder)
    return folder


def test_answers_are_spans_with_scores(fitted):
    found = fitted.predict(["Bado left Luvo Fen."])[0]
    assert found == [(0, 4, "person"), (10, 18, "firm")]
    assert all(type(one) is Span and 0.5 < one.score <= 1 for one in found)
    assert fitted.classes_.tolist() == ["firm", "person", "place"]
    assert fitted.notes_ == (f"{sum(not own for own in SPANS)} of 60 texts hold no span",)


def test_a_lower_threshold_tells_more(fitted):
    model, texts = copy.deepcopy(fitted), Notices().sample(40, seed=3).texts.tolist()
    told = []
    for threshold in (0.0, 0.3, 1.0):
        model.threshold = threshold
        found = model.predict(texts)
        assert all(one.score > threshold for own in found for one in own)
        told.append(sum(map(len, found)))
    assert told[0] >= told[1] > told[2] == 0
    model.threshold = None
    found = model.predict(texts)
    best = model.log_prob((texts, found))
    for other in ([[] for _ in texts], [own[1:] for own in found]):
        assert (model.log_prob((texts, other)) <= best + 1e-9).all(), "without a threshold it is the likeliest set"


def test_what_cannot_be_has_no_probability_and_unknown_spans_are_sure(fitted):
    text = "Bado left Luvo."
    log = fitted.log_prob(([text] * 3, [[(0, 2, "person")], [(0, 4, "ship")], None]))
    assert np.isneginf(log[:2]).all() and log[2] == 0
    with pytest.raises(BadInput, match="does not lie in the text"):
        fitted.log_prob(([text], [[(0, 99, "person")]]))
    with pytest.raises(CannotAnswer, match="no probability of a whole row"):
        fitted.anomaly([text])


def test_hostile_texts(fitted):
    odd = ["", " ", "\x00\x01", "\U0001f600" * 3, "A" * 5_000, "e\u0301" * 40, "\u200f\u202e Bado left Luvo."]
    found = fitted.predict(odd)
    assert len(found) == len(odd) and found[:2] == [[], []]
    assert np.isfinite(fitted.log_prob((odd, [[] for _ in odd]))).all()
    with pytest.raises(CannotAnswer, match="reads no texts with holes; fill them first, as gpt does"):
        fitted.predict(["Bado left [HOLE]."])
    with pytest.raises(BadInput, match="no text has a span"):
        obverse.fit("ner", TEXTS, [[] for _ in TEXTS])
    with pytest.raises(BadInput, match="the texts hold no words"):
        obverse.fit("ner", ["  ", " "], [[(0, 1, "a")], []])
    with pytest.raises(BadInput, match="a target of spans is no class"):
        obverse.fit("ner", TEXTS, SPANS, task="class")
    with pytest.raises(BadInput, match="position 0"):
        obverse.fit("ner", ["[HOLE] a"], [[]])


@pytest.mark.parametrize("over", [{"threshold": 2}, {"least": 0}, {"steps": 0}, {"penalty": -1}, {"budget": 0}])
def test_arguments_are_checked(over):
    with pytest.raises(BadInput, match=next(iter(over))):
        obverse.fit("ner", TEXTS, SPANS, **over)


def test_one_kind_one_text_and_spans_inside_words():
    one = obverse.fit("ner", ["Ann met Bob."], [[(0, 3, 7), (8, 11, 7)]], steps=20)
    assert one.predict(["Ann met Bob."]) == [[(0, 3, 7), (8, 11, 7)]] and one.classes_.tolist() == [7]
    cut = obverse.fit("ner", TEXTS, [[(0, 2, "half")], *SPANS[1:]], steps=2)
    assert cut.notes_[-1] == "1 texts have spans that begin or end inside a word; the whole word was taken"


def test_the_penalty_and_the_budget_hold_back():
    free, held = (obverse.fit("ner", TEXTS, SPANS, steps=10, penalty=p) for p in (0.01, 30.0))
    assert np.abs(held.weights_.traits).max() < np.abs(free.weights_.traits).max()
    assert free.history_["steps"] == 10 and (np.diff(free.history_["train"]) < 0).all()
    short = obverse.fit("ner", TEXTS, SPANS, steps=5_000, penalty=0.0, budget=0.2)
    assert 1 <= short.history_["steps"] < 2_000


def test_an_encoder_of_a_folder_reads_too(encoder, tmp_path):
    model = obverse.fit("ner", TEXTS, SPANS, weights=str(encoder), steps=20, seed=0)
    assert model.weights_.dense.shape == (3 * 16, 7) and np.abs(model.weights_.dense).max() > 0
    fresh = Notices().sample(30, seed=5)
    assert agreement(fresh.spans, model.predict(fresh.texts.tolist())).f1 > 0.7
    long_ = " ".join(fresh.texts)  # many times the context of 40 tokens
    found = model.predict([long_, fresh.texts[3]])
    assert agreement([found[1]], [model.predict([fresh.texts[3]])[0]]).right == len(found[1])
    assert max(end for _, end, _ in found[0]) > len(long_) - 200
    model.save(tmp_path / "m")
    asked = json.dumps([*fresh.texts[:5], "\U0001f600", ""])
    code = "import obverse, json, sys; m = obverse.load(sys.argv[1]); t = json.loads(sys.argv[2]); "
    code += "print(json.dumps([m.predict(t), m.log_prob((t, [[] for _ in t])).tolist()]))"
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "m"), asked], capture_output=True, text=True,
                          check=True)  # fmt: skip
    spans, log = json.loads(done.stdout.splitlines()[-1])
    texts = json.loads(asked)
    assert [[tuple(one) for one in own] for own in spans] == model.predict(texts)
    assert log == model.log_prob((texts, [[] for _ in texts])).tolist()


def test_windows_cover_a_text_and_each_piece_stands_far_from_their_edges(encoder):
    from obverse.backbones.word_readings import windows_of

    assert windows_of(0, 8) == [] and windows_of(8, 8) == [(0, 8, 0, 8)]
    for size in (9, 12, 13, 40, 41):
        parts = windows_of(size, 8)
        assert [p for _, _, low, high in parts for p in range(low, high)] == list(range(size))
        for start, stop, low, high in parts:
            assert stop - start == 8 and start <= low < high <= stop
            assert low == 0 or low - start >= 2
            assert high == size or stop - high >= 2


def test_a_folder_that_holds_no_encoder_is_refused(tmp_path, encoder, monkeypatch):
    with pytest.raises(BadInput, match=r"has no config\.json"):
        obverse.fit("ner", TEXTS, SPANS, weights=str(tmp_path))
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtra, match="deep"):
        obverse.fit("ner", TEXTS, SPANS, weights=str(encoder))
