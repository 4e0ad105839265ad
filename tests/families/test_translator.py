"""What is particular to `translator`: a toy language exactly, exact sums, beams, kept keys, holes, folders, what is
refused."""

import itertools
import json
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch

import obverse
from obverse.backbones.beam import likeliest
from obverse.backbones.meeting import vectors
from obverse.backbones.seq2seq import Seq2Seq, Told
from obverse.core.errors import BadInput, CannotAnswer
from obverse.data.worlds.clauses import Clauses
from obverse.families.translator import Translator
from obverse.training.pairs import Bundles

WORLD = Clauses()
SMALL = dict(Translator.card.tiny)
QUICK = {**SMALL, "tokens": "characters", "context": 48, "epochs": 1}


@pytest.fixture(scope="module")
def model():
    """Fitted to half of the sentences, two draws each."""
    return obverse.fit("translator", WORLD.pairs(WORLD.split(0)[0] * 2, seed=1), **SMALL)


@pytest.fixture(scope="module")
def letters():
    """Hardly fitted, on characters: what must hold holds before anything is learned."""
    return obverse.fit("translator", WORLD.sample(60, seed=1), **QUICK)


def random_net(**over):
    """A network whose blocks do something."""
    torch.manual_seed(0)
    net = Seq2Seq(7, **{"width": 16, "layers": (2, 2), "heads": 2, "context": 12, **over}).eval()
    for name, parameter in net.named_parameters():
        if name.endswith(("tell.weight", "back.weight", "leave.weight")):
            torch.nn.init.normal_(parameter, std=0.3)
    return net


def test_a_closed_toy_language_is_translated_exactly(model):
    """Every sentence it never met; a dictionary of words is right nowhere."""
    _, held = WORLD.split(0)
    assert len(held) > 500
    assert model.predict(held) == WORLD.likeliest(held)
    assert word_by_word(WORLD.pairs(WORLD.split(0)[0], seed=1), held) == 0


def word_by_word(pairs, held):
    """Share of sentences right when each word becomes the one it stands beside most often."""
    beside: dict[str, dict[str, int]] = {}
    for source, target in zip(pairs.texts, pairs.told, strict=True):
        for one, other in itertools.product(source.split(), target.split()):
            beside.setdefault(one, {})[other] = beside.setdefault(one, {}).get(other, 0) + 1
    best = {one: max(others, key=others.__getitem__) for one, others in beside.items()}
    said = [" ".join(best[word] for word in source.split()) for source in held]
    return np.mean([one == other for one, other in zip(said, WORLD.likeliest(held), strict=True)])


def test_draws_and_probabilities_follow_the_choice_of_words(model):
    source = "the old cat likes a red dog"
    often, seldom = sorted(WORLD.answers[source], key=WORLD.answers[source].__getitem__)[::-1]
    log, how = model.log_prob(([source] * 2, [often, seldom]), details=True)
    assert np.exp(log).sum() > 0.9 and how.how == "lower bound"
    drawn = model.sample(300, given={"source": source}, seed=1)
    assert np.mean([text == often for text in drawn]) == pytest.approx(np.exp(log[0]), abs=0.1)
    _, how = model.predict([source], details=True)
    assert "beam search" in how.how


def test_every_beginning_is_shared_out_among_what_can_follow(letters):
    """P(begins with x) = P(x) + sum over characters of P(begins with x and that): so all targets sum to 1."""
    alphabet = letters.cut_.characters
    for start in ("", "un", "la mira " * 8):  # the last is longer than the context
        source = ["the cat sees a dog"]
        begins, ends = letters.log_prob((source * 2, [f"{start}[HOLE]", start]))
        more = letters.log_prob((source * len(alphabet), [f"{start}{letter}[HOLE]" for letter in alphabet]))
        other = letters.log_prob((source, [f"{start}é[HOLE]"]))[0] + np.log(0x110000 - 0x800 - len(alphabet))
        assert np.exp(ends) + np.exp(more).sum() + np.exp(other) == pytest.approx(np.exp(begins), rel=1e-5)
    _, how = letters.log_prob((["a"], ["b"]), details=True)
    assert how.how == "exact"


def test_answers_do_not_depend_on_what_stands_beside(model, letters):
    _, held = WORLD.split(0)
    sources, targets = held[:20], WORLD.likeliest(held[:20])
    for asked in (model, letters):
        log = asked.log_prob((sources, targets))
        alone = [asked.log_prob(([s], [t]))[0] for s, t in zip(sources[:3], targets[:3], strict=True)]
        np.testing.assert_allclose(log[:3], alone, atol=1e-4)
        beside = asked.log_prob((["", *sources], ["x" * 40, *targets]))[1:]
        np.testing.assert_allclose(log, beside, atol=1e-4)
    assert model.predict(["", *sources, "a dog"])[1:-1] == model.predict(sources)


