"""A model on a server, over a real connection to a real server of a small model: answers, faults, and what is kept."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest

import obverse
from obverse.core.errors import BadInput, CannotAnswer, NoAnswer
from obverse.families.hosted_llm import _label

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")
_spec = importlib.util.spec_from_file_location("served", Path(__file__).parents[1] / "served.py")
served = importlib.util.module_from_spec(_spec)
sys.modules["served"] = served
_spec.loader.exec_module(served)
MESSAGES, LABELS = ["win a prize", "see you", "free cash", "lunch?"], ["spam", "ham", "spam", "ham"]


@pytest.fixture(scope="module")
def server(writer):
    with served.Served(writer) as one:
        yield one


@pytest.fixture(autouse=True)
def key(monkeypatch, request):
    monkeypatch.setenv("OPENAI_API_KEY", served.KEY)
    monkeypatch.setenv("ANTHROPIC_API_KEY", served.KEY)
    monkeypatch.setattr("obverse.backbones.requests.FIRST_WAIT", 0.01)
    if "server" in request.fixturenames:
        request.getfixturevalue("server").first.clear()
        request.getfixturevalue("server").seen.clear()


def fitted(server, y=None, **over):
    own = {"model": served.MODEL, "url": server.url, "length": 8, "timeout": 20.0, "about": "Messages."}
    return obverse.fit("hosted_llm", MESSAGES, y, **(own | over))


@pytest.mark.parametrize("style", ["openai", "anthropic"])
def test_texts_begin_with_their_prompt_and_come_in_pieces(server, style):
    model = fitted(server, style=style, temperature=0.0)
    drawn, how = model.sample(2, given={"prompt": "ab"}, seed=1, details=True)
    assert len(drawn) == 2 and drawn[0] == drawn[1] and drawn[0].startswith("ab") and len(drawn[0]) > 2
    assert "written by small when asked" in str(how)
    pieces = list(model.stream("ab", seed=1))
    assert "ab" + "".join(pieces) == drawn[0] and len(pieces) == 8
    said = list(model.chat([{"role": "user", "content": "hi"}]))
    assert len(said) == 8
    first, *_, last = server.seen
    told = first.get("system") or first["messages"][0]["content"]
    assert told == "Messages." and "<text>see you</text>" in first["messages"][-1]["content"]
    assert first["max_tokens"] == 8 and last["stream"] is True and ("seed" in first) == (style == "openai")
    assert served.KEY not in str(server.seen)


def test_draws_follow_the_seed_where_the_server_takes_one(server):
    model = fitted(server)
    one, two = model.sample(2, seed=1)
    assert model.sample(2, seed=1) == [one, two] and one != two


def test_labels_are_asked_for_and_counted(server):
    model = fitted(server, LABELS, shots=1, asks=3)
    proba = model.predict_proba(["free prize", "home?"])
    np.testing.assert_allclose(proba.sum(axis=1), 1)
    assert len(server.seen) == 6
    messages = server.seen[0]["messages"]
    assert "ham, spam" in messages[0]["content"] and [m["role"] for m in messages[1:]] == ["user", "assistant"] * 2 + [
        "user"
    ]
    assert {m["content"] for m in messages if m["role"] == "assistant"} == {"ham", "spam"}
    assert (
        model.sample(1, given={"label": "spam"}, seed=0) and "kind 'spam'" in server.seen[-1]["messages"][-1]["content"]
    )
    with pytest.raises(BadInput, match="has no value 'eggs'"):
        model.sample(1, given={"label": "eggs"})
    with pytest.raises(CannotAnswer, match="no probability of a text and its label"):
        model.log_prob((["a"], ["spam"]))
    assert model.log_prob(["ab"]) == fitted(server).log_prob(["ab"])


def test_answers_name_a_label_alone_or_first():
    labels = ["not spam", "spam", "ham"]
    said = {"Spam.": 1, ' "ham"\n': 2, "I think it is ham, not spam.": 2, "**not spam**": 0, "This is not spam": 0,
            "spammy": None, "": None}  # fmt: skip
    assert {answer: _label(answer, labels) for answer in said} == said


def test_it_scores_texts_where_the_server_does(server, writer, monkeypatch):
    model = fitted(server)
    log, how = model.log_prob(["hello", "b"], details=True)
    net = server.net
    ids = torch.tensor([server.cut.encode("hello").ids])
    with torch.no_grad():
        said = net(ids).logits[0, :-1].double().log_softmax(-1).gather(-1, ids[0, 1:, None]).sum()
    assert log[0] == pytest.approx(float(said), abs=1e-6) and log[1] == 0 and how.how == "unnormalised"
    assert model.token_log_prob("hello").token.tolist() == list("ello")
    monkeypatch.setattr(server, "echoes", False)
    for other in (model, fitted(server, style="anthropic")):
        with pytest.raises(
            CannotAnswer, match="returns no log-probabilities of a text that is given to it; ask sample"
        ):
            other.log_prob(["hello"])
    server.first.append(served.says(200, {"choices": [{"text": "hello and more", "logprobs": None}]}))
    with pytest.raises(CannotAnswer, match="returns no log-probabilities"):
        model.log_prob(["hello"])


def test_a_busy_server_is_asked_again_and_a_broken_one_is_not(server):
    model = fitted(server)
    busy = {"error": {"message": "slow down"}}
    server.first[:] = [served.says(429, busy, Retry_After="0"), served.hangs_up, served.says(503, b"<h1>busy</h1>"),
                       served.says(529, busy)]  # fmt: skip
    assert model.sample(1, seed=0) and len(server.seen) == 5
    server.first[:] = [served.says(500, {"error": {"message": "oh"}})] * 9
    with pytest.raises(NoAnswer, match=r"127\.0\.0\.1:\d+ answers 500 after 2 tries: oh$"):
        fitted(server, retries=1).sample(1)
    server.first[:] = [served.says(429, {"error": {"message": "quota"}}, Retry_After="3600")]
    with pytest.raises(NoAnswer, match="answers 429: quota; it asks to wait 3600 s"):
        model.sample(1)
    server.first[:] = [served.says(400, {"error": {"message": "too long\nby far"}})]
    with pytest.raises(NoAnswer, match=r"answers 400: too long by far$"):
        model.sample(1)


@pytest.mark.parametrize(
    ("first", "over", "said"),
    [
        (served.says(200, b"<html>"), {}, "answers with something else than a JSON object: <html>"),
        (served.says(200, b"[1]"), {}, "something else than a JSON object"),
        (served.says(200, {"content": []}), {}, "in another form than that of openai; style= names it"),
        (served.says(302, b"", Location="http://127.0.0.1:9/"), {}, "sends elsewhere, which is not followed"),
        (served.sleeps(1.5), {"timeout": 0.3}, "gave no answer within 0.3 s; timeout= waits longer"),
        (served.trickles, {"timeout": 0.4}, "gave no answer within 0.4 s"),
        (served.hangs_up, {"retries": 0}, "does not answer"),
        (None, {"model": "huge"}, "it knows no model 'huge'"),
    ],
)
def test_every_fault_is_one_line(server, first, over, said):
    server.first[:] = [] if first is None else [first]
    with pytest.raises(NoAnswer) as error:
        fitted(server, **over).sample(1)
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_stream_that_breaks_off_says_so(server):
    server.first[:] = [served.says(200, b'data: {"error": {"message": "out of luck"}}\n\n')]
    with pytest.raises(NoAnswer, match="broke off: out of luck"):
        list(fitted(server).stream("a"))


def test_no_network_is_one_line(server):
    for url, said in (("http://127.0.0.1:9/v1", "does not answer"), ("https://nowhere.invalid/v1", "nowhere.invalid")):
        with pytest.raises(NoAnswer, match="check the address and the network") as error:
            fitted(server, url=url).sample(1)
        assert said in str(error.value)


def test_keys_come_from_the_environment_and_are_told_to_nobody(server, monkeypatch, tmp_path):
    wrong = "key-that-is-wrong-987"
    monkeypatch.setenv("OPENAI_API_KEY", wrong)
    with pytest.raises(NoAnswer, match="it refuses the key in OPENAI_API_KEY") as error:
        fitted(server).sample(1)
    assert wrong not in str(error.value) and "[key]" in str(error.value)  # the server had repeated it
    monkeypatch.setenv("OTHER_KEY", served.KEY)
    model = fitted(server, key_from="OTHER_KEY")
    assert model.sample(1, seed=3)
    folder = model.save(tmp_path / "m")
    held = b"".join(path.read_bytes() for path in folder.iterdir())
    assert served.KEY.encode() not in held and b"OTHER_KEY" in held
    assert obverse.load(folder).sample(1, seed=3) == model.sample(1, seed=3)
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(NoAnswer, match="it wants a key: set OPENAI_API_KEY"):
        fitted(server).sample(1)
    with pytest.raises(
        BadInput, match=r"api\.openai\.com wants a key, and the environment has none: set OPENAI_API_KEY"
    ):
        fitted(server, url=None).sample(1)
    monkeypatch.setenv("OPENAI_API_KEY", "two words")
    with pytest.raises(BadInput, match="can be no key"):
        fitted(server).sample(1)
    monkeypatch.setenv("OPENAI_API_KEY", served.KEY)
    with pytest.raises(BadInput, match=r"would travel unencrypted to example\.org; use https"):
        fitted(server, url="http://example.org/v1").sample(1)


def test_a_server_that_wants_no_key_gets_none(server, monkeypatch):
    monkeypatch.setattr(server, "key", None)
    monkeypatch.delenv("OPENAI_API_KEY")
    assert fitted(server).sample(1)


def test_arguments_are_checked_together():
    with pytest.raises(BadInput, match=r"model must be the model's name.*style must be openai or anthropic"):
        obverse.fit("hosted_llm", MESSAGES, style="other")
    for url in ("localhost:8000", "https://me:secret@example.org", "ftp://example.org"):
        with pytest.raises(BadInput, match="url") as error:
            obverse.fit("hosted_llm", MESSAGES, model="a", url=url)
        assert "secret" not in str(error.value)


@pytest.mark.xdist_group("smollm")
def test_the_real_model_answers_through_a_server(smollm):
    with served.Served(smollm) as one:
        model = fitted(one, LABELS, temperature=0.0, length=8, about="", shots=1)
        said = "".join(model.chat([{"role": "user", "content": "What is the capital of France? One word."}]))
        assert "Paris" in said
        assert model.predict(["free cash prize"])[0] in ("spam", "ham")


def test_the_battery_asks_the_class_alone_only_what_needs_no_server():
    from obverse.checks import checks_for
    from obverse.families.hosted_llm import HostedLLM

    alone = {c.name for c in checks_for(HostedLLM)}
    assert alone == {"check_picture_import_is_light"} < {c.name for c in checks_for(HostedLLM(model=served.MODEL))}