def test_beams_find_the_likeliest():
    """With as many beams as there are beginnings the search is exhaustive."""
    net, end = random_net(), 0
    sources = [np.array([1, 2, 3]), np.array([4, 5])]
    told = Told(net, sources)
    wide = likeliest(net, told.memory, end, 300, 3, [])
    narrow = likeliest(net, told.memory, end, 1, 3, [])
    for i in range(2):
        every = [np.array([*t, end]) for n in range(3) for t in itertools.product(range(1, 7), repeat=n)]

        def nats(text, i=i):
            with torch.no_grad():
                said = net(torch.as_tensor(sources[i][None]), torch.as_tensor(text[None, :-1])).log_softmax(-1)[0]
            return float(said.gather(-1, torch.as_tensor(text)[:, None]).sum())

        best = max(every, key=nats)
        assert [*wide[i], end] == best.tolist()
        assert nats(np.append(narrow[i], end)) <= nats(best) + 1e-6 or len(narrow[i]) == 3


def test_a_length_penalty_finds_the_best_by_the_token():
    """Over all texts of up to three tokens, for powers from none to more than the length."""
    net, end = random_net(), 0
    told = Told(net, [np.array([1, 2, 3]), np.array([4, 5])])
    every = [np.array([*t, end]) for n in range(3) for t in itertools.product(range(1, 7), repeat=n)]
    lengths = []
    for penalty in (0.0, 1.0, 2.0):
        for i, found in enumerate(likeliest(net, told.memory, end, 300, 3, [], penalty)):
            with torch.no_grad():
                said = [
                    net.answers(told.memory.take(torch.tensor([i])), torch.as_tensor(t[None, :-1])).log_softmax(-1)[0]
                    for t in every
                ]
            nats = [float(s.gather(-1, torch.as_tensor(t)[:, None]).sum()) for s, t in zip(said, every, strict=True)]
            worth = [n / len(t) ** penalty for n, t in zip(nats, every, strict=True)]
            assert [*found, end] == every[int(np.argmax(worth))].tolist()
            lengths.append(len(found))
    assert lengths[:2] != lengths[-2:]


def test_kept_keys_give_what_reading_anew_gives():
    net = random_net()
    told = Told(net, [np.array([1, 2, 3]), np.array([4]), np.array([5, 6])])
    tokens = torch.randint(7, (3, 9))
    with torch.no_grad():
        whole = net.answers(told.memory, tokens)
        scores, kept = net.begin(told.memory, tokens[:, :3])
        torch.testing.assert_close(scores, whole[:, 3], atol=1e-5, rtol=1e-5)
        for i in range(3, 9):
            if i == 6:
                rows = torch.tensor([2, 0, 0])
                kept, whole, tokens = kept.take(rows), whole[rows], tokens[rows]
            scores, kept = net.go_on(kept, tokens[:, i])
            torch.testing.assert_close(scores, whole[:, i + 1], atol=1e-5, rtol=1e-5)


def test_no_token_sees_what_comes_after_it_and_all_see_the_source():
    net, source = random_net(), torch.tensor([[1, 2, 3]])
    a = torch.randint(7, (1, 8))
    b = a.clone()
    b[:, 5:] = (b[:, 5:] + 1) % 7
    with torch.no_grad():
        one, two, other = net(source, a), net(source, b), net(torch.tensor([[1, 2, 4]]), a)
    torch.testing.assert_close(one[:, :6], two[:, :6])
    assert not torch.allclose(one[:, 6], two[:, 6]) and not torch.allclose(one[:, 0], other[:, 0])


def test_embeddings_begin_where_tokens_of_both_sides_meet():
    """Token i of a source always meets token 10 + i; both have nearly one vector, and others another."""
    rng = np.random.default_rng(0)
    sources = [rng.choice(10, size=3, replace=False) for _ in range(300)]
    made = vectors(sources, [np.append(one + 10, 20) for one in sources], 30, 12, np.random.default_rng(1))
    assert made.shape == (30, 12) and (made[:20] ** 2).mean() == pytest.approx(1, abs=0.15)
    near = made[:10] @ made[10:20].T
    np.testing.assert_array_equal(near.argmax(axis=1), np.arange(10))
    nothing = vectors(sources[:1], sources[:1], 30, 12, np.random.default_rng(1))  # no two tokens meet twice
    assert np.isfinite(nothing).all() and nothing.std() > 0.1


def test_before_training_the_likeliest_tokens_are_those_of_the_source():
    """What the last look hands over are the source's own words."""
    torch.manual_seed(0)
    net = Seq2Seq(50, width=32, layers=(1, 1), heads=2, context=12).eval()
    with torch.no_grad():
        said = net(torch.tensor([[7, 9]]), torch.tensor([[3]]))[0, -1]
    assert set(said.topk(2).indices.tolist()) == {7, 9}


def test_bundles_hold_every_pair_once_with_little_padding():
    rng = np.random.default_rng(0)
    sources, targets = ([np.arange(n) for n in rng.integers(1, 30, size=900)] for _ in range(2))
    rows = Bundles(sources, targets, 400, np.random.default_rng(1), torch.device("cpu"))
    found = np.concatenate([rows.bundles[i] for i in [*rows.rows.tolist(), *rows.held.tolist()]])
    assert sorted(found) == list(range(900)) and len(rows.held)
    batches = rows.batches(rows.rows)
    assert max(s.shape[1] + t.shape[1] for s, t in batches) <= 400
    assert max(s.numel() + len(s) + t.numel() for s, t in batches) <= 400
    there = sum(int((s >= 0).sum() + (t >= 0).sum()) for s, t in batches)
    assert there > 0.8 * sum(s.numel() + t.numel() for s, t in batches)


def test_a_missing_target_is_predicted_and_a_hole_is_filled(model):
    source = "the old cat sees a red dog"
    whole = "uno turo rubo la mira veta vide"
    filled = model.impute(([source] * 4, [None, "uno turo[HOLE]", "uno turo rubo[HOLE] vide", "x"]), seed=0)
    assert filled == [whole, whole, whole, "x"]
    frame = pd.DataFrame({"english": [source], "other": [None]})
    assert model.impute(frame) == [whole]
    with pytest.raises(CannotAnswer, match="impute it first"):
        model.log_prob(([source], ["a[HOLE]b"]))


def test_a_saved_model_answers_alike_in_a_new_process(model, tmp_path):
    folder, (_, held) = model.save(tmp_path / "m"), WORLD.split(0)
    code = f"""
import json, obverse
model, held = obverse.load({str(folder)!r}), {held[:5]!r}
print(json.dumps([model.predict(held), model.sample(3, given={{"source": held[0]}}, seed=2),
                  model.log_prob((held, held)).tolist()]))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    asked = held[:5]
    own = [model.predict(asked), model.sample(3, given={"source": asked[0]}, seed=2),
           model.log_prob((asked, asked)).tolist()]  # fmt: skip
    assert json.loads(done.stdout) == own


def test_odd_texts_have_answers(model, letters):
    strange = ["", "😀 never met", "  two  spaces ", "日本"]
    for asked in (model, letters):
        assert all(isinstance(text, str) for text in asked.predict(strange))
        assert np.isfinite(asked.log_prob((strange, strange[::-1]))).all()
        assert len(asked.sample(2, given={"source": ""}, seed=0)) == 2


@pytest.mark.parametrize(
    ("x", "y", "said"),
    [
        (["a", "b"], None, "there is no translation"),
        (["a", "b"], ["x"], "1 targets for 2 sources"),
        (["a", ""], ["x", "y"], "1 texts are empty"),
        (["a", "b"], ["x", ""], "targets: 1 texts are empty"),
        (["a", "b"], [1, "y"], "texts are str, not int"),
        (["a", "b"], [None, None], "every cell of the target"),
        (["a", "b"], ["x", "y[HOLE]"], "targets to learn from have holes"),
        (["a" * 50, "b"], ["x", "y"], r"1 sources have more tokens than the context takes, 47 \(position 0 with 50\)"),
        (["a", "b"], ["x", "y" * 50], "1 targets have more tokens"),
    ],
)
def test_what_are_no_pairs_is_refused(x, y, said):
    with pytest.raises(BadInput, match=said):
        obverse.fit("translator", x, y, **QUICK)


def test_questions_without_an_answer_are_refused(letters):
    with pytest.raises(BadInput, match="1 sources have more tokens than the context takes"):
        letters.predict(["a" * 48])
    with pytest.raises(BadInput, match="has a hole"):
        letters.predict(["a[HOLE]"])
    with pytest.raises(CannotAnswer, match="answers a source"):
        letters.sample(1)
    with pytest.raises(BadInput, match="takes given="):
        letters.sample(1, given={"prompt": "a"})
    with pytest.raises(BadInput, match="beams must be"):
        obverse.fit("translator", ["a"], ["b"], beams=0)


def test_pairs_of_a_table_and_those_without_a_target():
    frame = pd.DataFrame({"de": ["eins", "zwei", "drei"], "en": ["one", None, "three"]})
    model = obverse.fit("translator", frame, "en", **QUICK)
    assert model.schema_.names == ("de", "en") and any("1 unlabelled" in note for note in model.notes_)
    assert len(model.predict(frame)) == 3


def test_training_goes_on_from_a_checkpoint_and_ends_with_a_budget(tmp_path, letters):
    pairs, folder = WORLD.sample(60, seed=1), str(tmp_path / "c")
    one = obverse.fit("translator", pairs, checkpoint=folder, **QUICK)
    again = obverse.fit("translator", pairs, checkpoint=folder, **QUICK)  # nothing is left to do
    asked = (["a cat sees the dog"], ["lo turo"])
    np.testing.assert_array_equal(one.log_prob(asked), letters.log_prob(asked))
    np.testing.assert_array_equal(one.log_prob(asked), again.log_prob(asked))
    long_ = obverse.fit("translator", pairs, **{**QUICK, "epochs": 100_000}, budget=0.3)
    assert 1 <= len(long_.history_["train"]) < 10_000


# ------------------------------------------------------------------ folders of transformers


def folder_of(kind, place):
    """A tiny encoder–decoder and its tokenizer, as transformers saves them."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors
    from transformers import BartConfig, BartForConditionalGeneration, T5Config, T5ForConditionalGeneration

    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    special = ["<pad>", "</s>", "<s>"]
    vocabulary = {token: i for i, token in enumerate([*special, *alphabet])}
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=[]))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens(special)
    torch.manual_seed(0)
    ids = {"vocab_size": len(vocabulary), "pad_token_id": 0, "eos_token_id": 1}
    if kind == "t5":
        made.post_processor = processors.TemplateProcessing(single="$A </s>", special_tokens=[("</s>", 1)])
        config = T5Config(d_model=16, d_kv=8, d_ff=32, num_layers=2, num_heads=2, decoder_start_token_id=0, **ids)
        net = T5ForConditionalGeneration(config)
    else:
        both = [("<s>", 2), ("</s>", 1)]
        made.post_processor = processors.TemplateProcessing(single="<s> $A </s>", special_tokens=both)
        config = BartConfig(
            d_model=16, encoder_layers=2, decoder_layers=2, encoder_ffn_dim=32, decoder_ffn_dim=32, bos_token_id=2,
            encoder_attention_heads=2, decoder_attention_heads=2, max_position_embeddings=40, init_std=0.5,
            decoder_start_token_id=1, **ids,
        )  # fmt: skip
        net = BartForConditionalGeneration(config)
        net.generation_config.forced_bos_token_id, net.generation_config.forced_eos_token_id = 2, None
    net.save_pretrained(place)
    (place / "tokenizer.json").write_text(made.to_str())
    return net.eval(), made


@pytest.mark.parametrize("kind", ["t5", "bart"])
def test_a_folder_answers_as_transformers_does(kind, tmp_path):
    net, cut = folder_of(kind, tmp_path / "lm")
    model = Translator.from_pretrained(tmp_path / "lm", length=6, random_state=0)
    source, target = "hello there", "bye"
    ids = torch.tensor([cut.encode(source).ids])
    first = [0] if kind == "t5" else [1, 2]
    wanted = [*cut.encode(target, add_special_tokens=False).ids, 1]
    with torch.no_grad():
        said = net(input_ids=ids, decoder_input_ids=torch.tensor([[*first, *wanted[:-1]]])).logits[0].double()
    said[:, 0] = -torch.inf  # the token that pads
    log = said[len(first) - 1 :].log_softmax(-1).gather(-1, torch.tensor(wanted)[:, None]).sum()
    assert model.log_prob(([source, "a"], [target, "b"]))[0] == pytest.approx(float(log), abs=1e-4)
    greedy = net.generate(ids, max_new_tokens=6 + len(first) - 1, num_beams=1, do_sample=False, suppress_tokens=[0])
    asked = Translator.from_pretrained(tmp_path / "lm", length=6, beams=1).predict([source, "a longer one"])
    assert asked[0] == cut.decode(greedy[0, len(first) :].tolist(), skip_special_tokens=False).replace("</s>", "")
    drawn = model.sample(4, given={"source": source}, seed=1)
    again = obverse.load(model.save(tmp_path / "m"))
    assert again.sample(4, given={"source": source}, seed=1) == drawn
    assert again.predict([source]) == model.predict([source])


def test_a_folder_is_learned_on(tmp_path):
    folder_of("t5", tmp_path / "lm")
    model = obverse.fit("translator", ["aa", "bb"] * 20, ["x", "y"] * 20, weights=str(tmp_path / "lm"), epochs=30,
                        batch=200, rate=1e-2)  # fmt: skip
    assert model.predict(["aa", "bb"]) == ["x", "y"]


def test_folders_that_hold_no_model_are_refused(tmp_path):
    with pytest.raises(BadInput, match=r"it has no config\.json"):
        Translator.from_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "t5"}))
    (tmp_path / "tokenizer.json").write_text("{}")
    (tmp_path / "pytorch_model.bin").write_bytes(b"no")
    with pytest.raises(BadInput, match="may run code"):
        Translator.from_pretrained(tmp_path)
